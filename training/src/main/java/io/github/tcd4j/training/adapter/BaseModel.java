package io.github.tcd4j.training.adapter;

import io.github.tcd4j.files.Notes;
import io.github.tcd4j.models.files.Component;
import io.github.tcd4j.models.vae.AutoencoderKL;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import io.github.tcd4j.pipeline.internal.LoadedModel;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.training.dataset.TrainingEnvironment;
import io.github.tcd4j.training.network.FrozenComponents;
import io.github.tcd4j.training.network.Teacher;
import java.util.Map;

/**
 * The finished model that an adapter is trained for: frozen, float32. Its networks are read when
 * they are first needed and belong to the scope that is open then.
 */
record BaseModel(ModelFolder folder, LoadedModel model) {
  /**
   * @param name as the recipe has it: a folder in diffusers' layout or a single file
   */
  static BaseModel open(String name, TrainingEnvironment places) {
    ModelFolder folder = ModelFolder.open(name, places.existing(name));
    FrozenComponents.refuseUpscaler(folder);
    folder.notes().forEach(places.notes());
    Notes notes =
        new Notes() {
          @Override
          public void note(String message) {
            places.notes().accept(message);
          }
        };
    return new BaseModel(folder, LoadedModel.differentiable(folder, places.device(), notes));
  }

  AutoencoderKL autoencoder() {
    return model.vae();
  }

  Map<String, Tensor> autoencoderWeights() {
    return model.parameters(Component.VAE);
  }

  /** Text encoders and autoencoder. */
  FrozenComponents components() {
    return FrozenComponents.of(folder, model);
  }

  /** The U-Net. */
  Teacher teacher() {
    return Teacher.of(folder, model);
  }
}
