package io.github.tcd4j.cli.console;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tcd4j.cli.Tcd4j;
import io.github.tcd4j.images.png.PngMetadata;
import io.github.tcd4j.pipeline.metadata.GenerationSettings;
import io.github.tcd4j.pipeline.metadata.SettingsJson;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GenerationProgressTest {
  /** A clock that a test sets. */
  private static final class HandClock extends Clock {
    private Instant now = Instant.EPOCH;

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }

    @Override
    public Instant instant() {
      return now;
    }
  }

  @TempDir Path folder;
  private final HandClock clock = new HandClock();
  private final StringWriter text = new StringWriter();

  private GenerationSettings settings() {
    Path png =
        Tcd4j.run("generate", "apple", "-m", Tcd4j.tiny(), "--seed", 1, "-o", folder)
            .paths()
            .get(0);
    return SettingsJson.read("test", PngMetadata.read(png).settings());
  }

  private void generate(boolean terminal) {
    try (Interrupt interrupt = Interrupt.watch(Duration.ZERO)) {
      GenerationProgress progress =
          new GenerationProgress(
              new PrintWriter(text), terminal, false, clock, interrupt, "generating");
      progress.started(settings());
      clock.now = Instant.ofEpochSecond(30);
      progress.step(1, 4);
      clock.now = Instant.ofEpochSecond(120);
      progress.step(4, 4);
    }
  }

  @Test
  void aTerminalSeesStepSecondsPerStepAndTimeLeft() {
    generate(true);

    assertThat(text.toString())
        .contains("[######------------------] 1/4  30.00 s/step  1:30 left")
        .endsWith("generating: 4 steps, 30.00 s/step, 120.0 s\n");
  }

  @Test
  void aFileGetsOneLineAtTheEnd() {
    generate(false);

    assertThat(text.toString().lines()).hasSize(2);
    assertThat(text.toString()).doesNotContain("\r", "\u001b");
  }
}
