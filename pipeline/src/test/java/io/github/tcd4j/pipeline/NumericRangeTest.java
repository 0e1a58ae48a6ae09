package io.github.tcd4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.images.Image;
import io.github.tcd4j.models.layers.Precision;
import io.github.tcd4j.pipeline.checkpoint.ModelException;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import io.github.tcd4j.pipeline.internal.LatentDecoder;
import io.github.tcd4j.pipeline.internal.LoadedModel;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.SafeTensors;
import io.github.tcd4j.tensor.file.SafeTensorsWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Numbers that half precision or float32 cannot hold: where they come from, and what is done. */
class NumericRangeTest {
  @TempDir Path temporary;

  /** A model whose U-Net is in float32, with digits that float16 has not, or rounded to it. */
  private Path unrounded(String name, boolean rounded) throws IOException {
    Path folder = Tiny.copy(temporary.resolve(name));
    Path weights = folder.resolve("unet/diffusion_pytorch_model.safetensors");
    try (Scope scope = Scope.inference()) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      try (SafeTensors old = SafeTensors.open(weights)) {
        for (String key : old.names()) {
          Tensor t = old.get(key).to(DType.F32).times(1.0003);
          // Norms and biases keep float32.
          tensors.put(key, rounded && t.dim() > 1 ? t.to(DType.F16).to(DType.F32) : t);
        }
      }
      SafeTensorsWriter.write(weights, tensors, Map.of());
    }
    return folder;
  }

  @Test
  void weightsThatAreStoredInF16ComputeInFloat32() throws IOException {
    Request.Builder request = Request.builder(Tiny.PROMPT).steps(2).loras(List.of()).sampler("tcd");
    try (TextToImage exact = Tiny.load(ModelFolder.open("x", unrounded("exact", false)));
        TextToImage rounded = Tiny.load(ModelFolder.open("x", unrounded("rounded", true)));
        Scope scope = Scope.inference()) {
      Picture full = exact.generate(request.build(), Progress.SILENT).get(0);
      Picture half = rounded.generate(request.build(), Progress.SILENT).get(0);
      Picture stored = exact.generate(request.dtype(DType.F16).build(), Progress.SILENT).get(0);

      // Float32 arithmetic with the rounded weights: only the sums' order differs.
      assertThat(Tiny.distance(stored.latents().tensor(), half.latents().tensor()))
          .isLessThan(1e-5);
      assertThat(Tiny.distance(stored.latents().tensor(), full.latents().tensor()))
          .isBetween(3e-5, 1e-2);
      assertThat(stored.settings().compute().dtype()).isEqualTo(DType.F16);
    }
  }

  @Test
  void anAutoencoderWhoseWeightsOverflowF16IsDecodedAgainInFloat32AndThatIsReported()
      throws IOException {
    Path folder = Tiny.copy(temporary.resolve("overflowing-weights"));
    Path weights = folder.resolve("vae/diffusion_pytorch_model.safetensors");
    overflow(weights);
    Request.Builder request = Request.builder(Tiny.PROMPT).steps(1);
    try (TextToImage overflowing = Tiny.load(ModelFolder.open("x", folder))) {
      RecordingProgress quiet = new RecordingProgress();
      Picture full = overflowing.generate(request.build(), quiet).get(0);
      RecordingProgress listener = new RecordingProgress();
      Picture half = overflowing.generate(request.dtype(DType.F16).build(), listener).get(0);

      assertThat(quiet.notes).noneMatch(note -> note.contains("overflowed"));
      assertThat(listener.notes)
          .contains("the autoencoder overflowed in half precision; decoding again in float32");
      assertThat(half.image().rgb()).isNotEqualTo(new byte[16 * 16 * 3]);
      assertThat(difference(half.image().rgb(), full.image().rgb())).isLessThanOrEqualTo(2);
      RecordingProgress next = new RecordingProgress();
      overflowing.generate(request.dtype(DType.F16).build(), next);
      assertThat(next.notes).anyMatch(note -> note.contains("overflowed"));
    }
  }

  private static void overflow(Path weights) {
    try (Scope scope = Scope.inference()) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      try (SafeTensors old = SafeTensors.open(weights)) {
        old.names().forEach(n -> tensors.put(n, old.get(n).to(DType.F32).copy()));
      }
      // Beyond the 65504 of f16; the norm behind it takes the factor out again.
      tensors.computeIfPresent("decoder.conv_in.weight", (n, t) -> t.times(1e6));
      SafeTensorsWriter.write(weights, tensors, Map.of());
    }
  }

  private static int difference(byte[] a, byte[] b) {
    int largest = 0;
    for (int i = 0; i < a.length; i++) {
      largest = Math.max(largest, Math.abs((a[i] & 255) - (b[i] & 255)));
    }
    return largest;
  }

  @Test
  void latentsThatAreNotFiniteStopTheRunWithTheLikelyCause() throws IOException {
    Path folder = Tiny.copy(temporary.resolve("damaged"));
    Path weights = folder.resolve("unet/diffusion_pytorch_model.safetensors");
    Tiny.change(weights, "conv_out.bias", Double.NaN, 4);
    try (TextToImage damaged = Tiny.load(ModelFolder.open("x", folder))) {
      Request request = Request.builder(Tiny.PROMPT).build();

      assertThatThrownBy(() -> damaged.generate(request, Progress.SILENT))
          .isInstanceOf(ModelException.class)
          .hasMessageContaining("not finite after step 1")
          .hasMessageContaining(weights + " holds numbers that are not finite")
          .hasMessageEndingWith("conv_out.bias");
    }
  }

  /** All that overflow are read in float32 at once, not anew for each of them. */
  @Test
  void picturesThatOverflowHalfPrecisionAreThoseOfFloat32() throws IOException {
    Path folder = Tiny.copy(temporary.resolve("overflowing"));
    Path weights = folder.resolve("vae/diffusion_pytorch_model.safetensors");
    overflow(weights);
    ModelFolder model = ModelFolder.open("x", folder);
    try (LoadedModel networks = new LoadedModel(model, Device.CPU, true);
        RandomSource random = new RandomSource(3);
        Scope scope = Scope.inference()) {
      RecordingProgress listener = new RecordingProgress();
      LatentDecoder decoding = new LatentDecoder(networks, model.vae(), false, listener);
      // Each of them is a portion of its own.
      Tensor latents = random.normal(2, 4, 64, 64);
      List<Image> full = decoding.images(latents);
      assertThat(listener.notes).isEmpty();
      networks.use(new Precision(DType.F16, DType.F32), null, listener);

      List<Image> half = decoding.images(latents);
      assertThat(listener.notes)
          .containsExactly(
              "the autoencoder overflowed in half precision; decoding again in float32");
      assertThat(half).hasSize(2);
      for (int i = 0; i < 2; i++) {
        assertThat(half.get(i).rgb()).isEqualTo(full.get(i).rgb());
      }
      assertThat(full.get(0).rgb()).isNotEqualTo(full.get(1).rgb());
    }
  }

  @Test
  void aPictureThatIsNotFiniteIsNeverMade() throws IOException {
    Path folder = Tiny.copy(temporary.resolve("black"));
    Path weights = folder.resolve("vae/diffusion_pytorch_model.safetensors");
    Tiny.change(weights, "decoder.conv_out.bias", Double.NaN, 3);
    try (TextToImage black = Tiny.load(ModelFolder.open("x", folder))) {
      Request request = Request.builder(Tiny.PROMPT).steps(1).build();

      assertThatThrownBy(() -> black.generate(request, Progress.SILENT))
          .isInstanceOf(ModelException.class)
          .hasMessageStartingWith("the autoencoder made numbers that are not finite")
          .hasMessageContaining(weights.toString())
          .hasMessageEndingWith("decoder.conv_out.bias");
    }
  }
}
