package io.github.tcd4j.pipeline.adapter;

import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.models.motion.FrameWindows;
import org.jspecify.annotations.Nullable;

/**
 * A motion adapter (AnimateDiff), which makes a video of what the model generates.
 *
 * @param model its network
 * @param frames number of frames, 2 to 1000; null for {@link #USUAL_FRAMES}, or as many as there
 *     are hints of a ControlNet
 * @param fps frames in a second when it is played, 1 to 50
 * @param windows overlapping windows of frames that the network sees one by one, for videos that
 *     are longer than it knows; null for all frames at once
 * @param freeNoise whether the windows are FreeNoise's: only the motion modules' attentions see
 *     windows, and the noise of later frames is that of earlier ones in another order
 */
public record MotionSettings(
    AdapterModel model,
    @Nullable Integer frames,
    int fps,
    @Nullable FrameWindows windows,
    boolean freeNoise) {
  /** What motion adapters were trained with. */
  public static final int USUAL_FRAMES = 16;

  /** As AnimateDiff's own programs. */
  public static final int USUAL_FPS = 8;

  /** Of windows that one writes no overlap for. */
  public static final int USUAL_OVERLAP = 4;

  private static final int MOST_FRAMES = 1000;
  private static final int MOST_FPS = 50;

  /**
   * Checks the ranges.
   *
   * @throws InvalidRequestException if a number is out of its range
   */
  public MotionSettings {
    if (frames != null && (frames < 2 || frames > MOST_FRAMES)) {
      throw new InvalidRequestException(
          "an animation must have 2 to " + MOST_FRAMES + " frames but was to have " + frames);
    }
    if (fps < 1 || fps > MOST_FPS) {
      throw new InvalidRequestException(
          "an animation must have 1 to " + MOST_FPS + " frames in a second but was to have " + fps);
    }
    if (freeNoise && windows == null) {
      throw new InvalidRequestException(
          "FreeNoise has no effect without windows of frames; give their length");
    }
  }

  /** With what is usual. */
  public MotionSettings(AdapterModel model) {
    this(model, null, USUAL_FPS, null, false);
  }

  public MotionSettings withFrames(@Nullable Integer n) {
    return new MotionSettings(model, n, fps, windows, freeNoise);
  }

  public MotionSettings withFps(int n) {
    return new MotionSettings(model, frames, n, windows, freeNoise);
  }

  /**
   * With windows of so many frames.
   *
   * @param overlap frames that neighbours share; null for what is usual, at most half a window
   * @throws InvalidRequestException if there are none of that length, or the overlap is no shorter
   */
  public MotionSettings withWindows(int length, @Nullable Integer overlap) {
    int shared = overlap == null ? Math.min(USUAL_OVERLAP, length / 2) : overlap;
    if (length < 2 || shared < 0 || shared >= length) {
      throw new InvalidRequestException(
          "windows of frames must have at least 2 and share fewer but were to have "
              + (length + " and share " + shared));
    }
    return new MotionSettings(model, frames, fps, new FrameWindows(length, shared), freeNoise);
  }

  public MotionSettings withFreeNoise(boolean on) {
    return new MotionSettings(model, frames, fps, windows, on);
  }

  /** The same with its file at another place. */
  public MotionSettings at(AdapterModel place) {
    return new MotionSettings(place, frames, fps, windows, freeNoise);
  }

  MotionSettings current() {
    return at(model.current(MotionSource.WHAT));
  }

  /** Number of frames, once it is filled in. */
  public int count() {
    return frames == null ? USUAL_FRAMES : frames;
  }
}
