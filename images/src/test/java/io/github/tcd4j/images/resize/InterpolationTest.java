package io.github.tcd4j.images.resize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;

class InterpolationTest {
  @Test
  void numbersAreThoseOfPyTorchAndTensorFlow() throws IOException {
    try (InputStream in =
        Objects.requireNonNull(getClass().getResourceAsStream("/resize/interpolation.json"))) {
      SoftAssertions all = new SoftAssertions();
      for (JsonNode c : new ObjectMapper().readTree(in)) {
        check(c, all);
      }
      all.assertAll();
    }
  }

  private static void check(JsonNode c, SoftAssertions all) {
    String name = c.get("kind").asText() + c.get("from") + c.get("to");
    float[] out = resize(c);
    double sum = 0;
    double squares = 0;
    for (float v : out) {
      sum += v;
      squares += (double) v * v;
    }
    double scale = 255.0 * out.length;
    all.assertThat(sum).as(name).isCloseTo(c.get("sum").asDouble(), within(1e-6 * scale));
    all.assertThat(squares)
        .as(name)
        .isCloseTo(c.get("squares").asDouble(), within(1e-6 * 255 * scale));
    for (int i = 0; i < 16; i++) {
      int place = (int) ((long) i * (out.length - 1) / 15);
      all.assertThat((double) out[place])
          .as(name + " at " + place)
          .isCloseTo(c.get("values").get(i).asDouble(), within(1e-5 * 255));
    }
  }

  private static float[] resize(JsonNode c) {
    int width = c.get("from").get(0).asInt();
    int height = c.get("from").get(1).asInt();
    byte[] bytes = FormulaBytes.of(width, height, 3, false);
    float[] source = new float[bytes.length];
    for (int i = 0; i < source.length; i++) {
      source[i] = bytes[i] & 0xff;
    }
    return Interpolation.valueOf(c.get("kind").asText())
        .resize(source, width, height, 3, c.get("to").get(0).asInt(), c.get("to").get(1).asInt());
  }

  @Test
  void tensorFlowsPixelsHaveNoCentre() {
    float[] row = {11, 48, 85, 122, 159, 196, 233, 14, 51, 88};
    assertThat(Interpolation.TENSORFLOW1_BILINEAR.resize(row, 10, 1, 1, 4, 1))
        .containsExactly(11, 103.5f, 196, 32.5f);
  }
}
