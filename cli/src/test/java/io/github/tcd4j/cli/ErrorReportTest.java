package io.github.tcd4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tcd4j.cli.console.ExitCode;
import io.github.tcd4j.files.Hint;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.files.Tcd4jException;
import io.github.tcd4j.tensor.TensorException;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ErrorReportTest {
  static Throwable[] outOfMemory() {
    return new Throwable[] {
      new OutOfMemoryError("Physical memory usage is too high"),
      new TensorException("conv2d failed: DefaultCPUAllocator: can't allocate memory: you tried"),
      new TensorException(
          "conv2d failed: CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total"
              + " capacity of 8.00 GiB"),
      new RuntimeException("[MPS] MPS backend out of memory (MPS allocated: 8.00 GB)"),
      new RuntimeException("CUDA error: out of memory")
    };
  }

  @ParameterizedTest
  @MethodSource("outOfMemory")
  void outOfMemoryNamesTheFlagsThatHelp(Throwable e) {
    ErrorReport failure = ErrorReport.of(e);

    assertThat(failure.exitCode()).isEqualTo(ExitCode.FAILED);
    assertThat(failure.sentence())
        .startsWith("out of memory")
        .contains("--dtype bf16", "--vae-tiling", "--size", "doctor");
  }

  @Test
  void aFileErrorOfManyLinesIsOneSentence() {
    assertThat(ErrorReport.of(new IOException("no JSON\n at line 3")).sentence())
        .isEqualTo("cannot read or write: no JSON");
  }

  @Test
  void otherFailuresSayNothingOfMemory() {
    assertThat(ErrorReport.of(new TensorException("shapes differ")).sentence())
        .isEqualTo("shapes differ");
  }

  @Test
  void aBugIsNotTheUsersFault() {
    for (RuntimeException e :
        List.of(
            new NullPointerException("x is absent"),
            new IllegalStateException("closed"),
            new IllegalArgumentException("features must be (N, P)"),
            new ArithmeticException())) {
      ErrorReport failure = ErrorReport.of(e);
      assertThat(failure.exitCode()).isEqualTo(ExitCode.FAILED);
      assertThat(failure.sentence())
          .startsWith("unexpected " + e.getClass().getSimpleName())
          .contains("this is a bug in tcd4j: please report it", "--verbose")
          .doesNotContain("null;");
    }
  }

  @Test
  void whatCannotBeAskedForIsWrongUsage() {
    ErrorReport failure =
        ErrorReport.of(new InvalidRequestException("steps must be 1", Hint.NEW_RUN));
    assertThat(failure).isEqualTo(new ErrorReport(2, "steps must be 1; leave out --resume"));
  }

  @Test
  void ourOwnFailuresAreOneSentenceWithTheOptionThatHelps() {
    Tcd4jException e = new Tcd4jException("the latents are not finite\n at x", Hint.FULL_PRECISION);
    assertThat(ErrorReport.of(e))
        .isEqualTo(new ErrorReport(1, "the latents are not finite; try --dtype f32"));
  }

  @Test
  void aFullHeapNamesTheVariableThatGivesMore() {
    ErrorReport failure = ErrorReport.of(new OutOfMemoryError("Java heap space"));
    assertThat(failure.exitCode()).isEqualTo(ExitCode.FAILED);
    assertThat(failure.sentence()).contains("TCD4J_HEAP=4g");
  }
}
