package io.github.tcd4j.training.task;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Each recipe, with moving average, accumulation, mixed precision, caption dropout and caches on,
 * is run to step 12 at once, and again in two processes with a stop at step 7 in the middle of an
 * epoch. A teacher needs the networks of the runs before it, so the recipes are run in order.
 */
class ResumeTest {
  private static final int STOP = 4;
  private static final int LAST = 8;
  private static final List<String> FILES =
      List.of("parameters.safetensors", "optimizer.safetensors", "average.safetensors");

  private static final List<String> RECIPES =
      List.of("text-image", "autoencoder", "teacher", "tcd", "lcm", "tcd-full", "ctm", "ct");

  /** The first three make the networks that the others are trained with. */
  private static final int PREPARED = 3;

  /** Those whose target is a moving average; ctm has a discriminator and its optimiser too. */
  private static final List<String> WITH_MEMORY = List.of("tcd-full", "ctm", "ct");

  @TempDir Path work;

  @Test
  void aStoppedAndResumedRunEndsWithTheBitsOfAnUninterruptedOne() throws Exception {
    ExecutorService two = Executors.newFixedThreadPool(2);
    try {
      List<Callable<Void>> runs = new ArrayList<>();
      for (String recipe : RECIPES.subList(PREPARED, RECIPES.size())) {
        runs.add(() -> compare(recipe));
      }
      // What is trained first is what the others start from.
      for (String recipe : RECIPES.subList(0, PREPARED)) {
        compare(recipe);
      }
      for (Future<Void> run : two.invokeAll(runs)) {
        run.get();
      }
    } finally {
      two.shutdownNow();
    }
    assertThat(work.resolve("tcd/final/tcd.safetensors")).isRegularFile();
    assertThat(work.resolve("ctm/final/ctm.s_embedding.safetensors")).isRegularFile();
    assertThat(work.resolve("tcd-full/final/unet/config.json"))
        .content()
        .contains("_proj_dim\" : 16");
    assertThat(work.resolve("teacher/final/model_index.json")).isRegularFile();
  }

  private Void compare(String recipe) throws Exception {
    // Side by side: neither knows of the other, and each has one thread.
    Process whole = start(recipe, recipe, LAST);
    await(start(recipe, recipe + "-resumed", STOP), recipe + "-resumed", STOP);
    await(whole, recipe, LAST);
    Path resumed = work.resolve(recipe + "-resumed");
    assertThat(resumed.resolve("checkpoints/step-" + STOP)).isDirectory();
    assertThat(resumed.resolve("final")).doesNotExist();
    await(start(recipe, recipe + "-resumed", LAST), recipe + "-resumed", LAST);
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
    return null;
  }

  private Path last(String run, String file) {
    return work.resolve(run).resolve("checkpoints/step-" + LAST).resolve(file);
  }

  private Path log(String run, int stop) {
    return work.resolve(run + "-" + stop + ".log");
  }

  private Process start(String recipe, String run, int stop) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    command.add("-Dorg.bytedeco.javacpp.maxPhysicalBytes=0");
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(TrainingProcess.class.getName());
    command.add("src/test/resources/recipes/" + recipe + ".yaml");
    command.addAll(List.of(work.toString(), run, Integer.toString(stop), "steps=" + LAST));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(log(run, stop).toFile())
        .start();
  }

  private void await(Process process, String run, int stop)
      throws IOException, InterruptedException {
    assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();
    assertThat(process.exitValue()).as(Files.readString(log(run, stop))).isZero();
  }
}
