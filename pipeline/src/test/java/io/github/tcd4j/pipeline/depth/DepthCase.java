package io.github.tcd4j.pipeline.depth;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.SafeTensors;
import io.github.tcd4j.tensor.file.SafeTensorsWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32;

/** A tiny Depth-Anything by formula, of {@code oracle/make_depth_fixtures.py}. */
public final class DepthCase {
  private static final Path FOLDER = Path.of("src/test/resources/depth");

  private DepthCase() {}

  static JsonNode json(String name) throws IOException {
    return new ObjectMapper().readTree(FOLDER.resolve(name + ".json").toFile());
  }

  /** Its folder, as a user has it. */
  public static Path write(Path folder) throws IOException {
    JsonNode about = json("folder");
    Files.createDirectories(folder);
    Files.writeString(folder.resolve("config.json"), about.get("config").toString());
    Files.writeString(
        folder.resolve("preprocessor_config.json"), about.get("preprocessor").toString());
    Map<String, Tensor> tensors = new TreeMap<>();
    try (Scope scope = Scope.inference()) {
      for (var e : about.get("shapes").properties()) {
        long[] shape = new long[e.getValue().size()];
        for (int i = 0; i < shape.length; i++) {
          shape[i] = e.getValue().get(i).asLong();
        }
        tensors.put(e.getKey(), value(e.getKey(), shape));
      }
      SafeTensorsWriter.write(folder.resolve("model.safetensors"), tensors, Map.of());
    }
    return folder;
  }

  /** What transformers gives for {@link #picture}. */
  static float[] expected() {
    try (Scope scope = Scope.inference();
        SafeTensors stored = SafeTensors.open(FOLDER.resolve("folder.safetensors"))) {
      return stored.get("depth").toFloatArray();
    }
  }

  public static Image picture() {
    return blocks("depth.folder", 37, 50, 6);
  }

  /** formula.py's pictures of squares. */
  public static Image blocks(String key, int height, int width, int side) {
    int rows = (height + side - 1) / side;
    int columns = (width + side - 1) / side;
    long[] hash = hash(key, 3 * rows * columns);
    byte[] rgb = new byte[3 * height * width];
    for (int i = 0; i < rgb.length; i++) {
      int c = i % 3;
      int x = i / 3 % width;
      int y = i / 3 / width;
      rgb[i] = (byte) (hash[(c * rows + y / side) * columns + x / side] >>> 24);
    }
    return new Image(width, height, rgb);
  }

  /** formula.py's weights. */
  public static Tensor value(String key, long... shape) {
    long n = 1;
    for (long s : shape) {
      n *= s;
    }
    long[] hash = hash(key, (int) n);
    boolean bias = key.endsWith(".bias");
    double base = shape.length == 1 && !bias ? 1 : 0;
    double scale = bias ? 0.1 : 0.25;
    if (shape.length > 1) {
      scale = Math.sqrt((shape.length == 4 ? 6.0 : 3.0) / ((double) n / shape[0]));
    }
    float[] values = new float[(int) n];
    for (int i = 0; i < values.length; i++) {
      double unit = (hash[i] >>> 8) / (double) (1 << 23) - 1;
      values[i] = (float) (base + unit * scale);
    }
    return Tensor.of(values, shape);
  }

  private static long[] hash(String key, int n) {
    CRC32 crc = new CRC32();
    crc.update(key.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    long[] hash = new long[n];
    for (int i = 0; i < n; i++) {
      int x = (int) (i * 0x9E3779B1L + crc.getValue());
      x = (x ^ x >>> 16) * 0x85EBCA6B;
      x = (x ^ x >>> 13) * 0xC2B2AE35;
      hash[i] = (x ^ x >>> 16) & 0xFFFFFFFFL;
    }
    return hash;
  }
}
