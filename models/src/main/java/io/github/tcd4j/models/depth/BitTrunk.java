package io.github.tcd4j.models.depth;

import io.github.tcd4j.models.layers.GroupNorm;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.Functional;
import io.github.tcd4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/** BiT (Kolesnikov et al. 2020) up to a sixteenth of the picture's size: {@code BitBackbone}. */
record BitTrunk(StandardizedConv2d stem, GroupNorm norm, List<List<BitLayer>> stages) {
  static BitTrunk of(Weights w, BitConfig config) {
    Weights embedder = w.at("embedder");
    List<List<BitLayer>> stages = new ArrayList<>();
    int in = config.stem();
    for (int s = 0; s < config.depths().size(); s++) {
      Weights layers = w.at("encoder").at("stages").at(s).at("layers");
      int out = config.channels().get(s);
      List<BitLayer> stage = new ArrayList<>();
      for (int i = 0; i < config.depths().get(s); i++) {
        int stride = s == 0 || i > 0 ? 1 : 2;
        stage.add(BitLayer.of(layers.at(i), in, out, stride, config.groups(), i == 0));
        in = out;
      }
      stages.add(stage);
    }
    return new BitTrunk(
        StandardizedConv2d.of(embedder.at("convolution"), 3, config.stem(), 7, 2),
        GroupNorm.of(embedder.at("norm"), config.groups(), config.stem(), 1e-5),
        stages);
  }

  /** The outputs of the stages: a quarter, an eighth and a sixteenth of the picture's size. */
  List<Tensor> forward(Tensor pixels) {
    Tensor x = Functional.relu(norm.forward(stem.forward(pixels)));
    x = Functional.maxPool2d(StandardizedConv2d.same(x, 3, 2), 3, 2, 0);
    List<Tensor> outputs = new ArrayList<>();
    for (List<BitLayer> stage : stages) {
      for (BitLayer layer : stage) {
        x = layer.forward(x);
      }
      outputs.add(x);
    }
    return outputs;
  }
}
