package io.github.tcd4j.models.motion;

/**
 * Names of motion modules in the files of AnimateDiff's authors, such as {@code
 * down_blocks.0.motion_modules.0.temporal_transformer.transformer_blocks.0.attention_blocks.1.to_q},
 * and in diffusers, {@code down_blocks.0.motion_modules.0.transformer_blocks.0.attn2.to_q}.
 */
public final class MotionKeys {
  /** What every name of a motion module has in it. */
  public static final String MODULES = "motion_modules";

  /** What the names of the authors have before it. */
  static final String TEMPORAL = ".temporal_transformer.";

  private static final String PARALLEL = "module.";

  private MotionKeys() {}

  /** Diffusers' name for either. */
  public static String ours(String name) {
    String plain = name.startsWith(PARALLEL) ? name.substring(PARALLEL.length()) : name;
    return plain
        .replace(TEMPORAL, ".")
        .replace(".attention_blocks.0.", ".attn1.")
        .replace(".attention_blocks.1.", ".attn2.")
        .replace(".norms.0.", ".norm1.")
        .replace(".norms.1.", ".norm2.")
        .replace(".ff_norm.", ".norm3.");
  }
}
