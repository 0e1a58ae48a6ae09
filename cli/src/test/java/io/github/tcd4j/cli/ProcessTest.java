package io.github.tcd4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.github.tcd4j.cli.console.ExitCode;
import io.github.tcd4j.images.png.PngMetadata;
import io.github.tcd4j.pipeline.metadata.SettingsJson;
import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Commands as processes of their own, with the launcher's flags. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ProcessTest {
  @TempDir Path folder;
  private final List<Process> started = new CopyOnWriteArrayList<>();

  @AfterEach
  void end() {
    started.forEach(Process::destroyForcibly);
  }

  private Process start(Object... arguments) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-Xmx512m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Dorg.bytedeco.javacpp.maxPhysicalBytes=0",
            "-Dorg.bytedeco.openblas.load=mkl",
            "-cp",
            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
            Main.class.getName()));
    Stream.of(arguments).map(Object::toString).forEach(command::add);
    Process process = new ProcessBuilder(command).start();
    started.add(process);
    return process;
  }

  private static String read(java.io.InputStream stream) throws Exception {
    return new String(stream.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
  }

  /** Whether this process, and so each of its children, was started with SIGINT ignored. */
  private static boolean ignoresInterrupts() throws Exception {
    Path status = Path.of("/proc/self/status");
    if (!Files.isReadable(status)) {
      return false;
    }
    return Files.readAllLines(status).stream()
        .filter(line -> line.startsWith("SigIgn:"))
        .mapToLong(line -> Long.parseUnsignedLong(line.substring(7).strip(), 16))
        .anyMatch(mask -> (mask & 1 << (2 - 1)) != 0);
  }

  @Test
  void onePictureFromOneProcess() throws Exception {
    Process process = start("generate", "red apple", "-m", Tcd4j.tiny(), "-o", folder);

    assertThat(read(process.getInputStream()).strip())
        .isEqualTo(folder.resolve("red-apple.png").toString());
    assertThat(process.waitFor()).isZero();
  }

  private static long seed(Path png) {
    return SettingsJson.read(png.toString(), PngMetadata.read(png).settings()).seed();
  }

  @Test
  void twoProcessesInOneFolderNeverReplaceAPictureOfTheOther() throws Exception {
    int count = 6;
    List<Process> both = new ArrayList<>();
    for (int seed : new int[] {100, 200}) {
      both.add(
          start(
              "generate",
              "apple",
              "-m",
              Tcd4j.tiny(),
              "-l",
              "none",
              "--sampler",
              "ddim",
              "--steps",
              1,
              "--batch",
              1,
              "--count",
              count,
              "--seed",
              seed,
              "-o",
              folder));
    }
    List<Path> printed = new ArrayList<>();
    for (Process process : both) {
      read(process.getInputStream()).lines().map(Path::of).forEach(printed::add);
      assertThat(process.waitFor()).as(read(process.getErrorStream())).isZero();
    }
    assertThat(printed).doesNotHaveDuplicates().hasSize(2 * count);
    Set<Long> seeds = new TreeSet<>();
    for (Path file : printed) {
      seeds.add(seed(file));
    }
    assertThat(seeds)
        .containsExactly(100L, 101L, 102L, 103L, 104L, 105L, 200L, 201L, 202L, 203L, 204L, 205L);
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).containsExactlyInAnyOrderElementsOf(printed);
    }
  }

  @Test
  void wrongUsageLeavesWithTwo() throws Exception {
    Process process = start("generate", "apple", "-m", Tcd4j.tiny(), "--gamma", 7.5);

    String err = read(process.getErrorStream());
    assertThat(process.waitFor()).isEqualTo(ExitCode.USAGE);
    assertThat(err)
        .isEqualTo(
            "tcd4j: gamma must be in [0, 1] but was 7.5; classifier-free guidance is another"
                + " setting; use --guidance X\n");
  }

  private static void assumeInterrupts() throws Exception {
    assumeFalse(System.getProperty("os.name").startsWith("Windows"), "needs kill");
    assumeFalse(
        ignoresInterrupts(), "a background job hands its deafness to SIGINT down to children");
  }

  private static void interrupt(Process process) throws Exception {
    new ProcessBuilder("kill", "-INT", Long.toString(process.pid())).start().waitFor();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isEqualTo(ExitCode.CANCELLED);
  }

  private Process train(long steps, Object... more) throws Exception {
    Path recipe = Path.of("../training/src/test/resources/recipes/autoencoder.yaml");
    Stream<Object> usual =
        Stream.of("train", recipe, "--run", folder.resolve("run"), "--set", "steps=" + steps);
    Stream<Object> rare = Stream.of("--set", "checkpoint_every=100000", "--set", "sample_every=0");
    return start(Stream.of(usual, rare, Stream.of(more)).flatMap(s -> s).toArray());
  }

  @Test
  void ctrlCInTrainingLeavesACheckpointFromWhichItGoesOn() throws Exception {
    assumeInterrupts();
    Path run = folder.resolve("run");
    Path log = run.resolve("log.jsonl");
    Process first = train(100_000);
    String told;
    try {
      while (first.isAlive() && !(Files.exists(log) && Files.readString(log).contains(":3,"))) {
        Thread.sleep(50);
      }
      interrupt(first);
      told = read(first.getErrorStream());
    } finally {
      first.destroyForcibly();
    }
    Matcher stopped =
        Pattern.compile("stopped after step ([0-9]+); --resume goes on from there").matcher(told);
    assertThat(stopped.find()).as(told).isTrue();
    long step = Long.parseLong(stopped.group(1));
    assertThat(run.resolve("checkpoints/step-" + step)).isDirectory();
    assertThat(run.resolve("final")).doesNotExist();

    Process second = train(step + 2, "--resume");
    String err = read(second.getErrorStream());
    assertThat(second.waitFor()).as(err).isZero();
    assertThat(run.resolve("final/config.json")).exists();
    // The probes of the first and of the last step have lines of their own.
    assertThat(Files.readAllLines(log))
        .filteredOn(line -> line.contains("gradient_norm"))
        .hasSize(Math.toIntExact(step + 2));
  }

  @Test
  void ctrlCCancelsAndLeavesNoFile() throws Exception {
    assumeInterrupts();
    Path out = folder.resolve("out");
    Process process =
        start(
            "generate",
            "apple",
            "-m",
            Tcd4j.tiny(),
            "-l",
            "none",
            "--sampler",
            "ddim",
            "--steps",
            500,
            "--count",
            64,
            "--size",
            "64x64",
            "-o",
            out);
    try (BufferedReader err = process.errorReader()) {
      String line = err.readLine();
      while (line != null && !line.contains("500 steps")) {
        line = err.readLine();
      }
      assertThat(line).isNotNull();
      interrupt(process);
      assertThat(err.lines()).contains("tcd4j: cancelled");
    } finally {
      process.destroyForcibly();
    }
    try (Stream<Path> files = Files.list(out)) {
      assertThat(files).isEmpty();
    }
  }
}
