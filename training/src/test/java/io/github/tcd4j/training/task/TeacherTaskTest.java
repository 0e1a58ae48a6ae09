package io.github.tcd4j.training.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.github.tcd4j.diffusion.Prediction;
import io.github.tcd4j.diffusion.objective.Losses;
import io.github.tcd4j.diffusion.schedule.BetaSchedule;
import io.github.tcd4j.diffusion.schedule.NoiseSchedule;
import io.github.tcd4j.diffusion.schedule.VpSchedule;
import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.Checkpoint;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.models.layers.WeightsException;
import io.github.tcd4j.models.unet.Conditioning;
import io.github.tcd4j.models.unet.UNet2DConditionModel;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.SafeTensors;
import io.github.tcd4j.tensor.file.SafeTensorsWriter;
import io.github.tcd4j.training.dataset.LatentDataset;
import io.github.tcd4j.training.network.FrozenComponents;
import io.github.tcd4j.training.network.PairComponents;
import io.github.tcd4j.training.recipe.RecipeException;
import io.github.tcd4j.training.recipe.Recipes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The loss of the teacher, and the entry {@code start} of its recipe. */
class TeacherTaskTest {
  private static final String WEIGHTS = "diffusion_pytorch_model.safetensors";

  @TempDir Path work;
  private Scope scope;
  private TinyModel tiny;

  /** Untrained networks around the U-Net, and one U-Net to start from. */
  @BeforeEach
  void prepare() throws IOException {
    scope = Scope.open();
    tiny = TinyModel.write(work);
  }

  @AfterEach
  void end() {
    scope.close();
  }

  /** A teacher that starts from {@code folder}, with another seed than the one saved there. */
  private TeacherTask starting(Path folder) throws IOException {
    Path file = work.resolve("start.yaml");
    String own = Files.readString(Path.of("src/test/resources/recipes/teacher.yaml"));
    Files.writeString(file, own.replace("settings:\n", "settings:\n  start: " + folder + "\n"));
    return new TeacherTask(
        Recipes.read(file, List.of("seed=77", "data=" + tiny.data())), tiny.places());
  }

  private Path saved() {
    return work.resolve("teacher/final/unet");
  }

  private Map<String, Tensor> read(Path folder) {
    Map<String, Tensor> all = new LinkedHashMap<>();
    try (SafeTensors file = SafeTensors.open(folder.resolve(WEIGHTS))) {
      file.names().forEach(name -> all.put(name, file.get(name).to(DType.F32).copy()));
    }
    return all;
  }

  private Path write(String name, Map<String, Tensor> weights) throws IOException {
    Path folder = Files.createDirectories(work.resolve(name));
    SafeTensorsWriter.write(folder.resolve(WEIGHTS), weights, Map.of());
    return folder;
  }

  @Test
  void aStartGivesExactlyTheSavedWeightsAndTheyCanLearn() throws IOException {
    TeacherTask task = starting(saved());
    Map<String, Tensor> expected = read(saved());
    assertThat(task.parameters().keySet()).isEqualTo(expected.keySet());
    expected.forEach(
        (name, t) -> {
          Tensor own = task.parameters().get(name);
          assertThat(own.detach().contiguous().toFloatArray()).as(name).isEqualTo(t.toFloatArray());
          assertThat(own.requiresGrad()).as(name).isTrue();
        });
  }

  @Test
  void withoutAStartTheWeightsAreFreshAndFollowTheSeed() throws IOException {
    Map<String, Tensor> one = new TeacherTask(tiny.recipe("teacher"), tiny.places()).parameters();
    Map<String, Tensor> same = new TeacherTask(tiny.recipe("teacher"), tiny.places()).parameters();
    Map<String, Tensor> other =
        new TeacherTask(tiny.recipe("teacher", "seed=77"), tiny.places()).parameters();
    float[] weights = values(one);
    assertThat(values(same)).isEqualTo(weights);
    assertThat(values(other)).isNotEqualTo(weights);
  }

