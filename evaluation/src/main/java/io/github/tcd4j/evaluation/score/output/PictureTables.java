package io.github.tcd4j.evaluation.score.output;

import io.github.tcd4j.evaluation.metric.Estimate;
import io.github.tcd4j.evaluation.network.BrokenPicture;
import io.github.tcd4j.evaluation.report.TextTable;
import io.github.tcd4j.evaluation.score.Difference;
import io.github.tcd4j.evaluation.score.PictureResults;
import io.github.tcd4j.evaluation.score.PictureScores;
import io.github.tcd4j.evaluation.score.Score;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;

/** Results as texts: tables for people, CSV for programs. */
public final class PictureTables {
  private PictureTables() {}

  /** One row a figure, one column a folder, and the difference where there are two folders. */
  public static TextTable table(PictureResults results) {
    List<String> head = new ArrayList<>(List.of("measure"));
    results.folders().forEach(f -> head.add(f.label()));
    if (!results.differences().isEmpty()) {
      head.add("difference");
    }
    head.add("pictures");
    List<List<String>> rows = new ArrayList<>();
    List<Score> first = results.first().scores();
    for (int i = 0; i < first.size(); i++) {
      Score s = first.get(i);
      int digits = s.column().digits();
      List<String> row = new ArrayList<>(List.of(s.column().heading()));
      for (PictureScores folder : results.folders()) {
        row.add(folder.scores().get(i).shown().format(digits));
      }
      if (!results.differences().isEmpty()) {
        Difference d = results.differences().get(i);
        String kind = d.paired() ? "" : " (unpaired)";
        row.add(d.estimate().times(s.factor()).format(digits) + kind);
      }
      row.add(Integer.toString(s.count()));
      rows.add(row);
    }
    return new TextTable(head, rows);
  }

  /** The table, what each figure is, its protocol, and the notes. */
  public static String markdown(PictureResults results) {
    StringBuilder text = new StringBuilder(table(results).markdown()).append('\n');
    for (Score s : results.first().scores()) {
      text.append("- **").append(s.column().title()).append("**: ");
      text.append(s.column().about()).append(". Protocol: `").append(s.protocol()).append("`\n");
    }
    results.notes().forEach(note -> text.append("\nNote: ").append(note).append(".\n"));
    return text.toString();
  }

  /** One line a figure: folder, measure, value, low, high, count, protocol. */
  static String figures(PictureResults results) {
    StringBuilder text = new StringBuilder("folder,measure,value,low,high,count,protocol\n");
    for (PictureScores folder : results.folders()) {
      for (Score s : folder.scores()) {
        line(text, folder.label(), s, s.estimate());
      }
    }
    for (Difference d : results.differences()) {
      line(text, "difference", d.first(), d.estimate());
    }
    return text.toString();
  }

  private static void line(StringBuilder text, String folder, Score s, Estimate e) {
    StringJoiner line = new StringJoiner(",", "", "\n");
    line.add(quote(folder)).add(s.column().id());
    line.add(Double.toString(e.value())).add(Double.toString(e.low()));
    line.add(Double.toString(e.high())).add(Integer.toString(s.count())).add(quote(s.protocol()));
    text.append(line);
  }

  /** A row a picture: its name, caption, figures, and what is wrong with it. */
  public static String pictures(PictureScores folder) {
    List<Score> single = folder.scores().stream().filter(s -> s.pictures() != null).toList();
    StringJoiner head = new StringJoiner(",", "", "\n");
    head.add("file").add("caption");
    single.forEach(s -> head.add(s.column().id()));
    head.add("error");
    Map<String, String> lines = new LinkedHashMap<>();
    for (int i = 0; i < folder.pictures().size(); i++) {
      String name = folder.pictures().get(i).name();
      StringJoiner line = new StringJoiner(",", "", "\n");
      line.add(quote(name)).add(quote(folder.captions().getOrDefault(name, "")));
      for (Score s : single) {
        double[] values = s.pictures();
        line.add(values == null ? "" : Double.toString(values[i]));
      }
      lines.put(name, line.add("").toString());
    }
    for (BrokenPicture b : folder.broken()) {
      String name = b.picture().name();
      lines.put(name, quote(name) + ",".repeat(2 + single.size()) + quote(b.fault()) + "\n");
    }
    StringBuilder text = new StringBuilder(head.toString());
    lines.keySet().stream().sorted().forEach(name -> text.append(lines.get(name)));
    return text.toString();
  }

  private static String quote(String text) {
    return text.matches("(?s).*[\",\r\n].*") ? '"' + text.replace("\"", "\"\"") + '"' : text;
  }
}
