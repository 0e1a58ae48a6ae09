package io.github.tcd4j.pipeline;

import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Engine;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.SafeTensors;
import io.github.tcd4j.tensor.file.SafeTensorsWriter;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/** The model of oracle/make_pipeline_fixture.py. */
public final class Tiny {
  public static final String PROMPT = "red apple, fluent 3d style";

  private Tiny() {}

  public static Path path() {
    try {
      return Path.of(Objects.requireNonNull(Tiny.class.getResource("/tiny")).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  public static ModelFolder folder() {
    return ModelFolder.open("tiny", path());
  }

  /** Read for one thread: two wait for each other longer than these sizes take to compute. */
  public static TextToImage load() {
    return load(folder());
  }

  public static TextToImage load(ModelFolder folder) {
    Engine.threads(1);
    return TextToImage.load(folder, Device.CPU);
  }

  /** A copy that a test may damage. */
  public static Path copy(Path target) throws IOException {
    return copy(path(), target);
  }

  /** A copy of another model. */
  public static Path copy(Path source, Path target) throws IOException {
    try (Stream<Path> files = Files.walk(source)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path to = target.resolve(source.relativize(file).toString());
        Files.createDirectories(to.getParent());
        Files.copy(file, to);
      }
    }
    return target;
  }

  /** What diffusers made, by the key that says how. */
  static Tensor expected(String key) {
    try (SafeTensors file = SafeTensors.open(path().resolve("expected.safetensors"))) {
      return file.get(key);
    }
  }

  /** The latents of several pictures as one tensor. */
  static Tensor latents(List<Picture> pictures) {
    return Tensor.cat(0, pictures.stream().map(p -> p.latents().tensor()).toArray(Tensor[]::new));
  }

  /** Largest difference of two tensors over the largest element of the second. */
  public static double distance(Tensor a, Tensor b) {
    return a.minus(b).abs().max().item() / b.abs().max().item();
  }

  /** Puts a tensor of one value into a file, in the place of the one of that name. */
  static void change(Path file, String name, double value, long... shape) {
    change(file, Map.of(), name, value, shape);
  }

  static void change(
      Path file, Map<String, String> header, String name, double value, long... shape) {
    try (Scope scope = Scope.inference()) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      try (SafeTensors old = SafeTensors.open(file)) {
        old.names().forEach(n -> tensors.put(n, old.get(n).copy()));
      }
      tensors.put(name, Tensor.full(value, DType.F16, shape));
      SafeTensorsWriter.write(file, tensors, header);
    }
  }
}
