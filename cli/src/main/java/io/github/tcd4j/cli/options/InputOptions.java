package io.github.tcd4j.cli.options;

import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.pipeline.input.InputFile;
import io.github.tcd4j.pipeline.input.InputSettings;
import io.github.tcd4j.pipeline.input.Outpainting;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The picture to start from. */
public final class InputOptions {
  @Option(
      names = "--image",
      paramLabel = "FILE",
      description = {
        "Picture to start from: PNG, JPEG or WebP.",
        "Without --size its own size is used, cut down to a multiple of 8; to another size it is"
            + " resized, not cropped."
      })
  @Nullable Path image;

  @Option(
      names = "--strength",
      paramLabel = "X",
      description =
          "How much of the picture is generated anew, above 0 and at most 1; of N steps the last"
              + " floor(N X) run. Default: 0.75, with a mask 1.")
  @Nullable Double strength;

  @Option(
      names = "--mask",
      paramLabel = "FILE",
      description = "Inpainting: white is generated anew, black is kept.")
  @Nullable Path mask;

  @Option(
      names = "--mask-blur",
      paramLabel = "N",
      description =
          "Radius of the mask's blur in pixels, which softens the edge of what is kept. Default: 0.")
  @Nullable Double maskBlur;

  @Option(
      names = "--outpaint",
      paramLabel = "L,T,R,B",
      split = ",",
      arity = "1",
      hideParamSyntax = true,
      description = "Pixels to add at the left, top, right and bottom of the picture.")
  @Nullable List<Integer> outpaint;

  @Option(
      names = "--no-paste",
      description =
          "With a mask: leave the kept pixels as the autoencoder makes them, instead of pasting back"
              + " those of the picture.")
  boolean noPaste;

  @Option(
      names = "--image-guidance",
      paramLabel = "X",
      description =
          "InstructPix2Pix models: how much the result is held to the picture, at least 1. Default:"
              + " 1.5.")
  @Nullable Double imageGuidance;

  public InputSettings settings() {
    return new InputSettings(
        image == null ? null : InputFile.of("picture", image),
        strength,
        mask == null ? null : InputFile.of("mask", mask),
        maskBlur,
        margins(),
        !noPaste,
        imageGuidance);
  }

  private @Nullable Outpainting margins() {
    if (outpaint == null) {
      return null;
    }
    if (outpaint.size() != 4) {
      throw new InvalidRequestException(
          "--outpaint must be LEFT,TOP,RIGHT,BOTTOM, four whole numbers, but was " + outpaint);
    }
    return new Outpainting(outpaint.get(0), outpaint.get(1), outpaint.get(2), outpaint.get(3));
  }
}
