package io.github.tcd4j.server.adapters;

import java.util.Locale;

/** What an adapter is. */
public enum AdapterKind {
  /** Sees a hint and the latents. */
  CONTROLNET,
  /** Sees a hint alone. */
  T2I_ADAPTER,
  /** Takes pictures as prompt. */
  IP_ADAPTER,
  /** What an IP-Adapter sees pictures through; no adapter by itself. */
  IMAGE_ENCODER;

  /** Whether its picture is a hint. */
  public boolean control() {
    return this == CONTROLNET || this == T2I_ADAPTER;
  }

  /** The name in JSON. */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }
}
