package io.github.tcd4j.cli;

import io.github.tcd4j.cli.console.ExitCode;
import io.github.tcd4j.cli.console.HintText;
import io.github.tcd4j.files.Hint;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.files.Tcd4jException;
import io.github.tcd4j.tensor.TensorException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.CancellationException;

/**
 * What an exception means to the user.
 *
 * @param exitCode whose error it was: an invalid request is the user's
 * @param sentence what to print; empty for nothing
 */
record ErrorReport(int exitCode, String sentence) {
  private static final String HEAP_FULL =
      "Java's own heap is full; give it more, as in TCD4J_HEAP=4g ./tcd4j (tensors live outside of"
          + " it)";

  static ErrorReport of(Throwable e) {
    if (e instanceof CancellationException) {
      return new ErrorReport(ExitCode.CANCELLED, "");
    }
    String message = e.getMessage() == null ? e.toString() : firstLine(e.getMessage());
    if (e instanceof OutOfMemoryError && message.equals("Java heap space")) {
      return new ErrorReport(ExitCode.FAILED, HEAP_FULL);
    }
    if (e instanceof OutOfMemoryError || TensorException.outOfMemory(e)) {
      return new ErrorReport(ExitCode.FAILED, HintText.of("out of memory", Hint.LESS_MEMORY));
    }
    if (e instanceof LinkageError) {
      return new ErrorReport(
          ExitCode.FAILED, "the native library does not load (" + message + "); run tcd4j doctor");
    }
    if (e instanceof InvalidRequestException invalid) {
      return new ErrorReport(ExitCode.USAGE, HintText.of(invalid));
    }
    if (e instanceof Tcd4jException ours) {
      return new ErrorReport(ExitCode.FAILED, HintText.of(ours));
    }
    if (e instanceof InvalidPathException) {
      return new ErrorReport(ExitCode.USAGE, message);
    }
    if (e instanceof UncheckedIOException io && io.getCause() != null) {
      return new ErrorReport(ExitCode.FAILED, file(io.getCause()));
    }
    if (e instanceof IOException io) {
      return new ErrorReport(ExitCode.FAILED, file(io));
    }
    return new ErrorReport(ExitCode.FAILED, bug(e));
  }

  /** Any other exception is a bug of this program. */
  private static String bug(Throwable e) {
    String text = firstLine(e.getMessage() == null ? "" : ": " + e.getMessage());
    return "unexpected "
        + e.getClass().getSimpleName()
        + text
        + "; this is a bug in tcd4j: please report it, with what --verbose prints";
  }

  /** The JDK's messages of file errors are often the bare path. */
  static String file(IOException e) {
    if (e instanceof NoSuchFileException missing) {
      return missing.getFile() + " does not exist";
    }
    if (e instanceof AccessDeniedException denied) {
      return "no permission to read or write " + denied.getFile();
    }
    if (e instanceof FileSystemException other && other.getReason() != null) {
      return "cannot read or write " + other.getFile() + ": " + firstLine(other.getReason());
    }
    return "cannot read or write: " + firstLine(String.valueOf(e.getMessage()));
  }

  /** Messages of libtorch and of parsers go on with a stack trace or a source of their own. */
  private static String firstLine(String message) {
    return message.lines().findFirst().orElse("");
  }
}
