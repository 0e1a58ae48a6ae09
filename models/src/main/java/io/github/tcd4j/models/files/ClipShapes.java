package io.github.tcd4j.models.files;

import io.github.tcd4j.models.clip.Activation;
import io.github.tcd4j.models.clip.ClipConfig;
import io.github.tcd4j.models.clip.ClipTextConfig;
import io.github.tcd4j.models.clip.ClipVisionConfig;

/** The configurations of CLIP's encoders from the shapes in a single file. */
final class ClipShapes {
  /** Channels of an attention head in every CLIP model of the families. */
  private static final int HEAD = 64;

  /** The widest vision transformer whose heads have 64 channels. */
  private static final int WIDEST_OF_64 = 1024;

  /** Layers of OpenCLIP's ViT-H that SD2 reads, which looks at the last but one. */
  static final int OPEN_CLIP_H_LAYERS = 23;

  private ClipShapes() {}

  /**
   * An encoder in transformers' names, which may lack their first {@code text_model}: OpenAI's
   * CLIP, but for the second family an OpenCLIP, whose last layer of 24 is not read.
   */
  static ClipTextConfig clip(CheckpointShapes s, Family family) {
    String root = s.has("text_model.final_layer_norm.weight") ? "text_model." : "";
    String layers = root + "encoder.layers.";
    int hidden = s.size(root + "embeddings.token_embedding.weight", 1);
    boolean open = family == Family.SD2;
    int count = s.count(layers, ".mlp.fc1.weight");
    return config(
        s.size(root + "embeddings.token_embedding.weight", 0),
        hidden,
        s.size(layers + "0.mlp.fc1.weight", 0),
        hidden,
        open ? Math.min(count, OPEN_CLIP_H_LAYERS) : count,
        s.size(root + "embeddings.position_embedding.weight", 0),
        open ? Activation.GELU : Activation.QUICK_GELU);
  }

  static ClipTextConfig openClip(CheckpointShapes s, int layers) {
    int hidden = s.size("token_embedding.weight", 1);
    return config(
        s.size("token_embedding.weight", 0),
        hidden,
        s.size(OpenClipKeys.layer(0) + ".mlp.c_fc.weight", 0),
        s.has(OpenClipKeys.PROJECTION) ? s.size(OpenClipKeys.PROJECTION, 1) : hidden,
        layers,
        s.size("positional_embedding", 0),
        Activation.GELU);
  }

  /** A whole model under OpenCLIP's names. */
  static ClipConfig openClip(CheckpointShapes s, Activation activation, OpenClipHeads heads) {
    int textHeads = heads.text > 0 ? heads.text : s.size("token_embedding.weight", 1) / HEAD;
    ClipTextConfig t = openClip(s, s.count("transformer.resblocks.", ".ln_1.weight"));
    ClipTextConfig text =
        new ClipTextConfig(
            t.vocabSize(),
            t.hiddenSize(),
            t.intermediateSize(),
            t.projectionDim(),
            t.numHiddenLayers(),
            textHeads,
            t.maxPositionEmbeddings(),
            activation,
            t.layerNormEps(),
            t.initializerFactor(),
            t.padTokenId(),
            t.bosTokenId(),
            t.eosTokenId());
    int width = s.size("visual.conv1.weight", 0);
    int patch = s.size("visual.conv1.weight", 2);
    int projection = s.size("visual.proj", 1);
    long side = Math.round(Math.sqrt(s.size("visual.positional_embedding", 0) - 1));
    // Wider models than L/14 have 16 heads of 80, 88 or 104 channels.
    int visionHeads = width > WIDEST_OF_64 ? 16 : width / HEAD;
    ClipVisionConfig vision =
        new ClipVisionConfig(
            width,
            s.size("visual.transformer.resblocks.0.mlp.c_fc.weight", 0),
            projection,
            s.count("visual.transformer.resblocks.", ".ln_1.weight"),
            heads.vision > 0 ? heads.vision : Math.max(1, visionHeads),
            s.size("visual.conv1.weight", 1),
            Math.toIntExact(side * patch),
            patch,
            activation,
            1e-5,
            0.02,
            1);
    return new ClipConfig(text, vision, projection, 2.6592, 1);
  }

  /**
   * Heads of attention, which no shape shows.
   *
   * @param text 0 where nothing is known: then what the published models of that width have
   * @param vision likewise
   */
  record OpenClipHeads(int text, int vision) {}

  private static ClipTextConfig config(
      int vocabulary,
      int hidden,
      int intermediate,
      int projection,
      int layers,
      int positions,
      Activation activation) {
    int end = vocabulary - 1;
    return new ClipTextConfig(
        vocabulary,
        hidden,
        intermediate,
        projection,
        layers,
        Math.max(1, hidden / HEAD),
        positions,
        activation,
        1e-5,
        1,
        end,
        end - 1,
        end);
  }
}
