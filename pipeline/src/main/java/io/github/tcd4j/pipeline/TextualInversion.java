package io.github.tcd4j.pipeline;

import io.github.tcd4j.models.clip.ClipTextConfig;
import io.github.tcd4j.models.files.NonFinite;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.TensorFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The vectors that one text encoder is given for words that it never learnt (Gal et al. 2022), as
 * diffusers ({@code <token>}), A1111 ({@code emb_params}, {@code string_to_param} in a dictionary)
 * and SDXL's trainers ({@code clip_l}, {@code clip_g}) write them, in safetensors or by {@code
 * torch.save}.
 *
 * @param triggers the ids, from the vocabulary's size on, that stand for each trigger
 * @param vectors (N, C) of all triggers, in the order of those ids; N may be 0
 */
record TextualInversion(Map<String, long[]> triggers, Tensor vectors) {
  private static final List<String> TOWERS = List.of("clip_l", "clip_g");
  private static final Set<String> NAMELESS = Set.of("emb_params", "clip_l", "clip_g", "*");

  /** A1111's dictionary, in which {@code *} is the word of all embeddings. */
  private static final String A1111 = "string_to_param.";

  /**
   * Reads the vectors for a text encoder. A file that has none for it is told.
   *
   * @param tower 0 for the first text encoder of the model, 1 for the second
   * @param capacity most vectors of one trigger: what a window holds
   */
  static TextualInversion read(
      List<AppliedEmbedding> files, ClipTextConfig config, int tower, int capacity, Progress told) {
    Map<String, long[]> triggers = new LinkedHashMap<>();
    List<Tensor> vectors = new ArrayList<>();
    long next = config.vocabSize();
    for (AppliedEmbedding file : files) {
      boolean found = false;
      try (TensorFile tensors = TensorFile.open(Path.of(file.file()))) {
        for (String key : tensors.names()) {
          long[] shape = tensors.shape(key);
          int place = TOWERS.indexOf(key);
          boolean fits = shape.length > 0 && shape[shape.length - 1] == config.hiddenSize();
          if (!fits || shape.length > 2 || (place >= 0 && place != tower)) {
            continue;
          }
          Tensor rows = tensors.get(key).to(DType.F32).reshape(-1, config.hiddenSize());
          if (!rows.isFinite()) {
            throw new PipelineException(
                NonFinite.sentence("embedding " + file.file(), key) + "; take another");
          }
          long[] ids = new long[Math.toIntExact(rows.size(0))];
          if (ids.length > capacity) {
            throw new PipelineException(
                ("embedding " + file.file() + " has " + ids.length + " vectors but a window of the")
                    + (" text encoder holds " + capacity));
          }
          for (int i = 0; i < ids.length; i++) {
            ids[i] = next++;
          }
          triggers.put(file.stem(), ids);
          String word = key.startsWith(A1111) ? key.substring(A1111.length()) : key;
          if (!NAMELESS.contains(word)) {
            triggers.put(word, ids);
          }
          vectors.add(rows);
          found = true;
        }
      }
      if (!found) {
        told.note(
            ("embedding " + file.file() + " has no vectors of " + config.hiddenSize())
                + (" numbers, as text encoder " + (tower + 1) + " reads; there, ")
                + (file.stem() + " is read as words; is it made for another base model?"));
      }
    }
    Tensor all =
        vectors.isEmpty()
            ? Tensor.zeros(DType.F32, 0, config.hiddenSize())
            : Tensor.cat(0, vectors.toArray(Tensor[]::new));
    return new TextualInversion(triggers, all);
  }
}
