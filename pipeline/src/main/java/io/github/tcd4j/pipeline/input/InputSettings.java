package io.github.tcd4j.pipeline.input;

import io.github.tcd4j.files.Hint;
import io.github.tcd4j.files.InvalidRequestException;
import org.jspecify.annotations.Nullable;

/**
 * The picture that a request starts from and what is done with it; null where nothing was chosen.
 *
 * @param image the picture; null for none, and then all the rest is null or as it is by default
 * @param strength how much of it is generated anew, in (0, 1]: of N steps the last {@code min((int)
 *     (N * strength), N)} run, as in diffusers. Default 0.75, with a mask 1
 * @param mask what is generated anew: white is, black is kept
 * @param maskBlur radius of the Gaussian blur of the mask in its own pixels, in [0, 256], as
 *     Pillow's {@code GaussianBlur} has it; the network still sees a mask cut at one half, the blur
 *     softens where the kept pixels are pasted back
 * @param outpainting the margins that are generated around the picture
 * @param paste whether the pixels where the mask is black are those of the picture in the end; else
 *     they are what the autoencoder makes of them
 * @param imageGuidance how much an InstructPix2Pix network is held to the picture, in [1, 100];
 *     default 1.5
 * @param upscaling the picture is enlarged: by an upscaler, which has no strength; or first of all,
 *     and then generated anew through windows, with the default strength {@link
 *     Upscaling#DEFAULT_STRENGTH}
 */
public record InputSettings(
    @Nullable InputFile image,
    @Nullable Double strength,
    @Nullable InputFile mask,
    @Nullable Double maskBlur,
    @Nullable Outpainting outpainting,
    boolean paste,
    @Nullable Double imageGuidance,
    @Nullable Upscaling upscaling) {
  /** Strength of a picture without a mask. */
  public static final double DEFAULT_STRENGTH = 0.75;

  /** Image guidance of InstructPix2Pix, as in diffusers. */
  public static final double DEFAULT_IMAGE_GUIDANCE = 1.5;

  private static final double MOST_BLUR = 256;
  private static final double MOST_GUIDANCE = 100;

  /** No picture. */
  public static final InputSettings NONE =
      new InputSettings(null, null, null, null, null, true, null, null);

  /**
   * Checks the ranges.
   *
   * @throws InvalidRequestException if a number is out of its range
   */
  public InputSettings {
    if (strength != null && !(strength > 0 && strength <= 1)) {
      throw new InvalidRequestException(
          "strength must be above 0 and at most 1 but was "
              + strength
              + ": near 0 the picture stays as it is, at 1 little of it is left");
    }
    if (maskBlur != null && !(maskBlur >= 0 && maskBlur <= MOST_BLUR)) {
      throw new InvalidRequestException(
          "the mask's blur must be in [0, " + MOST_BLUR + "] pixels but was " + maskBlur);
    }
    if (imageGuidance != null && !(imageGuidance >= 1 && imageGuidance <= MOST_GUIDANCE)) {
      throw new InvalidRequestException(
          "image guidance must be in [1, "
              + MOST_GUIDANCE
              + "] but was "
              + imageGuidance
              + "; below 1 diffusers silently turns all guidance off");
    }
  }

  /**
   * Checks what depends on each other.
   *
   * @throws InvalidRequestException if there is something to do with a picture, and no picture
   */
  public InputSettings checked() {
    if (image == null) {
      refuse("a mask", mask);
      refuse("an outpainting", outpainting);
      refuse("a strength", strength);
      refuse("a blur of the mask", maskBlur);
      refuse("image guidance", imageGuidance);
      refuse("upscaling", upscaling);
      if (!paste) {
        refuse("leaving out the pasting", false);
      }
    }
    if (!masked() && maskBlur != null) {
      throw new InvalidRequestException(
          "a blur of the mask has no effect without a mask; give one", Hint.INPUT_MASK);
    }
    if (!masked() && !paste) {
      throw new InvalidRequestException(
          "without a mask nothing is pasted back, so that it cannot be left out; give a mask",
          Hint.INPUT_MASK);
    }
    return this;
  }

  private static void refuse(String what, @Nullable Object value) {
    if (value != null) {
      throw new InvalidRequestException(
          what + " has no effect without a picture; give one", Hint.INPUT_IMAGE);
    }
  }

  /** Whether there is a picture. */
  public boolean present() {
    return image != null;
  }

  /** Whether a part of the picture is kept: there is a mask, or margins are generated. */
  public boolean masked() {
    return mask != null || outpainting != null;
  }

  /** The strength, or its default. */
  public double strengthOrDefault() {
    if (strength != null) {
      return strength;
    }
    if (masked()) {
      return 1;
    }
    return upscaling == null ? DEFAULT_STRENGTH : Upscaling.DEFAULT_STRENGTH;
  }

  /**
   * Whether sampling starts from noise alone: inpainting of strength exactly 1. A picture without a
   * mask has noise added even then.
   */
  public boolean startsFromNoise() {
    return masked() && strengthOrDefault() == 1;
  }

  public InputSettings withImage(@Nullable InputFile file) {
    return new InputSettings(
        file, strength, mask, maskBlur, outpainting, paste, imageGuidance, upscaling);
  }

  public InputSettings withStrength(@Nullable Double value) {
    return new InputSettings(
        image, value, mask, maskBlur, outpainting, paste, imageGuidance, upscaling);
  }

  public InputSettings withMask(@Nullable InputFile file) {
    return new InputSettings(
        image, strength, file, maskBlur, outpainting, paste, imageGuidance, upscaling);
  }

  public InputSettings withMaskBlur(@Nullable Double radius) {
    return new InputSettings(
        image, strength, mask, radius, outpainting, paste, imageGuidance, upscaling);
  }

  public InputSettings withOutpainting(@Nullable Outpainting margins) {
    return new InputSettings(
        image, strength, mask, maskBlur, margins, paste, imageGuidance, upscaling);
  }

  public InputSettings withPaste(boolean on) {
    return new InputSettings(
        image, strength, mask, maskBlur, outpainting, on, imageGuidance, upscaling);
  }

  public InputSettings withImageGuidance(@Nullable Double scale) {
    return new InputSettings(image, strength, mask, maskBlur, outpainting, paste, scale, upscaling);
  }

  public InputSettings withUpscaling(@Nullable Upscaling to) {
    return new InputSettings(
        image, strength, mask, maskBlur, outpainting, paste, imageGuidance, to);
  }

  /** With the files as they are now, whatever a picture remembers of them. */
  public InputSettings current() {
    return withImage(image == null ? null : image.current("picture"))
        .withMask(mask == null ? null : mask.current("mask"));
  }
}
