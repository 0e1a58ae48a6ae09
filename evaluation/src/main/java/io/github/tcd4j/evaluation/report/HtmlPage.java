package io.github.tcd4j.evaluation.report;

import java.util.Base64;

/** One page that needs nothing beside it: texts, tables, and pictures within the file. */
public final class HtmlPage {
  private static final String STYLE =
      "body{font:16px/1.5 system-ui,sans-serif;color:#333;margin:2em auto;max-width:1240px;"
          + "padding:0 1em}table{border-collapse:collapse;margin:1em 0;font-size:14px}"
          + "th,td{padding:.25em .6em;text-align:right;border-bottom:1px solid #e4e4e4}"
          + "th:first-child{text-align:left}img{max-width:100%;margin:.5em 0}"
          + "figcaption{color:#666;font-size:14px}figure{margin:1em 0}";

  private final StringBuilder body = new StringBuilder();
  private final String title;

  public HtmlPage(String title) {
    this.title = title;
    body.append("<h1>").append(escape(title)).append("</h1>\n");
  }

  public HtmlPage heading(String text) {
    body.append("<h2>").append(escape(text)).append("</h2>\n");
    return this;
  }

  public HtmlPage paragraph(String text) {
    body.append("<p>").append(escape(text)).append("</p>\n");
    return this;
  }

  public HtmlPage table(TextTable table) {
    body.append(table.html());
    return this;
  }

  /** A PNG with a text below it, which also stands for it where it cannot be seen. */
  public HtmlPage picture(byte[] png, String caption) {
    String text = escape(caption);
    body.append("<figure><img alt=\"").append(text).append("\" src=\"data:image/png;base64,");
    body.append(Base64.getEncoder().encodeToString(png)).append("\"><figcaption>");
    body.append(text).append("</figcaption></figure>\n");
    return this;
  }

  public String text() {
    return "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>"
        + escape(title)
        + "</title>\n<style>"
        + STYLE
        + "</style>\n</head>\n<body>\n"
        + body
        + "</body>\n</html>\n";
  }

  static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
