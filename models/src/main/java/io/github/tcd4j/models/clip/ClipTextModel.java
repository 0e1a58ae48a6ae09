package io.github.tcd4j.models.clip;

import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.Embedding;
import io.github.tcd4j.models.layers.Init;
import io.github.tcd4j.models.layers.LayerNorm;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.TensorException;
import java.util.List;

/** The text transformer; {@code CLIPTextModel} in transformers. */
public record ClipTextModel(
    ClipTextConfig config,
    Embedding tokens,
    Embedding positions,
    ClipEncoder encoder,
    LayerNorm finalNorm) {
  /**
   * @param last (B, L, C) after the final norm
   * @param hidden (B, L, C) each: the embeddings, then every layer's output, before the final norm
   * @param pooled (B, C), {@code last} at each row's end-of-text token
   */
  public record Output(Tensor last, List<Tensor> hidden, Tensor pooled) {}

  /**
   * Reads keys with or without the {@code text_model.} prefix, for tools save both kinds. Fresh
   * weights get it: old tools insist on it and new ones know it.
   */
  public static ClipTextModel of(Weights w, ClipTextConfig config) {
    Weights prefixed = w.at("text_model");
    return build(prefixed.has("embeddings.token_embedding.weight") ? prefixed : w, config);
  }

  /** The same without looking for a prefix. */
  static ClipTextModel build(Weights w, ClipTextConfig c) {
    Weights embeddings = w.at("embeddings");
    embeddings.skip("position_ids");
    Init init = Init.normal(0.02 * c.initializerFactor());
    return new ClipTextModel(
        c,
        Embedding.of(embeddings.at("token_embedding"), init, c.vocabSize(), c.hiddenSize()),
        Embedding.of(
            embeddings.at("position_embedding"), init, c.maxPositionEmbeddings(), c.hiddenSize()),
        ClipEncoder.of(w.at("encoder"), c),
        LayerNorm.of(w.at("final_layer_norm"), c.hiddenSize(), c.layerNormEps()));
  }

  /**
   * @param ids (B, L) int64, L at most {@code max_position_embeddings}
   * @param adapters the deltas active in this call
   */
  public Output forward(Tensor ids, Adapters adapters) {
    return encode(ids, tokens.forward(ids), adapters);
  }

  /**
   * The same with words that the vocabulary lacks.
   *
   * @param vectors (N, C); an id of {@code vocab_size} + n stands for row n of it
   */
  public Output forward(Tensor ids, Tensor vectors, Adapters adapters) {
    long[] flat = ids.toLongArray();
    long[] inside = flat.clone();
    long[] rows = new long[flat.length];
    for (int i = 0; i < flat.length; i++) {
      boolean foreign = flat[i] >= config.vocabSize();
      inside[i] = foreign ? 0 : flat[i];
      rows[i] = foreign ? flat.length + flat[i] - config.vocabSize() : i;
    }
    Tensor words = tokens.forward(Tensor.of(inside, ids.shape()).to(ids.device()));
    Tensor both = Tensor.cat(0, words.reshape(-1, config.hiddenSize()), vectors);
    Tensor chosen = both.indexSelect(0, Tensor.of(rows, rows.length).to(ids.device()));
    return encode(ids, chosen.reshape(ids.size(0), ids.size(1), config.hiddenSize()), adapters);
  }

  private Output encode(Tensor ids, Tensor embedded, Adapters adapters) {
    long length = ids.size(1);
    if (length > config.maxPositionEmbeddings()) {
      throw new TensorException(
          String.format(
              "this text model reads at most %d tokens but got %d; truncate with the tokenizer",
              config.maxPositionEmbeddings(), length));
    }
    Tensor places = positions.weight().narrow(0, 0, length);
    Tensor x = embedded.plus(places);
    List<Tensor> hidden = encoder.forward(x, true, adapters);
    Tensor last = finalNorm.forward(hidden.get(hidden.size() - 1), adapters);
    return new Output(last, hidden, pool(last, ids));
  }

  private Tensor pool(Tensor last, Tensor ids) {
    int length = (int) ids.size(1);
    long[] flat = ids.toLongArray();
    long[] rows = new long[(int) ids.size(0)];
    for (int b = 0; b < rows.length; b++) {
      rows[b] = (long) b * length + endOfText(flat, b * length, length);
    }
    Tensor at = Tensor.of(rows, rows.length).to(last.device());
    return last.reshape(-1, config.hiddenSize()).indexSelect(0, at);
  }

  /** How many tokens from the start the rows need: up to the last of the tokens to pool. */
  long used(Tensor ids) {
    int length = (int) ids.size(1);
    long[] flat = ids.toLongArray();
    int last = 0;
    for (int b = 0; b < ids.size(0); b++) {
      last = Math.max(last, endOfText(flat, b * length, length));
    }
    return last + 1L;
  }

  /** Position in the row of the token to pool; 0 in a row that lacks it, as in transformers. */
  private int endOfText(long[] ids, int start, int length) {
    boolean greatest = config.eosTokenId() == ClipTextConfig.OLD_EOS_TOKEN_ID;
    int found = 0;
    for (int i = 0; i < length; i++) {
      long id = ids[start + i];
      if (id >= config.vocabSize()) {
        continue; // a word that the vocabulary lacks is no end, however great its id
      }
      if (greatest && id > ids[start + found]) {
        found = i;
      } else if (!greatest && id == config.eosTokenId()) {
        return i;
      }
    }
    return found;
  }
}
