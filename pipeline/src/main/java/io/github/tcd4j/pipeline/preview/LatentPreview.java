package io.github.tcd4j.pipeline.preview;

import io.github.tcd4j.images.Image;
import io.github.tcd4j.models.vae.Autoencoder;
import io.github.tcd4j.models.vae.AutoencoderKL;
import io.github.tcd4j.models.vae.AutoencoderKLConfig;
import io.github.tcd4j.models.vae.AutoencoderTiny;
import io.github.tcd4j.pipeline.internal.ImageTensors;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A linear map from latents to colours: one pixel for each latent element, at the cost of one small
 * matrix product.
 *
 * <pre>{@code
 * LatentPreview preview = model.preview();
 * Request request = Request.builder(prompt).hook((node, next, x, x0) -> {
 *   show(preview.images(x0.get()).get(0));
 *   return x;
 * }).build();
 * }</pre>
 *
 * @param weights a row for each latent channel: red, green and blue in [-1, 1] per unit, of latents
 *     as the sampler has them
 * @param bias red, green and blue where all latents are 0
 */
public record LatentPreview(List<List<Double>> weights, List<Double> bias) {
  /** Stable Diffusion 1 and 2, as published by K. Turner and used in ComfyUI. */
  public static final LatentPreview SD =
      new LatentPreview(
          List.of(
              List.of(0.3512, 0.2297, 0.3227),
              List.of(0.3250, 0.4974, 0.2350),
              List.of(-0.2829, 0.1762, 0.2721),
              List.of(-0.2120, -0.2616, -0.7177)),
          List.of(0.0, 0.0, 0.0));

  /** Stable Diffusion XL, from the same source. */
  public static final LatentPreview SDXL =
      new LatentPreview(
          List.of(
              List.of(0.3920, 0.4054, 0.4549),
              List.of(-0.2634, -0.0196, 0.0653),
              List.of(0.0568, 0.1687, -0.0755),
              List.of(-0.3112, -0.2359, -0.2076)),
          List.of(0.0, 0.0, 0.0));

  /** Channels of the usual autoencoder of Stable Diffusion. */
  private static final List<Integer> USUAL = List.of(128, 256, 512, 512);

  /** Pictures that a map is fitted to, and latent elements on a side of each. */
  private static final int PICTURES = 16;

  private static final int SIDE = 8;

  public LatentPreview {
    weights = weights.stream().map(List::copyOf).toList();
    bias = List.copyOf(bias);
    if (weights.isEmpty() || bias.size() != 3 || weights.stream().anyMatch(w -> w.size() != 3)) {
      throw new IllegalArgumentException(
          "a preview needs three numbers for each latent channel and three more but got "
              + weights
              + " and "
              + bias);
    }
  }

  /**
   * The published map of a usual autoencoder; of any other one that is fitted to it, by coloured
   * squares that it encodes (or noise that it decodes, where it cannot encode).
   */
  public static LatentPreview of(Autoencoder autoencoder, Device device) {
    LatentPreview published = published(autoencoder);
    return published == null ? fitted(autoencoder, device) : published;
  }

  private static @Nullable LatentPreview published(Autoencoder autoencoder) {
    if (!(autoencoder.config() instanceof AutoencoderKLConfig c)
        || !c.blockOutChannels().equals(USUAL)
        || c.latentChannels() != 4) {
      return null;
    }
    if (c.scalingFactor() == 0.18215) {
      return SD;
    }
    return c.scalingFactor() == 0.13025 ? SDXL : null;
  }

