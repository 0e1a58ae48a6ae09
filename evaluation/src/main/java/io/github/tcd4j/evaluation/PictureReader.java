package io.github.tcd4j.evaluation;

import java.nio.file.Path;
import java.util.List;

/** Reads a data set: a shard, a folder of shards or a pattern of their names. */
@FunctionalInterface
public interface PictureReader {
  List<CaptionedPicture> read(Path shards);
}
