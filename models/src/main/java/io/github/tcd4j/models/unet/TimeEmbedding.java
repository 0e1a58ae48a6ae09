package io.github.tcd4j.models.unet;

import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.Embedding;
import io.github.tcd4j.models.layers.Init;
import io.github.tcd4j.models.layers.Linear;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Functional;
import io.github.tcd4j.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The time as one vector, with guidance weight, class label and SDXL's sizes where the network
 * knows them.
 */
record TimeEmbedding(
    SinusoidalEmbedding time,
    Mlp mlp,
    @Nullable Linear guidanceProj,
    int guidanceChannels,
    SinusoidalEmbedding sizes,
    @Nullable Mlp added,
    @Nullable Embedding classes) {

  /** Two linear layers with SiLU between them. */
  record Mlp(Linear first, Linear second) {
    static Mlp of(Weights w, long in, long out) {
      return new Mlp(Linear.of(w.at("linear_1"), in, out), Linear.of(w.at("linear_2"), out, out));
    }

    /** Where new, its last layer is zero, and so is its answer. */
    static Mlp zeroInit(Weights w, long in, long out) {
      return new Mlp(
          Linear.of(w.at("linear_1"), in, out), Linear.zeroInit(w.at("linear_2"), out, out));
    }

    Tensor forward(Tensor x, Adapters adapters) {
      return second.forward(Functional.silu(first.forward(x, adapters)), adapters);
    }
  }

  static TimeEmbedding of(Weights w, UNet2DConditionConfig config) {
    int in = config.blockOutChannels().get(0);
    int out = config.timeEmbeddingChannels();
    int guidance = config.timeCondProjDim();
    Weights place = w.at("time_embedding");
    return new TimeEmbedding(
        new SinusoidalEmbedding(in, config.flipSinToCos(), config.freqShift()),
        Mlp.of(place, in, out),
        guidance == 0 ? null : Linear.withoutBias(place.at("cond_proj"), guidance, in),
        guidance,
        new SinusoidalEmbedding(
            config.additionTimeEmbedDim(), config.flipSinToCos(), config.freqShift()),
        config.textTime()
            ? Mlp.of(w.at("add_embedding"), config.projectionClassEmbeddingsInputDim(), out)
            : null,
        config.numClassEmbeds() > 0
            ? Embedding.of(w.at("class_embedding"), Init.normal(1), config.numClassEmbeds(), out)
            : null);
  }

  /** Times (B) to (B, T). */
  Tensor forward(Tensor t, Conditioning c, Adapters adapters) {
    Tensor wave = time.forward(t);
    if (c.guidance() != null) {
      wave = wave.plus(guidance(c.guidance(), adapters));
    }
    Tensor emb = mlp.forward(wave, adapters);
    if (c.timeShift() != null) {
      emb = emb.plus(c.timeShift());
    }
    if (classes != null || c.classLabels() != null) {
      emb = emb.plus(label(c.classLabels()));
    }
    return added == null ? emb : emb.plus(sizesAndText(added, c, adapters));
  }

  private Tensor label(@Nullable Tensor labels) {
    if (classes == null) {
      throw new IllegalArgumentException(
          "this U-Net has no class embedding (num_class_embeds is null), so that class labels have"
              + " no effect");
    }
    if (labels == null) {
      throw new IllegalArgumentException(
          "this U-Net (num_class_embeds) needs class labels in its conditioning; those of an"
              + " upscaler are noise levels");
    }
    return classes.forward(labels);
  }

  private Tensor guidance(Tensor w, Adapters adapters) {
    if (guidanceProj == null) {
      throw new IllegalArgumentException(
          "this U-Net has no guidance embedding (time_cond_proj_dim is null); guide it by a second"
              + " pass, or leave out the guidance weights");
    }
    return guidanceProj.forward(SinusoidalEmbedding.ofGuidance(w, guidanceChannels), adapters);
  }

  private Tensor sizesAndText(Mlp layers, Conditioning c, Adapters adapters) {
    if (c.pooled() == null || c.timeIds() == null) {
      throw new IllegalArgumentException(
          "this U-Net (addition_embed_type text_time) needs pooled text and time ids in its"
              + " conditioning");
    }
    Tensor ids = sizes.forward(c.timeIds().reshape(-1)).reshape(c.rows(), -1);
    return layers.forward(Tensor.cat(1, c.pooled().to(DType.F32), ids), adapters);
  }
}
