package io.github.tcd4j.training.distill;

import io.github.tcd4j.models.unet.DestinationEmbedding;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * The {@code README.md} next to the product of a distillation: what it is and how to generate with
 * it, here and in diffusers.
 *
 * @param how what was taught
 * @param base the model it was distilled from
 * @param weights the file of the product's weights
 * @param whole whether it is a model of its own, not a LoRA
 */
record ModelCard(DistillationConfig how, String base, Path weights, boolean whole) {
  void write(Path folder) throws IOException {
    Files.writeString(folder.resolve("README.md"), text());
  }

  String text() {
    StringBuilder card = new StringBuilder();
    card.append("# ").append(how.method().toUpperCase(Locale.ROOT));
    card.append(whole ? " of " : ", a LoRA for ").append(base).append("\n\n");
    card.append(
        String.format(
            Locale.ROOT,
            "Distilled with tcd4j from a teacher guided by %s to %s. Made for the sampler `%s`, %d"
                + " steps%s.\n\n",
            how.guidanceMin(),
            how.guidanceMax(),
            how.sampler(),
            how.steps(),
            how.gamma() == null ? "" : ", gamma " + how.gamma()));
    card.append("    ./tcd4j generate PROMPT ");
    card.append(whole ? "-m FOLDER" : "-m " + base + " -l " + weights.getFileName());
    card.append(" --sampler ").append(how.sampler()).append(" --steps ").append(how.steps());
    card.append("\n\nIn diffusers: ");
    card.append(whole ? "`from_pretrained`" : "`load_lora_weights`");
    card.append(" and ").append(how.scheduler()).append(", ").append(how.steps()).append(" steps");
    card.append(whole ? ".\n" : ", guidance_scale 1.\n");
    if (how.conditionedOnDestination()) {
      card.append(
          String.format(
              Locale.ROOT,
              "\n`%s` conditions the network on the time s at which a jump ends. **Without it this"
                  + " is a different model, not conditioned on s**, and that is what diffusers and"
                  + " other programs use, which do not read it.\n",
              DestinationEmbedding.fileNextTo(weights).getFileName()));
    }
    return card.toString();
  }
}
