package io.github.tcd4j.training.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.diffusion.sampler.SamplingPlan;
import io.github.tcd4j.files.Notes;
import io.github.tcd4j.images.png.PngWriter;
import io.github.tcd4j.images.sheet.ContactSheet;
import io.github.tcd4j.models.unet.Conditioning;
import io.github.tcd4j.pipeline.checkpoint.DistilledGuidance;
import io.github.tcd4j.pipeline.internal.ImageTensors;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.training.distill.FullStudent;
import io.github.tcd4j.training.task.TinyModel;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The sample picture of two prompts in two steps, compared with DDIM written out. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SamplePictureTest {
  private static final List<String> PROMPTS = List.of("red apple", "rocket");

  /** DDIM's two times of spacing "leading" with an offset of 1; then the clean end, alpha of 0. */
  private static final double[] TIMES = {501, 1, 0};

  private Path work;
  private Scope scope;
  private FrozenComponents parts;
  private Teacher teacher;

  @BeforeAll
  void prepare(@TempDir Path folder) throws IOException {
    work = folder;
    scope = Scope.open();
    TinyModel tiny = TinyModel.write(folder);
    parts = tiny.components();
    teacher = tiny.teacher();
  }

  @AfterAll
  void end() {
    scope.close();
  }

  /** A network on which captions, and the embedding of w where it has one, have much influence. */
  private DiffusionNetwork network(int guidanceChannels) throws IOException {
    FullStudent student =
        FullStudent.copy(
            teacher, parts, "DDIMScheduler", new DistilledGuidance(1, 8), guidanceChannels);
    TinyModel.disturb(student.parameters(), 0.15, 3);
    return student.network();
  }

  private int[] sampled(DiffusionNetwork network, double guidance) throws IOException {
    Path png = work.resolve("sample.png");
    SamplePicture.Settings settings = new SamplePicture.Settings(PROMPTS, 2, guidance, 11);
    SamplingPlan plan = settings.plan(teacher.scheduler(), "ddim", null);
    new SamplePicture(settings, parts, network, plan).write(png);
    return pixels(png);
  }

  /** The output of the network at (x, t). */
  private interface Noise {
    Tensor at(Tensor x, Tensor t);
  }

  private int[] byHand(Noise noise) throws IOException {
    return byHand(2, TIMES, noise);
  }

  /** Pictures of the seeds from 11 on by DDIM through these times. */
  private int[] byHand(int count, double[] times, Noise noise) throws IOException {
    Tensor[] starts = new Tensor[count];
    for (int b = 0; b < count; b++) {
      starts[b] = new RandomSource(11 + b).normal(1, 4, 16, 16);
    }
    Tensor x = Tensor.cat(0, starts);
    for (int i = 0; i + 1 < times.length; i++) {
      Tensor t = x.select(1, 0).select(1, 0).select(1, 0).zerosLike().plus(times[i]);
      Tensor eps = noise.at(x, t).detach();
      double alpha = teacher.schedule().alpha(times[i]);
      double sigma = teacher.schedule().sigma(times[i]);
      Tensor x0 = x.minus(eps.times(sigma)).div(alpha);
      x =
          x0.times(teacher.schedule().alpha(times[i + 1]))
              .plus(eps.times(teacher.schedule().sigma(times[i + 1])));
    }
    Path png = work.resolve("expected.png");
    PngWriter.write(
        png,
        ContactSheet.of(ImageTensors.toImages(parts.decode(x).detach()), 8).render(),
        Map.of());
    return pixels(png);
  }

  private static int[] pixels(Path png) throws IOException {
    BufferedImage image = ImageIO.read(png.toFile());
    return image.getRaster().getPixels(0, 0, image.getWidth(), image.getHeight(), (int[]) null);
  }

  /** The greatest difference in any channel of any pixel, in 1/255. */
  private static int difference(int[] a, int[] b) {
    assertThat(a).hasSameSizeAs(b);
    int most = 0;
    for (int i = 0; i < a.length; i++) {
      most = Math.max(most, Math.abs(a[i] - b[i]));
    }
    return most;
  }

  private Conditioning captions(List<String> captions) {
    return parts.prompts(Notes.NONE).encode(captions);
  }

  private Tensor output(DiffusionNetwork network, List<String> captions, Tensor x, Tensor t) {
    return network.with(captions(captions)).at(x, t, t).output();
  }

  @Test
  void theGuidanceScaleLeadsFromTheEmptyCaptionToThePrompt() throws IOException {
    DiffusionNetwork network = network(0);
    int[] picture = sampled(network, 3);
    int[] expected = byHand((x, t) -> guided(network, 3, x, t));
    assertThat(difference(picture, expected)).isLessThanOrEqualTo(1);
    assertThat(difference(picture, byHand((x, t) -> guided(network, 4, x, t)))).isGreaterThan(4);
  }

  /** uncond + g (cond - uncond). */
  private Tensor guided(DiffusionNetwork network, double g, Tensor x, Tensor t) {
    Tensor empty = output(network, List.of("", ""), x, t);
    return empty.plus(output(network, PROMPTS, x, t).minus(empty).times(g));
  }

  @Test
  void withoutGuidanceThePromptIsEvaluatedAlone() throws IOException {
    DiffusionNetwork network = network(0);
    int[] expected = byHand((x, t) -> output(network, PROMPTS, x, t));
    assertThat(difference(sampled(network, 1), expected)).isLessThanOrEqualTo(1);
    assertThat(difference(sampled(network, 0), expected)).isLessThanOrEqualTo(1);
  }

  @Test
  void aNetworkThatEmbedsTheGuidanceIsGivenTheScaleMinusOne() throws IOException {
    DiffusionNetwork network = network(16);
    int[] picture = sampled(network, 3);
    assertThat(difference(picture, byHand((x, t) -> conditioned(network, 2, x, t))))
        .isLessThanOrEqualTo(1);
    assertThat(difference(picture, byHand((x, t) -> conditioned(network, 3, x, t))))
        .isGreaterThan(4);
  }

  private Tensor conditioned(DiffusionNetwork network, float w, Tensor x, Tensor t) {
    return network
        .with(captions(PROMPTS).withGuidance(Tensor.of(new float[] {w, w})))
        .at(x, t, t)
        .output();
  }

  /** 64 pictures of this size are sampled together; what comes after has the seeds that are due. */
  @Test
  void pictureNumberIHasSeedPlusIAlsoInTheSecondBatch() throws IOException {
    List<String> prompts = new ArrayList<>(Collections.nCopies(65, PROMPTS.get(0)));
    prompts.set(64, PROMPTS.get(1));
    Path all = work.resolve("all.png");
    DiffusionNetwork network = network(0);
    SamplePicture.Settings settings = new SamplePicture.Settings(prompts, 1, 1, 11);
    SamplingPlan plan = settings.plan(teacher.scheduler(), "ddim", null);
    new SamplePicture(settings, parts, network, plan).write(all);
    double[] once = {TIMES[1], TIMES[2]};
    int[] expected = byHand(65, once, (x, t) -> output(network, prompts, x, t));
    assertThat(difference(pixels(all), expected)).isLessThanOrEqualTo(1);
  }

  @Test
  void noPromptOrNoStepIsRefused() {
    assertThatThrownBy(() -> new SamplePicture.Settings(List.of(), 2, 1, 0))
        .hasMessageContaining("at least one prompt and one step but has 0 and 2");
    assertThatThrownBy(() -> new SamplePicture.Settings(PROMPTS, 0, 1, 0))
        .hasMessageContaining("but has 2 and 0");
    assertThat(new SamplePicture.Settings(PROMPTS, 1, 1, 0).steps()).isEqualTo(1);
  }
}
