package io.github.tcd4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.tcd4j.diffusion.sampler.Sampler;
import io.github.tcd4j.diffusion.sampler.StepHook;
import io.github.tcd4j.diffusion.schedule.PerSample;
import io.github.tcd4j.pipeline.batching.RowTimes;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import io.github.tcd4j.pipeline.input.Upscaling;
import io.github.tcd4j.pipeline.internal.UNetEvaluator;
import io.github.tcd4j.pipeline.lora.LoraSpec;
import io.github.tcd4j.pipeline.metadata.SettingsJson;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Engine;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** Requests that share steps, against the same requests alone. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(60)
class ContinuousBatchTest {
  /** Of the largest latent; docs/server.md states it. */
  private static final double TOLERANCE = 1e-4;

  private static final int MANY = 64;

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private TextToImage model;

  @BeforeAll
  void load() {
    model = Tiny.load();
  }

  @AfterAll
  void free() {
    model.close();
    threads.shutdownNow();
  }

  /** What became of one request. */
  private static final class Outcome {
    final List<Picture> pictures = new ArrayList<>();
    final List<Integer> steps = new ArrayList<>();
    @Nullable Throwable failure;
    boolean ended;

    void end(@Nullable Throwable e) {
      failure = e;
      ended = true;
    }

    Progress progress() {
      return new Progress() {
        @Override
        public void step(int done, int all) {
          steps.add(done);
        }
      };
    }
  }

  private static Request.Builder request(String prompt, int seed) {
    return Request.builder(prompt).seed(seed).loras(List.of()).guidance(1.0);
  }

  /** Each joins as many rounds after the one before it. */
  private static List<Outcome> together(
      ContinuousBatch batch, int roundsBetween, List<Request> requests) {
    List<Outcome> outcomes = new ArrayList<>();
    for (Request request : requests) {
      outcomes.add(add(batch, request));
      for (int i = 0; i < roundsBetween; i++) {
        batch.step();
      }
    }
    finish(batch);
    return outcomes;
  }

  private static Outcome add(ContinuousBatch batch, Request request) {
    Outcome outcome = new Outcome();
    batch.add(request, outcome.progress(), outcome.pictures::add, outcome::end);
    return outcome;
  }

  private static void finish(ContinuousBatch batch) {
    while (batch.running() > 0) {
      batch.step();
    }
  }

  private static void assertSameAsAlone(
      TextToImage model, List<Request> requests, List<Outcome> outcomes) {
    for (int i = 0; i < requests.size(); i++) {
      Outcome outcome = outcomes.get(i);
      assertThat(outcome.failure).isNull();
      List<Picture> alone = model.generate(requests.get(i));
      assertThat(outcome.pictures).hasSameSizeAs(alone);
      try (Scope scope = Scope.inference()) {
        double distance = Tiny.distance(Tiny.latents(outcome.pictures), Tiny.latents(alone));
        assertThat(distance).as(requests.get(i).sampling().toString()).isLessThan(TOLERANCE);
      }
      for (int k = 0; k < alone.size(); k++) {
        assertThat(outcome.pictures.get(k).settings().position().shared()).isTrue();
        assertThat(difference(outcome.pictures.get(k), alone.get(k))).isLessThanOrEqualTo(1);
      }
    }
  }

  /** Largest, in levels of 0 to 255. */
  private static int difference(Picture a, Picture b) {
    byte[] one = a.image().rgb();
    byte[] two = b.image().rgb();
    int most = 0;
    for (int i = 0; i < one.length; i++) {
      most = Math.max(most, Math.abs((one[i] & 255) - (two[i] & 255)));
    }
    return most;
  }

