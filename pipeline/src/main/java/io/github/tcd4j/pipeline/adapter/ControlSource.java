package io.github.tcd4j.pipeline.adapter;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.files.Tcd4jException;
import io.github.tcd4j.models.config.ConfigFields;
import io.github.tcd4j.models.controlnet.ControlNetConfig;
import io.github.tcd4j.models.controlnet.ControlNetFile;
import io.github.tcd4j.models.controlnet.ControlNetUnionConfig;
import io.github.tcd4j.models.controlnet.T2IAdapterConfig;
import io.github.tcd4j.models.files.quantized.ScaledTensors;
import io.github.tcd4j.models.unet.UNet2DConditionConfig;
import io.github.tcd4j.tensor.file.TensorFile;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Where a network that sees a hint is read from, checked against the model that it is to steer. */
public sealed interface ControlSource {
  /** Its file or folder. */
  AdapterModel model();

  /** The file that it is read from. */
  Path weights();

  /** Its parameters under diffusers' names. */
  TensorFile open();

  /** Whether the hint is grey, of one channel. */
  boolean grey();

  /**
   * A ControlNet.
   *
   * @param file how a single file's names are read; null for a folder
   */
  record OfControlNet(
      AdapterModel model, ControlNetConfig config, Path weights, @Nullable ControlNetFile file)
      implements ControlSource {
    @Override
    public TensorFile open() {
      return file == null ? ScaledTensors.open(weights) : file.open();
    }

    @Override
    public boolean grey() {
      return config.conditioningChannels() == 1;
    }
  }

  /**
   * A ControlNet for several kinds of hints.
   *
   * @param file how a single file's names are read; null for a folder
   */
  record OfUnion(
      AdapterModel model, ControlNetUnionConfig config, Path weights, @Nullable ControlNetFile file)
      implements ControlSource {
    @Override
    public TensorFile open() {
      return file == null ? ScaledTensors.open(weights) : file.open();
    }

    @Override
    public boolean grey() {
      return config.network().conditioningChannels() == 1;
    }
  }

  /** A T2I-Adapter. */
  record OfT2IAdapter(AdapterModel model, T2IAdapterConfig config, Path weights)
      implements ControlSource {
    @Override
    public TensorFile open() {
      return ScaledTensors.open(weights);
    }

    @Override
    public boolean grey() {
      return config.inChannels() == 1;
    }
  }

  /**
   * Looks at a file or folder; no weights are read.
   *
   * @param base the model's U-Net
   * @param pixels of the model that one latent element stands for
   * @param width of the generated picture
   * @param height likewise
   * @throws InvalidRequestException if it is neither, or one of another base model
   */
  static ControlSource of(
      AdapterModel model, UNet2DConditionConfig base, int pixels, int width, int height) {
    try {
      Path config = model.config();
      if (config != null && type(config).equals("T2IAdapter")) {
        T2IAdapterConfig adapter = T2IAdapterConfig.read(config);
        adapter.requireFits(base, pixels);
        if (width % adapter.downscale() != 0 || height % adapter.downscale() != 0) {
          throw new InvalidRequestException(
              ("it needs sides that are multiples of "
                      + adapter.downscale()
                      + " pixels but the picture")
                  + (" is " + width + "x" + height));
        }
        return new OfT2IAdapter(model, adapter, model.weights("T2I-Adapter"));
      }
      ControlSource source = controlNet(model, base);
      ControlNetConfig network =
          source instanceof OfUnion union ? union.config.network() : ((OfControlNet) source).config;
      network.requireFits(base);
      if (network.downscale() != pixels) {
        throw new InvalidRequestException(
            ("it reads hints of " + network.downscale() + " pixels to a latent element but the")
                + (" model has " + pixels + "; use one that was trained for this model"));
      }
      return source;
    } catch (Tcd4jException e) {
      String message = String.valueOf(e.getMessage());
      boolean named = message.contains(model.name());
      throw new InvalidRequestException(
          named ? message : "ControlNet " + model.name() + " cannot be used: " + message, e);
    }
  }

  private static ControlSource controlNet(AdapterModel model, UNet2DConditionConfig base) {
    Path weights = model.weights("ControlNet");
    Path config = model.config();
    if (config == null) {
      ControlNetFile file = ControlNetFile.of(weights, base);
      return file.union() == null
          ? new OfControlNet(model, file.config(), weights, file)
          : new OfUnion(model, file.union(), weights, file);
    }
    String type = type(config);
    if (type.equals("ControlNetUnionModel")) {
      return new OfUnion(model, ControlNetUnionConfig.read(config), weights, null);
    }
    if (!type.isEmpty() && !type.equals("ControlNetModel")) {
      throw new InvalidRequestException(
          model.name() + " is no ControlNet: its config.json says that it is a " + type);
    }
    return new OfControlNet(model, ControlNetConfig.read(config), weights, null);
  }

  private static String type(Path config) {
    JsonNode json = ConfigFields.read(config).node();
    return json.path("_class_name").asText(json.path("architectures").path(0).asText(""));
  }
}
