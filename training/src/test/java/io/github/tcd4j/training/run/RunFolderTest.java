package io.github.tcd4j.training.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.tcd4j.files.InvalidRequestException;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunFolderTest {
  @TempDir Path temp;
  private Path folder;

  @BeforeEach
  void nameTheRun() {
    folder = temp.resolve("runs/a");
  }

  private RunFolder fresh() throws IOException {
    return RunFolder.open(folder, "steps: 10\n", false);
  }

  private RunFolder resumed() throws IOException {
    return RunFolder.open(folder, "steps: 10\n", true);
  }

  private static void checkpoint(RunFolder run, long step, int keep, String text)
      throws IOException {
    run.writeCheckpoint(step, keep, f -> Files.writeString(f.resolve("state"), text));
  }

  private List<String> checkpoints() throws IOException {
    try (var list = Files.list(folder.resolve("checkpoints"))) {
      return list.map(p -> p.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void aRunThatIsThereIsNotOverwritten() throws IOException {
    fresh();
    assertThat(folder.resolve("recipe.yaml")).hasContent("steps: 10\n");
    assertThatThrownBy(this::fresh)
        .isInstanceOf(InvalidRequestException.class)
        .hasMessage(folder + " holds a run already; resume it, or name another folder");
  }

  @Test
  void whereThereIsNoRunThereIsNothingToResume() {
    assertThatThrownBy(this::resumed)
        .isInstanceOf(InvalidRequestException.class)
        .hasMessage(folder + " holds no run to resume; start a new one");
    assertThat(folder).doesNotExist();
  }

  @Test
  void theRecipeThatARunHadBeforeIsKept() throws IOException {
    checkpoint(fresh(), 7, 1, "x");
    resumed();
    assertThat(folder.resolve("recipe-until-step-7.yaml")).doesNotExist();
    RunFolder.open(folder, "steps: 20\n", true);
    assertThat(folder.resolve("recipe.yaml")).hasContent("steps: 20\n");
    assertThat(folder.resolve("recipe-until-step-7.yaml")).hasContent("steps: 10\n");
  }

  @Test
  void theNewestCheckpointsAreKeptByTheirNumber() throws IOException {
    RunFolder run = fresh();
    assertThat(run.latest()).isEmpty();
    for (long step : new long[] {8, 9, 10, 100}) {
      checkpoint(run, step, 2, "at " + step);
    }
    assertThat(checkpoints()).containsExactly("step-10", "step-100");
    assertThat(resumed().latest()).contains(folder.resolve("checkpoints/step-100"));
    assertThat(folder.resolve("checkpoints/step-100/state")).hasContent("at 100");
  }

  @Test
  void aCheckpointOfTheSameStepIsReplaced() throws IOException {
    RunFolder run = fresh();
    checkpoint(run, 5, 2, "old");
    checkpoint(run, 5, 2, "new");
    assertThat(checkpoints()).containsExactly("step-5");
    assertThat(folder.resolve("checkpoints/step-5/state")).hasContent("new");
  }

  @Test
  void aCheckpointThatFailsLeavesTheOldOnesAndNothingElse() throws IOException {
    RunFolder run = fresh();
    checkpoint(run, 5, 1, "good");
    for (long step : new long[] {5, 6}) {
      assertThatThrownBy(
              () ->
                  run.writeCheckpoint(
                      step,
                      1,
                      f -> {
                        Files.writeString(f.resolve("state"), "half");
                        throw new IOException("No space left on device");
                      }))
          .isInstanceOf(IOException.class)
          .hasMessage("No space left on device");
    }
    assertThat(checkpoints()).containsExactly("step-5");
    assertThat(folder.resolve("checkpoints/step-5/state")).hasContent("good");
  }

  @Test
  void whatADyingProcessLeftIsPutInOrder() throws IOException {
    RunFolder run = fresh();
    checkpoint(run, 5, 9, "whole");
    Path checkpoints = folder.resolve("checkpoints");
    Files.createDirectories(checkpoints.resolve(".step-6.tcd4j-new/sub"));
    Files.writeString(checkpoints.resolve(".step-6.tcd4j-new/sub/state"), "half");
    Files.createDirectories(checkpoints.resolve(".step-3.tcd4j-gone"));
    Files.writeString(checkpoints.resolve(".step-3.tcd4j-gone/state"), "half removed");
    Files.move(checkpoints.resolve("step-5"), checkpoints.resolve(".step-5.tcd4j-old"));
    Files.createDirectories(folder.resolve(".final.tcd4j-new"));
    RunFolder again = resumed();
    assertThat(checkpoints()).containsExactly("step-5");
    assertThat(again.latest()).contains(checkpoints.resolve("step-5"));
    assertThat(checkpoints.resolve("step-5/state")).hasContent("whole");
    assertThat(folder.resolve(".final.tcd4j-new")).doesNotExist();
  }

  @Test
  void aCheckpointThatWasReplacedWhenTheProcessDiedIsTheNewOne() throws IOException {
    checkpoint(fresh(), 5, 9, "new");
    Path old = folder.resolve("checkpoints/.step-5.tcd4j-old");
    Files.createDirectories(old);
    Files.writeString(old.resolve("state"), "old");
    resumed();
    assertThat(checkpoints()).containsExactly("step-5");
    assertThat(folder.resolve("checkpoints/step-5/state")).hasContent("new");
  }

  @Test
  void theProductIsReplacedAsAWhole() throws IOException {
    RunFolder run = fresh();
    run.writeFinal(f -> Files.writeString(f.resolve("a"), "1"));
    run.writeFinal(f -> Files.writeString(f.resolve("b"), "2"));
    assertThat(folder.resolve("final/a")).doesNotExist();
    assertThat(folder.resolve("final/b")).hasContent("2");
  }

  @Test
  void theLogOfAResumedRunIsThatOfOneThatWentThrough() throws IOException {
    RunFolder run = fresh();
    run.truncateLog(0);
    for (long step = 1; step <= 9; step++) {
      run.log(step, Map.of("loss", 1.0 / step));
    }
    run.log(9, Map.of("psnr", 20.5));
    Path log = folder.resolve("log.jsonl");
    String whole = Files.readString(log);
    assertThat(whole).startsWith("{\"step\":1,\"loss\":1.0}\n").endsWith("\"psnr\":20.5}\n");

    Files.writeString(log, "{\"step\":10,\"lo", StandardOpenOption.APPEND);
    RunFolder again = resumed();
    again.truncateLog(6);
    assertThat(Files.readAllLines(log)).hasSize(6);
    for (long step = 7; step <= 9; step++) {
      again.log(step, Map.of("loss", 1.0 / step));
    }
    again.log(9, Map.of("psnr", 20.5));
    assertThat(log).hasContent(whole);
  }

  @Test
  void aBrokenLastLineIsCutOffEvenWhereNoStepIsTakenAgain() throws IOException {
    RunFolder run = fresh();
    run.log(1, Map.of("loss", 1.0));
    Path log = folder.resolve("log.jsonl");
    Files.writeString(log, "{\"step\":", StandardOpenOption.APPEND);
    run.truncateLog(1);
    assertThat(log).hasContent("{\"step\":1,\"loss\":1.0}\n");
  }

  @Test
  void samplesAndEventsStandInTheFolder() throws IOException {
    RunFolder run = fresh();
    Path png = run.samplePath(250);
    assertThat(png).isEqualTo(folder.resolve("samples/step-250.png"));
    ImageIO.write(new BufferedImage(3, 2, BufferedImage.TYPE_INT_RGB), "png", png.toFile());
    run.log(250, Map.of("loss", 0.5));
    run.showSample(250);
    try (var files = Files.list(folder)) {
      List<Path> events =
          files.filter(p -> p.getFileName().toString().startsWith("events.out.tfevents.")).toList();
      assertThat(events).hasSize(1);
      assertThat(Files.size(events.get(0))).isGreaterThan(Files.size(png));
    }
  }

  @Test
  void everyFigureOfTheLogIsAScalarOfTheEvents() throws IOException {
    RunFolder run = fresh();
    run.log(3, Map.of("loss", 0.5));
    run.log(3, Map.of("probe/loss", -2.0));
    String events = events();
    // A value of TensorBoard's protocol: its tag, then field 2, a float of four bytes.
    assertThat(events).contains("\n\4loss\25\0\0\0\77").contains("probe/loss\25\0\0\0\300");
  }

  /** The bytes of the only file of events, a character each. */
  private String events() throws IOException {
    try (var files = Files.list(folder)) {
      List<Path> events =
          files.filter(p -> p.getFileName().toString().startsWith("events.out.tfevents.")).toList();
      assertThat(events).hasSize(1);
      return Files.readString(events.get(0), StandardCharsets.ISO_8859_1);
    }
  }

  @Test
  void aLogThatCannotGrowIsNamed() throws IOException {
    Path full = Path.of("/dev/full");
    assumeTrue(Files.exists(full), "only Linux has a disk that is always full");
    RunFolder run = fresh();
    Path log = Files.createSymbolicLink(folder.resolve("log.jsonl"), full);
    assertThatThrownBy(() -> run.log(1, Map.of("loss", 1.0)))
        .isInstanceOf(FileSystemException.class)
        .hasMessage(log + ": No space left on device");
    Files.delete(log);
  }

  @Test
  void atLeastOneCheckpointIsKept() throws IOException {
    RunFolder run = fresh();
    assertThatThrownBy(() -> checkpoint(run, 1, 0, "x"))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessage("keep must be at least 1 but was 0");
  }
}
