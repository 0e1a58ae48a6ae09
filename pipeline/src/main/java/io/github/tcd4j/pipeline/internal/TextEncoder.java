package io.github.tcd4j.pipeline.internal;

import io.github.tcd4j.models.clip.ClipTextModel;
import io.github.tcd4j.models.clip.ClipTokenizer;
import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.Linear;
import org.jspecify.annotations.Nullable;

/**
 * One text encoder of a model, with the tokenizer that feeds it.
 *
 * @param projection of its pooled output, for SDXL's second
 * @param adapters the LoRAs that travel with its calls
 */
public record TextEncoder(
    ClipTokenizer tokenizer, ClipTextModel model, @Nullable Linear projection, Adapters adapters) {}
