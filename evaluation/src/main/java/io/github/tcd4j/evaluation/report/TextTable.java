package io.github.tcd4j.evaluation.report;

import java.util.List;
import java.util.StringJoiner;

/**
 * A table of plain texts, for Markdown and for a page; the first column is a heading of its row.
 *
 * @param head one text a column
 * @param rows each with one text a column; what stands between two {@code **} is the best
 */
public record TextTable(List<String> head, List<List<String>> rows) {
  public TextTable {
    head = List.copyOf(head);
    rows = rows.stream().map(List::copyOf).toList();
    for (List<String> row : rows) {
      if (row.size() != head.size()) {
        throw new IllegalArgumentException(
            "a row needs a text for each of " + head + " but had " + row);
      }
    }
  }

  public String markdown() {
    StringBuilder out = new StringBuilder();
    out.append(line(head));
    StringJoiner rule = new StringJoiner(" | ", "| ", " |\n");
    for (int i = 0; i < head.size(); i++) {
      rule.add(i == 0 ? "---" : "---:");
    }
    out.append(rule);
    rows.forEach(row -> out.append(line(row)));
    return out.toString();
  }

  private static String line(List<String> texts) {
    StringJoiner line = new StringJoiner(" | ", "| ", " |\n");
    texts.forEach(t -> line.add(t.replace("|", "\\|").replace('\n', ' ')));
    return line.toString();
  }

  String html() {
    StringBuilder out = new StringBuilder("<table>\n<tr>");
    head.forEach(h -> out.append("<th>").append(HtmlPage.escape(h)).append("</th>"));
    out.append("</tr>\n");
    for (List<String> row : rows) {
      out.append("<tr>");
      for (int i = 0; i < row.size(); i++) {
        String cell = row.get(i);
        boolean best = cell.startsWith("**") && cell.endsWith("**") && cell.length() > 4;
        String text = HtmlPage.escape(best ? cell.substring(2, cell.length() - 2) : cell);
        String tag = i == 0 ? "th" : "td";
        out.append('<').append(tag).append('>');
        out.append(best ? "<b>" + text + "</b>" : text);
        out.append("</").append(tag).append('>');
      }
      out.append("</tr>\n");
    }
    return out.append("</table>\n").toString();
  }
}
