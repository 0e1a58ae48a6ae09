package io.github.tcd4j.pipeline.prompt;

import io.github.tcd4j.files.Notes;
import io.github.tcd4j.models.clip.ClipTextConfig;
import io.github.tcd4j.models.files.NonFinite;
import io.github.tcd4j.pipeline.checkpoint.ModelException;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.TensorFile;
import io.github.tcd4j.tensor.file.TorchFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * The vectors that one text encoder is given for words that it never learnt (Gal et al. 2022), as
 * diffusers ({@code <token>}), A1111 ({@code emb_params}, {@code string_to_param} in a dictionary
 * with a {@code name}) and SDXL's trainers ({@code clip_l}, {@code clip_g}) write them, in
 * safetensors or by {@code torch.save}.
 *
 * @param triggers the ids, from the vocabulary's size on, that replace each trigger; triggers that
 *     differ in case only are one
 * @param vectors (N, C) of all triggers, in the order of those ids; N may be 0
 */
record TextualInversion(Map<String, long[]> triggers, Tensor vectors) {
  private static final List<String> TOWERS = List.of("clip_l", "clip_g");
  private static final Set<String> NAMELESS = Set.of("emb_params", "clip_l", "clip_g", "*", "");

  /** A1111's dictionary, in which {@code *} is the word of all embeddings. */
  private static final String A1111 = "string_to_param.";

  /**
   * Reads the vectors for a text encoder. A file that has none for it is reported, and so is a word
   * inside a file that means another file already: the names of files come first.
   *
   * @param tower 0 for the first text encoder of the model, 1 for the second
   * @param capacity most vectors of one trigger: what a window holds
   * @throws ModelException if two files have one name, or a file has more vectors than a window
   *     holds
   */
  static TextualInversion read(
      List<EmbeddingFile> files, ClipTextConfig config, int tower, int capacity, Notes notes) {
    Map<String, EmbeddingFile> owners = owners(files);
    Map<String, long[]> triggers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    List<Tensor> vectors = new ArrayList<>();
    long next = config.vocabSize();
    for (EmbeddingFile file : files) {
      Map<String, Tensor> words = words(file, config.hiddenSize(), tower);
      if (words.isEmpty()) {
        notes.note(
            ("embedding " + file.file() + " has no vectors of " + config.hiddenSize())
                + (" numbers, as text encoder " + (tower + 1) + " reads; there, ")
                + (file.stem() + " is read as words; is it made for another base model?"));
        continue;
      }
      long first = next;
      for (Map.Entry<String, Tensor> word : words.entrySet()) {
        long count = word.getValue().size(0);
        long[] ids = LongStream.range(next, next + count).toArray();
        next += count;
        requireFit(file, ids.length, capacity);
        vectors.add(word.getValue());
        trigger(word.getKey(), ids, file, owners, triggers, notes);
      }
      long[] all = LongStream.range(first, next).toArray();
      requireFit(file, all.length, capacity);
      triggers.put(file.stem(), all);
    }
    Tensor all =
        vectors.isEmpty()
            ? Tensor.zeros(DType.F32, 0, config.hiddenSize())
            : Tensor.cat(0, vectors.toArray(Tensor[]::new));
    return new TextualInversion(triggers, all);
  }

  private static Map<String, EmbeddingFile> owners(List<EmbeddingFile> files) {
    Map<String, EmbeddingFile> owners = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    for (EmbeddingFile file : files) {
      EmbeddingFile other = owners.putIfAbsent(file.stem(), file);
      if (other != null) {
        throw new ModelException(
            ("the embeddings " + other.file() + " and " + file.file() + " have one name, by which")
                + " a prompt would mean either; rename one of the files");
      }
    }
    return owners;
  }

  private static void trigger(
      String word,
      long[] ids,
      EmbeddingFile file,
      Map<String, EmbeddingFile> owners,
      Map<String, long[]> triggers,
      Notes notes) {
    if (NAMELESS.contains(word)) {
      return;
    }
    EmbeddingFile owner = owners.putIfAbsent(word, file);
    if (owner == null || owner.equals(file)) {
      triggers.put(word, ids);
    } else {
      notes.note(
          (word + " in embedding " + file.file() + " means " + owner.file() + " already; a prompt")
              + (" names it by " + file.stem()));
    }
  }

  private static void requireFit(EmbeddingFile file, int vectors, int capacity) {
    if (vectors > capacity) {
      throw new ModelException(
          ("embedding " + file.file() + " has " + vectors + " vectors but a window of the")
              + (" text encoder holds " + capacity));
    }
  }

  /** The vectors (n, C) of a file that are for this text encoder, by the words inside the file. */
  private static Map<String, Tensor> words(EmbeddingFile file, long channels, int tower) {
    Map<String, Tensor> words = new LinkedHashMap<>();
    try (TensorFile tensors = TensorFile.open(Path.of(file.file()))) {
      String own = tensors.metadata().get(TorchFile.NAME);
      for (String key : tensors.names()) {
        long[] shape = tensors.shape(key);
        int place = TOWERS.indexOf(key);
        boolean fits = shape.length > 0 && shape[shape.length - 1] == channels;
        if (fits && shape.length <= 2 && (place < 0 || place == tower)) {
          Tensor rows = tensors.get(key).to(DType.F32).reshape(-1, channels);
          if (!rows.isFinite()) {
            throw new ModelException(
                NonFinite.sentence("embedding " + file.file(), key) + "; use another");
          }
          words.put(word(key, own), rows);
        }
      }
    }
    return words;
  }

  /**
   * @param name of A1111's dictionary
   */
  private static String word(String key, @Nullable String name) {
    boolean a1111 = key.startsWith(A1111);
    String word = (a1111 ? key.substring(A1111.length()) : key).strip();
    return a1111 && word.equals("*") && name != null ? name.strip() : word;
  }
}
