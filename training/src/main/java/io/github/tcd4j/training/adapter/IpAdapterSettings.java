package io.github.tcd4j.training.adapter;

import io.github.tcd4j.diffusion.objective.LossWeight;
import io.github.tcd4j.models.clip.ClipVisionConfig;
import io.github.tcd4j.models.ipadapter.IpAdapterShape;
import io.github.tcd4j.models.ipadapter.IpAdapterShape.Kind;
import io.github.tcd4j.models.unet.UNet2DConditionConfig;
import io.github.tcd4j.training.recipe.RecipeException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What an IP-Adapter is trained as.
 *
 * @param base the model that is prompted: a folder in diffusers' layout or a single file
 * @param imageEncoder folder of its picture encoder, a CLIPVisionModelWithProjection, or of a
 *     text-image pair, whose vision half is used and written with the product
 * @param validation held-out pictures, for samples
 * @param start file of an IP-Adapter to start from; absent for a fresh one
 * @param kind {@code plain}, from the embedding, {@code plus} or {@code full}, from hidden states
 * @param resampler of the kind plus; absent in the others
 * @param captionDropout share of captions that are replaced by the empty one, in [0, 1]
 * @param imageDropout share of pictures that are replaced by none, in [0, 1)
 * @param lossWeight how much each time's error counts, see {@link LossWeight#parse}
 * @param samples what is generated for the sample picture
 */
public record IpAdapterSettings(
    String base,
    String imageEncoder,
    String validation,
    @Nullable String start,
    String kind,
    @Nullable Resampler resampler,
    double captionDropout,
    double imageDropout,
    String lossWeight,
    AdapterSamples.Settings samples) {
  /** Channels of an attention head in all published files. */
  private static final int HEAD = 64;

  /**
   * @param queries tokens that it gives, 16 in published files
   * @param channels of its layers
   * @param heads of its attention, each of 64 channels
   * @param layers at least 1
   */
  public record Resampler(int queries, int channels, int heads, int layers) {
    public Resampler {
      if (queries < 1 || channels < 1 || heads < 1 || layers < 1) {
        throw new RecipeException(
            "settings.resampler needs queries, channels, heads and layers of at least 1 but has "
                + (queries + ", " + channels + ", " + heads + ", " + layers));
      }
    }
  }

  public IpAdapterSettings {
    if (!(captionDropout >= 0 && captionDropout <= 1)) {
      throw new RecipeException(
          "settings.caption_dropout must be in [0, 1] but was " + captionDropout);
    }
    if (!(imageDropout >= 0 && imageDropout < 1)) {
      throw new RecipeException("settings.image_dropout must be in [0, 1) but was " + imageDropout);
    }
    if ((parse(kind) == Kind.PLUS) != (resampler != null)) {
      throw new RecipeException(
          "settings.resampler belongs to kind plus, which needs it, and to no other, but kind is "
              + kind);
    }
    LossWeight.parse(lossWeight);
  }

  private static Kind parse(String kind) {
    for (Kind k : Kind.values()) {
      if (k.name().toLowerCase(Locale.ROOT).equals(kind)) {
        return k;
      }
    }
    throw new RecipeException("settings.kind must be plain, plus or full but was " + kind);
  }

  /** The shape of its network. */
  IpAdapterShape shape(UNet2DConditionConfig unet, ClipVisionConfig encoder) {
    Kind chosen = parse(kind);
    int features = chosen.hidden() ? encoder.hiddenSize() : encoder.projectionDim();
    return new IpAdapterShape(
        chosen,
        features,
        chosen == Kind.FULL ? features : 0,
        unet.crossAttentionDim().get(0),
        resampler == null
            ? null
            : new IpAdapterShape.Resampled(
                resampler.queries(),
                resampler.channels(),
                HEAD * resampler.heads(),
                resampler.layers()),
        unet.crossAttentionChannels().size());
  }
}