  private static float[] values(Map<String, Tensor> parameters) {
    Tensor weight = parameters.get("conv_in.weight");
    return weight == null ? new float[0] : weight.detach().contiguous().toFloatArray();
  }

  @Test
  void theLossIsTheMeanSquaredErrorOfTheNoiseAndSomeCaptionsAreEmpty() throws IOException {
    assertThat(lossIsThatByHand(0.3, null, null)).isBetween(1, 5);
  }

  @Test
  void withoutDropoutEveryRowHasItsCaption() throws IOException {
    assertThat(lossIsThatByHand(0, null, null)).isZero();
  }

  @ParameterizedTest
  @EnumSource(Prediction.Kind.class)
  void theNetworkMayPredictVelocityOrTheCleanSampleAndTheModelSaysWhich(Prediction.Kind kind)
      throws IOException {
    assertThat(lossIsThatByHand(0.3, kind, null)).isBetween(1, 5);
    TeacherTask task =
        new TeacherTask(tiny.recipe("teacher", "settings.prediction=" + kind.key()), tiny.places());
    Path folder = work.resolve("exported");
    task.export(folder);
    assertThat(TinyModel.teacher(folder).kind()).isEqualTo(kind);
  }

  @Test
  void theLastBetaMakesTheLastTimesNoisierInTrainingAndInTheModel() throws IOException {
    lossIsThatByHand(0, Prediction.Kind.V, 0.025);
    TeacherTask task =
        new TeacherTask(tiny.recipe("teacher", "settings.beta_end=0.025"), tiny.places());
    Path folder = work.resolve("exported");
    task.export(folder);
    NoiseSchedule schedule = TinyModel.teacher(folder).schedule();
    assertThat(Math.pow(schedule.alpha(999), 2)).isBetween(2e-5, 6e-5);
    assertThat(Math.pow(VpSchedule.stableDiffusion().alpha(999), 2)).isBetween(4e-3, 5e-3);
    assertThat(folder.resolve("scheduler/scheduler_config.json"))
        .content()
        .containsPattern("\"timestep_spacing\" ?: ?\"trailing\"");
  }

