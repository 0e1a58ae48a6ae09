package io.github.tcd4j.evaluation.experiment;

import io.github.tcd4j.models.vae.AutoencoderKL;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import io.github.tcd4j.pipeline.internal.LoadedModel;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Tensor;
import java.util.function.UnaryOperator;

/** What a model's autoencoder makes of pictures (B, 3, H, W) in [-1, 1], on the processor. */
public final class Autoencoder implements UnaryOperator<Tensor>, AutoCloseable {
  private final LoadedModel model;

  public Autoencoder(ModelFolder folder) {
    model = new LoadedModel(folder, Device.CPU, true);
  }

  @Override
  public Tensor apply(Tensor pictures) {
    AutoencoderKL vae = model.vae();
    return vae.decode(vae.encode(pictures).mean());
  }

  @Override
  public void close() {
    model.close();
  }
}
