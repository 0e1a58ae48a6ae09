package io.github.tcd4j.pipeline.internal.sampling;

import io.github.tcd4j.files.Hint;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.pipeline.checkpoint.ModelException;
import io.github.tcd4j.pipeline.input.InputSettings;

/** How a picture enters a U-Net, which follows from its input channels. */
public enum InputRole {
  /** Of latents alone: sampling starts from the picture, a mask is blended in at each step. */
  START,
  /** Latents, mask and the latents of the masked picture: an inpainting model. */
  INPAINTING,
  /** Latents and those of the picture: InstructPix2Pix. */
  EDIT;

  /**
   * The role in a U-Net.
   *
   * @param channels input channels of the U-Net
   * @param latents channels of the autoencoder's latents
   * @param model name of the model, for the message
   * @throws ModelException if it is none of them
   */
  public static InputRole of(int channels, int latents, String model) {
    if (channels == latents) {
      return START;
    }
    if (channels == 2 * latents + 1) {
      return INPAINTING;
    }
    if (channels == 2 * latents) {
      return EDIT;
    }
    throw new ModelException(
        ("the U-Net of " + model + " reads " + channels + " channels, which is neither " + latents)
            + (" latents alone nor an inpainting model's " + (2 * latents + 1))
            + (" or an InstructPix2Pix model's " + 2 * latents + "; it cannot generate"));
  }

  /**
   * Checks that the request gives what such a model needs, and nothing that has no effect in it.
   *
   * @throws InvalidRequestException if not
   */
  public void check(InputSettings input) {
    switch (this) {
      case START -> {
        if (input.imageGuidance() != null) {
          throw new InvalidRequestException(
              "image guidance has an effect only in an InstructPix2Pix model; this one starts from"
                  + " the picture, which strength controls");
        }
      }
      case INPAINTING -> {
        require(input);
        if (!input.masked()) {
          throw new InvalidRequestException(
              "this is an inpainting model, which needs a mask; give one", Hint.INPUT_MASK);
        }
        if (input.imageGuidance() != null) {
          throw new InvalidRequestException(
              "image guidance has an effect only in an InstructPix2Pix model");
        }
      }
      case EDIT -> {
        require(input);
        if (input.masked() || input.strength() != null) {
          throw new InvalidRequestException(
              "an InstructPix2Pix model edits the whole picture, so that masks, margins and strength"
                  + " have no effect; image guidance says how much of the picture is kept");
        }
      }
    }
  }

  private void require(InputSettings input) {
    if (!input.present()) {
      throw new InvalidRequestException(
          this == EDIT
              ? "this is an InstructPix2Pix model, which cannot generate from a prompt alone; give"
                  + " a picture"
              : "this is an inpainting model, which cannot generate from a prompt alone; give a"
                  + " picture and a mask",
          Hint.INPUT_IMAGE);
    }
  }
}
