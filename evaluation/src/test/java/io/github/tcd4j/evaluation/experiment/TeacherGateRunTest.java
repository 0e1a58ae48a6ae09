package io.github.tcd4j.evaluation.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.data.CaptionedImage;
import io.github.tcd4j.data.Dataset;
import io.github.tcd4j.evaluation.feature.FeatureSpace;
import io.github.tcd4j.evaluation.generate.EvaluationPoint;
import io.github.tcd4j.evaluation.generate.Generator;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TeacherGateRunTest {
  private static final int SIZE = 4;

  @TempDir Path folder;

  /** Pictures of one colour, random around a level. */
  private static byte[] pixels(long seed, int level) {
    Random random = new Random(seed * 7919 + 17);
    byte[] pixels = new byte[3 * SIZE * SIZE];
    for (int c = 0; c < 3; c++) {
      byte value = (byte) (level + random.nextInt(60) - 30);
      for (int i = 0; i < SIZE * SIZE; i++) {
        pixels[3 * i + c] = value;
      }
    }
    return pixels;
  }

  private static Dataset real(int number) {
    List<CaptionedImage> images = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      byte[] rows = pixels(1000L * number + i, 100);
      byte[] planes = new byte[rows.length];
      for (int k = 0; k < rows.length; k++) {
        planes[k % 3 * SIZE * SIZE + k / 3] = rows[k];
      }
      images.add(new CaptionedImage(number + "-" + i, planes, SIZE, SIZE, "c" + i, Map.of()));
    }
    return Dataset.of(images);
  }

  /** Few steps are too bright; fifty are right. */
  private static final class Bright implements Generator {
    @Override
    public EvaluationPoint settle(EvaluationPoint setup) {
      return setup;
    }

    @Override
    public String identity(EvaluationPoint setup) {
      return "bright";
    }

    @Override
    public List<Image> generate(EvaluationPoint setup, List<String> captions, long seed) {
      assertThat(setup.spacing()).as("few steps begin at the noisiest time").isEqualTo("trailing");
      List<Image> images = new ArrayList<>();
      for (int i = 0; i < captions.size(); i++) {
        int level = 100 + 120 / setup.steps();
        images.add(new Image(SIZE, SIZE, pixels(-1 - seed - i, level)));
      }
      return images;
    }
  }

  /** The mean of each channel. */
  private static final FeatureSpace MEANS =
      new FeatureSpace() {
        @Override
        public String identity() {
          return "means";
        }

        @Override
        public Tensor images(Tensor pictures) {
          return pictures.to(DType.F32).mean(false, 2, 3).div(10);
        }
      };

  @Test
  void aTeacherThatNeedsItsStepsPasses() {
    TeacherGateRun.Settings settings =
        new TeacherGateRun.Settings(300, 20, 1, 0, 32, folder.resolve("gate"));
    TeacherGateRun.World world =
        new TeacherGateRun.World(TeacherGateRunTest::real, real(40), real(41));
    TeacherGateRun run =
        new TeacherGateRun(
            settings,
            world,
            new Bright(),
            MEANS,
            x -> x.plus(8 / 127.5),
            EvaluationListener.SILENT);

    TeacherGate gate = run.run();

    // 60 and 30 levels too bright in each of three channels; the autoencoder 8.
    assertThat(gate.two()).isBetween(0.85 * 108, 1.15 * 108);
    assertThat(gate.four()).isBetween(0.8 * 27, 1.2 * 27);
    assertThat(gate.floor()).isBetween(0.6 * 1.92, 1.5 * 1.92);
    assertThat(gate.diversity() / gate.realDiversity()).isBetween(0.9, 1.1);
    assertThat(gate.passed()).as(gate.markdown()).isTrue();
    assertThat(run.run()).as("from the cache").isEqualTo(gate);
  }

  @Test
  void settingsOutOfRangeAreRefused() {
    assertThatThrownBy(() -> new TeacherGateRun.Settings(10, 11, 1, 0, 32, folder))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("10 and 11");
  }
}
