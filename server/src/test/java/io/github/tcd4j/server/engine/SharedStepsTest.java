package io.github.tcd4j.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.decode.ImageDecoder;
import io.github.tcd4j.pipeline.Request;
import io.github.tcd4j.pipeline.batching.RowTimes;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import io.github.tcd4j.server.metrics.JobLog;
import io.github.tcd4j.server.metrics.ServerMetrics;
import io.github.tcd4j.server.sharing.Batching;
import io.github.tcd4j.server.sharing.SharedSize;
import io.github.tcd4j.server.sharing.SharingDecision;
import io.github.tcd4j.server.sharing.SharingDecisions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Jobs that run at the same time, on an engine that lets them share steps. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SharedStepsTest {
  private static final Duration LONG = Duration.ofSeconds(20);
  private static final EngineSettings ON = EngineSettings.USUAL.withBatching(Batching.ON);

  private static ModelCatalog catalog;

  @BeforeAll
  static void open() throws Exception {
    Path tiny = Path.of(Objects.requireNonNull(SharedStepsTest.class.getResource("/tiny")).toURI());
    catalog = new ModelCatalog(List.of(ModelFolder.open("a", tiny)), null);
  }

  private static Request.Builder slow(int seed) {
    return Request.builder("red apple").loras(List.of()).sampler("ddim").steps(40).seed(seed);
  }

  private static JobRequest job(Request.Builder request) {
    return new JobRequest(catalog.standard(), request.build(), "test");
  }

  /**
   * Holds the first step of the first job until all are submitted, and counts every job's steps.
   */
  private static final class Gate implements EngineListener {
    final CountDownLatch submitted = new CountDownLatch(1);
    final Map<String, List<Integer>> steps = new ConcurrentHashMap<>();
    final List<Integer> rows = Collections.synchronizedList(new ArrayList<>());

    @Override
    public void step(Job job, Duration took) {
      steps
          .computeIfAbsent(job.id(), id -> Collections.synchronizedList(new ArrayList<>()))
          .add(job.status().step());
      try {
        submitted.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    @Override
    public void evaluated(ServedModel model, int n) {
      rows.add(n);
    }
  }

  private static List<Job> run(EngineSettings settings, Gate gate, List<JobRequest> requests)
      throws InterruptedException {
    try (GenerationEngine engine = new GenerationEngine(catalog, settings, gate)) {
      List<Job> jobs = requests.stream().map(engine::submit).toList();
      gate.submitted.countDown();
      for (Job job : jobs) {
        job.awaitEnd(LONG);
      }
      return jobs;
    }
  }

  private static int difference(Job a, Job b) throws Exception {
    Image one = ImageDecoder.decode(a.results().get(0).png());
    Image two = ImageDecoder.decode(b.results().get(0).png());
    int most = 0;
    for (int i = 0; i < one.rgb().length; i++) {
      most = Math.max(most, Math.abs((one.rgb()[i] & 255) - (two.rgb()[i] & 255)));
    }
    return most;
  }

  @Test
  void jobsShareStepsWithTheirOwnProgressAndThePicturesThatTheyHaveAlone() throws Exception {
    List<JobRequest> requests =
        List.of(
            job(slow(1)),
            job(slow(2).steps(12).guidance(3.0)),
            job(slow(3).sampler("heun").steps(9).guidance(1.0)),
            job(slow(4).guidance(1.0)));
    Gate gate = new Gate();
    List<Job> shared = run(ON, gate, requests);
    Gate alone = new Gate();
    List<Job> apart = run(EngineSettings.USUAL, alone, requests);

    assertThat(gate.rows).contains(6);
    assertThat(alone.rows).containsOnly(1, 2);
    for (int i = 0; i < requests.size(); i++) {
      assertThat(shared.get(i).status().state()).isEqualTo(JobState.COMPLETED);
      assertThat(shared.get(i).results().get(0).settings().position().shared()).isTrue();
      assertThat(apart.get(i).results().get(0).settings().position().shared()).isFalse();
      assertThat(difference(shared.get(i), apart.get(i))).isLessThanOrEqualTo(1);
      int steps = shared.get(i).settings().steps();
      assertThat(gate.steps.get(shared.get(i).id())).hasSize(steps).startsWith(1).endsWith(steps);
    }
    assertThat(difference(shared.get(0), shared.get(1))).isGreaterThan(10);
  }

  @Test
  void oneJobIsCancelledAndAnotherFailsWhileTheOthersGoOn() throws Exception {
    Gate gate = new Gate();
    try (GenerationEngine engine = new GenerationEngine(catalog, ON, gate)) {
      Job good = engine.submit(job(slow(1)));
      Job cancelled = engine.submit(job(slow(2).steps(900)));
      Job failing = engine.submit(job(slow(3).clipSkip(90)));
      Job late = engine.submit(job(slow(4).steps(900)));
      gate.submitted.countDown();
      while (cancelled.status().step() == 0 || late.status().step() == 0) {
        Thread.sleep(1);
      }
      assertThat(engine.allRunning()).contains(cancelled, late);
      engine.cancel(cancelled);
      assertThat(cancelled.awaitEnd(LONG).state()).isEqualTo(JobState.CANCELLED);
      assertThat(good.awaitEnd(LONG).state()).isEqualTo(JobState.COMPLETED);
      JobStatus failed = failing.awaitEnd(LONG);
      assertThat(failed.state()).isEqualTo(JobState.FAILED);
      assertThat(Objects.requireNonNull(failed.failure()).message()).contains("clip skip");
      while (late.preview() == null) {
        Thread.sleep(1);
      }
      assertThat(late.status().state()).isEqualTo(JobState.RUNNING);
      engine.cancel(late);
      assertThat(late.awaitEnd(LONG).state()).isEqualTo(JobState.CANCELLED);
      assertThat(engine.allRunning()).isEmpty();
    }
  }

  @Test
  void anExactJobSharesNothingAndItsBytesAreThoseOfAServerWithoutSharing() throws Exception {
    JobRequest exact = new JobRequest(catalog.standard(), slow(1).build(), "test", true);
    Gate gate = new Gate();
    List<Job> mixed = run(ON, gate, List.of(job(slow(2).guidance(1.0)), exact, job(slow(3))));
    List<Job> alone = run(EngineSettings.USUAL, new Gate(), List.of(job(slow(1))));

    assertThat(gate.rows).containsOnly(1, 2);
    assertThat(mixed.get(1).results().get(0).png()).isEqualTo(alone.get(0).results().get(0).png());
  }

  @Test
  void jobsOfOtherSizesWaitAndNoneOvertakesThem() throws Exception {
    Gate gate = new Gate();
    try (GenerationEngine engine = new GenerationEngine(catalog, ON, gate)) {
      Job first = engine.submit(job(slow(1)));
      Job other = engine.submit(job(slow(2).size(32, 32).steps(2)));
      Job last = engine.submit(job(slow(3).steps(2)));
      while (first.status().step() == 0) {
        Thread.sleep(1);
      }
      assertThat(engine.allRunning()).containsExactly(first);
      assertThat(other.status().position()).isEqualTo(1);
      assertThat(last.status().position()).isEqualTo(2);
      gate.submitted.countDown();
      assertThat(last.awaitEnd(LONG).state()).isEqualTo(JobState.COMPLETED);
      assertThat(other.status().state()).isEqualTo(JobState.COMPLETED);
    }
  }

  /**
   * Whoever comes later and would fit waits behind the one that does not: it starts as soon as
   * those have ended that ran when it came, and only then the younger ones.
   */
  @Test
  void aStreamOfJobsThatFitDoesNotKeepAnOlderOneOfAnotherSizeOut() throws Exception {
    List<Job> started = Collections.synchronizedList(new ArrayList<>());
    CountDownLatch first = new CountDownLatch(1);
    EngineListener watch =
        new EngineListener() {
          @Override
          public void started(Job job) {
            started.add(job);
          }

          @Override
          public void step(Job job, Duration took) {
            first.countDown();
          }
        };
    EngineSettings settings = ON.withQueue(200);
    try (GenerationEngine engine = new GenerationEngine(catalog, settings, watch)) {
      Job running = engine.submit(job(slow(1)));
      first.await();
      Job other = engine.submit(job(slow(2).size(32, 32).steps(2)));
      List<Job> younger = new ArrayList<>();
      for (int i = 0; i < 150 && !other.status().state().ended(); i++) {
        // One for each few steps: were they let in, some would run at any time.
        younger.add(engine.submit(job(slow(3 + i).steps(8))));
        Thread.sleep(2);
      }
      assertThat(other.awaitEnd(LONG).state()).isEqualTo(JobState.COMPLETED);
      assertThat(started.subList(0, 2)).containsExactly(running, other);
      assertThat(younger).hasSizeGreaterThan(1);
      younger.forEach(engine::cancel);
    }
  }

  @Test
  void closingGivesAllThatRunTheirTimeAndThenCancelsThem() throws Exception {
    Gate gate = new Gate();
    GenerationEngine engine = new GenerationEngine(catalog, ON, gate);
    Job brief = engine.submit(job(slow(1).steps(5)));
    Job endless = engine.submit(job(slow(2).steps(900).count(40).batch(1)));
    gate.submitted.countDown();
    while (endless.status().step() == 0) {
      Thread.sleep(1);
    }
    engine.close(Duration.ofSeconds(1));

    assertThat(brief.status().state()).isEqualTo(JobState.COMPLETED);
    assertThat(endless.status().state()).isEqualTo(JobState.CANCELLED);
    assertThat(Thread.getAllStackTraces().keySet().stream().map(Thread::getName))
        .doesNotContain("tcd4j-engine-cpu");
  }

  @Test
  void withAutoTheServedSizeIsMeasuredWhileNobodyWaitsAndTheDecisionIsLoggedAndShown()
      throws Exception {
    List<String> lines = Collections.synchronizedList(new ArrayList<>());
    ServerMetrics metrics = new ServerMetrics();
    CountDownLatch measured = new CountDownLatch(1);
    EngineListener seen =
        new EngineListener() {
          @Override
          public void measured(SharedSize size, SharingDecision decision) {
            measured.countDown();
          }
        };
    EngineSettings auto = EngineSettings.USUAL.withBatching(Batching.AUTO);
    EngineListener all = EngineListener.all(List.of(new JobLog(lines::add, true), metrics, seen));
    try (GenerationEngine engine = new GenerationEngine(catalog, auto, all)) {
      measured.await();
      assertThat(engine.submit(job(slow(1))).awaitEnd(LONG).state()).isEqualTo(JobState.COMPLETED);
    }
    assertThat(lines)
        .anySatisfy(
            line ->
                assertThat(line)
                    .contains(
                        "\"event\":\"batching\",\"model\":\"a\"", "\"seconds_by_rows\":{\"1\":"));
    assertThat(metrics.registry().find("tcd4j.batching.gain").gauges()).isNotEmpty();
  }

  @Test
  void sharingIsDecidedByMeasurementAndByTheRowsThatARequestHasAlone() {
    SharedSize size = new SharedSize("a", 64, 64);
    RowTimes better =
        new RowTimes(new TreeMap<>(Map.of(1, Duration.ofMillis(10), 2, Duration.ofMillis(15))));
    RowTimes worse =
        new RowTimes(new TreeMap<>(Map.of(1, Duration.ofMillis(10), 2, Duration.ofMillis(20))));
    SharingDecisions auto = new SharingDecisions(Batching.AUTO);
    assertThat(auto.of(size)).isNull();
    auto.seen(size);
    assertThat(auto.open()).containsExactly(size);
    assertThat(auto.measured(size, better).pays(1)).isTrue();
    assertThat(Objects.requireNonNull(auto.of(size)).pays(2)).isFalse();
    assertThat(auto.open()).isEmpty();
    assertThat(auto.measured(size, worse).pays(1)).isFalse();
    SharingDecisions off = new SharingDecisions(Batching.OFF);
    off.seen(size);
    assertThat(off.open()).isEmpty();
    assertThat(off.of(size)).isNull();
    assertThat(Objects.requireNonNull(new SharingDecisions(Batching.ON).of(size)).pays(2)).isTrue();
  }
}
