package io.github.tcd4j.data.source;

import io.github.tcd4j.data.Dataset;
import io.github.tcd4j.data.InMemoryDataset;
import java.nio.file.Path;
import java.util.function.Function;

/** Opens data sets by the text that names them. */
public final class Datasets {
  /**
   * A data set, with one sentence about what was read and what was dropped.
   *
   * @param summary without the name
   */
  public record Opened(Dataset dataset, String summary) {}

  private Datasets() {}

  /** Opens what {@link #open(String, Function)} does, with paths from the working folder. */
  public static Dataset open(String name) {
    return open(name, Path::of).dataset();
  }

  /**
   * Opens {@code scenes} with their options, see {@link SceneSource}, or a path that {@link
   * InMemoryDataset#read(Path)} reads.
   *
   * @param find the place of a path, which may be a glob
   */
  public static Opened open(String name, Function<String, Path> find) {
    if (SceneSource.matches(name)) {
      SceneSource source = SceneSource.parse(name);
      InMemoryDataset drawings = InMemoryDataset.read(find.apply(source.artwork()));
      return new Opened(source.compose(drawings), source.summary(drawings));
    }
    InMemoryDataset data = InMemoryDataset.read(find.apply(name));
    return new Opened(data, data.summary());
  }
}
