package io.github.tcd4j.cli.options;

import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.pipeline.adapter.MotionSettings;
import io.github.tcd4j.pipeline.adapter.MotionSource;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What makes an animation of a picture. */
public final class MotionOptions {
  @Option(
      names = "--motion",
      paramLabel = "PATH",
      description = {
        "Motion adapter of AnimateDiff, a folder or a file: generates an animation, written as .gif,"
            + " animated .png or .webp, or a folder of frames.",
        "--control then takes a folder with a picture for each frame, too."
      })
  @Nullable Path motion;

  @Option(
      names = "--frames",
      paramLabel = "N",
      description = "Frames. Default: 16, or as many as there are pictures for --control.")
  @Nullable Integer frames;

  @Option(names = "--fps", paramLabel = "N", description = "Frames in a second. Default: 8.")
  @Nullable Integer fps;

  @Option(
      names = "--context",
      paramLabel = "N[,OVERLAP]",
      split = ",",
      arity = "1",
      hideParamSyntax = true,
      description =
          "For more frames than the adapter knows: generate in windows of N, such as 16, which share"
              + " OVERLAP (4) and are averaged in every step.")
  @Nullable List<Integer> context;

  @Option(
      names = "--free-noise",
      description =
          "With --context: FreeNoise, where only the attention over time sees windows, and later"
              + " frames start from the noise of earlier ones in another order.")
  boolean freeNoise;

  /** Whether an animation is generated. */
  public boolean moves() {
    return motion != null;
  }

  /**
   * What they say; null for pictures.
   *
   * @throws InvalidRequestException if they have no effect
   */
  public @Nullable MotionSettings settings() {
    if (motion == null) {
      if (frames != null || fps != null || context != null || freeNoise) {
        throw new InvalidRequestException(
            "--frames, --fps, --context and --free-noise have no effect without --motion");
      }
      return null;
    }
    MotionSettings settings = new MotionSettings(MotionSource.model(motion)).withFrames(frames);
    if (fps != null) {
      settings = settings.withFps(fps);
    }
    if (context != null) {
      if (context.isEmpty() || context.size() > 2) {
        throw new InvalidRequestException(
            "--context must be N or N,OVERLAP, such as 16,4, but was " + context);
      }
      settings = settings.withWindows(context.get(0), context.size() < 2 ? null : context.get(1));
    }
    if (freeNoise && context == null) {
      throw new InvalidRequestException("--free-noise has no effect without --context");
    }
    return settings.withFreeNoise(freeNoise);
  }
}
