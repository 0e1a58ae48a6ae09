package io.github.tcd4j.data;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The rows of {@code metadata.jsonl} or {@code metadata.csv} as JSON, by their {@code file_name}.
 */
final class MetadataRows {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String NAME = "file_name";
  private static final char MARK = '\ufeff';

  private MetadataRows() {}

  static Map<String, byte[]> read(Path file) throws IOException {
    String text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    if (text.indexOf(MARK) == 0) {
      text = text.substring(1);
    }
    boolean csv = file.toString().toLowerCase(java.util.Locale.ROOT).endsWith("csv");
    Map<String, byte[]> rows = new LinkedHashMap<>();
    int number = 0;
    for (JsonNode row : csv ? table(text) : lines(file, text)) {
      number++;
      JsonNode name = row.get(NAME);
      if (name == null || !name.isTextual()) {
        throw new IOException("row " + number + " of " + file + " has no " + NAME);
      }
      rows.put(name.asText(), JSON.writeValueAsBytes(row));
    }
    return rows;
  }

  private static List<JsonNode> lines(Path file, String text) throws IOException {
    List<JsonNode> rows = new ArrayList<>();
    for (String line : text.lines().filter(l -> !l.isBlank()).toList()) {
      try {
        rows.add(JSON.readTree(line));
      } catch (IOException e) {
        throw new IOException("row " + (rows.size() + 1) + " of " + file + " is no JSON", e);
      }
    }
    return rows;
  }

  /** The first row names the columns. */
  private static List<JsonNode> table(String text) {
    List<List<String>> cells = cells(text);
    List<JsonNode> rows = new ArrayList<>();
    for (List<String> row : cells.subList(Math.min(1, cells.size()), cells.size())) {
      ObjectNode object = JSON.createObjectNode();
      for (int i = 0; i < Math.min(row.size(), cells.get(0).size()); i++) {
        object.put(cells.get(0).get(i), row.get(i));
      }
      rows.add(object);
    }
    return rows;
  }

  /** Comma-separated values as of RFC 4180: quoted cells may hold commas, quotes and newlines. */
  private static List<List<String>> cells(String text) {
    List<List<String>> rows = new ArrayList<>();
    List<String> row = new ArrayList<>();
    StringBuilder cell = new StringBuilder();
    boolean quoted = false;
    for (int i = 0; i <= text.length(); i++) {
      char c = i < text.length() ? text.charAt(i) : '\n';
      if (quoted && i < text.length()) {
        boolean twice = c == '"' && i + 1 < text.length() && text.charAt(i + 1) == '"';
        quoted = c != '"' || twice;
        if (quoted) {
          cell.append(c);
        }
        i += twice ? 1 : 0;
      } else if (c == '"') {
        quoted = true;
      } else if (c == ',' || c == '\n') {
        row.add(cell.toString().strip());
        cell.setLength(0);
        if (c == '\n') {
          if (row.size() > 1 || !row.get(0).isEmpty()) {
            rows.add(row);
          }
          row = new ArrayList<>();
        }
      } else {
        cell.append(c);
      }
    }
    return rows;
  }
}
