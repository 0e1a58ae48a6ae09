package io.github.tcd4j.models.unet;

import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.tensor.Tensor;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Conditioning prepared once for all steps: the text's keys and values in each of its layers.
 * Belongs to the scope in which {@link UNet2DConditionModel#prepare} made it.
 */
public final class PreparedConditioning {
  final Conditioning rows;
  final Adapters adapters;
  final TextKeyValues seen;
  final AdditionalResiduals added;
  final int frames;
  final InsertedLayers inserted;
  private final boolean pictureless;

  /**
   * @param pictureless whether no pictures are prompts
   */
  PreparedConditioning(
      Conditioning rows, Adapters adapters, TextKeyValues seen, boolean pictureless) {
    this(rows, adapters, seen, pictureless, AdditionalResiduals.NONE, 1, InsertedLayers.NONE);
  }

  private PreparedConditioning(
      Conditioning rows,
      Adapters adapters,
      TextKeyValues seen,
      boolean pictureless,
      AdditionalResiduals added,
      int frames,
      InsertedLayers inserted) {
    this.rows = rows;
    this.adapters = adapters;
    this.seen = seen;
    this.pictureless = pictureless;
    this.added = added;
    this.frames = frames;
    this.inserted = inserted;
  }

  /** The same text with {@code more} (B, T) added to the time embedding. */
  public PreparedConditioning plusTimeShift(Tensor more) {
    Conditioning shifted = rows.plusTimeShift(more);
    return new PreparedConditioning(shifted, adapters, seen, pictureless, added, frames, inserted);
  }

  /** The same with residuals of the current x and time, in the place of others. */
  public PreparedConditioning with(AdditionalResiduals residuals) {
    return new PreparedConditioning(rows, adapters, seen, pictureless, residuals, frames, inserted);
  }

  /**
   * The same for latents of so many rows in the place of each: the frames of a video, which follow
   * each other. What is conditioned on, the time included, is computed once for all of them.
   *
   * @param more layers of another network, in the place of others
   */
  public PreparedConditioning inFrames(int n, InsertedLayers more) {
    return new PreparedConditioning(rows, adapters, seen, pictureless, added, n, more);
  }

  /** Number of rows. */
  public long rows() {
    return rows.rows();
  }

  /**
   * Whether its rows can be joined with others': frames of a video, rows of picture prompts, and
   * those to which other networks add residuals, cannot.
   */
  public boolean joinable() {
    return pictureless && frames == 1 && added == AdditionalResiduals.NONE;
  }

  /** Whether its rows can be evaluated in one call with those of the other. */
  public boolean fits(PreparedConditioning o) {
    return joinable()
        && o.joinable()
        && adapters == o.adapters
        && rows.tokens().size(1) == o.rows.tokens().size(1);
  }

  /**
   * The rows of all of these, in order, for one call of the network that all were prepared for. The
   * result belongs to the scope that is open here.
   *
   * @throws IllegalArgumentException if they do not {@link #fits fit}
   */
  public static PreparedConditioning cat(List<PreparedConditioning> parts) {
    PreparedConditioning first = parts.get(0);
    if (!parts.stream().allMatch(first::fits)) {
      throw new IllegalArgumentException(
          "conditioning of other LoRAs, of texts of another length, of picture prompts, of frames or"
              + " with residuals cannot be joined");
    }
    Conditioning all =
        Conditioning.cat(
            parts.stream().map(PreparedConditioning::conditioning).toArray(Conditioning[]::new));
    Map<CrossAttention, CrossAttention.KeyValue> joined = new IdentityHashMap<>();
    TextKeyValues seen =
        layer ->
            joined.computeIfAbsent(
                layer, l -> joined(parts.stream().map(p -> p.seen.by(l)).toList()));
    return new PreparedConditioning(all, first.adapters, seen, true);
  }

  private static CrossAttention.KeyValue joined(List<CrossAttention.KeyValue> parts) {
    return new CrossAttention.KeyValue(
        joined(parts, CrossAttention.KeyValue::key), joined(parts, CrossAttention.KeyValue::value));
  }

  private static Tensor joined(
      List<CrossAttention.KeyValue> parts, Function<CrossAttention.KeyValue, Tensor> of) {
    return Tensor.cat(0, parts.stream().map(of).toArray(Tensor[]::new));
  }

  private Conditioning conditioning() {
    return rows;
  }
}
