package io.github.tcd4j.evaluation.preprocess;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.evaluation.Formula;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.resize.Resize;
import org.junit.jupiter.api.Test;

class PicturePrepTest {
  /** 427x640 to 224x335: the margin 111 is odd, and torchvision begins at 56 and not at 55. */
  private static final Image PORTRAIT = Formula.blocks("prep", 427, 640, 7);

  @Test
  void theMiddleSquareIsTorchvisions() {
    Image small = Resize.bilinear(PORTRAIT, 224, 335);
    Image found = PicturePrep.parse("center-crop:224").apply(PORTRAIT);
    assertThat(found.width()).isEqualTo(224);
    assertThat(found.height()).isEqualTo(224);
    assertThat(found.rgb()).isEqualTo(Planes.crop(small, 0, 56, 224, 224).rgb());
  }

  @Test
  void resizingKeepsTheWholePicture() {
    Image found = PicturePrep.parse("resize:224").apply(PORTRAIT);
    assertThat(found.rgb()).isEqualTo(Resize.bilinear(PORTRAIT, 224, 335).rgb());
    Image wide = PicturePrep.parse("resize:100").apply(Formula.blocks("wide", 640, 480, 5));
    assertThat(wide.width()).isEqualTo(133);
    assertThat(wide.height()).isEqualTo(100);
    assertThat(PicturePrep.NONE.apply(PORTRAIT)).isSameAs(PORTRAIT);
  }

  @Test
  void namesAreReadAsTheyAreWritten() {
    for (String id : new String[] {"none", "center-crop:512", "resize:256"}) {
      assertThat(PicturePrep.parse(id).id()).isEqualTo(id);
    }
    for (String wrong : new String[] {"crop", "center-crop", "center-crop:x", "resize:-1", ""}) {
      assertThatThrownBy(() -> PicturePrep.parse(wrong))
          .hasMessageContaining("must be none, center-crop:SIDE or resize:SIDE but was '" + wrong);
    }
    assertThatThrownBy(() -> PicturePrep.parse("resize:0"))
        .hasMessage("the side of prepared pictures must be in [1, 8192] pixels but was 0");
  }
}