  private static LatentPreview fitted(Autoencoder autoencoder, Device device) {
    RandomSource random = new RandomSource(1);
    int scale = autoencoder.config().downscale();
    double factor = autoencoder.config().scalingFactor();
    boolean decoderOnly = autoencoder instanceof AutoencoderTiny t && !t.config().hasEncoder();
    try (Scope scope = Scope.inference()) {
      Tensor latents;
      Tensor colours;
      if (decoderOnly) {
        latents = random.normal(PICTURES, autoencoder.config().latentChannels(), SIDE, SIDE);
        Tensor pixels = autoencoder.decode(latents.to(device).div(factor)).clamp(-1, 1);
        colours = cellMeans(pixels, scale);
      } else {
        // Squares of two by two elements, so that most elements see one colour.
        Tensor squares = random.normal(PICTURES, 3, SIDE / 2, SIDE / 2).clamp(-1, 1);
        colours = enlarged(squares, 2);
        Tensor pixels = enlarged(squares, 2 * scale).to(device);
        latents = encoded(autoencoder, pixels).times(factor);
      }
      return fit(latents.to(Device.CPU), colours.to(Device.CPU));
    }
  }

  private static Tensor encoded(Autoencoder autoencoder, Tensor pixels) {
    return autoencoder instanceof AutoencoderTiny tiny
        ? tiny.encode(pixels)
        : ((AutoencoderKL) autoencoder).encode(pixels).mean();
  }

  private static Tensor enlarged(Tensor x, int n) {
    long[] s = x.shape();
    return x.reshape(s[0], s[1], s[2], 1, s[3], 1)
        .expand(s[0], s[1], s[2], n, s[3], n)
        .contiguous()
        .reshape(s[0], s[1], s[2] * n, s[3] * n);
  }

  private static Tensor cellMeans(Tensor x, int n) {
    long[] s = x.shape();
    return x.contiguous().reshape(s[0], s[1], s[2] / n, n, s[3] / n, n).mean(false, 3, 5);
  }

  /**
   * The map of least squares.
   *
   * @param latents (B, C, h, w)
   * @param colours (B, 3, h, w) in [-1, 1]
   */
  public static LatentPreview fit(Tensor latents, Tensor colours) {
    try (Scope scope = Scope.inference()) {
      int channels = Math.toIntExact(latents.size(1));
      Tensor x = rows(latents);
      Tensor in = Tensor.cat(1, x, Tensor.ones(DType.F32, x.size(0), 1));
      double[] gram = in.transpose(0, 1).matmul(in).toDoubleArray();
      double[] right = in.transpose(0, 1).matmul(rows(colours)).toDoubleArray();
      double[][] solved = LeastSquares.solve(gram, right, channels + 1, 3);
      List<List<Double>> weights = new ArrayList<>();
      for (int i = 0; i < channels; i++) {
        weights.add(List.of(solved[i][0], solved[i][1], solved[i][2]));
      }
      double[] last = solved[channels];
      return new LatentPreview(weights, List.of(last[0], last[1], last[2]));
    }
  }

  /** (B, C, h, w) to (B h w, C). */
  private static Tensor rows(Tensor t) {
    return t.permute(0, 2, 3, 1).contiguous().reshape(-1, t.size(1));
  }

  /**
   * A small picture for each row of latents.
   *
   * @param latents (B, C, h, w) as the sampler has them, best the estimate x0 of a step
   */
  public List<Image> images(Tensor latents) {
    if (latents.size(1) != weights.size()) {
      throw new IllegalArgumentException(
          "this preview is of latents of "
              + weights.size()
              + " channels but these have "
              + latents.size(1));
    }
    try (Scope scope = Scope.inference()) {
      double[] flat = weights.stream().flatMap(List::stream).mapToDouble(w -> w).toArray();
      Tensor map = Tensor.of(flat, weights.size(), 3).to(DType.F32);
      double[] three = bias.stream().mapToDouble(b -> b).toArray();
      Tensor x = latents.to(Device.CPU).to(DType.F32).permute(0, 2, 3, 1).contiguous();
      Tensor rgb = x.matmul(map).plus(Tensor.of(three, 3).to(DType.F32));
      return ImageTensors.toImages(rgb.permute(0, 3, 1, 2));
    }
  }
}
