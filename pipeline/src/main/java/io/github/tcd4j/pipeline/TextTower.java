package io.github.tcd4j.pipeline;

import io.github.tcd4j.models.clip.ClipTextModel;
import io.github.tcd4j.models.clip.ClipTokenizer;
import io.github.tcd4j.models.layers.Linear;
import io.github.tcd4j.models.lora.LoraComponent;
import io.github.tcd4j.tensor.Tensor;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One text encoder of a model, with the tokenizer that feeds it.
 *
 * @param component what LoRA files call it
 * @param projection of its pooled output, for SDXL's second
 * @param parameters by name, for LoRAs
 */
record TextTower(
    LoraComponent component,
    ClipTokenizer tokenizer,
    ClipTextModel model,
    @Nullable Linear projection,
    Map<String, Tensor> parameters) {}
