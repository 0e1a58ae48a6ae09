package io.github.tcd4j.pipeline;

import io.github.tcd4j.models.clip.Encoding;
import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.unet.Conditioning;
import io.github.tcd4j.tensor.Tensor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Prompts to the rows of conditioning that the U-Net looks at. */
final class PromptEncoder {
  private final Networks networks;

  PromptEncoder(Networks networks) {
    this.networks = networks;
  }

  /**
   * One row for each prompt. Each is encoded by itself, equal ones once: what a prompt becomes must
   * not depend on its neighbours, to the last bit. Words that do not fit are told.
   */
  Conditioning encode(List<String> prompts, Progress progress) {
    Map<String, Tensor> known = new HashMap<>();
    Tensor[] rows = new Tensor[prompts.size()];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = known.computeIfAbsent(prompts.get(i), p -> tokens(p, progress));
    }
    return Conditioning.text(Tensor.cat(0, rows));
  }

  private Tensor tokens(String prompt, Progress progress) {
    tellCut(prompt, progress);
    Tensor ids = networks.tokenizer.encode(List.of(prompt)).to(networks.device);
    return networks.text.forward(ids, Adapters.NONE).last();
  }

  private void tellCut(String prompt, Progress progress) {
    Encoding encoding = networks.tokenizer.encoding(prompt);
    if (encoding.cut() > 0) {
      progress.note(
          ("the prompt is too long by " + encoding.cut() + " tokens; the model does not see: ")
              + encoding.cutText());
    }
  }
}
