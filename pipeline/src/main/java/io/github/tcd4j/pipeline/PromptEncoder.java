package io.github.tcd4j.pipeline;

import io.github.tcd4j.models.clip.ClipTextModel;
import io.github.tcd4j.models.clip.Encoding;
import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.Linear;
import io.github.tcd4j.models.unet.Conditioning;
import io.github.tcd4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Prompts to the rows of conditioning that the U-Net looks at. */
final class PromptEncoder {
  /** What one prompt became: tokens (1, L, C) and, for SDXL, pooled text (1, P). */
  private record Row(Tensor tokens, @Nullable Tensor pooled) {
    Row zeros() {
      return new Row(tokens.zerosLike(), pooled == null ? null : pooled.zerosLike());
    }
  }

  private final Networks networks;
  private final boolean xl;
  private final boolean zerosWithoutNegative;

  PromptEncoder(Networks networks, ModelFolder folder) {
    this.networks = networks;
    xl = folder.family() == ModelFamily.SDXL;
    zerosWithoutNegative = folder.zerosWithoutNegative();
  }

  /**
   * One row for each prompt. Each is encoded by itself, equal ones once: what a prompt becomes must
   * not depend on its neighbours, to the last bit. Words that do not fit are told.
   */
  Conditioning encode(List<String> prompts, Progress progress) {
    return join(rows(prompts, progress));
  }

  /** The rows of {@link #encode}, then as many of the negative prompt; null is none at all. */
  Conditioning encodePairs(List<String> prompts, @Nullable String negative, Progress progress) {
    List<Row> rows = rows(prompts, progress);
    Row against =
        negative == null && zerosWithoutNegative
            ? rows.get(0).zeros()
            : row(negative == null ? "" : negative, progress);
    prompts.forEach(p -> rows.add(against));
    return join(rows);
  }

  private List<Row> rows(List<String> prompts, Progress progress) {
    Map<String, Row> known = new HashMap<>();
    List<Row> rows = new ArrayList<>();
    for (String prompt : prompts) {
      rows.add(known.computeIfAbsent(prompt, p -> row(p, progress)));
    }
    return rows;
  }

  private Conditioning join(List<Row> rows) {
    Tensor tokens = Tensor.cat(0, rows.stream().map(Row::tokens).toArray(Tensor[]::new));
    if (!xl) {
      return Conditioning.text(tokens);
    }
    Tensor pooled = Tensor.cat(0, rows.stream().map(Row::pooled).toArray(Tensor[]::new));
    return new Conditioning(tokens, pooled, null, null);
  }

  private Row row(String prompt, Progress progress) {
    tellCut(prompt, progress);
    List<Tensor> tokens = new ArrayList<>();
    Tensor pooled = null;
    for (TextTower tower : networks.towers) {
      Tensor ids = tower.tokenizer().encode(List.of(prompt)).to(networks.device);
      ClipTextModel.Output out = tower.model().forward(ids, Adapters.NONE);
      tokens.add(xl ? out.hidden().get(out.hidden().size() - 2) : out.last());
      Linear projection = tower.projection();
      pooled = projection == null ? pooled : projection.forward(out.pooled(), Adapters.NONE);
    }
    return new Row(Tensor.cat(2, tokens.toArray(Tensor[]::new)), pooled);
  }

  private void tellCut(String prompt, Progress progress) {
    Encoding encoding = networks.towers.get(0).tokenizer().encoding(prompt);
    if (encoding.cut() > 0) {
      progress.note(
          ("the prompt is too long by " + encoding.cut() + " tokens; the model does not see: ")
              + encoding.cutText());
    }
  }
}
