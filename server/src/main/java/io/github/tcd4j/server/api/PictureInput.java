package io.github.tcd4j.server.api;

import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.decode.ImageDecoder;
import io.github.tcd4j.images.decode.ImageFormatException;
import io.github.tcd4j.images.png.PngWriter;
import io.github.tcd4j.pipeline.input.InputFile;
import io.github.tcd4j.pipeline.input.InputSettings;
import io.github.tcd4j.pipeline.input.Upscaling;
import io.github.tcd4j.pipeline.metadata.ImageSize;
import io.github.tcd4j.server.http.HttpProblem;
import io.github.tcd4j.server.http.JsonFields;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads the picture that a request starts from: image, mask, strength, mask_blur, image_guidance,
 * upscale.
 */
public final class PictureInput {
  /** No noise schedule has more levels; each upscaler checks its own limit. */
  private static final int MOST_NOISE = 1000;

  private PictureInput() {}

  /**
   * Reads the fields.
   *
   * @param clear whether a mask's transparency is what is generated anew, as OpenAI has it; else
   *     its white is
   */
  static InputSettings read(JsonFields f, boolean clear) {
    byte[] image = f.file("image");
    byte[] mask = f.file("mask");
    InputSettings input =
        InputSettings.NONE
            .withImage(checked("image", image))
            .withStrength(f.number("strength", "denoising_strength"))
            .withMask(clear ? transparency(image, mask) : checked("mask", mask))
            .withMaskBlur(f.number("mask_blur"))
            .withImageGuidance(f.number("image_guidance"))
            .withUpscaling(upscaling(f.object("upscale")));
    return input.checked();
  }

  /** An empty object leaves all to the model. */
  private static @Nullable Upscaling upscaling(@Nullable JsonFields f) {
    if (f == null) {
      return null;
    }
    Double scale = f.number("scale");
    Integer tile = f.integer(1, ImageSize.LARGEST, "tile");
    Integer overlap = f.integer(0, ImageSize.LARGEST, "overlap");
    Integer noise = f.integer(0, MOST_NOISE, "noise_level");
    f.refuseOthers();
    try {
      return new Upscaling(scale, tile, overlap, noise);
    } catch (InvalidRequestException e) {
      throw HttpProblem.invalid("upscale", String.valueOf(e.getMessage()));
    }
  }

  private static @Nullable InputFile checked(String field, byte @Nullable [] file) {
    if (file == null) {
      return null;
    }
    try {
      long pixels = ImageDecoder.declaredPixels(file);
      if (pixels > PictureBudget.MOST_PIXELS) {
        throw HttpProblem.invalid(
            field,
            field
                + " has "
                + pixels
                + " pixels but this server's limit is "
                + PictureBudget.MOST_PIXELS);
      }
    } catch (ImageFormatException e) {
      throw HttpProblem.invalid(field, field + " cannot be used: " + e.getMessage());
    }
    return InputFile.of(field, file);
  }

  /** Of the mask, or where there is none of the picture itself. */
  private static @Nullable InputFile transparency(byte @Nullable [] image, byte @Nullable [] mask) {
    byte[] source = mask == null ? image : mask;
    if (source == null) {
      return null;
    }
    checked(mask == null ? "image" : "mask", source);
    try {
      Image clear = ImageDecoder.transparency(source);
      if (clear != null) {
        return InputFile.of("mask", PngWriter.encode(clear, Map.of()));
      }
    } catch (ImageFormatException e) {
      throw HttpProblem.invalid("mask", "mask cannot be used: " + e.getMessage());
    }
    if (mask != null) {
      throw HttpProblem.invalid(
          "mask", "mask has no transparent pixels, which say what is generated anew");
    }
    return null;
  }

  /** Reads the fields of AUTOMATIC1111's {@code img2img}. */
  public static InputSettings ofWebUi(JsonFields f) {
    String image = null;
    var images = f.texts("init_images");
    if (images != null && images.size() > 1) {
      throw HttpProblem.invalid("init_images", "init_images must be one image");
    }
    if (images != null && !images.isEmpty()) {
      image = images.get(0);
    }
    if (image == null) {
      throw HttpProblem.invalid("init_images", "init_images must hold the image to start from");
    }
    Integer inverted = f.integer(0, 1, "inpainting_mask_invert");
    if (inverted != null && inverted == 1) {
      throw HttpProblem.invalid(
          "inpainting_mask_invert", "send the mask the other way round: white is generated anew");
    }
    byte[] mask = f.file("mask");
    Double blur = f.number("mask_blur");
    return InputSettings.NONE
        .withImage(checked("init_images", f.decoded("init_images", image)))
        .withStrength(f.number("denoising_strength"))
        .withMask(checked("mask", mask))
        .withMaskBlur(mask == null ? null : blur)
        .checked();
  }
}
