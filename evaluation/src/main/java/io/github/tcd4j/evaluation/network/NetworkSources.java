package io.github.tcd4j.evaluation.network;

import io.github.tcd4j.evaluation.preprocess.FidMode;
import io.github.tcd4j.models.inception.InceptionV3;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.nio.file.Path;
import java.util.List;

/** The networks that measures use, under the names by which their weights are published. */
public final class NetworkSources {
  private NetworkSources() {}

  /**
   * FID's Inception: rows of {@value InceptionV3#FEATURES} features, then {@value
   * InceptionV3#CLASSES} logits without bias.
   */
  public static NetworkSource inception(FidMode mode) {
    return new NetworkSource(
        "inception",
        List.of(
            "pt_inception-2015-12-05-6726825d.pth",
            "weights-inception-2015-12-05-6726825d.pth",
            "inception-2015-12-05.pt",
            "inception-2015-12-05.safetensors"),
        mode,
        false,
        NetworkSources::inception);
  }

  private static PictureNetwork inception(Path weights, Device device) {
    InceptionV3 network = InceptionV3.open(weights, device);
    return (pixels, captions) -> {
      try (Scope scope = Scope.inference()) {
        Tensor features = network.features(pixels);
        return scope.keep(Tensor.cat(1, features, network.logits(features)));
      }
    };
  }
}
