package io.github.tcd4j.models.files;

/** OpenCLIP's text transformer: the text encoder of SD2 and the second one of SDXL. */
final class OpenClipKeys {
  /** Query, key and value in one tensor, in this order. */
  static final String FUSED = "attn.in_proj_";

  /** Stored for x times P, where a linear layer holds its transpose. */
  static final String PROJECTION = "text_projection";

  private OpenClipKeys() {}

  static String layer(int i) {
    return "transformer.resblocks." + i;
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
    for (int i = 0; i < layers; i++) {
      String theirs = layer(i);
      String ours = ourLayer(i);
      t.put(theirs + ".ln_1", ours + ".layer_norm1").put(theirs + ".ln_2", ours + ".layer_norm2");
      t.put(theirs + ".mlp.c_fc", ours + ".mlp.fc1").put(theirs + ".mlp.c_proj", ours + ".mlp.fc2");
      t.put(theirs + ".attn.out_proj", ours + ".self_attn.out_proj");
    }
    return t;
  }
}
