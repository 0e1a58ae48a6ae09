package io.github.tcd4j.pipeline.prompt;

import io.github.tcd4j.files.Hint;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.files.Note;
import io.github.tcd4j.files.Notes;
import io.github.tcd4j.models.clip.ClipTextModel;
import io.github.tcd4j.models.files.Family;
import io.github.tcd4j.models.layers.Linear;
import io.github.tcd4j.models.unet.Conditioning;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import io.github.tcd4j.pipeline.internal.LoadedModel;
import io.github.tcd4j.pipeline.internal.TextEncoder;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Prompts to the rows of conditioning that the U-Net attends to. Lives as long as the scope in
 * which it was made.
 */
public final class PromptEncoder {
  /** Syntax of A1111's that is not known here. */
  private static final Pattern EDITING = Pattern.compile("\\[[^\\[\\]]*[:|][^\\[\\]]*]|\\bAND\\b");

  /**
   * What one prompt became.
   *
   * @param towers for each text encoder its windows, (1, L, C) each
   * @param pooled (1, P), for SDXL
   */
  private record Row(List<List<Tensor>> towers, @Nullable Tensor pooled) {
    int windows() {
      return towers.stream().mapToInt(List::size).max().orElse(0);
    }
  }

  /**
   * One prompt with the layer that is read.
   *
   * @param skip the layer from the end that is read; null for what is usual for the model
   */
  private record Key(String prompt, @Nullable Integer skip) {}

  /**
   * What an encoder makes of a window.
   *
   * @param tokens (1, L, C)
   * @param pooled (1, P), for SDXL
   */
  private record Encoded(Tensor tokens, @Nullable Tensor pooled) {}

  private final List<TextEncoder> encoders;
  private final Device device;
  private final PromptSettings reading;
  private final Notes notes;
  private final boolean xl;
  private final boolean zerosWithoutNegative;
  private final List<TextualInversion> inversions = new ArrayList<>();
  private final List<PromptTokenizer> readers = new ArrayList<>();
  private final Map<Key, Row> known = new HashMap<>();

  /** Reads the embeddings; what is odd about them or later about a prompt is reported. */
  public PromptEncoder(
      LoadedModel networks, ModelFolder folder, PromptSettings reading, Notes notes) {
    this(
        networks.towers(),
        networks.device,
        folder.family(),
        folder.zerosWithoutNegative(),
        reading,
        notes);
  }

  /**
   * Of encoders that belong to no folder yet.
   *
   * @param zerosWithoutNegative whether an absent negative prompt is a row of zeros, not the
   *     encoding of no words
   */
  public PromptEncoder(
      List<TextEncoder> encoders,
      Device device,
      Family family,
      boolean zerosWithoutNegative,
      PromptSettings reading,
      Notes notes) {
    this.encoders = List.copyOf(encoders);
    this.device = device;
    this.reading = reading;
    this.notes = notes;
    this.zerosWithoutNegative = zerosWithoutNegative;
    xl = family == Family.SDXL;
    for (TextEncoder tower : encoders) {
      TextualInversion inversion =
          TextualInversion.read(
              reading.embeddings(),
              tower.model().config(),
              inversions.size(),
              tower.tokenizer().maxLength() - 2,
              notes);
      inversions.add(inversion);
      readers.add(new PromptTokenizer(tower.tokenizer(), inversion.triggers()));
    }
  }

  /**
   * One row for each prompt. Each is encoded by itself, equal ones once: what a prompt becomes must
   * not depend on its neighbours, to the last bit; only where one takes more windows, the others
   * get windows without words.
   */
  public Conditioning encode(List<String> prompts) {
    List<Row> rows = prompts.stream().map(this::row).toList();
    return join(rows, windows(rows));
  }

