package io.github.tcd4j.training.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

class ProgressLineTest {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private long millis;

  private final class TestClock extends Clock {
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
      return Instant.ofEpochMilli(millis);
    }
  }

  private ProgressLine line(boolean terminal) {
    PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    return new ProgressLine(out, terminal, new TestClock(), "teacher");
  }

  private String shown() {
    return bytes.toString(StandardCharsets.UTF_8).replace(System.lineSeparator(), "\n");
  }

  @Test
  void aTerminalShowsOneLineThatIsDrawnAnew() {
    try (ProgressLine line = line(true)) {
      line.start(0, 1000);
      bytes.reset();
      for (int step = 1; step <= 10; step++) {
        millis += 100;
        line.step(step, 16, 0.5);
      }
    }
    assertThat(shown().split("\r", -1)).as("every 200 ms").hasSize(6);
    assertThat(shown())
        .endsWith("\r\u001b[Kteacher 10/1000  loss 0.50000  160.0 samples/s  1:39 left\n");
  }

  @Test
  void aFileGetsALineEveryHalfMinuteAndTheLast() {
    try (ProgressLine line = line(false)) {
      line.start(100, 200);
      bytes.reset();
      for (int step = 101; step <= 200; step++) {
        millis += 1000;
        line.step(step, 4, 1);
      }
    }
    assertThat(shown()).doesNotContain("\u001b", "\r");
    assertThat(shown().split("\n"))
        .containsExactly(
            "teacher 130/200  loss 1.00000  4.0 samples/s  1:10 left",
            "teacher 160/200  loss 1.00000  4.0 samples/s  0:40 left",
            "teacher 190/200  loss 1.00000  4.0 samples/s  0:10 left",
            "teacher 200/200  loss 1.00000  4.0 samples/s  0:00 left");
  }

  @Test
  void theLossIsSmoothed() {
    ProgressLine line = line(false);
    line.start(0, 2);
    line.step(1, 1, 1);
    line.step(2, 1, 2);
    assertThat(shown()).contains("loss 1.02000");
  }

  @Test
  void hoursAreShownWhereThereAreAny() {
    ProgressLine line = line(false);
    line.start(0, 1001);
    millis += 30_000;
    line.step(1, 1, 1);
    assertThat(shown()).contains("8:20:00 left");
  }

  @Test
  void aNoteIsPrintedOnALineOfItsOwn() {
    ProgressLine line = line(true);
    line.note("data: 10 examples");
    line.start(0, 10);
    millis += 500;
    line.step(1, 1, 1);
    bytes.reset();
    line.note("psnr 20");
    assertThat(shown()).startsWith("\r\u001b[Kpsnr 20\nteacher 1/10");
  }

  @Test
  void theStartSaysHowManyStepsAreLeft() {
    line(false).start(250, 1000);
    assertThat(shown()).isEqualTo("teacher: 750 steps, from 250 to 1000\n");
  }
}
