package io.github.tcd4j.pipeline.internal.sampling;

import io.github.tcd4j.files.Hint;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.models.unet.UNet2DConditionConfig;
import io.github.tcd4j.pipeline.checkpoint.ModelException;
import io.github.tcd4j.pipeline.input.InputSettings;
import io.github.tcd4j.pipeline.input.Upscaling;

/** How a picture enters a U-Net, which follows from its input channels. */
public enum InputRole {
  /** Of latents alone: sampling starts from the picture, a mask is blended in at each step. */
  START,
  /** Latents, mask and the latents of the masked picture: an inpainting model. */
  INPAINTING,
  /** Latents and those of the picture: InstructPix2Pix. */
  EDIT,
  /** Latents and the pixels of a small picture, whose noise level is a class label. */
  UPSCALE;

  /** Red, green and blue. */
  private static final int COLOURS = 3;

  /**
   * The role in a U-Net.
   *
   * @param unet shape of the U-Net
   * @param latents channels of the autoencoder's latents
   * @param model name of the model, for the message
   * @throws ModelException if it is none of them
   */
  public static InputRole of(UNet2DConditionConfig unet, int latents, String model) {
    int channels = unet.inChannels();
    if (unet.numClassEmbeds() > 0) {
      if (channels == latents + COLOURS) {
        return UPSCALE;
      }
      throw new ModelException(
          ("the U-Net of " + model + " reads class labels (num_class_embeds), which only an")
              + (" upscaler's does, whose "
                  + (latents + COLOURS)
                  + " channels it does not have; it")
              + " cannot generate");
    }
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
   * @param adapters whether there are ControlNets or their like
   * @throws InvalidRequestException if not
   */
  public void check(InputSettings input, boolean adapters) {
    Upscaling up = input.upscaling();
    if (this != UPSCALE && up != null && up.noiseLevel() != null) {
      throw new InvalidRequestException(
          "a noise level has an effect only in an upscaler (StableDiffusionUpscalePipeline); this"
              + " model generates the enlarged picture anew, which strength controls");
    }
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
        if (input.upscaling() != null) {
          throw new InvalidRequestException(
              "an InstructPix2Pix model cannot upscale: it starts from noise alone; use the model of"
                  + " its family that generates from text");
        }
        if (input.masked() || input.strength() != null) {
          throw new InvalidRequestException(
              "an InstructPix2Pix model edits the whole picture, so that masks, margins and strength"
                  + " have no effect; image guidance says how much of the picture is kept");
        }
      }
      case UPSCALE -> {
        if (!input.present() || up == null) {
          throw new InvalidRequestException(
              "this is an upscaler, which only enlarges pictures", Hint.UPSCALE);
        }
        if (input.masked() || input.strength() != null || input.imageGuidance() != null) {
          throw new InvalidRequestException(
              "an upscaler starts from noise next to the picture, so that masks, margins, strength"
                  + " and image guidance have no effect; the noise level says how much it makes up");
        }
        if (adapters) {
          throw new InvalidRequestException(
              "an upscaler works without ControlNets, picture prompts and motion adapters; leave"
                  + " them out");
        }
      }
    }
  }

  /** Whether sampling starts from the picture, and so at a step that its strength chooses. */
  public boolean cutsSteps(InputSettings input) {
    boolean starts = this == START || this == INPAINTING;
    return starts && input.present() && !input.startsFromNoise();
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
