package io.github.tcd4j.pipeline.adapter;

import io.github.tcd4j.files.Hint;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.models.motion.FrameWindows;
import io.github.tcd4j.models.unet.UNet2DConditionConfig;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How many frames an animation has, checked against its adapter and its hints. */
final class FrameCount {
  private FrameCount() {}

  /**
   * The motion adapter of a request; null for none.
   *
   * @param hints of each ControlNet
   * @throws InvalidRequestException if it is for another model, or does not know so many frames, or
   *     there is another number of hints
   */
  static ResolvedAdapters.@Nullable Motion motion(
      AdapterSettings settings, List<List<Image>> hints, UNet2DConditionConfig base) {
    MotionSettings motion = settings.motion();
    if (motion == null) {
      for (int i = 0; i < hints.size(); i++) {
        if (hints.get(i).size() > 1) {
          throw new InvalidRequestException(
              ("hint " + settings.controls().get(i).hint().file().file() + " is a folder of ")
                  + (hints.get(i).size() + " pictures, which only an animation can follow; give a")
                  + " motion adapter, or one picture");
        }
      }
      return null;
    }
    MotionSource source = MotionSource.of(motion.model(), base);
    int frames = motion.frames() == null ? frames(hints) : motion.frames();
    for (int i = 0; i < hints.size(); i++) {
      int n = hints.get(i).size();
      if (n != 1 && n != frames) {
        throw new InvalidRequestException(
            ("folder " + settings.controls().get(i).hint().file().file() + " has " + n)
                + (" pictures but the animation " + frames + " frames; give one picture for each")
                + " frame, or one for all");
      }
    }
    requireKnown(motion, frames, source.config().maxFrames());
    return new ResolvedAdapters.Motion(motion.withFrames(frames), source);
  }

  private static int frames(List<List<Image>> hints) {
    return hints.stream()
        .mapToInt(List::size)
        .filter(n -> n > 1)
        .findFirst()
        .orElse(MotionSettings.USUAL_FRAMES);
  }

  private static void requireKnown(MotionSettings motion, int frames, int most) {
    FrameWindows windows = motion.windows();
    if (windows == null && frames > most) {
      throw new InvalidRequestException(
          ("motion adapter " + motion.model().name() + " knows at most " + most + " frames but ")
              + (frames + " were requested; generate fewer, or in overlapping windows of ")
              + (Math.min(most, MotionSettings.USUAL_FRAMES) + " frames"),
          Hint.FRAME_WINDOWS);
    }
    if (windows != null && Math.min(windows.length(), frames) > most) {
      throw new InvalidRequestException(
          ("motion adapter " + motion.model().name() + " knows at most " + most + " frames but ")
              + ("windows were to have " + windows.length() + "; use shorter ones"),
          Hint.FRAME_WINDOWS);
    }
  }
}
