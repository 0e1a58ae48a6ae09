package io.github.tcd4j.images.canny;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.tcd4j.images.Image;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;

/** The fixture of {@code oracle/make_canny_fixtures.py}. */
class CannyTest {
  private static Image picture(JsonNode c) {
    int width = c.at("/size/0").asInt();
    int height = c.at("/size/1").asInt();
    byte[] rgb = new byte[3 * width * height];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        for (int ch = 0; ch < 3; ch++) {
          int wave = x * c.at("/wave/0").asInt() + y * c.at("/wave/1").asInt();
          wave = Math.abs((wave + ch * c.at("/wave/2").asInt()) % 510 - 255);
          long v = (x * 73856093L + y * 19349663L + ch * 83492791L) & 0xFFFFFFFFL;
          v ^= v >> 15;
          v = v * 0x2C1B3C6DL & 0xFFFFFFFFL;
          v ^= v >> 12;
          int speckle = (int) (v >> 8) & ((1 << c.get("noise").asInt()) - 1);
          rgb[3 * (y * width + x) + ch] = (byte) Math.min(255, wave + speckle);
        }
      }
    }
    return new Image(width, height, rgb);
  }

  private static byte[] levels(Image edges) {
    byte[] levels = new byte[edges.rgb().length / 3];
    for (int i = 0; i < levels.length; i++) {
      levels[i] = edges.rgb()[3 * i];
      assertThat(edges.rgb()[3 * i + 1]).isEqualTo(levels[i]);
      assertThat(edges.rgb()[3 * i + 2]).isEqualTo(levels[i]);
    }
    return levels;
  }

  @Test
  void everyPixelIsThatOfOpenCv() throws IOException {
    int compared = 0;
    try (InputStream in = CannyTest.class.getResourceAsStream("/canny/opencv.json")) {
      for (JsonNode c : new ObjectMapper().readTree(in).get("cases")) {
        byte[] edges =
            levels(new Canny(c.get("low").asDouble(), c.get("high").asDouble()).apply(picture(c)));
        int count = 0;
        for (byte level : edges) {
          count += level != 0 ? 1 : 0;
        }
        CRC32 crc = new CRC32();
        crc.update(edges);
        assertThat(count).as("edge pixels of %s", c).isEqualTo(c.get("edges").asInt());
        assertThat(String.format("%08x", crc.getValue()))
            .as(c.toString())
            .isEqualTo(c.get("crc").asText());
        compared++;
      }
    }
    assertThat(compared).isGreaterThan(20);
  }

  @Test
  void thresholdsBelowZeroAreRefused() {
    assertThatThrownBy(() -> new Canny(-1, 5)).hasMessageContaining("-1.0 and 5.0");
    assertThatThrownBy(() -> new Canny(1, Double.NaN)).hasMessageContaining("NaN");
  }
}
