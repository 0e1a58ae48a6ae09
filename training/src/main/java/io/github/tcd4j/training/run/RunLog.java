package io.github.tcd4j.training.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tcd4j.files.AtomicFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Figures of a run, one JSON object a line. It holds no times, so that a run which was interrupted
 * and resumed leaves the very log of one that was not.
 */
record RunLog(Path file) {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String STEP = "step";

  /** Adds a line; it is in the file when this returns. */
  void append(long step, Map<String, Double> figures) throws IOException {
    ObjectNode line = JSON.createObjectNode().put(STEP, step);
    figures.forEach(line::put);
    new AppendFile(file).append((line + "\n").getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Keeps the lines up to step {@code last}. The log ends where a line is broken: the process died
   * in it.
   */
  void truncate(long last) throws IOException {
    if (!Files.exists(file)) {
      return;
    }
    List<String> all = Files.readAllLines(file);
    List<String> kept = new ArrayList<>();
    for (String line : all) {
      if (step(line) > last) {
        break;
      }
      kept.add(line);
    }
    AtomicFile.write(file, kept.stream().map(line -> line + "\n").collect(Collectors.joining()));
  }

  private static long step(String line) {
    try {
      JsonNode step = JSON.readTree(line).path(STEP);
      return step.isIntegralNumber() ? step.asLong() : Long.MAX_VALUE;
    } catch (JsonProcessingException e) {
      return Long.MAX_VALUE;
    }
  }
}
