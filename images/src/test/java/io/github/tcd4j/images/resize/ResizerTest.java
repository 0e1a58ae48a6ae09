package io.github.tcd4j.images.resize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.tcd4j.images.Image;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;
import java.util.zip.CRC32;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;

class ResizerTest {
  private static final byte[] ROW = bytes(11, 48, 85, 122, 159, 196, 233, 14, 51, 88);

  @Test
  void equalsPillow13ToTheByteWithEachFilterSizeBoxAndNumberOfChannels() throws IOException {
    try (InputStream in =
        Objects.requireNonNull(getClass().getResourceAsStream("/resize/pillow.json"))) {
      SoftAssertions all = new SoftAssertions();
      for (JsonNode c : new ObjectMapper().readTree(in)) {
        all.assertThat(crc(resize(c))).as(c.toString()).isEqualTo(c.get("crc").asText());
      }
      all.assertAll();
    }
  }

  @Test
  void oneRowHasPillowsValuesWithEachFilter() {
    // A single row, where the order of the passes cannot matter; numbers of Pillow 13.
    assertThat(row(Resample.BILINEAR, 4)).isEqualTo(bytes(48, 131, 163, 63));
    assertThat(row(Resample.BICUBIC, 4)).isEqualTo(bytes(41, 136, 169, 54));
    assertThat(row(Resample.LANCZOS, 4)).isEqualTo(bytes(36, 142, 169, 50));
    assertThat(row(Resample.BOX, 4)).isEqualTo(bytes(48, 141, 148, 70));
    assertThat(row(Resample.NEAREST, 4)).isEqualTo(bytes(48, 122, 233, 51));
    assertThat(row(Resample.LANCZOS, 16))
        .isEqualTo(bytes(8, 22, 51, 75, 96, 120, 143, 164, 183, 238, 224, 74, 0, 45, 81, 91));
  }

  @Test
  void theOrderOfThePassesShowsWhereTheHeightShrinksMost() {
    Image tall = new Image(64, 48, FormulaBytes.of(64, 48, 3, true));
    Image classic = new Resizer(Resample.BICUBIC).resize(tall, 80, 20);
    Image recent = new Resizer(Resample.BICUBIC, PassOrder.PILLOW_13).resize(tall, 80, 20);
    assertThat(classic.rgb()).isNotEqualTo(recent.rgb());
    Image wide = new Resizer(Resample.BICUBIC, PassOrder.PILLOW_13).resize(tall, 20, 40);
    assertThat(wide.rgb()).isEqualTo(Resize.bicubic(tall, 20, 40).rgb());
  }

  @Test
  void aPictureOfTheSameSizeIsACopy() {
    byte[] bytes = FormulaBytes.of(9, 7, 3, false);
    byte[] same = new Resizer(Resample.LANCZOS).resize(bytes, 9, 7, 3, 9, 7);
    assertThat(same).isEqualTo(bytes).isNotSameAs(bytes);
  }

  @Test
  void theColourOfTransparentPixelsDoesNotLeak() {
    byte[] two = bytes(200, 255, 10, 0);
    assertThat(new Resizer(Resample.BOX).resizeWithAlpha(two, 2, 1, 2, 1, 1))
        .isEqualTo(bytes(199, 128));
  }

  @Test
  void sizesAndRegionsOutsideTheRangeAreNamed() {
    Image image = new Image(4, 4, new byte[48]);
    assertThatThrownBy(() -> Resize.box(image, 0, 3)).hasMessageContaining("0x3");
    assertThatThrownBy(() -> new Resizer(Resample.BOX).resize(image, new Region(0, 0, 5, 4), 2, 2))
        .hasMessageContaining("(0.0, 0.0, 5.0, 4.0)")
        .hasMessageContaining("4x4");
    assertThatThrownBy(() -> new Region(2, 0, 2, 4)).hasMessageContaining("not empty");
    assertThatThrownBy(() -> new Resizer(Resample.BOX).resize(new byte[5], 2, 2, 1, 1, 1))
        .hasMessageContaining("5 samples");
  }

  private static byte[] resize(JsonNode c) {
    int width = c.get("from").get(0).asInt();
    int height = c.get("from").get(1).asInt();
    int channels = c.get("channels").asInt();
    int newWidth = c.get("to").get(0).asInt();
    int newHeight = c.get("to").get(1).asInt();
    byte[] source = FormulaBytes.of(width, height, channels, c.get("smooth").asBoolean());
    Resizer resizer = new Resizer(Resample.valueOf(c.get("filter").asText()), PassOrder.PILLOW_13);
    if (c.get("floats").asBoolean()) {
      return raw(resizer.resize(floats(source), width, height, channels, newWidth, newHeight));
    }
    if (!c.get("box").isNull()) {
      JsonNode b = c.get("box");
      Region region = new Region(number(b, 0), number(b, 1), number(b, 2), number(b, 3));
      return resizer.resize(source, width, height, channels, region, newWidth, newHeight);
    }
    return channels % 2 == 0
        ? resizer.resizeWithAlpha(source, width, height, channels, newWidth, newHeight)
        : resizer.resize(source, width, height, channels, newWidth, newHeight);
  }

  private static float number(JsonNode box, int index) {
    return (float) box.get(index).asDouble();
  }

  private static float[] floats(byte[] bytes) {
    float[] floats = new float[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      floats[i] = bytes[i] & 0xff;
    }
    return floats;
  }

  private static byte[] raw(float[] floats) {
    ByteBuffer buffer = ByteBuffer.allocate(4 * floats.length).order(ByteOrder.LITTLE_ENDIAN);
    buffer.asFloatBuffer().put(floats);
    return buffer.array();
  }

  private static byte[] row(Resample filter, int size) {
    return new Resizer(filter).resize(ROW, 10, 1, 1, size, 1);
  }

  private static String crc(byte[] bytes) {
    CRC32 crc = new CRC32();
    crc.update(bytes);
    return String.format("%08x", crc.getValue());
  }

  private static byte[] bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }
}
