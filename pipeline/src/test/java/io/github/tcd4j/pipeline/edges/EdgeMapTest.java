package io.github.tcd4j.pipeline.edges;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.models.edges.EdgeModel;
import io.github.tcd4j.pipeline.adapter.DepthPixels;
import io.github.tcd4j.pipeline.adapter.EdgeSource;
import io.github.tcd4j.pipeline.adapter.HintNetwork;
import io.github.tcd4j.tensor.Device;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Fixtures of {@code oracle/make_edge_fixtures.py}. */
class EdgeMapTest {
  @TempDir Path folder;

  private EdgeSource source(HintNetwork.Kind kind, String name) throws IOException {
    Path file = EdgeCase.write(name, folder.resolve(name + ".safetensors"));
    return EdgeSource.of(HintNetwork.of(kind, file));
  }

  @ParameterizedTest
  @CsvSource({
    "softedge, soft",
    "softedge-safe, soft",
    "lineart, lines",
  })
  void hintsAreThoseOfTheAuthorsPrograms(String key, String name) throws IOException {
    HintNetwork.Kind kind = HintNetwork.Kind.of(key);
    assertThat(kind).isNotNull();
    EdgeSource source = source(kind, name).withResolution(64);

    Image hint = EdgeMap.hints(source, List.of(EdgeCase.picture()), Device.CPU).get(0);

    byte[] expected = EdgeCase.expected(key);
    int other = 0;
    for (int i = 0; i < expected.length; i++) {
      int apart = Math.abs((hint.rgb()[i] & 255) - (expected[i] & 255));
      assertThat(apart).isLessThanOrEqualTo(key.endsWith("safe") ? 0 : 1);
      other += apart;
    }
    // A level is cut off, so that rounding moves few.
    assertThat(other).isLessThan(expected.length / 200);
  }

  @Test
  void aPictureIsSeenAtAShorterSideOf512AndItsHintHasItsOwnSize() throws IOException {
    EdgeSource source = source(HintNetwork.Kind.SOFT_EDGE, "soft");
    assertThat(source.size(new Image(300, 200, new byte[180_000])))
        .isEqualTo(new DepthPixels.Size(768, 512));
    // 1000 rows to 512; 1469 columns to 752.1, which is 11.75 times 64.
    assertThat(source.size(new Image(1469, 1000, new byte[4_407_000])))
        .isEqualTo(new DepthPixels.Size(768, 512));
    assertThat(source.withResolution(100).size(new Image(10, 10, new byte[300])))
        .isEqualTo(new DepthPixels.Size(128, 128));

    List<Image> pictures = List.of(EdgeCase.picture(), new Image(30, 20, new byte[1800]));
    List<Image> hints = EdgeMap.hints(source.withResolution(64), pictures, Device.CPU);
    assertThat(hints).extracting(Image::width).containsExactly(128, 30);
    assertThat(hints.get(1).height()).isEqualTo(20);
    assertThatThrownBy(() -> source.withResolution(63))
        .hasMessageContaining("must be 64 to 8192 pixels but was 63");
    assertThatThrownBy(() -> source.requireReads(new Image(2000, 10, new byte[60_000])))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("2000x10");
  }

  @Test
  void levelsAreCutOffAndDrawingsTurnedRound() {
    float[] values = {0, 0.5f, 0.999f, 1};
    assertThat(map(values, EdgeModel.Kind.SOFT, false)).containsExactly(0, 127, 254, 255);
    assertThat(map(values, EdgeModel.Kind.LINES, false)).containsExactly(255, 128, 1, 0);
    assertThat(map(new float[] {0.33f, 0.34f, 0.67f, 1}, EdgeModel.Kind.SOFT, true))
        .containsExactly(0, 127, 255, 255);
  }

  private static int[] map(float[] values, EdgeModel.Kind kind, boolean safe) {
    byte[] rgb = new EdgeMap(2, 2, values, kind, safe).toImage(2, 2).rgb();
    int[] levels = new int[values.length];
    for (int i = 0; i < levels.length; i++) {
      levels[i] = rgb[3 * i] & 255;
      assertThat(rgb[3 * i + 1]).isEqualTo(rgb[3 * i]).isEqualTo(rgb[3 * i + 2]);
    }
    return levels;
  }

  private static void refused(HintNetwork.Kind kind, Path path, String... parts) {
    assertThatThrownBy(() -> EdgeSource.of(HintNetwork.of(kind, path)))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContainingAll(parts)
        .message()
        .doesNotContain("\n");
  }

  @Test
  void whatIsNoSuchNetworkIsRefusedInOneSentence() throws IOException {
    Path lines = EdgeCase.write("lines", folder.resolve("sk_model.safetensors"));
    refused(HintNetwork.Kind.SOFT_EDGE, lines, "is not a soft edge network", "but a line art");
    refused(HintNetwork.Kind.LINE_ART, folder.resolve("no.pth"), "no.pth does not exist");
    refused(HintNetwork.Kind.SOFT_EDGE, folder, "a folder with ControlNetHED.pth");
    refused(
        HintNetwork.Kind.LINE_ART,
        Path.of("src/test/resources/adapter/ip-sd1-plus.safetensors"),
        "is not a line art network",
        "lacks model0.1.weight");
    Path text = Files.writeString(folder.resolve("ControlNetHED.pth"), "not a network");
    refused(HintNetwork.Kind.SOFT_EDGE, text, "ControlNetHED.pth");
    assertThat(HintNetwork.of(HintNetwork.Kind.LINE_ART, folder).model().name())
        .isEqualTo(lines.toString());
  }
}
