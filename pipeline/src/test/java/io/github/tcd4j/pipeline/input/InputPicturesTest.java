package io.github.tcd4j.pipeline.input;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.png.PngWriter;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;

class InputPicturesTest {
  private static Image grey(int width, int height, int... levels) {
    byte[] rgb = new byte[3 * width * height];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) levels[i / 3];
    }
    return new Image(width, height, rgb);
  }

  private static InputFile file(Image image) {
    return InputFile.of("memory.png", PngWriter.encode(image, Map.of()));
  }

  private static int[] levels(Image image) {
    int[] levels = new int[image.width() * image.height()];
    Arrays.setAll(levels, i -> image.rgb()[3 * i] & 255);
    return levels;
  }

  @Test
  void marginsContinueTheEdgesAndAreWhiteInTheMask() {
    int[] ramp = new int[20];
    Arrays.setAll(ramp, i -> 10 * i);
    InputSettings input =
        InputSettings.NONE
            .withImage(file(grey(20, 1, ramp)))
            .withOutpainting(new Outpainting(2, 0, 3, 0));
    InputPictures exact = InputPictures.read(input, 8, true);

    assertThat(levels(exact.image())).startsWith(0, 0, 0, 10).endsWith(180, 190, 190, 190, 190);
    assertThat(exact.image().width()).isEqualTo(25);
    // Two of the margin and eight of the picture, so that the seam is generated anew.
    int[] mask = levels(exact.mask());
    assertThat(Arrays.copyOf(mask, 11))
        .containsExactly(255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 0);
    assertThat(Arrays.copyOfRange(mask, 13, 25))
        .containsExactly(0, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255);
  }

  @Test
  void withoutASizeMarginsGrowToMultiplesOnTheSideThatHasOne() {
    InputSettings image = InputSettings.NONE.withImage(file(grey(20, 9, new int[180])));
    Image right =
        InputPictures.read(image.withOutpainting(new Outpainting(2, 0, 3, 0)), 8, false).image();
    Image left =
        InputPictures.read(image.withOutpainting(new Outpainting(2, 0, 0, 0)), 8, false).image();

    assertThat(right.width()).isEqualTo(32);
    assertThat(right.height()).isEqualTo(16);
    assertThat(left.width()).isEqualTo(24);
    Canvas canvas = Canvas.of(grey(20, 9, new int[180]), new Outpainting(2, 0, 0, 0), 8);
    assertThat(canvas.left()).isEqualTo(4);
  }

  @Test
  void aMaskOfItsOwnStaysInsideTheMargins() {
    int[] half = new int[16];
    Arrays.setAll(half, i -> i >= 12 ? 255 : 0);
    InputPictures both =
        InputPictures.read(
            InputSettings.NONE
                .withImage(file(grey(16, 1, new int[16])))
                .withMask(file(grey(16, 1, half)))
                .withOutpainting(new Outpainting(1, 0, 0, 0)),
            1,
            true);
    assertThat(levels(both.mask()))
        .containsExactly(
            255, 255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0, 255, 255, 255, 255);
  }

  @Test
  void blackKeepsThePictureWhiteTheResultAndGreyMixes() {
    InputPictures given = new InputPictures(grey(3, 1, 200, 200, 200), grey(3, 1, 0, 255, 51));

    assertThat(levels(given.pasted(grey(3, 1, 100, 100, 100)))).containsExactly(200, 100, 180);
  }

  @Test
  void aColouredMaskCountsByItsBrightness() {
    byte[] rgb = {(byte) 255, 0, 0, 0, (byte) 255, 0, 0, 0, (byte) 255};
    InputPictures given = new InputPictures(grey(3, 1, 0, 0, 0), new Image(3, 1, rgb));
    // Pillow's mode L: 0.299, 0.587 and 0.114 of 255.
    assertThat(given.greyMask()).containsExactly(76, (byte) 150, 29);
  }

  @Test
  void theBlurSoftensTheMaskInItsOwnPixels() {
    int[] edge = new int[20];
    Arrays.setAll(edge, i -> i >= 10 ? 255 : 0);
    InputSettings input =
        InputSettings.NONE
            .withImage(file(grey(20, 1, new int[20])))
            .withMask(file(grey(20, 1, edge)))
            .withMaskBlur(2.0);
    int[] soft = levels(InputPictures.read(input, 1, true).mask());

    assertThat(soft[9]).isBetween(80, 127);
    assertThat(soft[10]).isBetween(128, 175);
    assertThat(soft[0]).isZero();
  }

  @Test
  void sidesAreCutDownAndWhatIsTooSmallIsRefused() {
    assertThat(InputPictures.side("width", 45, 8)).isEqualTo(40);
    assertThat(InputPictures.side("width", 40, 8)).isEqualTo(40);
    assertThatThrownBy(() -> InputPictures.side("height", 7, 8))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessage(
            "the picture's height is 7 pixels but this model generates multiples of 8; choose a"
                + " size");
  }

  @Test
  void whatIsNoPictureIsNamedWithItsReason() {
    InputSettings text =
        InputSettings.NONE.withImage(InputFile.of("notes.png", new byte[] {'a', 'b', 'c'}));
    assertThatThrownBy(() -> InputPictures.read(text, 8, false))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessage(
            "picture notes.png cannot be used: it is no image, but PNG, JPEG and WebP are read");
  }
}
