package io.github.tcd4j.evaluation.preprocess;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.tcd4j.evaluation.Formula;
import io.github.tcd4j.evaluation.preprocess.ClipPreprocessor.Crop;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Objects;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;

class PreprocessorTest {
  private static final List<Preprocessor> ALL =
      List.of(
          FidMode.PYTORCH_FID,
          FidMode.CLEAN,
          FidMode.TF1,
          new ClipPreprocessor(224, Crop.TORCHVISION),
          new ClipPreprocessor(224, Crop.TRANSFORMERS),
          SquarePreprocessor.CMMD,
          SquarePreprocessor.IC9600,
          SquarePreprocessor.EFFICIENTNET_LITE0,
          new PaddedPreprocessor(false),
          new PaddedPreprocessor(true));

  @Test
  void pixelsAreThoseOfTheProgramsThatPublishedTheMeasures() throws IOException {
    try (InputStream in =
        Objects.requireNonNull(getClass().getResourceAsStream("/fidelity/preprocess.json"))) {
      SoftAssertions all = new SoftAssertions();
      for (JsonNode c : new ObjectMapper().readTree(in)) {
        check(c, all);
      }
      all.assertAll();
    }
  }

  private static void check(JsonNode c, SoftAssertions all) {
    String name = c.get("name").asText();
    Preprocessor p = named(name);
    int width = c.get("size").get(0).asInt();
    int height = c.get("size").get(1).asInt();
    float[] pixels = p.apply(Formula.blocks(width + "x" + height, width, height, 7));
    check(name + " " + width + "x" + height, p, pixels, c, all);
  }

  private static Preprocessor named(String name) {
    return ALL.stream().filter(x -> x.id().equals(name)).findFirst().orElseThrow();
  }

  /** Palettes, transparency, inks, 16 bits, progressive and turned JPEGs, and all else. */
  @Test
  void everyKindOfFileIsReadAndResizedInTheOrderOfTheMeasuresOwnProgram() throws Exception {
    try (InputStream in =
        Objects.requireNonNull(getClass().getResourceAsStream("/fidelity/preprocess-files.json"))) {
      SoftAssertions all = new SoftAssertions();
      for (JsonNode c : new ObjectMapper().readTree(in)) {
        byte[] file = c.get("file").binaryValue();
        for (var result : c.get("results").properties()) {
          Preprocessor p = named(result.getKey());
          String what = result.getKey() + " of " + c.get("name").asText();
          check(what, p, p.read(file), result.getValue(), all);
        }
      }
      all.assertAll();
    }
  }

  private static void check(
      String what, Preprocessor p, float[] pixels, JsonNode c, SoftAssertions all) {
    double sum = 0;
    double squares = 0;
    for (float v : pixels) {
      sum += v;
      squares += (double) v * v;
    }
    all.assertThat(pixels.length).as(what).isEqualTo(3 * p.side() * p.side());
    all.assertThat(sum).as(what).isCloseTo(c.get("sum").asDouble(), within(1e-6 * pixels.length));
    all.assertThat(squares)
        .as(what)
        .isCloseTo(c.get("squares").asDouble(), within(2e-6 * pixels.length));
    for (int i = 0; i < 16; i++) {
      int place = (int) ((long) i * (pixels.length - 1) / 15);
      all.assertThat((double) pixels[place])
          .as(what + " at " + place)
          .isCloseTo(c.get("values").get(i).asDouble(), within(1e-5));
    }
  }

  @Test
  void anUnknownModeOfFidIsAnsweredByTheKnownOnes() {
    assertThatThrownBy(() -> FidMode.parse("legacy"))
        .hasMessage("the mode of FID is pytorch-fid, clean, tf1 but was 'legacy'");
  }
}