  /**
   * The same rows but for rounding, those not known yet in one batch: for training, where a row may
   * depend on its neighbours. On a GPU, where one prompt takes as long as a hundred, that is nearly
   * all of the time of short steps.
   */
  public Conditioning encodeTogether(List<String> prompts) {
    List<String> unknown =
        prompts.stream().distinct().filter(p -> !known.containsKey(key(p))).toList();
    if (!unknown.isEmpty()) {
      List<Row> rows = encoded(unknown, reading.clipSkip(), true);
      for (int i = 0; i < rows.size(); i++) {
        known.put(key(unknown.get(i)), rows.get(i));
      }
    }
    return encode(prompts);
  }

  /**
   * The rows of {@link #encode}, then as many of the negative prompt; null is none at all. Plain
   * negative prompts are read from the usual layer, as diffusers reads them, whatever the skip.
   */
  public Conditioning encodePairs(List<String> prompts, @Nullable String negative) {
    List<Row> rows = new ArrayList<>(prompts.stream().map(this::row).toList());
    if (negative == null && zerosWithoutNegative) {
      Conditioning words = join(rows, windows(rows));
      Tensor pooled = words.pooled();
      Tensor nothing = pooled == null ? null : pooled.zerosLike();
      return Conditioning.cat(
          words, new Conditioning(words.tokens().zerosLike(), nothing, null, null, null));
    }
    boolean plain = reading.syntax() == PromptSyntax.PLAIN;
    Row against = row(negative == null ? "" : negative, plain ? null : reading.clipSkip());
    prompts.forEach(p -> rows.add(against));
    return join(rows, windows(rows));
  }

  private static int windows(List<Row> rows) {
    return rows.stream().mapToInt(Row::windows).max().orElse(1);
  }

  private Conditioning join(List<Row> rows, int windows) {
    Tensor tokens =
        Tensor.cat(0, rows.stream().map(r -> tokens(r, windows)).toArray(Tensor[]::new));
    return xl
        ? new Conditioning(
            tokens,
            Tensor.cat(0, rows.stream().map(Row::pooled).toArray(Tensor[]::new)),
            null,
            null,
            null)
        : Conditioning.text(tokens);
  }

  /** (1, windows L, sum of C). */
  private Tensor tokens(Row row, int windows) {
    List<Tensor> towers = new ArrayList<>();
    for (int i = 0; i < row.towers().size(); i++) {
      List<Tensor> all = new ArrayList<>(row.towers().get(i));
      while (all.size() < windows) {
        all.add(row("").towers().get(i).get(0));
      }
      towers.add(Tensor.cat(1, all.toArray(Tensor[]::new)));
    }
    return Tensor.cat(2, towers.toArray(Tensor[]::new));
  }

  private Row row(String prompt) {
    return row(prompt, reading.clipSkip());
  }

  private Key key(String prompt) {
    return new Key(prompt, reading.clipSkip());
  }

  private Row row(String prompt, @Nullable Integer skip) {
    Key key = new Key(prompt, skip);
    Row row = known.get(key);
    if (row == null) {
      row = encoded(List.of(prompt), skip, false).get(0);
      known.put(key, row);
    }
    return row;
  }

  private List<Row> encoded(List<String> prompts, @Nullable Integer skip, boolean together) {
    List<List<PromptTokenizer.Reading>> read = prompts.stream().map(this::read).toList();
    List<Iterator<Encoded>> towers = new ArrayList<>();
    for (int i = 0; i < encoders.size(); i++) {
      int tower = i;
      List<TokenWindow> windows =
          read.stream().flatMap(r -> r.get(tower).windows().stream()).toList();
      Stream<List<TokenWindow>> batches =
          together ? Stream.of(windows) : windows.stream().map(List::of);
      towers.add(batches.flatMap(batch -> encoded(tower, batch, skip)).iterator());
    }
    return read.stream().map(r -> row(r, towers)).toList();
  }

  /** What each text encoder's tokenizer makes of a prompt. */
  private List<PromptTokenizer.Reading> read(String prompt) {
    List<PromptTokenizer.Reading> read =
        readers.stream().map(r -> r.read(prompt, reading.syntax())).toList();
    report(prompt, read.get(0));
    return read;
  }

