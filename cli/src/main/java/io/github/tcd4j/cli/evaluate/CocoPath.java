package io.github.tcd4j.cli.evaluate;

import java.nio.file.Path;

/** {@code coco:FILE}: COCO's captions, or the manifest made of them. */
final class CocoPath {
  private static final String PREFIX = "coco:";

  private CocoPath() {}

  /** Whether a text names COCO's captions. */
  static boolean is(String text) {
    return text.startsWith(PREFIX);
  }

  /** The file, with or without the prefix. */
  static Path of(String text) {
    return Path.of(is(text) ? text.substring(PREFIX.length()) : text);
  }
}
