package io.github.tcd4j.models.unet;

import io.github.tcd4j.tensor.Tensor;
import java.util.Arrays;
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
 */
public record Conditioning(
    Tensor tokens,
    @Nullable Tensor pooled,
    @Nullable Tensor timeIds,
    @Nullable Tensor guidance,
    @Nullable Tensor timeShift) {

  public Conditioning {
    check("tokens", tokens, 3, tokens);
    check("pooled", pooled, 2, tokens);
    check("timeIds", timeIds, 2, tokens);
    check("guidance", guidance, 1, tokens);
    check("timeShift", timeShift, 2, tokens);
  }

  private static void check(String name, @Nullable Tensor t, int dim, Tensor tokens) {
    if (t != null && (t.dim() != dim || t.size(0) != tokens.size(0))) {
      throw new IllegalArgumentException(
          name
              + (" must have " + dim + " dimensions and as many rows as the tokens but has shape ")
              + (Arrays.toString(t.shape()) + " beside tokens " + Arrays.toString(tokens.shape())));
    }
  }

  /** Text tokens (B, L, C) and nothing else. */
  public static Conditioning text(Tensor tokens) {
    return new Conditioning(tokens, null, null, null, null);
  }

  /** The rows of {@code a}, then those of {@code b}; both must tell the same kinds of things. */
  public static Conditioning cat(Conditioning a, Conditioning b) {
    return new Conditioning(
        Tensor.cat(0, a.tokens, b.tokens),
        cat("pooled", a.pooled, b.pooled),
        cat("timeIds", a.timeIds, b.timeIds),
        cat("guidance", a.guidance, b.guidance),
        cat("timeShift", a.timeShift, b.timeShift));
  }

  private static @Nullable Tensor cat(String name, @Nullable Tensor a, @Nullable Tensor b) {
    if (a == null && b == null) {
      return null;
    }
    if (a == null || b == null) {
      throw new IllegalArgumentException(
          "cannot join conditioning rows of which only some have " + name);
    }
    return Tensor.cat(0, a, b);
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
        timeShift == null ? null : timeShift.narrow(0, start, n));
  }

  /** The same rows with sizes and crops, (B, 6). */
  public Conditioning withTimeIds(Tensor ids) {
    return new Conditioning(tokens, pooled, ids, guidance, timeShift);
  }

  /** The same rows with the guidance weights w = g - 1, (B). */
  public Conditioning withGuidance(Tensor w) {
    return new Conditioning(tokens, pooled, timeIds, w, timeShift);
  }

  /** The same rows with {@code more} (B, T) added to what is already added to the time. */
  public Conditioning plusTimeShift(Tensor more) {
    Tensor sum = timeShift == null ? more : timeShift.plus(more);
    return new Conditioning(tokens, pooled, timeIds, guidance, sum);
  }
}
