package io.github.tcd4j.evaluation.feature;

import io.github.tcd4j.evaluation.dataset.EvaluationException;
import io.github.tcd4j.evaluation.dataset.ImageSet;
import io.github.tcd4j.files.Sha256;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.SafeTensors;
import io.github.tcd4j.tensor.file.SafeTensorsWriter;
import io.github.tcd4j.tensor.file.TensorFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Features of pictures, computed in batches and kept in a folder, one safetensors file a set. */
public final class FeatureCache {
  private static final int BATCH = 64;
  private static final String KEY = "features";

  private final Path folder;

  public FeatureCache(Path folder) {
    this.folder = folder;
  }

  /** The features (N, P) of all pictures in a space, float32, in the open scope. */
  public Tensor features(ImageSet pictures, FeatureSpace space) {
    Path file =
        folder.resolve(
            new Sha256().add(space.identity()).add(pictures.identity()).brief() + ".safetensors");
    Map<String, String> origin = Map.of("space", space.identity(), "pictures", pictures.identity());
    try (Scope scope = Scope.inference()) {
      Tensor known = Files.exists(file) ? read(file, origin, pictures.size()) : null;
      if (known != null) {
        return scope.keep(known);
      }
      Tensor features = compute(pictures, space);
      Files.createDirectories(folder);
      SafeTensorsWriter.write(file, Map.of(KEY, features), origin);
      return scope.keep(features);
    } catch (IOException e) {
      throw new EvaluationException("cannot make folder " + folder + ": " + e.getMessage(), e);
    }
  }

  private static @Nullable Tensor read(Path file, Map<String, String> origin, int rows) {
    try (SafeTensors stored = SafeTensors.open(file)) {
      Tensor features = stored.get(KEY).copy();
      return stored.metadata().equals(origin) && features.size(0) == rows ? features : null;
    } catch (TensorFileException e) {
      throw new EvaluationException(file + " is damaged; delete it to compute it again", e);
    }
  }

  private static Tensor compute(ImageSet pictures, FeatureSpace space) {
    List<Tensor> parts = new ArrayList<>();
    for (int start = 0; start < pictures.size(); start += BATCH) {
      try (Scope scope = Scope.inference()) {
        int count = Math.min(BATCH, pictures.size() - start);
        parts.add(scope.keep(space.images(pictures.pixels(start, count)).contiguous()));
      }
    }
    return Tensor.cat(0, parts.toArray(Tensor[]::new));
  }
}
