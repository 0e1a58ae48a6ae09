package io.github.tcd4j.evaluation.score;

import io.github.tcd4j.evaluation.network.NetworkSource;
import io.github.tcd4j.evaluation.report.Column;
import java.util.List;
import java.util.Set;

/** Something that can be measured of pictures. */
public interface PictureMeasure {
  /** Short name, as {@code fid}. */
  String name();

  /** The figures that it gives. */
  List<Column> columns();

  /** What it needs beside the pictures. */
  Set<Need> needs();

  /** The network whose rows it reads. */
  NetworkSource network();

  /** Whether it reads rows of captions too. */
  default boolean readsTexts() {
    return false;
  }

  /** Fewest pictures of which it says anything. */
  int least();

  /**
   * Pictures below which the figure is biased so much that it must not be compared with others; 0
   * where it is not.
   */
  default int leastUnbiased() {
    return 0;
  }

  /** The figures of a sample of at least {@link #least} pictures. */
  List<Score> measure(Sample sample);
}
