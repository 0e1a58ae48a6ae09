package io.github.tcd4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.files.Note;
import io.github.tcd4j.images.png.PngMetadata;
import io.github.tcd4j.models.lora.delta.LoraException;
import io.github.tcd4j.pipeline.checkpoint.DistilledGuidance;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import io.github.tcd4j.pipeline.lora.LoraSpec;
import io.github.tcd4j.pipeline.metadata.GenerationSettings;
import io.github.tcd4j.pipeline.metadata.SettingsJson;
import io.github.tcd4j.pipeline.prompt.PromptSyntax;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Engine;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.SafeTensors;
import io.github.tcd4j.tensor.file.SafeTensorsWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TextToImageTest {
  @TempDir Path temporary;

  private TextToImage model;

  @BeforeAll
  void load() {
    model = Tiny.load();
  }

  @AfterAll
  void free() {
    model.close();
  }

  private List<Picture> generate(Request.Builder request) {
    return model.generate(request.build(), Progress.SILENT);
  }

  @Test
  void everyPictureOfACountIsGeneratedAgainToTheSameBytes() throws IOException {
    List<Picture> five = generate(Request.builder(Tiny.PROMPT).seed(7).count(5).batch(3));
    for (int i = 0; i < five.size(); i++) {
      Path file = temporary.resolve("picture-" + i + ".png");
      five.get(i).write(file);
      GenerationSettings settings =
          SettingsJson.read(file.toString(), PngMetadata.read(file).settings());

      Picture again =
          model
              .generate(new Replay(settings).request(), Progress.SILENT)
              .get(settings.position().index());
      Path second = temporary.resolve("again.png");
      again.write(second);

      assertThat(settings.seed()).isEqualTo(7 + i);
      assertThat(settings.position().size()).isEqualTo(i < 3 ? 3 : 2);
      assertThat(Files.readAllBytes(second)).isEqualTo(Files.readAllBytes(file));
    }
  }

  @Test
  void aPictureDependsOnItsOwnSeedAlone() {
    List<Picture> three = generate(Request.builder(Tiny.PROMPT).seed(10).count(3));
    Picture alone = generate(Request.builder(Tiny.PROMPT).seed(12)).get(0);

    try (Scope scope = Scope.inference()) {
      Tensor a = alone.latents().tensor();
      Tensor b = three.get(2).latents().tensor();
      assertThat(Tiny.distance(a, b)).isLessThan(1e-5);
      assertThat(Tiny.distance(a, three.get(1).latents().tensor())).isGreaterThan(0.1);
    }
  }

  @Test
  void severalPromptsAreGeneratedAsOneBatch() {
    ResolvedRequest resolution = model.resolve(Request.builder("").seed(3).count(2).build());
    List<Picture> both = model.generate(List.of("red apple", "green"), resolution, Progress.SILENT);

    try (Scope scope = Scope.inference()) {
      Tensor green = generate(Request.builder("green").seed(4)).get(0).latents().tensor();
      assertThat(both.get(1).settings().prompt().text()).isEqualTo("green");
      assertThat(both.get(1).settings().seed()).isEqualTo(4);
      assertThat(Tiny.distance(both.get(1).latents().tensor(), green)).isLessThan(1e-5);
    }
  }

  @Test
  void aPreparedModelGeneratesTheSame() {
    Request.Builder request = Request.builder(Tiny.PROMPT).seed(3).steps(2);
    float[] expected = generate(request).get(0).latents().values();
    try (TextToImage ready = Tiny.load()) {
      ready.prepare(request.build(), Progress.SILENT);
      Picture generated = ready.generate(request.build(), Progress.SILENT).get(0);
      assertThat(generated.latents().values()).isEqualTo(expected);
    }
    try (TextToImage inTurn = TextToImage.inTurn(Tiny.folder(), Device.CPU)) {
      assertThatThrownBy(() -> inTurn.prepare(request.build(), Progress.SILENT))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("use TextToImage.load");
    }
  }

  @Test
  void aLoraIsTakenOutAgainWithoutATrace() {
    Request.Builder plain =
        Request.builder(Tiny.PROMPT).sampler("ddim").steps(2).guidance(1.0).loras(List.of());
    float[] before = generate(plain).get(0).latents().values();
    generate(Request.builder(Tiny.PROMPT));
    generate(Request.builder(Tiny.PROMPT).loras(List.of(new LoraSpec("tcd", -0.5))));
    float[] after = generate(plain).get(0).latents().values();

    assertThat(after).isEqualTo(before);
  }

  @Test
  void threadsOfOneRequestAreNotThoseOfTheNext() {
    Request.Builder open = Request.builder(Tiny.PROMPT).steps(1);
    assertThat(
            generate(Request.builder(Tiny.PROMPT).steps(1).threads(2)).get(0).settings().threads())
        .isEqualTo(2);
    assertThat(generate(open).get(0).settings().threads()).isEqualTo(1);
  }

  @Test
  void anInterruptStopsOneRequestAndNotThoseAfterIt() {
    Progress interrupting =
        new Progress() {
          @Override
          public void step(int done, int of) {
            Thread.currentThread().interrupt();
          }
        };
    Request request = Request.builder(Tiny.PROMPT).steps(3).build();
    assertThatThrownBy(() -> model.generate(request, interrupting))
        .isInstanceOf(CancellationException.class);
    assertThat(Thread.interrupted()).isTrue();
    assertThat(model.generate(request, Progress.SILENT)).hasSize(1);
  }

  @Test
  void aClosedModelSaysSo() {
    TextToImage other = Tiny.load();
    other.close();
    Request request = Request.builder(Tiny.PROMPT).steps(1).build();
    ResolvedRequest resolution = model.resolve(request);
    List<ThrowingCallable> calls =
        List.of(
            () -> other.generate(request, Progress.SILENT),
            () -> other.generate(List.of("a"), request, Progress.SILENT, picture -> {}),
            () -> other.generate(List.of("a"), resolution, Progress.SILENT),
            () -> other.prepare(request, Progress.SILENT),
            () -> other.resolve(request),
            other::identity);
    assertThat(calls)
        .allSatisfy(
            call ->
                assertThatThrownBy(call)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("the model tiny has been closed"));
    other.close();
  }

  @Test
  void aSecondCallerOnAnotherThreadWaitsForTheFirst() throws Exception {
    Request request = Request.builder(Tiny.PROMPT).seed(3).steps(2).build();
    float[] expected = model.generate(request, Progress.SILENT).get(0).latents().values();
    Set<Thread> inside = ConcurrentHashMap.newKeySet();
    List<Integer> together = Collections.synchronizedList(new ArrayList<>());
    CountDownLatch secondCalls = new CountDownLatch(1);
    Progress watching =
        new Progress() {
          @Override
          public void step(int done, int of) {
            inside.add(Thread.currentThread());
            together.add(inside.size());
            if (done == 1) {
              await(secondCalls);
            }
            if (done == of) {
              inside.remove(Thread.currentThread());
            }
          }
        };
    FutureTask<float[]> first = new FutureTask<>(() -> latents(request, watching));
    FutureTask<float[]> second =
        new FutureTask<>(
            () -> {
              secondCalls.countDown();
              return latents(request, watching);
            });
    Thread one = new Thread(first);
    Thread two = new Thread(second);
    one.start();
    two.start();

    assertThat(first.get(60, TimeUnit.SECONDS)).isEqualTo(expected);
    assertThat(second.get(60, TimeUnit.SECONDS)).isEqualTo(expected);
    assertThat(together).containsExactly(1, 1, 1, 1);
  }

  private float[] latents(Request request, Progress progress) {
    return model.generate(request, progress).get(0).latents().values();
  }

  /** Until the other thread calls, and long enough for it to get inside if nothing held it. */
  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(60, TimeUnit.SECONDS)).isTrue();
      Thread.sleep(200);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void aStrictRequestReadsNothingAnew() {
    Request.Builder strict = Request.builder(Tiny.PROMPT).steps(1).strict(true);
    generate(strict);
    RecordingProgress listener = new RecordingProgress();
    model.generate(strict.build(), listener);
    assertThat(listener.notes).isEmpty();
  }

  @Test
  void twoLorasAddUp() {
    LoraSpec half = new LoraSpec("tcd", 0.5);
    LoraSpec whole = new LoraSpec("tcd", 1);
    Picture twice = generate(Request.builder(Tiny.PROMPT).loras(List.of(half, half))).get(0);
    Picture once = generate(Request.builder(Tiny.PROMPT).loras(List.of(whole))).get(0);

    try (Scope scope = Scope.inference()) {
      assertThat(Tiny.distance(twice.latents().tensor(), once.latents().tensor())).isLessThan(1e-4);
    }
  }

  @Test
  void theListenerHearsEveryStepAndTheLora() {
    RecordingProgress listener = new RecordingProgress();
    model.generate(
        Request.builder(Tiny.PROMPT).loras(List.of()).sampler("ddim").steps(1).build(),
        Progress.SILENT);
    model.generate(Request.builder(Tiny.PROMPT).count(3).batch(2).steps(2).build(), listener);

    assertThat(listener.steps).containsExactly("1/4", "2/4", "3/4", "4/4");
    assertThat(listener.notes)
        .containsExactly("LoRA tcd: 79 layers matched (LoRA; rank 2, alpha 2), 0 unmatched");
  }

  @Test
  void wordsThatDoNotFitAreReported() {
    RecordingProgress listener = new RecordingProgress();
    String prompt = "red ".repeat(21) + "apple apple green";
    model.generate(Request.builder(prompt).syntax(PromptSyntax.PLAIN).steps(1).build(), listener);

    assertThat(listener.notes)
        .anySatisfy(note -> assertThat(note).contains("too long by").contains("apple green"));
  }

  @Test
  void theListenerCanCancelBetweenTwoSteps() {
    List<Integer> steps = new ArrayList<>();
    Progress impatient =
        new Progress() {
          @Override
          public void step(int done, int of) {
            steps.add(done);
            throw new CancellationException();
          }
        };

    assertThatThrownBy(() -> model.generate(Request.builder(Tiny.PROMPT).build(), impatient))
        .isInstanceOf(CancellationException.class);
    assertThat(steps).containsExactly(1);
  }

  @Test
  void nothingLeaks() {
    generate(Request.builder(Tiny.PROMPT));
    long before = Engine.settledObjects();
    generate(Request.builder(Tiny.PROMPT).count(2));
    assertThat(Engine.liveObjects()).isEqualTo(before);

    generate(
        Request.builder(Tiny.PROMPT).loras(List.of()).sampler("ddim").steps(2).negative("green"));
    generate(Request.builder(Tiny.PROMPT));
    assertThat(Engine.liveObjects()).isEqualTo(before);
    assertThatThrownBy(
            () ->
                model.generate(
                    Request.builder(Tiny.PROMPT).build(),
                    new Progress() {
                      @Override
                      public void step(int done, int of) {
                        throw new CancellationException();
                      }
                    }))
        .isInstanceOf(CancellationException.class);
    assertThat(Engine.liveObjects()).isEqualTo(before);
  }

  @Test
  void aClosedModelLeavesNothingBehind() {
    long before = Engine.settledObjects();
    try (TextToImage other = Tiny.load()) {
      other.generate(Request.builder(Tiny.PROMPT).steps(1).build(), Progress.SILENT);
      assertThat(Engine.liveObjects()).isGreaterThan(before);
    }
    assertThat(Engine.liveObjects()).isEqualTo(before);
  }

  @Test
  void aModelOutlivesTheScopeThatWasOpenWhenItWasRead() {
    TextToImage other;
    try (Scope scope = Scope.open()) {
      other = Tiny.load();
      other.generate(Request.builder(Tiny.PROMPT).steps(1).build(), Progress.SILENT);
    }
    Request.Builder request = Request.builder(Tiny.PROMPT).steps(1);
    assertThat(other.generate(request.build(), Progress.SILENT).get(0).latents().values())
        .isEqualTo(generate(request).get(0).latents().values());
    other.close();
  }

  @Test
  void mixedPrecisionGeneratesNearlyTheSame() {
    Request.Builder request = Request.builder(Tiny.PROMPT).steps(2);
    Picture full = generate(request).get(0);
    Picture mixed = generate(request.dtype(DType.BF16)).get(0);

    try (Scope scope = Scope.inference()) {
      assertThat(Tiny.distance(mixed.latents().tensor(), full.latents().tensor()))
          .isBetween(1e-5, 0.1);
      assertThat(mixed.settings().compute().dtype()).isEqualTo(DType.BF16);
    }
  }

  @Test
  void aNetworkThatEmbedsItsGuidanceRunsOnePassAndListensToIt() throws IOException {
    Path folder = Tiny.copy(temporary.resolve("embedding"));
    Path config = folder.resolve("unet/config.json");
    Files.writeString(
        config,
        Files.readString(config)
            .replace("\"time_cond_proj_dim\": null", "\"time_cond_proj_dim\": 8"));
    Path weights = folder.resolve("unet/diffusion_pytorch_model.safetensors");
    Tiny.change(weights, "time_embedding.cond_proj.weight", 0.5, 8, 8);
    Request.Builder request =
        Request.builder(Tiny.PROMPT).loras(List.of()).sampler("lcm").negative("green");
    try (TextToImage embedding = Tiny.load(ModelFolder.open("x", folder))) {
      RecordingProgress listener = new RecordingProgress();
      Picture usual = embedding.generate(request.build(), listener).get(0);
      Picture weak = embedding.generate(request.guidance(2.0).build(), listener).get(0);

      assertThat(usual.settings().guidance()).isEqualTo(8.5);
      assertThat(weak.latents().values()).isNotEqualTo(usual.latents().values());
      assertThat(listener.notes)
          .contains("the negative prompt has no effect: this model embeds its guidance");
    }
    Map<String, String> header = new DistilledGuidance(1.5, 3.5).toMap();
    Tiny.change(weights, header, "time_embedding.cond_proj.weight", 0.5, 8, 8);
    try (TextToImage given = Tiny.load(ModelFolder.open("x", folder))) {
      Request open = Request.builder(Tiny.PROMPT).loras(List.of()).sampler("lcm").build();
      assertThat(given.resolve(open).settings().guidance()).isEqualTo(2.5);
      assertThat(given.resolve(open).notes()).isEmpty();
      assertThat(given.resolve(request.guidance(7.0).build()).notes())
          .contains(
              Note.of("guidance 7.0 is outside of what this model was distilled with, 1.5 to 3.5"));
    }
  }

  @Test
  void aLoraForAnotherModelIsAnErrorAndLeavesTheModelAsItWas() {
    try (Scope scope = Scope.inference()) {
      Path foreign = temporary.resolve("foreign.safetensors");
      SafeTensorsWriter.write(
          foreign,
          Map.of(
              "unet.other.to_q.lora_A.weight", Tensor.ones(DType.F32, 2, 4),
              "unet.other.to_q.lora_B.weight", Tensor.ones(DType.F32, 4, 2)),
          Map.of());
      Request.Builder request = Request.builder(Tiny.PROMPT).sampler("tcd").steps(1);
      float[] plain = generate(request.loras(List.of())).get(0).latents().values();
      Request bad = request.loras(List.of(new LoraSpec(foreign.toString(), 1))).build();
      float[] changed = generate(request.loras(null)).get(0).latents().values();

      assertThatThrownBy(() -> model.generate(bad, Progress.SILENT))
          .isInstanceOf(LoraException.class)
          .hasMessageContaining("matches nothing");
      assertThat(generate(request.loras(null)).get(0).latents().values()).isEqualTo(changed);
      assertThatThrownBy(() -> model.generate(bad, Progress.SILENT))
          .isInstanceOf(LoraException.class);
      assertThat(generate(request.loras(List.of())).get(0).latents().values()).isEqualTo(plain);
    }
  }

  @Test
  void latentsGoIntoOneFile() {
    List<Picture> pictures = generate(Request.builder(Tiny.PROMPT).count(2));
    Path file = temporary.resolve("latents.safetensors");
    Latents.write(file, pictures.stream().map(Picture::latents).toList());

    try (Scope scope = Scope.inference();
        SafeTensors tensors = SafeTensors.open(file)) {
      assertThat(tensors.names()).containsExactly("latents");
      assertThat(tensors.shape("latents")).containsExactly(2, 4, 8, 8);
      assertThat(tensors.get("latents").select(0, 1).toFloatArray())
          .isEqualTo(pictures.get(1).latents().values());
    }
  }
}
