package io.github.tcd4j.cli.doctor;

import java.util.Locale;

/** Numbers of bytes for people. */
public final class ByteSizes {
  private ByteSizes() {}

  /** In GiB from 1 GiB on, else in MiB. */
  public static String of(long bytes) {
    return bytes >= 1L << 30
        ? String.format(Locale.ROOT, "%.1f GiB", bytes / (double) (1L << 30))
        : (bytes >> 20) + " MiB";
  }
}
