package io.github.tcd4j.models.unet;

import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A U-Net's inputs besides latents and time: B rows, one per image.
 *
 * @param tokens (B, L, C) text tokens
 * @param pooled (B, P) the text as one vector, for SDXL
 * @param timeIds (B, 6) sizes and crops, for SDXL
 * @param guidance (B) the guidance weight w = g - 1, for networks that embed it
 * @param timeShift (B, T) what is added to the embedding of the time, as {@link
 *     DestinationEmbedding} gives it
 * @param classLabels (B) int64, for networks with a class embedding: noise levels of an upscaler
 */
public record Conditioning(
    Tensor tokens,
    @Nullable Tensor pooled,
    @Nullable Tensor timeIds,
    @Nullable Tensor guidance,
    @Nullable Tensor timeShift,
    @Nullable Tensor classLabels) {

  public Conditioning {
    check("tokens", tokens, 3, tokens);
    check("pooled", pooled, 2, tokens);
    check("timeIds", timeIds, 2, tokens);
    check("guidance", guidance, 1, tokens);
    check("timeShift", timeShift, 2, tokens);
    check("classLabels", classLabels, 1, tokens);
  }

  /** Without class labels. */
  public Conditioning(
      Tensor tokens,
      @Nullable Tensor pooled,
      @Nullable Tensor timeIds,
      @Nullable Tensor guidance,
      @Nullable Tensor timeShift) {
    this(tokens, pooled, timeIds, guidance, timeShift, null);
  }

  private static void check(String name, @Nullable Tensor t, int dim, Tensor tokens) {
    if (t != null && (t.dim() != dim || t.size(0) != tokens.size(0))) {
      throw new IllegalArgumentException(
          name
              + (" must have " + dim + " dimensions and as many rows as the tokens but has shape ")
              + (Arrays.toString(t.shape()) + " with tokens " + Arrays.toString(tokens.shape())));
    }
  }

  /** Text tokens (B, L, C) and nothing else. */
  public static Conditioning text(Tensor tokens) {
    return new Conditioning(tokens, null, null, null, null);
  }

  /** The rows of all of these, in order; all must hold the same kinds of things. */
  public static Conditioning cat(Conditioning... parts) {
    return new Conditioning(
        Tensor.cat(0, Arrays.stream(parts).map(Conditioning::tokens).toArray(Tensor[]::new)),
        cat("pooled", parts, Conditioning::pooled),
        cat("timeIds", parts, Conditioning::timeIds),
        cat("guidance", parts, Conditioning::guidance),
        cat("timeShift", parts, Conditioning::timeShift),
        cat("classLabels", parts, Conditioning::classLabels));
  }

  private static @Nullable Tensor cat(
      String name, Conditioning[] parts, Function<Conditioning, @Nullable Tensor> member) {
    List<Tensor> there = new ArrayList<>();
    for (Conditioning part : parts) {
      Tensor t = member.apply(part);
      if (t != null) {
        there.add(t);
      }
    }
    if (there.isEmpty()) {
      return null;
    }
    if (there.size() < parts.length) {
      throw new IllegalArgumentException(
          "cannot join conditioning rows of which only some have " + name);
    }
    return Tensor.cat(0, there.toArray(Tensor[]::new));
  }

  /** Lets all of it outlive a scope. */
  public Conditioning keptBy(Scope scope) {
    for (Tensor t : Arrays.asList(tokens, pooled, timeIds, guidance, timeShift, classLabels)) {
      if (t != null) {
        scope.keep(t);
      }
    }
    return this;
  }

  /** Number of rows, B. */
  public long rows() {
    return tokens.size(0);
  }

  /** Rows start .. start+n-1; shares memory. */
  public Conditioning rows(long start, long n) {
    return new Conditioning(
        tokens.narrow(0, start, n),
        pooled == null ? null : pooled.narrow(0, start, n),
        timeIds == null ? null : timeIds.narrow(0, start, n),
        guidance == null ? null : guidance.narrow(0, start, n),
        timeShift == null ? null : timeShift.narrow(0, start, n),
        classLabels == null ? null : classLabels.narrow(0, start, n));
  }

  /**
   * The rows with these indices, in their order; copies.
   *
   * @param indices (N) int64, on the device of the rows
   */
  public Conditioning select(Tensor indices) {
    return new Conditioning(
        tokens.indexSelect(0, indices),
        pooled == null ? null : pooled.indexSelect(0, indices),
        timeIds == null ? null : timeIds.indexSelect(0, indices),
        guidance == null ? null : guidance.indexSelect(0, indices),
        timeShift == null ? null : timeShift.indexSelect(0, indices),
        classLabels == null ? null : classLabels.indexSelect(0, indices));
  }

  /** The same rows with another text, one row of tokens and of what is pooled, in each of them. */
  public Conditioning withText(Conditioning one) {
    return new Conditioning(
        one.tokens.expand(tokens.shape()),
        pooled == null || one.pooled == null ? one.pooled : one.pooled.expand(pooled.shape()),
        timeIds,
        guidance,
        timeShift,
        classLabels);
  }

  /**
   * The same rows, of which some have another text.
   *
   * @param replaced which ones, boolean (B, 1, 1)
   * @param one that text, one row of tokens and of what is pooled
   */
  public Conditioning withTextWhere(Tensor replaced, Conditioning one) {
    Conditioning other = withText(one);
    return new Conditioning(
        replaced.where(other.tokens, tokens),
        pooled == null || other.pooled == null
            ? pooled
            : replaced.reshape(-1, 1).where(other.pooled, pooled),
        timeIds,
        guidance,
        timeShift,
        classLabels);
  }

  /** The same rows with sizes and crops, (B, 6). */
  public Conditioning withTimeIds(Tensor ids) {
    return new Conditioning(tokens, pooled, ids, guidance, timeShift, classLabels);
  }

  /** The same rows with the guidance weights w = g - 1, (B). */
  public Conditioning withGuidance(Tensor w) {
    return new Conditioning(tokens, pooled, timeIds, w, timeShift, classLabels);
  }

  /** The same rows with class labels, (B) int64. */
  public Conditioning withClassLabels(Tensor labels) {
    return new Conditioning(tokens, pooled, timeIds, guidance, timeShift, labels);
  }

  /** The same rows with {@code more} (B, T) added to what is already added to the time. */
  public Conditioning plusTimeShift(Tensor more) {
    Tensor sum = timeShift == null ? more : timeShift.plus(more);
    return new Conditioning(tokens, pooled, timeIds, guidance, sum, classLabels);
  }
}
