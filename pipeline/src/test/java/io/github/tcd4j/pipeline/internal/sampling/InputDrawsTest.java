package io.github.tcd4j.pipeline.internal.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.tcd4j.diffusion.sampler.NoiseSource;
import io.github.tcd4j.diffusion.sampler.StepHook;
import io.github.tcd4j.diffusion.schedule.Node;
import io.github.tcd4j.diffusion.schedule.VpSchedule;
import io.github.tcd4j.pipeline.checkpoint.LowResScheduler;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is drawn in which order: the n-th draw is n everywhere. */
class InputDrawsTest {
  private static final long[] SHAPE = {2, 4, 3, 2};

  private Scope scope;
  private int draws;

  private final NoiseSource counting = shape -> Tensor.full(++draws, DType.F32, shape);

  @BeforeEach
  void open() {
    scope = Scope.inference();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  private static EncodedPicture picture(double mean, double deviation) {
    return new EncodedPicture(
        Tensor.full(mean, DType.F32, 1, 4, 3, 2), Tensor.full(deviation, DType.F32, 1, 4, 3, 2));
  }

  private static EncodedInput masked() {
    return new EncodedInput(picture(10, 2), picture(20, 3), Tensor.ones(DType.F32, 1, 1, 3, 2));
  }

  private InputDraws of(InputRole role, EncodedInput input, boolean fromNoise) {
    return InputDraws.of(role, input, fromNoise, 0.5, counting, Device.CPU, SHAPE);
  }

  private static double value(Tensor t) {
    assertThat(t.shape()).isEqualTo(SHAPE);
    assertThat(t.max().item()).isEqualTo(t.min().item());
    return t.max().item();
  }

  @Test
  void aPictureAloneIsSampledBeforeTheNoise() {
    InputDraws d = of(InputRole.START, new EncodedInput(picture(10, 2), null, null), false);

    assertThat(value(d.clean())).isEqualTo(0.5 * (10 + 2 * 1));
    assertThat(value(d.noise())).isEqualTo(2);
    assertThat(d.channels()).isNull();
    assertThat(draws).isEqualTo(2);
  }

  @Test
  void anUpscalersPictureHasTheFirstDrawAndItsLatentsTheSecond() {
    LowResScheduler lowRes = new LowResScheduler(VpSchedule.ofBetas(0.19f, 0.19f), 1);
    Tensor picture = Tensor.full(10, DType.F32, 1, 3, 3, 2);
    InputDraws d = InputDraws.upscaling(lowRes, 0, picture, counting, Device.CPU, SHAPE);

    assertThat(d.channels().shape()).containsExactly(2, 3, 3, 2);
    double expected = Math.sqrt(0.81) * 10 + Math.sqrt(0.19) * 1;
    assertThat(d.channels().max().item()).isEqualTo(expected, within(1e-6));
    assertThat(d.channels().min().item()).isEqualTo(expected, within(1e-6));
    assertThat(value(d.noise())).isEqualTo(2);
    assertThat(d.clean()).isNull();
    assertThat(draws).isEqualTo(2);
  }

  @Test
  void withAMaskAThirdSampleIsDrawnThoughNothingUsesIt() {
    for (boolean fromNoise : new boolean[] {true, false}) {
      draws = 0;
      InputDraws d = of(InputRole.START, masked(), fromNoise);

      assertThat(value(d.clean())).isEqualTo(6);
      assertThat(value(d.noise())).isEqualTo(2);
      assertThat(d.channels()).isNull();
      assertThat(draws).isEqualTo(3);
    }
  }

  @Test
  void anInpaintingModelSamplesThePictureOnlyWhereItStartsFromIt() {
    InputDraws noise = of(InputRole.INPAINTING, masked(), true);
    assertThat(noise.clean()).isNull();
    assertThat(value(noise.noise())).isEqualTo(1);
    assertThat(draws).isEqualTo(2);
    // Mask first, then the masked picture.
    assertThat(noise.channels().size(1)).isEqualTo(5);
    assertThat(noise.channels().select(1, 0).max().item()).isEqualTo(1);
    assertThat(noise.channels().select(1, 1).max().item()).isEqualTo(0.5 * (20 + 3 * 2));

    draws = 0;
    InputDraws start = of(InputRole.INPAINTING, masked(), false);
    assertThat(value(start.clean())).isEqualTo(6);
    assertThat(value(start.noise())).isEqualTo(2);
    assertThat(start.channels().select(1, 1).max().item()).isEqualTo(0.5 * (20 + 3 * 3));
    assertThat(draws).isEqualTo(3);
  }

  @Test
  void anEditTakesTheUnscaledMeanAndDrawsNoiseAlone() {
    InputDraws d = of(InputRole.EDIT, new EncodedInput(picture(10, 2), null, null), false);

    assertThat(value(d.channels())).isEqualTo(10);
    assertThat(value(d.noise())).isEqualTo(1);
    assertThat(d.clean()).isNull();
    assertThat(draws).isEqualTo(1);
  }

  @Test
  void anAutoencoderWithoutADistributionDrawsNothing() {
    EncodedPicture point = new EncodedPicture(Tensor.full(10, DType.F32, 1, 4, 3, 2), null);
    Tensor mask = Tensor.ones(DType.F32, 1, 1, 3, 2);
    InputDraws d = of(InputRole.START, new EncodedInput(point, point, mask), false);

    assertThat(value(d.clean())).isEqualTo(5);
    assertThat(value(d.noise())).isEqualTo(1);
    assertThat(draws).isEqualTo(1);
  }

  @Test
  void keptLatentsAreThoseOfThePictureAtEachNodeAndCleanAtTheEnd() {
    Tensor clean = Tensor.full(10, DType.F32, 1, 1, 1, 2);
    Tensor noise = Tensor.full(1, DType.F32, 1, 1, 1, 2);
    Tensor latents = Tensor.full(100, DType.F32, 1, 1, 1, 2);
    Tensor mask = Tensor.of(new float[] {0, 1}, 1, 1, 1, 2);
    Node first = new Node(900, 0.3, 0.9);
    Node middle = new Node(500, 0.6, 0.8);
    Node end = new Node(0, 0.999, 0.03);
    MaskBlend blend = new MaskBlend(clean, noise, mask, middle, end, StepHook.NONE);

    Tensor inside = blend.after(first, middle, latents, () -> latents);
    assertThat(inside.reshape(-1).item(0)).isEqualTo(0.6 * 10 + 0.8, within(1e-5));
    assertThat(inside.reshape(-1).item(1)).isEqualTo(100);
    Tensor done = blend.after(middle, end, latents, () -> latents);
    assertThat(done.reshape(-1).item(0)).isEqualTo(10);
    assertThat(done.reshape(-1).item(1)).isEqualTo(100);
    // A step before the last may land on the same node: then it is not the end.
    assertThat(blend.after(first, end, latents, () -> latents).reshape(-1).item(0))
        .isEqualTo(9.99 + 0.03, within(1e-5));
    assertThat(blend.between(middle, latents).reshape(-1).item(0)).isEqualTo(6.8, within(1e-5));
  }
}