  @Test
  void requestsOfAllSamplersJoinAtAnyStepAndGetThePicturesThatTheyGetAlone() {
    List<Request> requests =
        List.of(
            request("red apple", 1).sampler("tcd").steps(4).gamma(0.3).build(),
            request("blue fish", 2).sampler("ddim").steps(9).guidance(4.0).negative("grey").build(),
            request("a", 3).sampler("heun").steps(5).count(3).batch(2).build(),
            request("green tree", 4).sampler("sde-dpm++2m").steps(6).guidance(2.0).build(),
            request("red apple", 5).sampler("tcd-2s").steps(3).gamma(0.9).count(2).build(),
            request("clock", 6).sampler("euler-ancestral").steps(7).build(),
            request("clock", 6).sampler("lcm").steps(2).build());
    try (ContinuousBatch batch = model.continuousBatch(threads, MANY)) {
      List<Outcome> outcomes = together(batch, 1, requests);
      assertSameAsAlone(model, requests, outcomes);
      assertThat(outcomes.get(1).steps).containsExactly(1, 2, 3, 4, 5, 6, 7, 8, 9);
      assertThat(outcomes.get(2).steps).hasSize(10);
    }
  }

  @Test
  void sdxlsPooledTextAndSizesAndEmbeddedGuidanceBelongToTheirRows() {
    for (String name : List.of("sdxl", "lcm")) {
      ModelFolder folder = ModelFolder.open(name, FidelityCases.resource(name));
      try (TextToImage other = TextToImage.load(folder, Device.CPU)) {
        List<Request> requests =
            List.of(
                Request.builder("red apple").seed(1).steps(3).guidance(6.0).build(),
                Request.builder("a fish").seed(2).steps(4).guidance(1.0).build(),
                Request.builder("a fish").seed(3).steps(2).guidance(9.0).build());
        try (ContinuousBatch batch = other.continuousBatch(threads, MANY)) {
          assertSameAsAlone(other, requests, together(batch, 1, requests));
        }
      }
    }
  }

  /** Each row has its own small picture and the level of its noise. */
  @Test
  void upscalersShareStepsWithOtherNoiseLevels() {
    List<Request> requests =
        IntStream.of(0, 300, 20)
            .mapToObj(
                level ->
                    Request.builder("red apple")
                        .image(UpscaleCase.resource("source.png"))
                        .upscaling(new Upscaling(null, null, null, level))
                        .sampler("ddim")
                        .steps(3)
                        .guidance(level == 300 ? 3.0 : 1.0)
                        .seed(level)
                        .build())
            .toList();
    try (TextToImage x4 = TextToImage.load(UpscaleCase.folder(), Device.CPU);
        ContinuousBatch batch = x4.continuousBatch(threads, MANY)) {
      assertSameAsAlone(x4, requests, together(batch, 1, requests));
    }
  }

  @Test
  void theOwnLoraActsInSharedStepsToo() {
    List<Request> requests =
        List.of(
            Request.builder("red apple").seed(1).steps(4).build(),
            Request.builder("a fish").seed(2).steps(3).gamma(0.8).build());
    try (ContinuousBatch batch = model.continuousBatch(threads, MANY)) {
      assertSameAsAlone(model, requests, together(batch, 1, requests));
      assertThat(requests.get(0).loras()).isNull();
      assertThat(model.resolve(requests.get(0)).settings().loras()).isNotEmpty();
    }
  }

  /**
   * The negative twins of the tests above: what these mistakes change is far over the tolerance.
   */
  @Test
  void theToleranceIsFarBelowWhatRowsMixedUpOrOneTimeForAllRowsWouldChange() {
    Request request = request("red apple", 1).sampler("ddim").steps(4).count(2).build();
    List<Picture> right = model.generate(request);
    UNetEvaluator mixedUp =
        (rows, x, t, s) ->
            new UNetEvaluator.Evaluated(
                Tensor.cat(
                    0,
                    rows.forward(x, t, s).narrow(0, 1, 1),
                    rows.forward(x, t, s).narrow(0, 0, 1)),
                true);
    UNetEvaluator oneTime =
        (rows, x, t, s) ->
            new UNetEvaluator.Evaluated(
                rows.forward(x, PerSample.same(999, x), PerSample.same(999, x)), true);
    for (UNetEvaluator wrong : List.of(mixedUp, oneTime)) {
      List<Picture> pictures = new ArrayList<>();
      model.generate(request, model.resolve(request), Progress.SILENT, pictures::add, wrong);
      try (Scope scope = Scope.inference()) {
        assertThat(Tiny.distance(Tiny.latents(pictures), Tiny.latents(right)))
            .isGreaterThan(30 * TOLERANCE);
      }
    }
  }

