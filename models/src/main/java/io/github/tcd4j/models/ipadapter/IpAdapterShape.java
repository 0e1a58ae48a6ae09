package io.github.tcd4j.models.ipadapter;

import io.github.tcd4j.models.clip.ClipVisionConfig;
import io.github.tcd4j.models.config.ConfigException;
import io.github.tcd4j.models.files.CheckpointShapes;
import io.github.tcd4j.models.unet.UNet2DConditionConfig;
import io.github.tcd4j.tensor.file.TensorFile;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The shape of an IP-Adapter, which its file has no configuration for.
 *
 * @param kind how features become tokens
 * @param features channels of the encoder's output that it reads
 * @param inner channels between the two layers of {@link Kind#FULL}; 0 in the others
 * @param context channels of a token, as of the text
 * @param resampled of {@link Kind#PLUS}; null in the others
 * @param layers cross-attention layers that it has projections for
 */
public record IpAdapterShape(
    Kind kind, int features, int inner, int context, @Nullable Resampled resampled, int layers) {
  private static final String PROJECTION = "image_proj.";
  private static final String ATTENTION = "ip_adapter.";

  /** How features become tokens. */
  public enum Kind {
    /** The picture's embedding, by one linear layer. */
    PLAIN,
    /** The hidden states, by a resampler. */
    PLUS,
    /** The hidden states, one by one. */
    FULL;

    /** Whether the hidden states are read, not the embedding. */
    public boolean hidden() {
      return this != PLAIN;
    }
  }

  /**
   * Of a resampler.
   *
   * @param queries tokens that it gives
   * @param channels of its layers
   * @param inner channels of its attention
   */
  public record Resampled(int queries, int channels, int inner, int layers) {}

  /**
   * The shape of a file.
   *
   * @param name what to call it in messages
   * @throws ConfigException if it is no IP-Adapter, saying what it seems to be
   */
  public static IpAdapterShape of(String name, TensorFile file) {
    CheckpointShapes s = new CheckpointShapes(file, PROJECTION);
    int layers = layers(file);
    if (layers == 0 || file.names().stream().noneMatch(n -> n.startsWith(PROJECTION))) {
      String first = file.names().isEmpty() ? "nothing" : file.names().iterator().next();
      throw new ConfigException(
          (name + " is no IP-Adapter: it lacks " + ATTENTION + "1.to_k_ip.weight or ")
              + (PROJECTION + "*; it holds " + first + ", ..."));
    }
    if (s.has("proj.weight")) {
      int context = s.size("norm.weight", 0);
      return new IpAdapterShape(Kind.PLAIN, s.size("proj.weight", 1), 0, context, null, layers);
    }
    if (s.has("proj.3.weight")) {
      return new IpAdapterShape(
          Kind.FULL,
          s.size("proj.0.weight", 1),
          s.size("proj.0.weight", 0),
          s.size("proj.3.weight", 0),
          null,
          layers);
    }
    if (s.has("latents")) {
      Resampled resampled =
          new Resampled(
              s.size("latents", 1),
              s.size("latents", 2),
              s.size("layers.0.0.to_q.weight", 0),
              s.count("layers.", ".0.to_q.weight"));
      return new IpAdapterShape(
          Kind.PLUS,
          s.size("proj_in.weight", 1),
          0,
          s.size("proj_out.weight", 0),
          resampled,
          layers);
    }
    boolean face = s.has("norm.weight") || s.has("perceiver_resampler.proj_in.weight");
    throw new ConfigException(
        name
            + (face
                ? " is an IP-Adapter FaceID, which needs embeddings of faces and is not supported;"
                    + " use a plain, plus or full one"
                : " is an IP-Adapter of an unknown kind"));
  }

  /** Numbers count all attention layers, of which every second is a cross-attention. */
  private static int layers(TensorFile file) {
    int n = 0;
    while (file.names().contains(ATTENTION + key(n) + ".to_k_ip.weight")) {
      n++;
    }
    return n;
  }

  /** The number in the file of cross-attention layer {@code i}. */
  static int key(int i) {
    return 2 * i + 1;
  }

  /**
   * Checks that it fits a U-Net.
   *
   * @throws ConfigException if not
   */
  public void requireFits(UNet2DConditionConfig unet) {
    int text = unet.crossAttentionDim().get(0);
    List<Integer> needed = unet.crossAttentionChannels();
    if (context != text) {
      throw new ConfigException(
          ("its tokens have " + context + " channels but the model's text has " + text)
              + "; use one that was trained for this model");
    }
    if (layers != needed.size()) {
      throw new ConfigException(
          ("it has projections for "
                  + layers
                  + " cross-attention layers but the model's U-Net has ")
              + (needed.size() + "; use one that was trained for this model"));
    }
  }

  /**
   * Checks that an encoder gives what it reads.
   *
   * @throws ConfigException if not
   */
  public void requireFits(ClipVisionConfig encoder) {
    int given = kind.hidden() ? encoder.hiddenSize() : encoder.projectionDim();
    if (given != features) {
      throw new ConfigException(
          ("it reads " + (kind.hidden() ? "hidden states" : "embeddings") + " of " + features)
              + (" channels but the image encoder gives " + given + "; use the encoder that it was")
              + " trained with (ViT-H: embeddings of 1024, hidden states of 1280; ViT-bigG: 1280 and"
              + " 1664)");
    }
  }
}
