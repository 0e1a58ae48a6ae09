package io.github.tcd4j.pipeline;

import io.github.tcd4j.models.clip.ClipTextConfig;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.SafeTensors;
import io.github.tcd4j.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The vectors that one text encoder is given for words that it never learnt (Gal et al. 2022), from
 * safetensors files as diffusers ({@code <token>}), A1111 ({@code emb_params}) and SDXL's trainers
 * ({@code clip_l}, {@code clip_g}) write them.
 *
 * @param triggers the ids, from the vocabulary's size on, that stand for each trigger
 * @param vectors (N, C) of all triggers, in the order of those ids; N may be 0
 */
record TextualInversion(Map<String, long[]> triggers, Tensor vectors) {
  private static final List<String> TOWERS = List.of("clip_l", "clip_g");
  private static final Set<String> NAMELESS = Set.of("emb_params", "clip_l", "clip_g");

  /**
   * Reads the vectors for a text encoder. A file that has none for it is told, unless it has none
   * for any, which is an error.
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
      try (SafeTensors tensors = open(file)) {
        for (String key : tensors.names()) {
          long[] shape = tensors.shape(key);
          int place = TOWERS.indexOf(key);
          boolean fits = shape.length > 0 && shape[shape.length - 1] == config.hiddenSize();
          if (!fits || shape.length > 2 || (place >= 0 && place != tower)) {
            continue;
          }
          Tensor rows = tensors.get(key).to(DType.F32).reshape(-1, config.hiddenSize());
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
          if (!NAMELESS.contains(key)) {
            triggers.put(key, ids);
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

  private static SafeTensors open(AppliedEmbedding file) {
    if (!file.file().endsWith(".safetensors")) {
      throw new PipelineException(
          "embedding "
              + file.file()
              + " is no .safetensors file; convert it, or take that of the"
              + " same name which most authors offer");
    }
    return SafeTensors.open(Path.of(file.file()));
  }
}
