package io.github.tcd4j.models.clip;

import io.github.tcd4j.models.config.ConfigFields;
import io.github.tcd4j.tensor.Functional;
import io.github.tcd4j.tensor.Tensor;

/** The two non-linearities that CLIP models use, by transformers' {@code hidden_act} names. */
public enum Activation {
  /** x sigmoid(1.702 x): OpenAI's CLIP. */
  QUICK_GELU("quick_gelu"),
  /** x Phi(x) by the error function: OpenCLIP's models. */
  GELU("gelu");

  private final String key;

  Activation(String key) {
    this.key = key;
  }

  /** The name in configuration files. */
  public String key() {
    return key;
  }

  static Activation of(ConfigFields config) {
    config.require("hidden_act", QUICK_GELU.key, GELU.key);
    String key = config.text("hidden_act", QUICK_GELU.key);
    return key.equals(GELU.key) ? GELU : QUICK_GELU;
  }

  Tensor apply(Tensor x) {
    return this == GELU ? Functional.gelu(x) : Functional.quickGelu(x);
  }
}
