package io.github.tcd4j.cli;

import io.github.tcd4j.evaluation.CaptionedPicture;
import io.github.tcd4j.evaluation.PictureReader;
import io.github.tcd4j.training.data.ShardedData;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/**
 * Lets the evaluation read the shards that the training reads; neither knows of the other.
 *
 * @param notes told what was read and what was dropped
 */
record ShardPictures(Consumer<String> notes) implements PictureReader {
  @Override
  public List<CaptionedPicture> read(Path shards) {
    ShardedData data = ShardedData.read(shards);
    notes.accept(shards + ": " + data.summary());
    return data.examples().stream()
        .map(e -> new CaptionedPicture(e.caption(), e.pixels(), e.width(), e.height(), e.fields()))
        .toList();
  }
}