  @Test
  void aRequestWhoseStepsNobodySharesHasTheVeryBytesThatItHasAloneAndSaysSo() {
    Request request = request("red apple", 7).steps(3).count(2).guidance(3.0).build();
    List<Picture> alone = model.generate(request);
    try (ContinuousBatch batch = model.continuousBatch(threads, MANY)) {
      Outcome outcome = add(batch, request);
      finish(batch);
      batch.mostRows(1);
      List<Outcome> apart = together(batch, 0, List.of(request, request));
      for (Outcome o : List.of(outcome, apart.get(0), apart.get(1))) {
        for (int i = 0; i < 2; i++) {
          assertThat(o.pictures.get(i).toPng()).isEqualTo(alone.get(i).toPng());
          assertThat(o.pictures.get(i).settings().position().shared()).isFalse();
        }
      }
    }
  }

  @Test
  void aSharedPictureSaysInItsSettingsThatOnlyItsLastBitsAreOpen() {
    Request request = request("red apple", 7).steps(2).build();
    try (ContinuousBatch batch = model.continuousBatch(threads, MANY)) {
      Picture picture = together(batch, 0, List.of(request, request)).get(0).pictures.get(0);
      String json = SettingsJson.write(picture.settings());
      assertThat(json).contains("\"batch\":{\"seed\":7,\"size\":1,\"index\":0,\"shared\":true}");
      Replay replay = new Replay(SettingsJson.read("it", json));
      Picture again = replay.generate(model, replay.request(), Progress.SILENT);

      assertThat(again.settings().position().shared()).isFalse();
      assertThat(replay.differences(again.settings()))
          .containsExactly(
              "the picture was computed in steps that it shared with other requests: its last bits"
                  + " may differ");
      assertThat(new Replay(again.settings()).differences(again.settings())).isEmpty();
      assertThat(difference(again, picture)).isLessThanOrEqualTo(1);
    }
  }

  @Test
  void oneThatIsCancelledFailsOrOverflowsLeavesTheOthers() {
    Request good = request("a fish", 1).sampler("ddim").steps(6).build();
    StepHook cancels =
        (node, next, x, x0) -> {
          throw new CancellationException("enough");
        };
    StepHook overflows = (node, next, x, x0) -> x.times(Double.NaN);
    Sampler wrongTimes =
        (d, latents, grid, noise, hook) ->
            d.at(latents, Tensor.zeros(latents.dtype(), 3), PerSample.same(0, latents)).output();
    try (ContinuousBatch batch = model.continuousBatch(threads, MANY)) {
      Outcome first = add(batch, good);
      Outcome cancelled = add(batch, request("a", 2).steps(4).hook(cancels).build());
      Outcome overflowed = add(batch, request("b", 3).steps(4).hook(overflows).build());
      Outcome mistaken = add(batch, request("c", 4).sampler(wrongTimes).build());
      Outcome refused = add(batch, request("d", 5).clipSkip(50).build());
      assertThat(refused.ended).isTrue();
      batch.step();
      batch.step();
      assertThat(batch.running()).isEqualTo(1);
      Outcome last = add(batch, good);
      finish(batch);

      assertThat(cancelled.failure).isInstanceOf(CancellationException.class).hasMessage("enough");
      assertThat(overflowed.failure).hasMessageContaining("not finite");
      assertThat(mistaken.failure).isInstanceOf(IllegalArgumentException.class);
      assertThat(refused.failure).hasMessageContaining("clip skip");
      assertSameAsAlone(model, List.of(good, good), List.of(first, last));
    }
  }

  @Test
  void closingCancelsThoseThatAreRunningAndFreesTheModelAndAllMemory() {
    Request request = request("a", 1).sampler("ddim").steps(50).build();
    model.generate(request("a", 1).steps(1).build());
    long before = Engine.settledObjects();
    ContinuousBatch batch = model.continuousBatch(threads, MANY);
    Outcome one = add(batch, request);
    Outcome two = add(batch, request);
    batch.step();
    batch.close();

    assertThat(one.failure).isInstanceOf(CancellationException.class);
    assertThat(two.failure).isInstanceOf(CancellationException.class);
    assertThat(Engine.settledObjects()).isEqualTo(before);
    assertThat(model.generate(request("a", 1).steps(1).build())).hasSize(1);
  }

