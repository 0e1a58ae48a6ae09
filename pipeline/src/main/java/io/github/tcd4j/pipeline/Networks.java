package io.github.tcd4j.pipeline;

import io.github.tcd4j.models.clip.ClipTextConfig;
import io.github.tcd4j.models.clip.ClipTextModel;
import io.github.tcd4j.models.clip.ClipTextModelWithProjection;
import io.github.tcd4j.models.clip.ClipTokenizer;
import io.github.tcd4j.models.layers.Checkpoint;
import io.github.tcd4j.models.layers.Linear;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.models.lora.LoraComponent;
import io.github.tcd4j.models.unet.SEmbedding;
import io.github.tcd4j.models.unet.UNet2DConditionModel;
import io.github.tcd4j.models.vae.AutoencoderKL;
import io.github.tcd4j.pipeline.ModelFolder.Part;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.TensorFile;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The networks of a model in memory. They own their parameters, whatever scope is open when they
 * are read, until {@link #close}.
 */
final class Networks implements AutoCloseable {
  final List<TextTower> towers = new ArrayList<>();
  final UNet2DConditionModel unet;
  final AutoencoderKL vae;

  /** By which the U-Net is told s; empty where it is blind to it. */
  final List<SEmbedding> destinations = new ArrayList<>();

  final Device device;

  private final Map<String, Tensor> unetParameters;

  /** Keys that are in the files and that no network wanted, one sentence for each file. */
  final List<String> notes = new ArrayList<>();

  private final List<Tensor> owned = new ArrayList<>();

  Networks(ModelFolder folder, Device device) {
    this.device = device.requireAvailable();
    notes.addAll(folder.notes());
    try (Scope scope = Scope.inference()) {
      towers.add(tower(scope, folder, Part.TEXT_ENCODER, LoraComponent.TEXT_ENCODER));
      if (folder.family() == ModelFamily.SDXL) {
        towers.add(tower(scope, folder, Part.TEXT_ENCODER_2, LoraComponent.TEXT_ENCODER_2));
      }
      Checkpoint unetFile = checkpoint(folder, Part.UNET);
      unet = UNet2DConditionModel.of(Weights.of(unetFile), folder.unet());
      Sidecar.of(folder)
          .ifPresent(
              sidecar -> {
                SEmbedding embedding = sidecar.read(unet.config(), this.device);
                embedding.parameters().values().forEach(t -> owned.add(scope.disown(t)));
                destinations.add(embedding);
                notes.add("the U-Net is told the destination by " + sidecar.file());
              });
      Checkpoint vaeFile = checkpoint(folder, Part.VAE);
      vae = AutoencoderKL.of(Weights.of(vaeFile), folder.vae());
      unetParameters = take(scope, folder, Part.UNET, unetFile);
      take(scope, folder, Part.VAE, vaeFile);
    }
    requireThatTextFits(folder);
  }

  private TextTower tower(Scope scope, ModelFolder folder, Part part, LoraComponent component) {
    ClipTokenizer tokenizer = folder.tokenizer(part);
    ClipTextConfig config = folder.text(part);
    Checkpoint file = checkpoint(folder, part);
    ClipTextModel model;
    Linear projection = null;
    if (part == Part.TEXT_ENCODER_2) {
      ClipTextModelWithProjection two = ClipTextModelWithProjection.of(Weights.of(file), config);
      model = two.text();
      projection = two.projection();
    } else {
      model = ClipTextModel.of(Weights.of(file), config);
    }
    return new TextTower(component, tokenizer, model, projection, take(scope, folder, part, file));
  }

  private void requireThatTextFits(ModelFolder folder) {
    int channels = towers.stream().mapToInt(t -> t.model().config().hiddenSize()).sum();
    fits(folder, "cross_attention_dim", unet.config().crossAttentionDim().get(0), channels);
    if (unet.config().textTime()) {
      int pooled = towers.get(towers.size() - 1).model().config().projectionDim();
      fits(
          folder,
          "projection_class_embeddings_input_dim",
          unet.config().projectionClassEmbeddingsInputDim(),
          6 * unet.config().additionTimeEmbedDim() + pooled);
    }
  }

  private static void fits(ModelFolder folder, String key, int has, int needed) {
    if (has != needed) {
      throw new PipelineException(
          (folder.config(Part.UNET) + ": " + key + " is " + has + " but the text encoders give ")
              + (needed + "; are these parts of one model?"));
    }
  }

  /** The parameters that a LoRA can change, by the network that has them. */
  Map<LoraComponent, Map<String, Tensor>> parameters() {
    Map<LoraComponent, Map<String, Tensor>> parameters = new EnumMap<>(LoraComponent.class);
    parameters.put(LoraComponent.UNET, unetParameters);
    towers.forEach(t -> parameters.put(t.component(), t.parameters()));
    return parameters;
  }

  private Checkpoint checkpoint(ModelFolder folder, Part part) {
    // Tensors keep the file mapped for as long as they need it.
    try (TensorFile file = folder.openWeights(part)) {
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
