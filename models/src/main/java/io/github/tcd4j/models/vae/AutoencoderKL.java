package io.github.tcd4j.models.vae;

import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.Conv2d;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The autoencoder of latent diffusion, with the keys of diffusers' {@code AutoencoderKL}.
 *
 * <pre>{@code
 * AutoencoderKL vae = AutoencoderKL.of(Weights.of(checkpoint), config);
 * Tensor latents = vae.encode(pixels).sample(random).times(config.scalingFactor());
 * Tensor again = vae.decode(latents.div(config.scalingFactor()));
 * }</pre>
 */
public final class AutoencoderKL implements Autoencoder {
  private final AutoencoderKLConfig config;
  private final VaeEncoder encoder;
  private final VaeDecoder decoder;
  private final @Nullable Conv2d quantConv;
  private final @Nullable Conv2d postQuantConv;
  private final boolean tiled;

  private AutoencoderKL(Weights w, AutoencoderKLConfig config) {
    tiled = false;
    long latents = config.latentChannels();
    this.config = config;
    encoder = VaeEncoder.of(w.at("encoder"), config);
    decoder = VaeDecoder.of(w.at("decoder"), config);
    quantConv =
        config.useQuantConv()
            ? Conv2d.of(w.at("quant_conv"), 2 * latents, 2 * latents, 1, 1, 0)
            : null;
    postQuantConv =
        config.usePostQuantConv()
            ? Conv2d.of(w.at("post_quant_conv"), latents, latents, 1, 1, 0)
            : null;
  }

  private AutoencoderKL(AutoencoderKL whole) {
    config = whole.config;
    encoder = whole.encoder;
    decoder = whole.decoder;
    quantConv = whole.quantConv;
    postQuantConv = whole.postQuantConv;
    tiled = true;
  }

  public static AutoencoderKL of(Weights w, AutoencoderKLConfig config) {
    return new AutoencoderKL(w, config);
  }

  @Override
  public AutoencoderKLConfig config() {
    return config;
  }

  /**
   * The same network, working in overlapping tiles on what is larger than the pictures that it was
   * trained for: in the memory of one tile, with a slightly other result.
   */
  @Override
  public AutoencoderKL tiled() {
    return new AutoencoderKL(this);
  }

  /**
   * The distribution of latents of pictures.
   *
   * @param pixels (B, 3, H, W) in [-1, 1]; the latents have size H / {@link
   *     AutoencoderKLConfig#downscale}, rounded down at each halving
   */
  public Posterior encode(Tensor pixels) {
    Tiling tiling = Tiling.encoding(config);
    Tensor moments =
        tiled && tiling.divides(pixels) ? tiling.through(pixels, this::moments) : moments(pixels);
    Tensor[] halves = moments.chunk(2, 1);
    return new Posterior(halves[0], halves[1].clamp(-30, 20));
  }

  private Tensor moments(Tensor pixels) {
    Tensor moments = encoder.forward(pixels.channelsLast());
    return (quantConv == null ? moments : quantConv.forward(moments, Adapters.NONE)).to(DType.F32);
  }

  @Override
  public Tensor decode(Tensor z) {
    Tiling tiling = Tiling.decoding(config);
    return tiled && tiling.divides(z) ? tiling.through(z, this::pixels) : pixels(z);
  }

  private Tensor pixels(Tensor z) {
    Tensor h = z.channelsLast();
    if (postQuantConv != null) {
      h = postQuantConv.forward(h, Adapters.NONE);
    }
    return decoder.forward(h).to(DType.F32);
  }
}