  @Test
  void othersOfTheModelWaitUntilNoneIsRunning() throws Exception {
    Request request = request("a", 1).steps(2).build();
    try (ContinuousBatch batch = model.continuousBatch(threads, MANY)) {
      Outcome outcome = add(batch, request);
      CompletableFuture<List<Picture>> other =
          CompletableFuture.supplyAsync(() -> model.generate(request), threads);
      batch.step();
      Thread.sleep(50);
      assertThat(other).isNotDone();
      finish(batch);
      assertThat(other.get(20, TimeUnit.SECONDS).get(0).toPng())
          .isEqualTo(outcome.pictures.get(0).toPng());
    }
  }

  @Test
  void onlyRequestsOfTheSameLorasSizePrecisionAndThreadsFit() {
    Request base = request("a", 1).steps(2).build();
    try (ContinuousBatch batch = model.continuousBatch(threads, MANY)) {
      List<Request> others =
          List.of(
              base.toBuilder().loras(List.of(new LoraSpec("tcd", 0.5))).build(),
              base.toBuilder().size(32, 16).build(),
              base.toBuilder().threads(2).build());
      others.forEach(o -> assertThat(batch.fits(model.resolve(o).settings())).isTrue());
      Outcome running = add(batch, base);
      assertThat(batch.fits(model.resolve(request("b", 2).steps(9).build()).settings())).isTrue();
      for (Request other : others) {
        assertThat(batch.fits(model.resolve(other).settings())).isFalse();
        assertThatThrownBy(() -> add(batch, other))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("wait until they have ended");
      }
      finish(batch);
      assertThat(running.failure).isNull();
    }
  }

  @Test
  void rowsBeyondTheMostGoIntoAnotherCallAndTextsOfAnotherLengthToo() {
    String words = String.join(" ", Collections.nCopies(90, "apple"));
    try (ContinuousBatch batch = model.continuousBatch(threads, 4)) {
      add(batch, request("a", 1).steps(2).count(3).build());
      add(batch, request("b", 2).steps(2).guidance(3.0).build());
      add(batch, request("c", 3).steps(2).build());
      add(batch, request(words, 4).steps(2).build());
      assertThat(batch.step()).containsExactly(4, 2, 1);
    }
  }

  @Test
  void rowTimesAreMeasuredWithinTheirBudgetAndStopWhenSomebodyWaits() {
    Request request = request("a", 1).sampler("ddim").build();
    RowTimes times = ContinuousBatch.measureRows(model, request, Duration.ofSeconds(5), () -> true);
    assertThat(Objects.requireNonNull(times).times()).containsOnlyKeys(1, 2, 4, 8);
    assertThat(ContinuousBatch.measureRows(model, request, Duration.ofNanos(1), () -> true))
        .isNull();
    int[] asked = {0};
    assertThat(
            ContinuousBatch.measureRows(
                model, request, Duration.ofSeconds(5), () -> asked[0]++ < 3))
        .isNull();
    assertThat(asked[0]).isEqualTo(4);
  }

  @Test
  void sharingGainsWhatARowCostsLessInALargerCall() {
    RowTimes times =
        new RowTimes(
            new TreeMap<>(
                Map.of(
                    1, Duration.ofMillis(10),
                    2, Duration.ofMillis(16),
                    4, Duration.ofMillis(24),
                    8, Duration.ofMillis(64))));
    assertThat(times.best()).isEqualTo(4);
    assertThat(times.gain(1)).isCloseTo(10.0 / 6, within(1e-9));
    assertThat(times.gain(2)).isCloseTo(8.0 / 6, within(1e-9));
    assertThat(times.gain(4)).isEqualTo(1);
    assertThat(times.gain(16)).isEqualTo(1);
  }
}
