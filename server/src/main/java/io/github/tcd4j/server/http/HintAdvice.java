package io.github.tcd4j.server.http;

import io.github.tcd4j.files.Hint;

/** Hints of the libraries as what a request, or the server's administrator, can change. */
public final class HintAdvice {
  private HintAdvice() {}

  /** What to change; empty where the sentence of the error says all. */
  public static String of(Hint hint) {
    return switch (hint) {
      case NONE,
          RESUME_RUN,
          NEW_RUN,
          SMALL_SAMPLE,
          REFERENCE,
          CAPTIONS,
          IMAGE_ENCODER,
          FRAME_WINDOWS ->
          "";
      case LESS_MEMORY ->
          "use a smaller width and height or a smaller count; the server can be started with bf16 or"
              + " f16 and with tiles";
      case FULL_PRECISION -> "the server must be started with float32";
      case OTHER_VAE, OTHER_TEXT_ENCODER, OTHER_COMPONENTS, OTHER_TOKENIZER ->
          "the model of the server lacks a component; its administrator can name one";
      case PREDICTION_TYPE -> "set prediction to v_prediction or epsilon";
      case OTHER_SAMPLER -> "set sampler to another name";
      case CUSTOM_TIMESTEPS -> "set timesteps to a list";
      case GUIDANCE -> "set guidance";
      case NO_LORA -> "set loras to an empty list";
      case AS_LORA -> "name it in loras";
      case WEIGHTED_PROMPTS -> "set syntax to a1111";
      case PLAIN_PROMPTS -> "set syntax to plain";
      case INPUT_IMAGE -> "set image";
      case INPUT_MASK -> "set mask";
      case UPSCALE -> "set image, and upscale to {}";
      case INPUT_PLACES -> "send the image and the mask themselves";
      case CPU_DEVICE -> "the server must be started with another device";
    };
  }
}
