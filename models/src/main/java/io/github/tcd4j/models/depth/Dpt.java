package io.github.tcd4j.models.depth;

import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.Conv2d;
import io.github.tcd4j.models.layers.Linear;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.Functional;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** {@code DPTForDepthEstimation} of transformers. */
record Dpt(
    Backbone backbone,
    DepthNeck neck,
    @Nullable Conv2d projection,
    Conv2d conv1,
    Conv2d conv2,
    Conv2d conv3)
    implements DepthModel {
  private static final int HEAD = 32;

  static Dpt of(Weights w, DptConfig config) {
    int fusion = config.neck().fusion();
    Weights head = w.at("head");
    return new Dpt(
        backbone(w, config),
        DepthNeck.of(w.at("neck"), config.neck(), reassembly(w, config), false, config.normed()),
        config.projected() ? Conv2d.same3x3(head.at("projection"), fusion, fusion) : null,
        Conv2d.same3x3(head.at("head").at(0), fusion, fusion / 2),
        Conv2d.same3x3(head.at("head").at(2), fusion / 2, HEAD),
        Conv2d.of(head.at("head").at(4), HEAD, 1, 1, 1, 0));
  }

  private static Backbone backbone(Weights w, DptConfig config) {
    if (config.dinov2() != null) {
      return VisionTransformer.dinov2(w.at("backbone"), config.dinov2());
    }
    TransformerShape vit = Objects.requireNonNull(config.vit());
    return config.trunk() == null
        ? VisionTransformer.vit(w.at("dpt"), vit, config.outputs())
        : HybridBackbone.of(w.at("dpt"), vit, config.trunk(), config.outputs());
  }

  private static List<UnaryOperator<TokenMap>> reassembly(Weights w, DptConfig config) {
    NeckConfig neck = config.neck();
    Weights stage = w.at("neck").at("reassemble_stage");
    List<UnaryOperator<TokenMap>> steps = new ArrayList<>();
    for (int i = 0; i < neck.channels().size(); i++) {
      if (config.trunk() != null && i < DptConfig.STAGES) {
        steps.add(t -> t);
        continue;
      }
      Reassembly r =
          Reassembly.of(
              stage.at("layers").at(i),
              neck.width(),
              neck.channels().get(i),
              neck.factors().get(i));
      Linear readout =
          config.readout() == DptConfig.Readout.PROJECT
              ? Linear.of(stage.at("readout_projects").at(i).at(0), 2L * neck.width(), neck.width())
              : null;
      boolean add = config.readout() == DptConfig.Readout.ADD;
      steps.add(t -> new TokenMap(r.forward(withReadout(t, readout, add)), null));
    }
    return steps;
  }

  private static Tensor withReadout(TokenMap t, @Nullable Linear readout, boolean add) {
    Tensor map = t.map();
    Tensor token = Objects.requireNonNull(t.readout());
    long batch = map.size(0);
    long channels = map.size(1);
    if (add) {
      return map.plus(token.reshape(batch, channels, 1, 1));
    }
    if (readout == null) {
      return map;
    }
    long n = map.size(2) * map.size(3);
    Tensor rows = map.reshape(batch, channels, n).transpose(1, 2);
    Tensor both = Tensor.cat(2, rows, token.unsqueeze(1).expand(batch, n, channels));
    Tensor mixed = Functional.gelu(readout.forward(both, Adapters.NONE));
    return mixed.transpose(1, 2).reshape(batch, channels, map.size(2), map.size(3));
  }

  @Override
  public Tensor forward(Tensor pixels) {
    try (Scope scope = Scope.inference()) {
      Tensor map = Scope.result(() -> neck.forward(backbone.features(pixels)));
      if (projection != null) {
        map = Functional.relu(projection.forward(map, Adapters.NONE));
      }
      Tensor x = conv1.forward(map, Adapters.NONE);
      x = Functional.upsampleBilinear(x, 2 * x.size(2), 2 * x.size(3), true);
      x = Functional.relu(conv2.forward(x, Adapters.NONE));
      x = Functional.relu(conv3.forward(x, Adapters.NONE));
      return scope.keep(x.select(1, 0).contiguous());
    }
  }
}
