package io.github.tcd4j.images.filter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.tcd4j.images.Image;
import java.io.IOException;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GaussianBlurTest {
  /** The picture of oracle/make_blur_fixtures.py. */
  private static Image picture() {
    byte[] rgb = new byte[3 * 13 * 9];
    int at = 0;
    for (int y = 0; y < 9; y++) {
      for (int x = 0; x < 13; x++) {
        rgb[at++] = (byte) (37 * x + 91 * y + 5 * x * y);
        rgb[at++] = (byte) (x > 6 ? 255 : 0);
        rgb[at++] = (byte) (x * x + 17 * y);
      }
    }
    return new Image(13, 9, rgb);
  }

  @Test
  void everyByteIsPillows() throws IOException {
    JsonNode expected =
        new ObjectMapper().readTree(GaussianBlurTest.class.getResource("/blur.json"));
    assertThat(expected.size()).isEqualTo(5);
    for (Map.Entry<String, JsonNode> entry : expected.properties()) {
      Image blurred = new GaussianBlur(Double.parseDouble(entry.getKey())).apply(picture());
      assertThat(HexFormat.of().formatHex(blurred.rgb()))
          .as(entry.getKey())
          .isEqualTo(entry.getValue().asText());
    }
  }

  @Test
  void aRadiusOfZeroChangesNothingAndNegativeOnesAreRefused() {
    Image picture = picture();
    assertThat(new GaussianBlur(0).apply(picture)).isSameAs(picture);
    assertThatThrownBy(() -> new GaussianBlur(-1)).hasMessageContaining("but was -1.0");
  }
}
