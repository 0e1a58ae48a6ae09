package io.github.tcd4j.training.task;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Each recipe, with moving average, accumulation, mixed precision, caption dropout and caches on,
 * is run to its last step at once, and again with a stop in the middle of an epoch and the rest in
 * another process. What the first recipes make is what the others start from. A process trains
 * several recipes one after the other, since its start takes longer than the steps of one.
 */
class ResumeTest {
  private static final int STOP = 4;
  private static final int LAST = 8;
  private static final List<String> FILES =
      List.of("parameters.safetensors", "optimizer.safetensors", "average.safetensors");

  /** These make the networks that the others are trained with. */
  private static final List<String> PREPARED = List.of("text-image", "autoencoder", "teacher");

  private static final List<String> DISTILLED = List.of("tcd", "lcm", "tcd-full", "ctm", "ct");

  /** Those whose target is a moving average; ctm has a discriminator and its optimiser too. */
  private static final List<String> WITH_MEMORY = List.of("tcd-full", "ctm", "ct");

  @TempDir Path work;

  @Test
  void aStoppedAndResumedRunEndsWithTheBitsOfAnUninterruptedOne() throws Exception {
    // Two processes side by side: neither knows of the other, and each has one thread.
    Process whole = start("prepared", runs(PREPARED, "", LAST));
    Process stopped = start("prepared-stopped", runs(PREPARED.subList(0, 2), "-resumed", STOP));
    await(whole, "prepared");
    await(stopped, "prepared-stopped");

    List<String> rest = new ArrayList<>(List.of("teacher"));
    rest.addAll(DISTILLED);
    whole = start("distilled", runs(DISTILLED, "", LAST));
    stopped = start("distilled-stopped", runs(rest, "-resumed", STOP));
    await(whole, "distilled");
    await(stopped, "distilled-stopped");

    List<String> all = new ArrayList<>(PREPARED);
    all.addAll(DISTILLED);
    for (String recipe : all) {
      Path resumed = work.resolve(recipe + "-resumed");
      assertThat(resumed.resolve("checkpoints/step-" + STOP)).isDirectory();
      assertThat(resumed.resolve("final")).doesNotExist();
    }
    Process first = start("resumed-1", runs(all.subList(0, 5), "-resumed", LAST));
    Process second = start("resumed-2", runs(all.subList(5, all.size()), "-resumed", LAST));
    await(first, "resumed-1");
    await(second, "resumed-2");
    for (String recipe : all) {
      compare(recipe);
    }
    assertThat(work.resolve("tcd/final/tcd.safetensors")).isRegularFile();
    assertThat(work.resolve("ctm/final/ctm.s_embedding.safetensors")).isRegularFile();
    assertThat(work.resolve("tcd-full/final/unet/config.json"))
        .content()
        .contains("_proj_dim\" : 16");
    assertThat(work.resolve("teacher/final/model_index.json")).isRegularFile();
  }

  private void compare(String recipe) throws IOException {
    List<String> files = new ArrayList<>(FILES);
    if (WITH_MEMORY.contains(recipe)) {
      files.add("memory.safetensors");
    }
    for (String file : files) {
      assertThat(Files.mismatch(last(recipe, file), last(recipe + "-resumed", file)))
          .as(recipe + " " + file)
          .isEqualTo(-1);
    }
    assertThat(Files.mismatch(last(recipe, FILES.get(0)), last(recipe, FILES.get(2))))
        .as("the average differs from the parameters, so that the comparison means something")
        .isNotEqualTo(-1);
  }

  private Path last(String run, String file) {
    return work.resolve(run).resolve("checkpoints/step-" + LAST).resolve(file);
  }

  private static List<String> runs(List<String> recipes, String ending, int stop) {
    return recipes.stream().map(recipe -> recipe + ":" + recipe + ending + ":" + stop).toList();
  }

  private Process start(String name, List<String> runs) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    command.add("-Dorg.bytedeco.javacpp.maxPhysicalBytes=0");
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(TrainingProcess.class.getName(), work.toString(), "" + LAST));
    command.addAll(runs);
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(work.resolve(name + ".log").toFile())
        .start();
  }

  private void await(Process process, String name) throws IOException, InterruptedException {
    assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();
    assertThat(process.exitValue()).as(Files.readString(work.resolve(name + ".log"))).isZero();
  }
}