  @Test
  void withoutItTheSchedulerIsStableDiffusions() throws IOException {
    TeacherTask task = new TeacherTask(tiny.recipe("teacher"), tiny.places());
    Path folder = work.resolve("exported");
    task.export(folder);
    assertThat(folder.resolve("scheduler/scheduler_config.json"))
        .content()
        .contains("0.012")
        .containsPattern("\"timestep_spacing\" ?: ?\"leading\"");
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.00085, 1})
  void aLastBetaOutsideItsRangeIsRefused(double beta) {
    assertThatThrownBy(
            () ->
                new TeacherTask(tiny.recipe("teacher", "settings.beta_end=" + beta), tiny.places()))
        .hasMessageContaining("settings.beta_end must be in (0.00085, 1)");
  }

  @Test
  void anUnknownPredictionIsRefused() {
    assertThatThrownBy(
            () -> new TeacherTask(tiny.recipe("teacher", "settings.prediction=x"), tiny.places()))
        .hasMessageContaining(
            "prediction_type must be one of [epsilon, v_prediction, sample] but was x");
  }

  /** Returns how many of six captions were empty. */
  private int lossIsThatByHand(
      double dropout, Prediction.@Nullable Kind kind, @Nullable Double betaEnd) throws IOException {
    List<String> sets =
        new ArrayList<>(
            List.of("settings.caption_dropout=" + dropout, "settings.loss_weight=even"));
    if (kind != null) {
      sets.add("settings.prediction=" + kind.key());
    }
    if (betaEnd != null) {
      sets.add("settings.beta_end=" + betaEnd);
    }
    VpSchedule schedule =
        betaEnd == null
            ? VpSchedule.stableDiffusion()
            : VpSchedule.of(BetaSchedule.parse("scaled_linear"), 0.00085, betaEnd, 1000);
    TeacherTask task =
        new TeacherTask(tiny.recipe("teacher", sets.toArray(String[]::new)), tiny.places());
    TinyModel.disturb(task.parameters(), 0.1, 3);
    int[] rows = {4, 0, 3, 1, 5, 2};
    Tensor loss = task.losses(rows, new RandomSource(9), 0, 12).of(Losses.STUDENT);

    FrozenComponents parts =
        PairComponents.load(
            work.resolve("text-image/final"), work.resolve("autoencoder/final"), Device.CPU);
    LatentDataset corpus = parts.encode(tiny.data().toString(), tiny.places());
    RandomSource random = new RandomSource(9);
    Tensor x0 = corpus.latents(rows, random);
    double[] u = new double[6];
    Arrays.fill(u, 1);
    if (dropout > 0) {
      u = random.uniform(0, 1, 6, 1, 1).toDoubleArray();
    }
    int dropped = 0;
    Tensor[] tokens = new Tensor[6];
    for (int b = 0; b < 6; b++) {
      boolean empty = u[b] < dropout;
      dropped += empty ? 1 : 0;
      tokens[b] =
          empty ? corpus.empty().tokens() : corpus.captions().tokens().narrow(0, rows[b], 1);
    }
    Tensor t = random.integers(1000, 6).to(DType.F32);
    Tensor noise = random.normal(x0.shape());
    double[] alpha = Arrays.stream(t.toDoubleArray()).map(schedule::alpha).toArray();
    double[] sigma = Arrays.stream(t.toDoubleArray()).map(schedule::sigma).toArray();
    Tensor x = x0.times(perRow(alpha)).plus(noise.times(perRow(sigma)));
    Map<String, Tensor> all = task.parameters();
    UNet2DConditionModel unet =
        UNet2DConditionModel.of(
            Weights.of(new Checkpoint("the task", all.keySet(), all::get, false)),
            tiny.teacher().unet().config());
    Tensor output = unet.forward(x, t, Conditioning.text(Tensor.cat(0, tokens)), Adapters.NONE);
    Tensor wanted =
        switch (kind == null ? Prediction.Kind.EPSILON : kind) {
          case EPSILON -> noise;
          case V -> noise.times(perRow(alpha)).minus(x0.times(perRow(sigma)));
          case X0 -> x0;
        };
    double expected = output.minus(wanted).square().mean().detach().item();
    assertThat(Objects.requireNonNull(loss).detach().item())
        .isCloseTo(expected, withinPercentage(0.001));
    return dropped;
  }

  private static Tensor perRow(double[] values) {
    return Tensor.of(values).to(DType.F32).reshape(values.length, 1, 1, 1);
  }

  @Test
  void savedWeightsThatTheModelHasNoPlaceForAreNamed() throws IOException {
    Map<String, Tensor> more = read(saved());
    more.put("mid_block.extra.weight", Tensor.scalar(1));
    Path folder = write("more", more);
    assertThatThrownBy(() -> starting(folder))
        .isInstanceOf(RecipeException.class)
        .hasMessage(
            folder
                + " holds weights that settings.model has no place for: [mid_block.extra.weight]");
  }

  @Test
  void aWeightThatTheStartLacksIsNamed() throws IOException {
    Map<String, Tensor> less = read(saved());
    less.remove("conv_out.bias");
    Path folder = write("less", less);
    assertThatThrownBy(() -> starting(folder))
        .isInstanceOf(WeightsException.class)
        .hasMessage(folder.resolve(WEIGHTS) + " lacks conv_out.bias");
  }

  @Test
  void aStartThatIsNotThereIsRefusedWithBothPlaces() {
    assertThatThrownBy(() -> starting(Path.of("nowhere")))
        .isInstanceOf(RecipeException.class)
        .hasMessageContaining("the recipe names nowhere")
        .hasMessageContaining(work.resolve("nowhere").toString());
  }
}
