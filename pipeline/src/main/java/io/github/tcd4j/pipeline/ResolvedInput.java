package io.github.tcd4j.pipeline;

import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.pipeline.checkpoint.LowResScheduler;
import io.github.tcd4j.pipeline.input.InputPictures;
import io.github.tcd4j.pipeline.input.InputSettings;
import io.github.tcd4j.pipeline.input.Upscaling;
import io.github.tcd4j.pipeline.internal.sampling.InputRole;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The picture of a request with its defaults filled in, and the size of the result that follows.
 *
 * @param settings with defaults, and the files as they are now
 * @param pictures the picture and mask at the size of the result, of an upscaler at that of the
 *     latents; null for none
 * @param width of the result
 * @param height likewise
 */
record ResolvedInput(
    InputSettings settings, @Nullable InputPictures pictures, int width, int height) {
  /**
   * Of a request.
   *
   * @param input of {@link #defaults}
   * @param lowRes of an upscaler, null for any other model
   * @param trained side in pixels of the pictures that the model was trained for
   * @param scale pixels that one latent element stands for
   * @param hints of ControlNets, whose size is the result's where no other is chosen
   */
  static ResolvedInput of(
      Request request,
      InputSettings input,
      @Nullable LowResScheduler lowRes,
      int trained,
      int scale,
      List<List<Image>> hints) {
    // An upscaler reads pictures of whole latent elements.
    int step = lowRes == null ? scale : scale * scale;
    Integer chosenWidth = request.size().width();
    Integer chosenHeight = request.size().height();
    boolean sized = chosenWidth != null || chosenHeight != null;
    InputPictures pictures = input.present() ? InputPictures.read(input, scale, sized) : null;
    int width = size("width", chosenWidth, trained, step);
    int height = size("height", chosenHeight, trained, step);
    Upscaling up = input.upscaling();
    if (up != null) {
      requireNoMasks(request);
      up = lowRes == null ? up.withScale(up.factor()) : upscaler(up, lowRes, scale);
    }
    if (pictures != null || !hints.isEmpty()) {
      Image own = pictures == null ? hints.get(0).get(0) : pictures.image();
      if (chosenWidth == null) {
        width = side("width", own.width(), scale, lowRes, up);
      }
      if (chosenHeight == null) {
        height = side("height", own.height(), scale, lowRes, up);
      }
      // Refuses what is too large before there is memory for it.
      request.size().withSides(width, height);
    }
    if (up != null) {
      boolean windows =
          lowRes == null || up.choosesWindows() || (long) width * height > Upscaling.LARGE;
      input = input.withUpscaling(windows ? up.filled(trained, scale) : up.whole());
    }
    if (pictures != null) {
      pictures =
          lowRes == null
              ? pictures.resized(width, height)
              : pictures.small(width / scale, height / scale);
    }
    return new ResolvedInput(input, pictures, width, height);
  }

  /** With its defaults, and the files as they are now. */
  static InputSettings defaults(InputSettings chosen, InputRole role) {
    if (!chosen.present()) {
      return chosen;
    }
    InputSettings now = chosen.current();
    return switch (role) {
      case START, INPAINTING -> now.withStrength(now.strengthOrDefault());
      case EDIT -> {
        Double scale = now.imageGuidance();
        yield now.withImageGuidance(scale == null ? InputSettings.DEFAULT_IMAGE_GUIDANCE : scale);
      }
      case UPSCALE -> now;
    };
  }

  /** With the one scale that there is, and a noise level. */
  private static Upscaling upscaler(Upscaling up, LowResScheduler lowRes, int scale) {
    if (up.scale() != null && up.scale() != scale) {
      throw new InvalidRequestException(
          ("this upscaler enlarges " + scale + " times, but the scale was " + up.scale())
              + "; leave it out");
    }
    Integer level = up.noiseLevel();
    return up.withScale(scale)
        .withNoiseLevel(lowRes.checked(level == null ? LowResScheduler.DEFAULT_LEVEL : level));
  }

  private static void requireNoMasks(Request request) {
    if (request.adapters().imagePrompts().stream().anyMatch(p -> !p.masks().isEmpty())) {
      throw new InvalidRequestException(
          "a picture is enlarged window by window, where masks of picture prompts cannot be used;"
              + " leave them out");
    }
  }

  /** A side that follows from a picture's own. */
  private static int side(
      String name,
      int pixels,
      int scale,
      @Nullable LowResScheduler lowRes,
      @Nullable Upscaling upscaling) {
    if (lowRes != null && pixels < scale) {
      throw new InvalidRequestException(
          ("the picture's "
                  + name
                  + " is "
                  + pixels
                  + " pixels but an upscaler reads multiples of ")
              + (scale + "; use a larger picture"));
    }
    if (lowRes != null) {
      return scale * InputPictures.side(name, pixels, scale);
    }
    return upscaling == null
        ? InputPictures.side(name, pixels, scale)
        : upscaling.side(name, pixels, scale);
  }

  private static int size(String name, @Nullable Integer requested, int trained, int step) {
    if (requested == null) {
      return trained;
    }
    if (requested % step != 0) {
      int below = requested / step * step;
      throw new InvalidRequestException(
          ("this model generates multiples of "
                  + step
                  + " pixels but "
                  + name
                  + " was "
                  + requested)
              + (below > 0 ? "; use " + below + " or " : "; use ")
              + (below + step));
    }
    return requested;
  }

  /** Most that a network sees at once of a side of the result. */
  int window() {
    Upscaling up = settings.upscaling();
    return up == null || !up.windowed() ? Integer.MAX_VALUE : up.window();
  }

  /** Whether an autoencoder works on it in tiles. */
  boolean large() {
    return settings.upscaling() != null && (long) width * height > Upscaling.LARGE;
  }

  /** The noise level of an upscaler. */
  static int noiseLevel(InputSettings settings) {
    Upscaling up = Objects.requireNonNull(settings.upscaling());
    return Objects.requireNonNull(up.noiseLevel());
  }
}
