package io.github.tcd4j.pipeline;

import io.github.tcd4j.models.clip.ClipTextConfig;
import io.github.tcd4j.models.clip.ClipTextModel;
import io.github.tcd4j.models.clip.ClipTokenizer;
import io.github.tcd4j.models.layers.Checkpoint;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.models.unet.UNet2DConditionConfig;
import io.github.tcd4j.models.unet.UNet2DConditionModel;
import io.github.tcd4j.models.vae.AutoencoderKL;
import io.github.tcd4j.models.vae.AutoencoderKLConfig;
import io.github.tcd4j.pipeline.ModelFolder.Part;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.SafeTensors;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The networks of a model in memory. They own their parameters, whatever scope is open when they
 * are read, until {@link #close}.
 */
final class Networks implements AutoCloseable {
  final ClipTokenizer tokenizer;
  final ClipTextModel text;
  final UNet2DConditionModel unet;
  final AutoencoderKL vae;
  final Device device;

  /** The parameters of the U-Net and of the text encoder by name, for LoRAs. */
  final Map<String, Tensor> unetParameters;

  final Map<String, Tensor> textParameters;

  /** Keys that are in the files and that no network wanted, one sentence for each file. */
  final List<String> notes = new ArrayList<>();

  private final List<Tensor> owned = new ArrayList<>();

  Networks(ModelFolder folder, Device device) {
    this.device = device.requireAvailable();
    tokenizer = ClipTokenizer.load(folder.tokenizer());
    try (Scope scope = Scope.inference()) {
      Checkpoint textFile = checkpoint(folder, Part.TEXT_ENCODER);
      text =
          ClipTextModel.of(
              Weights.of(textFile), ClipTextConfig.read(folder.config(Part.TEXT_ENCODER)));
      Checkpoint unetFile = checkpoint(folder, Part.UNET);
      unet =
          UNet2DConditionModel.of(
              Weights.of(unetFile), UNet2DConditionConfig.read(folder.config(Part.UNET)));
      Checkpoint vaeFile = checkpoint(folder, Part.VAE);
      vae =
          AutoencoderKL.of(Weights.of(vaeFile), AutoencoderKLConfig.read(folder.config(Part.VAE)));
      unetParameters = take(scope, folder, Part.UNET, unetFile);
      textParameters = take(scope, folder, Part.TEXT_ENCODER, textFile);
      take(scope, folder, Part.VAE, vaeFile);
    }
  }

  private Checkpoint checkpoint(ModelFolder folder, Part part) {
    // Tensors keep the file mapped for as long as they need it.
    try (SafeTensors file = folder.openWeights(part)) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      for (String name : file.names()) {
        tensors.put(name, file.get(name).to(device));
      }
      String origin = folder.weights(part).toString();
      return new Checkpoint(origin, file.names(), n -> named(tensors, n), false);
    }
  }

  private static Tensor named(Map<String, Tensor> tensors, String name) {
    Tensor t = tensors.get(name);
    if (t == null) {
      throw new IllegalStateException(name);
    }
    return t;
  }

  private Map<String, Tensor> take(Scope scope, ModelFolder folder, Part part, Checkpoint file) {
    Map<String, Tensor> parameters = new LinkedHashMap<>(file.parameters());
    parameters.values().forEach(t -> owned.add(scope.disown(t)));
    List<String> unread = file.unread();
    if (!unread.isEmpty()) {
      String first = String.join(", ", unread.subList(0, Math.min(5, unread.size())));
      notes.add(
          (folder.weights(part) + " holds " + unread.size() + " tensors that nobody reads: ")
              + (first + (unread.size() > 5 ? ", ..." : "")));
    }
    return parameters;
  }

  @Override
  public void close() {
    owned.forEach(Tensor::close);
    owned.clear();
  }
}
