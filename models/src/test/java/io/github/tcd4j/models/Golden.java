package io.github.tcd4j.models;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.SafeTensors;
import java.io.IOException;
import java.nio.file.Path;

/** What {@code oracle/make_network_fixtures.py} wrote. */
public final class Golden implements AutoCloseable {
  public static final Path FOLDER = Path.of("src", "test", "resources", "networks");

  private final SafeTensors tensors;

  public Golden(String name) {
    tensors = SafeTensors.open(FOLDER.resolve(name + ".safetensors"));
  }

  public static JsonNode json(String name) {
    try {
      return new ObjectMapper().readTree(FOLDER.resolve(name + ".json").toFile());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  public boolean has(String name) {
    return tensors.names().contains(name);
  }

  public Tensor get(String name) {
    return tensors.get(name);
  }

  /** Fails where {@code actual} is further from it than 1e-5 of its scale. */
  public void check(String name, Tensor actual) {
    Fixture.assertClose(name, actual, get(name), 1e-5);
  }

  @Override
  public void close() {
    tensors.close();
  }
}
