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
  void framesAreRowsOfTheUNetAndPicturesInTheEnd() {
    Path file = Path.of("src/test/resources/motion/sd1/diffusion_pytorch_model.safetensors");
    try (SafeTensors motion = SafeTensors.open(file)) {
      MemoryEstimate all = needs.animated("motion", motion, 16, 16);
      MemoryEstimate windows = needs.animated("motion", motion, 16, 4);
      MemoryEstimate longer = needs.animated("motion", motion, 32, 4);
      MemoryEstimate one = needs.animated("motion", motion, 1, 1);
      long motionBytes = one.frames().motion().held(DType.F32);
      // So large that the U-Net's maps are the peak, not what decodes a frame.
      MemoryEstimate unet =
          new MemoryEstimate(needs.networks().subList(0, 1), needs.unet(), needs.vae(), 0);
      long plain = unet.peak(DType.F32, 256, 256, false, false);
      long weights = unet.networks().get(0).held(DType.F32);
      long maps = plain - (unet.peak(DType.F32, 0, 0, false, false) - weights) - weights;
      long sixteen =
          unet.animated("motion", motion, 16, 16).peak(DType.F32, 256, 256, false, false);

      assertThat(motionBytes).isPositive();
      assertThat(sixteen - plain).isEqualTo(15 * maps + motionBytes + 16 * 3 * 256 * 256);
      assertThat(windows.peak(DType.F32, 512, 512, false, false))
          .isLessThan(all.peak(DType.F32, 512, 512, false, false));
      assertThat(windows.peak(DType.F32, 512, 512, true, false))
          .isGreaterThan(windows.peak(DType.F32, 512, 512, false, false));
      long more = longer.peak(DType.F32, 512, 512, false, false);
      assertThat(more - windows.peak(DType.F32, 512, 512, false, false))
          .as("behind the first window frames are pictures alone")
          .isEqualTo(16L * 3 * 512 * 512);
    }
  }

  @Test
  void smallFramesAreDecodedTogether() {
    Path file = Path.of("src/test/resources/motion/sd1/diffusion_pytorch_model.safetensors");
    MemoryEstimate vae =
        new MemoryEstimate(needs.networks().subList(2, 3), needs.unet(), needs.vae(), 0);
    long whole = vae.peak(DType.F32, 512, 512, false, false);
    try (SafeTensors motion = SafeTensors.open(file)) {
      long large = vae.animated("m", motion, 4, 4).peak(DType.F32, 512, 512, false, false);
      long small = vae.animated("m", motion, 4, 4).peak(DType.F32, 256, 256, false, false);

      assertThat(large - whole).isEqualTo(4 * 3 * 512 * 512);
      assertThat(small - whole).isEqualTo(4 * 3 * 256 * 256);
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
