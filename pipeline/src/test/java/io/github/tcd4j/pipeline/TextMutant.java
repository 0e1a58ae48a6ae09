package io.github.tcd4j.pipeline;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** Damaged copies of a model's small files; most are damaged in structure, not in their letters. */
record TextMutant(Random random) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Values of every kind, of sizes that nobody can hold, and of no size at all. */
  private static final List<String> VALUES =
      List.of(
          "0",
          "1",
          "2",
          "3",
          "7",
          "-1",
          "0.5",
          "1e-320",
          "1e308",
          "-1e308",
          "1e400",
          "2147483647",
          "2147483648",
          "-2147483648",
          "1000000000",
          "9223372036854775807",
          "99999999999999999999",
          "true",
          "false",
          "null",
          "\"\"",
          "\"x\"",
          "\"4\"",
          "\"NaN\"",
          "\"\\u0000\\ud800\"",
          "[]",
          "{}",
          "[null]",
          "[0]",
          "[1, 2, 3]",
          "[1000000000, 1000000000]",
          "[[[1]]]",
          "[\"x\", 1, {}]",
          "{\"x\": 1}",
          "[".repeat(900) + "]".repeat(900),
          "[".repeat(20_000));

  /**
   * A file of JSON: two thirds have another value, key or place in its tree, the rest other bytes.
   */
  byte[] json(byte[] original) {
    return random.nextInt(3) == 0 ? bytes(original) : tree(original);
  }

  private byte[] tree(byte[] original) {
    try {
      JsonNode root = JSON.readTree(original);
      List<JsonNode> containers = new ArrayList<>();
      gather(root, containers);
      String mark = "\"the place of the blow\"";
      for (int blows = 1 + random.nextInt(2); blows > 0; blows--) {
        strike(containers.get(random.nextInt(containers.size())), mark.replace("\"", ""));
      }
      String value = VALUES.get(random.nextInt(VALUES.size()));
      return root.toString().replace(mark, value).getBytes(UTF_8);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void gather(JsonNode node, List<JsonNode> into) {
    if (node.isContainerNode() && !node.isEmpty()) {
      into.add(node);
      node.forEach(child -> gather(child, into));
    }
  }

  private void strike(JsonNode node, String mark) {
    if (node.isEmpty()) {
      return;
    }
    if (node instanceof ArrayNode array) {
      int at = random.nextInt(array.size());
      switch (random.nextInt(4)) {
        case 0 -> array.remove(at);
        case 1 -> array.insert(at, mark);
        case 2 -> array.add(array.get(at));
        default -> array.set(at, mark);
      }
    } else if (node instanceof ObjectNode object) {
      List<String> keys = new ArrayList<>();
      object.fieldNames().forEachRemaining(keys::add);
      Collections.shuffle(keys, random);
      String key = keys.get(0);
      switch (random.nextInt(6)) {
        case 0 -> object.remove(key);
        case 1 -> object.set(key + "_", object.remove(key));
        case 2 -> object.set(key, object.get(keys.get(keys.size() - 1)));
        case 3 -> object.putArray(key).add(mark).add(mark);
        default -> object.put(key, mark);
      }
    }
  }

  /** Bytes flipped, dropped, repeated, or the end cut off. */
  byte[] bytes(byte[] original) {
    String text = new String(original, ISO_8859_1);
    int at = random.nextInt(text.length());
    int end = Math.min(text.length(), at + 1 + random.nextInt(30));
    String mutant =
        switch (random.nextInt(5)) {
          case 0 -> text.substring(0, at);
          case 1 -> text.substring(0, at) + text.substring(end);
          case 2 -> text.substring(0, end) + text.substring(at);
          case 3 -> text.substring(0, at) + (char) random.nextInt(256) + text.substring(at + 1);
          default -> text + text.substring(at);
        };
    return mutant.getBytes(ISO_8859_1);
  }

  /** A file of lines: dropped, doubled, joined, split, exchanged; or other bytes. */
  byte[] lines(byte[] original) {
    if (random.nextInt(3) == 0) {
      return bytes(original);
    }
    List<String> lines = new ArrayList<>(new String(original, ISO_8859_1).lines().toList());
    int at = random.nextInt(lines.size());
    String line = lines.get(at);
    switch (random.nextInt(7)) {
      case 0 -> lines.remove(at);
      case 1 -> lines.add(at, line);
      case 2 -> lines.set(at, line.replace(" ", ""));
      case 3 -> lines.set(at, line + " " + line);
      case 4 -> Collections.shuffle(lines, random);
      case 5 -> lines.set(at, line.repeat(5_000));
      default -> lines.set(at, new StringBuilder(line).reverse().toString());
    }
    return String.join("\n", lines).getBytes(ISO_8859_1);
  }
}
