package io.github.tcd4j.server.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.files.Hint;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.pipeline.Request;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class GenerationEngineTest {
  private static final Duration LONG = Duration.ofSeconds(60);

  private static ModelFolder tiny(String name) throws Exception {
    return ModelFolder.open(
        name,
        Path.of(Objects.requireNonNull(GenerationEngineTest.class.getResource("/tiny")).toURI()));
  }

  private static JobRequest request(ModelCatalog catalog, String model) {
    return new JobRequest(
        Objects.requireNonNull(catalog.find(model)), Request.builder("a").steps(1).build(), "test");
  }

  @Test
  void theLeastRecentlyUsedModelIsFreedWhereMemoryIsUsedUp() throws Exception {
    ModelCatalog catalog = new ModelCatalog(List.of(tiny("a"), tiny("b"), tiny("c")), null);
    List<String> events = Collections.synchronizedList(new ArrayList<>());
    EngineListener log =
        new EngineListener() {
          @Override
          public void loaded(ServedModel model, Duration took) {
            events.add("+" + model.name());
          }

          @Override
          public void freed(ServedModel model) {
            events.add("-" + model.name());
          }
        };
    EngineSettings two = EngineSettings.USUAL.withModelBytes(2 * catalog.standard().bytes());
    try (GenerationEngine engine = new GenerationEngine(catalog, two, log)) {
      for (String model : List.of("a", "b", "a", "c", "a", "b")) {
        assertThat(engine.submit(request(catalog, model)).awaitEnd(LONG).state())
            .isEqualTo(JobState.COMPLETED);
      }
      assertThat(engine.modelBytes()).isEqualTo(2 * catalog.standard().bytes());
    }

    assertThat(events).startsWith("+a", "+b", "-b", "+c", "-c", "+b").hasSize(8);
  }

  @Test
  void aJobThatRunsOutOfMemoryOrMeetsABugLeavesTheEngineAsItWas() throws Exception {
    ModelCatalog catalog = new ModelCatalog(List.of(tiny("a")), null);
    AtomicReference<Error> next = new AtomicReference<>();
    EngineListener thrower =
        new EngineListener() {
          @Override
          public void step(Job job, Duration took) {
            Error error = next.getAndSet(null);
            if (error != null) {
              throw error;
            }
          }
        };
    try (GenerationEngine engine = new GenerationEngine(catalog, EngineSettings.USUAL, thrower)) {
      next.set(new OutOfMemoryError("Java heap space"));
      Failure memory = engine.submit(request(catalog, "a")).awaitEnd(LONG).failure();
      next.set(new AssertionError("at /home/somebody/x"));
      Failure bug = engine.submit(request(catalog, "a")).awaitEnd(LONG).failure();
      JobStatus after = engine.submit(request(catalog, "a")).awaitEnd(LONG);

      assertThat(memory)
          .isEqualTo(
              new Failure(
                  Failure.Kind.OUT_OF_MEMORY,
                  "the request does not fit the memory",
                  Hint.LESS_MEMORY));
      assertThat(Objects.requireNonNull(bug).kind()).isEqualTo(Failure.Kind.BUG);
      assertThat(bug.message()).doesNotContain("somebody");
      assertThat(after.state()).isEqualTo(JobState.COMPLETED);
    }
  }

  @Test
  void aJobThatHasEndedIsNoLongerTheRunningOne() throws Exception {
    ModelCatalog catalog = new ModelCatalog(List.of(tiny("a")), null);
    AtomicReference<GenerationEngine> engine = new AtomicReference<>();
    List<Boolean> idle = Collections.synchronizedList(new ArrayList<>());
    EngineListener log =
        new EngineListener() {
          @Override
          public void ended(Job job) {
            idle.add(engine.get().running() == null);
          }
        };
    engine.set(new GenerationEngine(catalog, EngineSettings.USUAL, log));
    try (GenerationEngine closed = engine.get()) {
      closed.submit(request(catalog, "a")).awaitEnd(LONG);
    }

    assertThat(idle).containsExactly(true);
  }

  @Test
  void aModelWhoseWeightsAreDamagedFailsWithoutItsFolderAndOthersGoOn(@TempDir Path folder)
      throws Exception {
    Path broken = folder.resolve("broken model");
    Path good = Path.of(Objects.requireNonNull(getClass().getResource("/tiny")).toURI());
    try (var files = Files.walk(good)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        Files.copy(file, broken.resolve(good.relativize(file).toString()));
      }
    }
    ModelCatalog catalog = new ModelCatalog(List.of(tiny("a"), ModelFolder.open(broken)), null);
    Path config = broken.resolve("vae/diffusion_pytorch_model.safetensors");
    byte[] bytes = Files.readAllBytes(config);
    Files.write(config, java.util.Arrays.copyOf(bytes, bytes.length / 2));
    try (GenerationEngine engine =
        new GenerationEngine(catalog, EngineSettings.USUAL, EngineListener.NONE)) {
      String message = "";
      try {
        message =
            Objects.requireNonNull(
                    engine.submit(request(catalog, "broken model")).awaitEnd(LONG).failure())
                .message();
      } catch (io.github.tcd4j.files.Tcd4jException e) {
        message = engine.filter().apply(String.valueOf(e.getMessage()));
      }
      assertThat(message)
          .contains("diffusion_pytorch_model.safetensors")
          .doesNotContain(folder.toString());
      assertThat(engine.submit(request(catalog, "a")).awaitEnd(LONG).state())
          .isEqualTo(JobState.COMPLETED);
    }
  }

  @Test
  void previewsAppearOnceAPictureHasBeenDecodedAndChangeNoBit() throws Exception {
    ModelCatalog catalog = new ModelCatalog(List.of(tiny("a")), null);
    try (GenerationEngine engine =
        new GenerationEngine(catalog, EngineSettings.USUAL, EngineListener.NONE)) {
      engine.submit(request(catalog, "a")).awaitEnd(LONG);
      Request slow =
          Request.builder("a")
              .loras(List.of())
              .sampler("ddim")
              .steps(900)
              .count(8)
              .batch(1)
              .build();
      Job job = engine.submit(new JobRequest(catalog.standard(), slow, "test"));
      // Read once: the next moment it may be gone, with the end of its picture.
      byte[] preview = job.preview();
      for (long version = 0; preview == null && !job.status().state().ended(); ) {
        version = job.await(version, Duration.ofMillis(50)).version();
        preview = job.preview();
      }
      assertThat(preview).startsWith(0x89, 'P', 'N', 'G');
      engine.cancel(job);
      job.awaitEnd(LONG);
      assertThat(engine.submit(request(catalog, "a")).awaitEnd(LONG).state())
          .isEqualTo(JobState.COMPLETED);
    }
  }

  @Test
  void closingEndsTheRunningJobAndThoseThatWaitAndTakesNoMore() throws Exception {
    ModelCatalog catalog = new ModelCatalog(List.of(tiny("a")), null);
    GenerationEngine engine =
        new GenerationEngine(catalog, EngineSettings.USUAL, EngineListener.NONE);
    Request slow =
        Request.builder("a").loras(List.of()).sampler("ddim").steps(900).count(20).batch(1).build();
    Job running = engine.submit(new JobRequest(catalog.standard(), slow, "test"));
    Job waiting = engine.submit(request(catalog, "a"));
    while (running.status().step() == 0) {
      Thread.sleep(5);
    }
    engine.close(Duration.ofMillis(50));

    assertThat(running.status().state()).isEqualTo(JobState.CANCELLED);
    assertThat(waiting.status().state()).isEqualTo(JobState.CANCELLED);
    assertThatThrownBy(() -> engine.submit(request(catalog, "a")))
        .isInstanceOf(EngineClosedException.class);
  }

  @Test
  void catalogueNamesAreUniqueAndTheOnlyWayToAFile() throws Exception {
    ModelFolder a = tiny("a");
    assertThatThrownBy(() -> new ModelCatalog(List.of(a, tiny("/elsewhere/a")), null))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessage("two models are called a; rename one of the folders or files");
    ModelCatalog catalog = new ModelCatalog(List.of(a), a.root().resolve("loras"));
    assertThat(catalog.loras(catalog.standard())).containsExactly("tcd");
    for (String name :
        List.of("../loras/tcd", a.root().resolve("loras/tcd").toString(), "", ".", "tcd/")) {
      assertThatThrownBy(() -> catalog.lora(catalog.standard(), name, 1))
          .isInstanceOf(InvalidRequestException.class);
    }
  }
}
