package io.github.tcd4j.evaluation.metric;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.tcd4j.tensor.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** The numbers of oracle/make_metric_fixtures.py. */
final class Fixture {
  private static final JsonNode ROOT = read();

  private Fixture() {}

  private static JsonNode read() {
    try (InputStream in = Fixture.class.getResourceAsStream("metrics.json")) {
      return new ObjectMapper().readTree(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static double number(String pointer) {
    return ROOT.at("/" + pointer).doubleValue();
  }

  static double[] numbers(String name) {
    JsonNode list = ROOT.get(name);
    double[] values = new double[list.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = list.get(i).doubleValue();
    }
    return values;
  }

  static Tensor matrix(String name) {
    JsonNode rows = ROOT.get(name);
    int width = rows.get(0).size();
    double[] flat = new double[rows.size() * width];
    for (int i = 0; i < flat.length; i++) {
      flat[i] = rows.get(i / width).get(i % width).doubleValue();
    }
    return Tensor.of(flat, rows.size(), width);
  }

  static Tensor pictures() {
    double[] values = numbers("picture");
    double[] shape = numbers("picture_shape");
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return Tensor.of(bytes, (long) shape[0], (long) shape[1], (long) shape[2], (long) shape[3]);
  }
}
