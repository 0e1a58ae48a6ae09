package io.github.tcd4j.models.depth;

import io.github.tcd4j.models.layers.NetworkFile;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.TensorFile;

/** A network from pictures to depth. */
public interface DepthModel {
  /**
   * @param pixels (B, 3, H, W), normalised as the model's {@code preprocessor_config.json} says
   * @return (B, H', W'), about the size of the pictures; of a relative model the greater the
   *     nearer, of a metric one metres
   */
  Tensor forward(Tensor pixels);

  /**
   * Reads a network; its parameters belong to the scope that is open.
   *
   * @param origin what to call the file in messages
   * @throws io.github.tcd4j.models.layers.WeightsException if the file holds another network
   */
  static DepthModel open(String origin, TensorFile file, DepthConfig config, Device device) {
    String what = config.depthAnything() ? "a Depth-Anything model" : "a DPT model";
    return NetworkFile.build(
        origin, what + " of its config.json", file, device, w -> of(w, config));
  }

  static DepthModel of(Weights w, DepthConfig config) {
    if (config instanceof DepthAnythingConfig anything) {
      return DepthAnything.of(w, anything);
    }
    return Dpt.of(w, (DptConfig) config);
  }
}
