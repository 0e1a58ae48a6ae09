package io.github.tcd4j.cli.console;

import io.github.tcd4j.files.Hint;
import io.github.tcd4j.files.Note;
import io.github.tcd4j.files.Tcd4jException;

/** Hints of the libraries as options of the command line. */
public final class HintText {
  private HintText() {}

  /** The message of an exception with the options that help. */
  public static String of(Tcd4jException e) {
    String message = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    return of(message, e.hint());
  }

  /** A note with the options that help. */
  public static String of(Note note) {
    return of(note.text(), note.hint());
  }

  /** A sentence with the options that help. */
  public static String of(String sentence, Hint hint) {
    String options = options(hint);
    return options.isEmpty() ? sentence : sentence + "; " + options;
  }

  private static String options(Hint hint) {
    return switch (hint) {
      case NONE -> "";
      case LESS_MEMORY ->
          "try --dtype bf16 (or f16), --vae-tiling, a smaller --size or --batch 1, and leave out"
              + " --keep; tcd4j doctor MODEL reports what is needed";
      case FULL_PRECISION -> "try --dtype f32";
      case OTHER_VAE -> "use --vae PATH";
      case OTHER_TEXT_ENCODER -> "use --text-encoder FOLDER";
      case OTHER_COMPONENTS -> "use --vae PATH and --text-encoder FOLDER";
      case OTHER_TOKENIZER -> "use --tokenizer FOLDER";
      case PREDICTION_TYPE -> "try --prediction v_prediction";
      case OTHER_SAMPLER -> "use --sampler NAME";
      case CUSTOM_TIMESTEPS -> "use --timesteps LIST";
      case GUIDANCE -> "use --guidance X";
      case NO_LORA -> "--lora none leaves it out";
      case AS_LORA -> "use --lora FILE";
      case WEIGHTED_PROMPTS -> "use --prompt-syntax a1111";
      case PLAIN_PROMPTS -> "use --prompt-syntax plain";
      case CPU_DEVICE ->
          "use --device cpu, or start with TCD4J_CUDA=1 ./tcd4j where there is an NVIDIA GPU";
      case RESUME_RUN -> "use --resume, or --run FOLDER";
      case NEW_RUN -> "leave out --resume";
      case SMALL_SAMPLE -> "--allow-small gives it all the same";
      case REFERENCE -> "use --reference DIR|STATS.npz";
      case CAPTIONS -> "use --captions FILE";
      case INPUT_IMAGE -> "use --image FILE";
      case INPUT_MASK -> "use --mask FILE";
      case INPUT_PLACES -> "use --input FILE";
      case UPSCALE -> "use tcd4j upscale PICTURE --model MODEL";
      case IMAGE_ENCODER -> "use --image-encoder DIR";
      case FRAME_WINDOWS -> "use --context N[,OVERLAP]";
    };
  }
}