  private static Row row(List<PromptTokenizer.Reading> read, List<Iterator<Encoded>> towers) {
    List<List<Tensor>> all = new ArrayList<>();
    Tensor pooled = null;
    for (int i = 0; i < read.size(); i++) {
      List<Tensor> windows = new ArrayList<>();
      while (windows.size() < read.get(i).windows().size()) {
        Encoded encoded = towers.get(i).next();
        windows.add(encoded.tokens());
        pooled = pooled == null ? encoded.pooled() : pooled;
      }
      all.add(windows);
    }
    return new Row(all, pooled);
  }

  /** What an encoder makes of windows, in one batch. */
  private Stream<Encoded> encoded(int tower, List<TokenWindow> windows, @Nullable Integer skip) {
    TextEncoder encoder = encoders.get(tower);
    ClipTextModel.Output out = forward(encoder, inversions.get(tower), windows);
    Tensor tokens = layer(encoder, out, skip);
    Linear projection = encoder.projection();
    Tensor pooled =
        projection == null ? null : projection.forward(out.pooled(), encoder.adapters());
    return IntStream.range(0, windows.size())
        .mapToObj(
            i ->
                new Encoded(
                    weighted(tokens.narrow(0, i, 1), windows.get(i)),
                    pooled == null ? null : pooled.narrow(0, i, 1)));
  }

  private ClipTextModel.Output forward(
      TextEncoder tower, TextualInversion inversion, List<TokenWindow> windows) {
    int length = windows.get(0).ids().length;
    long[] flat = windows.stream().flatMapToLong(w -> Arrays.stream(w.ids())).toArray();
    Tensor ids = Tensor.of(flat, windows.size(), length).to(device);
    Tensor vectors = inversion.vectors();
    return vectors.size(0) == 0
        ? tower.model().forward(ids, tower.adapters())
        : tower.model().forward(ids, vectors.to(device), tower.adapters());
  }

  /** The hidden state that counts; SDXL takes its own before the final norm. */
  private Tensor layer(TextEncoder tower, ClipTextModel.Output out, @Nullable Integer skip) {
    int fromEnd = skip == null ? (xl ? 2 : 1) : skip;
    int states = out.hidden().size();
    if (fromEnd > states) {
      throw new InvalidRequestException(
          ("clip skip must be in [1, " + states + "], from the text encoder's last layer to its")
              + (" embeddings, but was " + fromEnd));
    }
    Tensor hidden = out.hidden().get(states - fromEnd);
    if (xl) {
      return hidden;
    }
    return fromEnd == 1 ? out.last() : tower.model().finalNorm().forward(hidden, tower.adapters());
  }

  /** Each token times its weight, then all by one factor, so that their mean is as before. */
  private static Tensor weighted(Tensor tokens, TokenWindow window) {
    if (!window.weighted()) {
      return tokens;
    }
    float[] weights = window.weights();
    Tensor scaled = tokens.times(Tensor.of(weights, 1, weights.length, 1).to(tokens.device()));
    return scaled.times(tokens.mean().div(scaled.mean()));
  }

  private void report(String prompt, PromptTokenizer.Reading read) {
    if (read.cut() > 0) {
      notes.note(
          new Note(
              ("the prompt is too long by " + read.cut() + " tokens; not encoded: ")
                  + (read.cutText() + "; the syntax a1111 gives it more windows"),
              Hint.WEIGHTED_PROMPTS));
    }
    if (reading.syntax() == PromptSyntax.A1111 && EDITING.matcher(prompt).find()) {
      notes.note(
          new Note(
              "AND and prompt editing ([from:to:when], [a|b]) are not supported and read as words with"
                  + " weights; the syntax plain reads all as words",
              Hint.PLAIN_PROMPTS));
    }
  }
}
