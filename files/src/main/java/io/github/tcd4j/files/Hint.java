package io.github.tcd4j.files;

/**
 * What to change so that it works. The sentence of an exception or a note reads well without it; a
 * command line adds the option to use, a server a field of its JSON.
 */
public enum Hint {
  /** Nothing beyond what the sentence says. */
  NONE,
  /** Lower precision, the picture decoded in tiles, smaller pictures, fewer at once. */
  LESS_MEMORY,
  /** Compute in float32. */
  FULL_PRECISION,
  /** Name an autoencoder. */
  OTHER_VAE,
  /** Name the folder of a text encoder. */
  OTHER_TEXT_ENCODER,
  /** Name an autoencoder and the folder of a text encoder. */
  OTHER_COMPONENTS,
  /** Name the folder of a tokenizer. */
  OTHER_TOKENIZER,
  /** State what the network predicts. */
  PREDICTION_TYPE,
  /** Use another sampler. */
  OTHER_SAMPLER,
  /** List the time steps one by one. */
  CUSTOM_TIMESTEPS,
  /** Set classifier-free guidance, which is another thing than gamma. */
  GUIDANCE,
  /** Generate without the LoRA. */
  NO_LORA,
  /** The file is a LoRA: pass it as one. */
  AS_LORA,
  /** Read prompts with attention weights and windows of any number. */
  WEIGHTED_PROMPTS,
  /** Read parentheses of a prompt as words. */
  PLAIN_PROMPTS,
  /** Compute on the processor. */
  CPU_DEVICE,
  /** Continue the training run that the folder holds. */
  RESUME_RUN,
  /** Start a training run instead of continuing one. */
  NEW_RUN,
  /** Accept a figure that few pictures bias. */
  SMALL_SAMPLE,
  /** Name pictures, or statistics of pictures, to compare with. */
  REFERENCE,
  /** Name a file of captions. */
  CAPTIONS,
  /** Give the picture to start from. */
  INPUT_IMAGE,
  /** Give a mask: white is generated anew, black is kept. */
  INPUT_MASK,
  /** Say where the pictures are that a picture was made from. */
  INPUT_PLACES,
  /** The model enlarges pictures: use it for that. */
  UPSCALE,
  /** Name the folder of a CLIP vision encoder. */
  IMAGE_ENCODER,
  /** Generate an animation in overlapping windows of frames. */
  FRAME_WINDOWS
}
