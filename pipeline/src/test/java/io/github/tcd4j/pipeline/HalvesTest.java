package io.github.tcd4j.pipeline;

import static io.github.tcd4j.pipeline.FidelityCases.DEVICE;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.Precision;
import io.github.tcd4j.models.unet.Conditioning;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import io.github.tcd4j.pipeline.internal.LoadedModel;
import io.github.tcd4j.pipeline.prompt.PromptEncoder;
import io.github.tcd4j.pipeline.prompt.PromptSettings;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * U-Net and autoencoder of every class of model in half precision, compared with their own float32.
 * {@code -Dtcd4j.device=cuda} computes on a GPU, whose kernels refuse types that the processor's
 * mix.
 */
class HalvesTest {
  static Stream<Arguments> halves() {
    return FidelityCases.folders()
        .flatMap(model -> Stream.of(DType.F16, DType.BF16).map(half -> Arguments.of(model, half)));
  }

  @ParameterizedTest
  @MethodSource("halves")
  void networksInHalvesGiveNearlyTheOutputsOfFloat32(String model, DType half) {
    ModelFolder folder = ModelFolder.open(model, FidelityCases.resource(model));
    try (Scope scope = Scope.inference()) {
      List<Tensor> full = answers(folder, Precision.FULL);
      // Few processors compute in F16, so there it only stores the weights.
      DType arithmetic = half == DType.F16 && DEVICE.equals(Device.CPU) ? DType.F32 : half;
      List<Tensor> rough = answers(folder, new Precision(half, arithmetic));
      for (int i = 0; i < full.size(); i++) {
        assertThat(Tiny.distance(rough.get(i), full.get(i))).isLessThan(0.05);
      }
    }
  }

  private static List<Tensor> answers(ModelFolder folder, Precision precision) {
    try (LoadedModel networks = new LoadedModel(folder, DEVICE, true)) {
      networks.use(precision, null, Progress.SILENT);
      Conditioning text =
          new PromptEncoder(networks, folder, PromptSettings.PLAIN, Progress.SILENT)
              .encodePairs(List.of("red apple"), "");
      var config = networks.unet().config();
      Tensor x = new RandomSource(7).normal(2, config.inChannels(), 12, 10).to(DEVICE);
      Tensor times = Tensor.of(new long[] {999, 437}, 2).to(DEVICE);
      Conditioning conditioning = FidelityTest.conditioning(text, config);
      return List.of(
          networks.unet().forward(x, times, conditioning, Adapters.NONE),
          networks.vae().decode(x.narrow(1, 0, 4)));
    }
  }
}
