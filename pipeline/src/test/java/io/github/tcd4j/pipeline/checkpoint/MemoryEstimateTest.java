package io.github.tcd4j.pipeline.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tcd4j.models.vae.AutoencoderKLConfig;
import io.github.tcd4j.pipeline.Tiny;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.file.SafeTensors;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class MemoryEstimateTest {
  private final MemoryEstimate needs = MemoryEstimate.of(Tiny.folder());

  @Test
  void parametersAndBytesAreThoseOfTheFiles() {
    Path file = Tiny.path().resolve("unet/diffusion_pytorch_model.safetensors");
    long elements = 0;
    try (SafeTensors tensors = SafeTensors.open(file)) {
      for (String name : tensors.names()) {
        elements += tensors.get(name).numel();
      }
    }
    MemoryEstimate.Network unet = needs.networks().get(0);

    assertThat(needs.networks().stream().map(MemoryEstimate.Network::name))
        .containsExactly("unet", "text_encoder", "vae");
    assertThat(unet.parameters()).isEqualTo(elements);
    assertThat(unet.bytes()).containsOnlyKeys(DType.F16);
    assertThat(unet.stored()).isEqualTo(2 * elements);
    assertThat(unet.held(DType.F32)).isEqualTo(4 * elements);
    assertThat(needs.side()).isEqualTo(16);
  }

  @Test
  void thePeakGrowsWithSizeTypeAndGuidance() {
    long small = needs.peak(DType.F32, 1024, 1024, false, false);

    assertThat(needs.peak(DType.F32, 2048, 1024, false, false)).isGreaterThan(small);
    assertThat(needs.peak(DType.BF16, 1024, 1024, false, false)).isLessThan(small);
    assertThat(needs.peak(DType.F16, 1024, 1024, false, false)).isLessThan(small);
    assertThat(needs.peak(DType.F32, 1024, 1024, true, false)).isGreaterThanOrEqualTo(small);
  }

  @Test
  void anAdapterIsCountedWhereTheUNetIs() {
    Path file =
        Path.of("src/test/resources/adapter/control-sd1/diffusion_pytorch_model.safetensors");
    try (SafeTensors control = SafeTensors.open(file)) {
      MemoryEstimate more = needs.with("control", control);
      MemoryEstimate two = more.with("control", control);
      long bytes = more.adapters().get(0).held(DType.F32);

      assertThat(more.adapters().get(0).parameters()).isPositive();
      long plain = needs.peak(DType.F32, 16, 16, false, false);
      // The tiny model's U-Net is the largest of its networks.
      assertThat(more.peak(DType.F32, 16, 16, false, false) - plain).isGreaterThan(bytes);
      assertThat(two.peak(DType.F32, 16, 16, false, false) - plain).isGreaterThan(2 * bytes);
    }
  }

  @Test
  void tilesTakeWhatAPictureOfTheirSizeTakes() {
    AutoencoderKLConfig vae = (AutoencoderKLConfig) needs.vae();
    MemoryEstimate decoding =
        new MemoryEstimate(needs.networks().subList(2, 3), needs.unet(), vae, 0);
    int side = vae.sampleSize();
    long tile = decoding.peak(DType.F32, side, side, false, false);

    assertThat(decoding.peak(DType.F32, 4096, 2048, false, true)).isEqualTo(tile);
    assertThat(decoding.peak(DType.F32, 4096, 2048, false, false)).isGreaterThan(tile);
    assertThat(decoding.peak(DType.F32, side, 1, false, true))
        .isEqualTo(decoding.peak(DType.F32, side, 1, false, false));
  }
}
