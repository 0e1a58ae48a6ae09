package io.github.tcd4j.training.distill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tcd4j.diffusion.Denoiser;
import io.github.tcd4j.diffusion.GuidedDenoiser;
import io.github.tcd4j.diffusion.Prediction;
import io.github.tcd4j.diffusion.objective.DistillationNetworks;
import io.github.tcd4j.diffusion.objective.Losses;
import io.github.tcd4j.files.Notes;
import io.github.tcd4j.files.Sha256;
import io.github.tcd4j.models.lora.LoraFile;
import io.github.tcd4j.models.lora.LoraMetadata;
import io.github.tcd4j.models.unet.Conditioning;
import io.github.tcd4j.pipeline.checkpoint.DistilledGuidance;
import io.github.tcd4j.tensor.Autograd;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.SafeTensors;
import io.github.tcd4j.tensor.file.SafeTensorsWriter;
import io.github.tcd4j.training.dataset.LatentDataset;
import io.github.tcd4j.training.dataset.TrainingEnvironment;
import io.github.tcd4j.training.network.DiffusionNetwork;
import io.github.tcd4j.training.network.FrozenComponents;
import io.github.tcd4j.training.network.Teacher;
import io.github.tcd4j.training.recipe.Recipe;
import io.github.tcd4j.training.recipe.Recipes;
import io.github.tcd4j.training.task.Tasks;
import io.github.tcd4j.training.task.TinyModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Students of a tiny untrained model, and the languages of their teachers. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class StudentTest {
  private Path work;
  private Scope scope;
  private TinyModel tiny;
  private TrainingEnvironment places;
  private FrozenComponents parts;
  private Teacher teacher;
  private Tensor x;
  private Tensor t;
  private Tensor s;
  private Conditioning captions;

  @BeforeAll
  void prepare(@TempDir Path folder) throws IOException {
    work = folder;
    scope = Scope.open();
    tiny = TinyModel.write(work);
    places = tiny.places();
    parts = tiny.components();
    teacher = tiny.teacher();
    RandomSource random = new RandomSource(1);
    x = random.normal(2, 4, 16, 16);
    t = Tensor.of(new float[] {999, 499});
    s = Tensor.of(new float[] {759, 0});
    captions = captions(parts, List.of("red apple", "rocket"));
  }

  @AfterAll
  void end() {
    scope.close();
  }

  private static Conditioning captions(FrozenComponents parts, List<String> captions) {
    return parts.prompts(Notes.NONE).encode(captions);
  }

  private Path model() {
    return work.resolve("teacher/final");
  }

  private LoraStudent lora() {
    return LoraStudent.fresh(
        4, teacher, new LoraMetadata("tcd", "tcd", "tiny", 4, 4, 0.3, 4, "ff"));
  }

  private FullStudent full() throws IOException {
    return FullStudent.copy(teacher, parts, "TCDScheduler", new DistilledGuidance(2, 8), 16);
  }

  private Tensor output(Denoiser d) {
    return d.at(x, t, s).output();
  }

  private Tensor output(DiffusionNetwork network) {
    return output(network.with(captions));
  }

  @Test
  void everyStudentStartsAsItsTeacher() throws IOException {
    Tensor expected = output(teacher.network());
    Tensor w = Tensor.of(new float[] {1.5f, 7});
    for (Student student : List.of(lora(), full(), SConditionedStudent.fresh(5, full()))) {
      Denoiser network = student.network().with(captions).withGuidance(w);
      assertThat(output(network).minus(expected).abs().max().item())
          .as(student.getClass().getSimpleName())
          .isZero();
      assertThat(student.parameters().values()).allMatch(Tensor::requiresGrad);
    }
    assertThat(output(SConditionedStudent.fresh(5, lora()).network()).sameAs(expected)).isTrue();
  }

  @Test
  void aStudentConditionedOnTheGuidanceLearnsToUseIt() throws IOException {
    FullStudent student = full();
    Tensor w = Tensor.of(new float[] {1.5f, 7});
    Tensor expected = output(teacher.network()).detach().plus(1);
    Autograd.backward(
        output(student.network().with(captions).withGuidance(w)).minus(expected).square().mean());
    Tensor hears =
        Objects.requireNonNull(student.parameters().get("time_embedding.cond_proj.weight"));
    assertThat(Autograd.gradient(hears).abs().max().item()).isPositive();
    hears.detach().copyFrom_(Autograd.gradient(hears).times(-1));
    Tensor other = output(student.network().with(captions).withGuidance(w.plus(1)));
    assertThat(output(student.network().with(captions).withGuidance(w)).sameAs(other)).isFalse();
  }

  @Test
  void anAveragedTargetIsTheStudentThatItFollows() throws IOException {
    for (Student student : List.of(SConditionedStudent.fresh(5, lora()), full())) {
      Target target = Target.ema(student);
      Tensor before = output(target.network());
      RandomSource random = new RandomSource(6);
      student
          .parameters()
          .values()
          .forEach(p -> p.detach().copyFrom_(p.detach().plus(random.normal(p.shape()).times(0.1))));
      Tensor moved = output(student.network());
      assertThat(output(target.network()).sameAs(before)).isTrue();
      assertThat(moved.sameAs(before)).isFalse();
      target.follow(0.5);
      assertThat(output(target.network()).sameAs(moved)).isFalse();
      target.follow(0);
      assertThat(output(target.network()).minus(moved).abs().max().item()).isLessThan(1e-5);
      assertThat(target.memory()).hasSameSizeAs(student.parameters());
    }
  }

  @Test
  void aLoraConditionedOnSIsAPlainLoraWithTheNameOfItsSidecar() throws IOException {
    Path folder = work.resolve("conditioned");
    SConditionedStudent.fresh(5, lora()).write(folder, null);
    LoraFile file = LoraFile.read(folder.resolve("tcd.safetensors"));
    assertThat(file.strays()).isEmpty();
    assertThat(file.modules()).allMatch(m -> m.name().startsWith("lora_unet_"));
    LoraMetadata metadata = Objects.requireNonNull(file.metadata());
    assertThat(metadata.destination())
        .isEqualTo(Sha256.of(folder.resolve("tcd.s_embedding.safetensors")));
    Path plain = work.resolve("plain");
    lora().write(plain, null);
    assertThat(Objects.requireNonNull(LoraFile.read(plain.resolve("tcd.safetensors")).metadata()))
        .matches(m -> m.destination() == null);
  }

  @Test
  void aWholeNetworkKeepsItsTeachersPredictionTypeAndNamesItsSampler() throws IOException {
    Teacher velocity = TinyModel.teacher(speaking("v_prediction"));
    Path folder = work.resolve("whole");
    FullStudent.copy(velocity, parts, "TCDScheduler", new DistilledGuidance(2, 8), 16)
        .write(folder, null);
    Teacher again = TinyModel.teacher(folder);
    assertThat(again.kind()).isEqualTo(Prediction.Kind.V);
    assertThat(again.scheduler().get("_class_name").asText()).isEqualTo("TCDScheduler");
    assertThat(Files.readString(folder.resolve("model_index.json"))).contains("TCDScheduler");
    assertThat(again.unet().config().timeCondProjDim()).isEqualTo(16);
  }

  @Test
  void latentConsistencyModelsAreWholeNetworksToo() throws IOException {
    DistillTask task =
        new DistillTask(
            tiny.recipe(
                "tcd-full", "settings.objective.method=lcm", "settings.objective.gamma=null"),
            places);
    TinyModel.disturb(task.parameters(), 0.05, 3);
    task.export(work.resolve("lcm-whole"));
    Teacher again = TinyModel.teacher(work.resolve("lcm-whole"));
    assertThat(again.weights()).hasSameSizeAs(task.parameters());
    task.parameters()
        .forEach(
            (name, p) -> {
              Tensor half = p.detach().to(DType.F16).to(DType.F32);
              Tensor written = Objects.requireNonNull(again.weights().get(name), name);
              assertThat(written.minus(half).abs().max().item()).as(name).isZero();
            });
    assertThat(again.scheduler().get("_class_name").asText()).isEqualTo("LCMScheduler");
    assertThat(again.unet().config().timeCondProjDim()).isEqualTo(16);
  }

  /** The model, with another word for what it predicts. */
  private Path speaking(String prediction) throws IOException {
    Path copy = work.resolve(prediction);
    if (!Files.exists(copy)) {
      try (var files = Files.walk(model())) {
        for (Path file : files.filter(Files::isRegularFile).toList()) {
          Path to = copy.resolve(model().relativize(file));
          Files.createDirectories(to.getParent());
          Files.copy(file, to);
        }
      }
      Path config = copy.resolve("scheduler/scheduler_config.json");
      ObjectMapper json = new ObjectMapper();
      ObjectNode node = (ObjectNode) json.readTree(config.toFile());
      json.writeValue(config.toFile(), node.put("prediction_type", prediction));
    }
    return copy;
  }

  @Test
  void aTextEncoderThatWasSavedWithoutItsPrefixIsReadToo() throws IOException {
    Path bare = speaking("sample");
    Path file = bare.resolve("text_encoder/model.safetensors");
    Map<String, Tensor> weights = new HashMap<>();
    try (SafeTensors saved = SafeTensors.open(file)) {
      for (String name : saved.names()) {
        weights.put(name.substring("text_model.".length()), saved.get(name).copy());
      }
    }
    SafeTensorsWriter.write(file, weights, Map.of());
    List<String> captions = List.of("red apple", "rocket");
    assertThat(
            captions(TinyModel.parts(bare), captions)
                .tokens()
                .sameAs(captions(parts, captions).tokens()))
        .isTrue();
  }

  @Test
  void teachersOfEveryLanguageAreReadInIt() throws IOException {
    double noise = loss("epsilon", Prediction.Kind.EPSILON);
    double velocity = loss("v_prediction", Prediction.Kind.V);
    double sample = loss("sample", Prediction.Kind.X0);
    assertThat(velocity).isNotEqualTo(noise).isNotEqualTo(sample);
  }

  /** The task's first loss, compared with the objective on networks read as {@code kind}. */
  private double loss(String prediction, Prediction.Kind kind) throws IOException {
    Path base = speaking(prediction);
    String[] overrides = {
      "settings.base=" + base,
      "precision=f32",
      "settings.objective.condition_dropout=0",
      "settings.objective.guidance_min=1",
      "settings.objective.guidance_max=1"
    };
    Recipe recipe = tiny.recipe("tcd", overrides);
    DistillTask task = new DistillTask(recipe, places);
    int[] rows = {0, 1, 2, 3};
    Tensor own = task.losses(rows, new RandomSource(9), 0, 12).of(Losses.STUDENT);
    LatentDataset corpus = parts.encode(recipe.data(), places);
    RandomSource random = new RandomSource(9);
    Tensor x0 = corpus.latents(rows, random);
    Denoiser network =
        DiffusionNetwork.plain(teacher.unet(), kind).with(corpus.conditioning(rows, 0, random));
    DistillationConfig how = Recipes.settings(recipe, DistillTask.Settings.class).objective();
    Losses expected =
        how.objective(teacher.schedule())
            .losses(
                x0,
                DistillationNetworks.distil(network, GuidedDenoiser.unguided(network)),
                teacher.schedule(),
                random,
                0,
                12);
    double wanted = expected.of(Losses.STUDENT).item();
    assertThat(Objects.requireNonNull(own).item()).as(prediction).isEqualTo(wanted);
    return wanted;
  }

  @Test
  void whatTheTeachersScheduleDoesNotFitIsRefusedBeforeTheDataAreRead() {
    assertThatThrownBy(
            () ->
                Tasks.create(
                    tiny.recipe("tcd", "settings.objective.skip=2000", "data=nowhere"), places))
        .hasMessageContaining("skip must be at most 1000");
  }

  @Test
  void anInpaintingModelIsNoTeacher() {
    Path inpaint = Path.of("../pipeline/src/test/resources/fidelity/inpaint");
    assertThatThrownBy(() -> Tasks.create(tiny.recipe("tcd", "settings.base=" + inpaint), places))
        .hasMessageContaining("reads 9 channels, not the 4 of latents alone");
  }

  @Test
  void aTeacherWithAnSEmbeddingStaysConditionedOnS() throws IOException {
    Path folder = work.resolve("conditioned-teacher");
    SConditionedStudent student = SConditionedStudent.fresh(5, full());
    TinyModel.disturb(student.parameters(), 0.05, 3);
    student.write(folder, null);
    Teacher conditioned = TinyModel.teacher(folder);
    assertThat(output(conditioned.network()).minus(output(student.network())).abs().max().item())
        .isLessThan(2e-2);
    assertThat(output(conditioned.network()).sameAs(output(unconditioned(conditioned).network())))
        .isFalse();
    LoraStudent lora = LoraStudent.fresh(4, conditioned, lora().card());
    assertThat(output(lora.network()).sameAs(output(conditioned.network()))).isTrue();
    assertThatThrownBy(
            () ->
                FullStudent.copy(
                    conditioned, parts, "TCDScheduler", new DistilledGuidance(2, 8), 0))
        .hasMessageContaining("distil it into a LoRA");
  }

  private static Teacher unconditioned(Teacher t) {
    return new Teacher(t.unet(), t.weights(), List.of(), t.scheduler(), t.schedule(), t.kind());
  }

  @Test
  void theRecipeMaySetThePredictionType() throws IOException {
    String[] overrides = {"precision=f32", "settings.objective.condition_dropout=0"};
    double set = loss(with("settings.prediction=v_prediction", overrides));
    double own = loss(with("settings.base=" + speaking("v_prediction"), overrides));
    assertThat(set).isEqualTo(own).isNotEqualTo(loss(with("settings.prediction=null", overrides)));
  }

  private Recipe with(String entry, String... overrides) throws IOException {
    String[] all = java.util.Arrays.copyOf(overrides, overrides.length + 1);
    all[overrides.length] = entry;
    return tiny.recipe("tcd", all);
  }

  private double loss(Recipe recipe) throws IOException {
    Tensor loss =
        new DistillTask(recipe, places)
            .losses(new int[] {0, 1}, new RandomSource(9), 0, 12)
            .of(Losses.STUDENT);
    return loss.item();
  }

  @Test
  void aStudentIsALoraOrAWholeNetworkButNotBoth() {
    assertThatThrownBy(() -> new DistillTask.Full(3)).hasMessageContaining("must be even");
    assertThatThrownBy(() -> new DistillTask.Full(-2))
        .hasMessageContaining("at least 0 but was -2");
    assertThat(new DistillTask.Full(0).timeCondProjDim()).isZero();
    for (String small : List.of("rank=0", "alpha=0")) {
      assertThatThrownBy(() -> Tasks.create(tiny.recipe("tcd", "settings." + small), places))
          .hasMessageContaining("settings.rank must be at least 1 and settings.alpha above 0");
    }
    assertThatThrownBy(() -> Tasks.create(tiny.recipe("tcd-full", "settings.full=null"), places))
        .hasMessageContaining(
            "settings needs either rank and alpha, for a LoRA, or full, for a whole network");
  }
}
