package io.github.tcd4j.models.files;

/**
 * OpenCLIP's names, which are OpenAI's: of its text transformer, the text encoder of SD2 and the
 * second one of SDXL, and of the whole model.
 */
final class OpenClipKeys {
  /** Query, key and value in one tensor, in this order. */
  static final String FUSED = "attn.in_proj_";

  /** Stored for x times P, where a linear layer holds its transpose. */
  static final String PROJECTION = "text_projection";

  /** The same of the vision transformer. */
  static final String VISUAL_PROJECTION = "visual.proj";

  private static final String TEXT = "transformer.resblocks.";
  private static final String VISION = "visual.transformer.resblocks.";

  private OpenClipKeys() {}

  static String layer(int i) {
    return TEXT + i;
  }

  static String ourLayer(int i) {
    return "text_model.encoder.layers." + i;
  }

  static KeyMapping of(int layers) {
    KeyMapping t = new KeyMapping();
    t.put("token_embedding", "text_model.embeddings.token_embedding");
    t.put("positional_embedding", "text_model.embeddings.position_embedding.weight");
    t.put("ln_final", "text_model.final_layer_norm");
    t.put(PROJECTION, "text_projection.weight");
    layers(t, layers, TEXT, "text_model.encoder.layers.");
    return t;
  }

  /** Both transformers and their projections. */
  static KeyMapping both(int textLayers, int visionLayers) {
    KeyMapping t = of(textLayers);
    t.put("visual.class_embedding", "vision_model.embeddings.class_embedding");
    t.put("visual.positional_embedding", "vision_model.embeddings.position_embedding.weight");
    t.put("visual.conv1", "vision_model.embeddings.patch_embedding");
    t.put("visual.ln_pre", "vision_model.pre_layrnorm");
    t.put("visual.ln_post", "vision_model.post_layernorm");
    t.put(VISUAL_PROJECTION, "visual_projection.weight");
    t.put("logit_scale", "logit_scale");
    layers(t, visionLayers, VISION, "vision_model.encoder.layers.");
    return t;
  }

  private static void layers(KeyMapping t, int count, String theirStack, String ourStack) {
    for (int i = 0; i < count; i++) {
      String theirs = theirStack + i;
      String ours = ourStack + i;
      t.put(theirs + ".ln_1", ours + ".layer_norm1").put(theirs + ".ln_2", ours + ".layer_norm2");
      t.put(theirs + ".mlp.c_fc", ours + ".mlp.fc1").put(theirs + ".mlp.c_proj", ours + ".mlp.fc2");
      t.put(theirs + ".attn.out_proj", ours + ".self_attn.out_proj");
    }
  }
}
