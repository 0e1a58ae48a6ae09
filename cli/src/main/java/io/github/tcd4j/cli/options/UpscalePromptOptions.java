package io.github.tcd4j.cli.options;

import io.github.tcd4j.pipeline.lora.PromptLoras;
import picocli.CommandLine.Option;

/** What the pictures show that are made larger. */
public final class UpscalePromptOptions extends PromptReadingOptions {
  @Option(
      names = {"-p", "--prompt"},
      order = -2,
      paramLabel = "TEXT",
      description = "What the pictures show. Default: no words.")
  String text = "";

  /** The prompt, and the LoRAs that it names. */
  public PromptLoras prompt() {
    return PromptLoras.read(text, syntax);
  }
}
