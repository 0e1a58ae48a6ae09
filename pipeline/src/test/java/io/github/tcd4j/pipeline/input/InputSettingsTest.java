package io.github.tcd4j.pipeline.input;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.files.Hint;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.pipeline.Request;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InputSettingsTest {
  private static final InputFile FILE = new InputFile("a.png", "00", null);

  private static void refused(UnaryOperator<Request.Builder> choice, Hint hint, String sentence) {
    assertThatThrownBy(() -> choice.apply(Request.builder("a")).build())
        .isInstanceOfSatisfying(
            InvalidRequestException.class, e -> assertThat(e.hint()).isEqualTo(hint))
        .hasMessage(sentence);
  }

  @Test
  void whatNeedsAPictureIsRefusedWithoutOne() {
    Hint hint = Hint.INPUT_IMAGE;
    String rest = " has no effect without a picture; give one";
    refused(r -> r.mask(FILE), hint, "a mask" + rest);
    refused(r -> r.strength(0.5), hint, "a strength" + rest);
    refused(r -> r.maskBlur(2.0), hint, "a blur of the mask" + rest);
    refused(r -> r.imageGuidance(1.5), hint, "image guidance" + rest);
    refused(r -> r.outpainting(new Outpainting(1, 0, 0, 0)), hint, "an outpainting" + rest);
    refused(r -> r.paste(false), hint, "leaving out the pasting" + rest);
  }

  @Test
  void whatNeedsAMaskIsRefusedWithoutOne() {
    refused(
        r -> r.image(FILE).maskBlur(2.0),
        Hint.INPUT_MASK,
        "a blur of the mask has no effect without a mask; give one");
    refused(
        r -> r.image(FILE).paste(false),
        Hint.INPUT_MASK,
        "without a mask nothing is pasted back, so that it cannot be left out; give a mask");
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, -0.5, 1.01, Double.NaN})
  void strengthOutOfRangeSaysWhatItsEndsAre(double strength) {
    refused(
        r -> r.image(FILE).strength(strength),
        Hint.NONE,
        "strength must be above 0 and at most 1 but was "
            + strength
            + ": near 0 the picture stays as it is, at 1 little of it is left");
  }

  @Test
  void otherNumbersOutOfRangeAreRefused() {
    refused(
        r -> r.image(FILE).imageGuidance(0.9),
        Hint.NONE,
        "image guidance must be in [1, 100.0] but was 0.9; below 1 diffusers silently turns all"
            + " guidance off");
    refused(
        r -> r.image(FILE).mask(FILE).maskBlur(-1.0),
        Hint.NONE,
        "the mask's blur must be in [0, 256.0] pixels but was -1.0");
    refused(
        r -> r.outpainting(new Outpainting(0, 0, 0, 0)),
        Hint.NONE,
        "the margins of an outpainting (left, top, right, bottom) must be in [0, 4096] and one at"
            + " least above 0 but were [0, 0, 0, 0]");
    refused(
        r -> r.outpainting(new Outpainting(0, -8, 0, 8)),
        Hint.NONE,
        "the margins of an outpainting (left, top, right, bottom) must be in [0, 4096] and one at"
            + " least above 0 but were [0, -8, 0, 8]");
  }

  @Test
  void aFileThatIsNotThereIsRefusedByItsKind() {
    refused(r -> r.image(Path.of("no.png")), Hint.NONE, "picture no.png does not exist");
    refused(r -> r.mask(Path.of(".")), Hint.NONE, "mask . is not a file");
  }

  /** Of every picture, mask and hint: all are decoded here. */
  @Test
  void transparentPixelsAreComposedOnWhite() throws IOException {
    BufferedImage picture = new BufferedImage(2, 1, BufferedImage.TYPE_INT_ARGB);
    picture.setRGB(0, 0, 0x00ff0000);
    picture.setRGB(1, 0, 0xff0000ff);
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    ImageIO.write(picture, "png", png);

    byte[] rgb = InputFile.of("x.png", png.toByteArray()).decode("picture").rgb();

    assertThat(rgb).containsExactly(-1, -1, -1, 0, 0, -1);
  }

  @Test
  void theDefaultStrengthIsThatOfImg2imgOrWithAMaskAllOfIt() {
    InputSettings image = InputSettings.NONE.withImage(FILE);
    assertThat(image.strengthOrDefault()).isEqualTo(0.75);
    assertThat(image.withMask(FILE).strengthOrDefault()).isEqualTo(1);
    assertThat(image.withOutpainting(new Outpainting(8, 0, 0, 0)).strengthOrDefault()).isEqualTo(1);
  }

  @Test
  void onlyInpaintingOfStrengthOneStartsFromNoise() {
    InputSettings image = InputSettings.NONE.withImage(FILE);
    assertThat(image.withStrength(1.0).startsFromNoise()).isFalse();
    assertThat(image.withMask(FILE).startsFromNoise()).isTrue();
    assertThat(image.withMask(FILE).withStrength(0.9999).startsFromNoise()).isFalse();
  }

  @Test
  void aFileInMemoryHasTheHashThatItHasOnADisk() {
    assertThat(
            InputFile.of("x.png", "abc".getBytes(java.nio.charset.StandardCharsets.UTF_8)).sha256())
        .startsWith("ba7816bf");
  }
}
