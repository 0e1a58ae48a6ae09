package io.github.tcd4j.pipeline.edges;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.decode.ImageDecoder;
import io.github.tcd4j.pipeline.depth.DepthCase;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.SafeTensorsWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/** Narrow networks of edges by formula, of {@code oracle/make_edge_fixtures.py}. */
public final class EdgeCase {
  private static final Path FOLDER = Path.of("src/test/resources/edges");

  private EdgeCase() {}

  /**
   * A network's file, as a user has it.
   *
   * @param name soft or lines
   */
  public static Path write(String name, Path file) throws IOException {
    JsonNode shapes = new ObjectMapper().readTree(FOLDER.resolve("networks.json").toFile());
    Map<String, Tensor> tensors = new TreeMap<>();
    try (Scope scope = Scope.inference()) {
      for (var e : shapes.get(name).properties()) {
        long[] shape = new long[e.getValue().size()];
        for (int i = 0; i < shape.length; i++) {
          shape[i] = e.getValue().get(i).asLong();
        }
        Tensor t = DepthCase.value(e.getKey(), shape);
        t = e.getKey().equals("block1.convs.0.weight") ? t.div(64) : t;
        t = e.getKey().equals("block1.projection.bias") ? t.minus(12) : t;
        tensors.put(e.getKey(), t);
      }
      SafeTensorsWriter.write(file, tensors, Map.of());
    }
    return file;
  }

  /** What controlnet_aux makes of {@link #picture}. */
  static byte[] expected(String name) throws IOException {
    return ImageDecoder.decode(Files.readAllBytes(FOLDER.resolve(name + ".png"))).rgb();
  }

  public static Image picture() {
    return DepthCase.blocks("edges.picture", 64, 128, 9);
  }
}
