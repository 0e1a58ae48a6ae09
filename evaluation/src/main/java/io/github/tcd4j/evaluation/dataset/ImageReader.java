package io.github.tcd4j.evaluation.dataset;

import io.github.tcd4j.data.CaptionedImage;
import java.nio.file.Path;
import java.util.List;

/** Reads a data set: a shard, a folder of shards or a pattern of their names. */
@FunctionalInterface
public interface ImageReader {
  List<CaptionedImage> read(Path shards);
}
