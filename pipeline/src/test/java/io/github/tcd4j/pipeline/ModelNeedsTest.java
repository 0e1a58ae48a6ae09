package io.github.tcd4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.SafeTensors;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ModelNeedsTest {
  private final ModelNeeds needs = ModelNeeds.of(Tiny.folder());

  @Test
  void parametersAndBytesAreThoseOfTheFiles() {
    Path file = Tiny.path().resolve("unet/diffusion_pytorch_model.safetensors");
    long elements = 0;
    try (SafeTensors tensors = SafeTensors.open(file)) {
      for (String name : tensors.names()) {
        elements += tensors.get(name).numel();
      }
    }
    ModelNeeds.Network unet = needs.networks().get(0);

    assertThat(needs.networks().stream().map(ModelNeeds.Network::name))
        .containsExactly("unet", "text_encoder", "vae");
    assertThat(unet.parameters()).isEqualTo(elements);
    assertThat(unet.bytes()).containsOnlyKeys(DType.F16);
    assertThat(unet.stored()).isEqualTo(2 * elements);
    assertThat(unet.held(DType.F32)).isEqualTo(4 * elements);
    assertThat(needs.side()).isEqualTo(16);
  }

  @Test
  void thePeakGrowsWithSizeTypeAndGuidance() {
    long small = needs.peak(DType.F32, 1024, 1024, false);

    assertThat(needs.peak(DType.F32, 2048, 1024, false)).isGreaterThan(small);
    assertThat(needs.peak(DType.BF16, 1024, 1024, false)).isLessThan(small);
    assertThat(needs.peak(DType.F16, 1024, 1024, false)).isLessThan(small);
    assertThat(needs.peak(DType.F32, 1024, 1024, true)).isGreaterThanOrEqualTo(small);
  }
}
