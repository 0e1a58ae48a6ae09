package io.github.tcd4j.server.adapters;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.tcd4j.files.FileName;
import io.github.tcd4j.files.Tcd4jException;
import io.github.tcd4j.models.clip.ClipVisionConfig;
import io.github.tcd4j.models.config.ConfigFields;
import io.github.tcd4j.models.ipadapter.IpAdapterShape;
import io.github.tcd4j.models.unet.UNet2DConditionConfig;
import io.github.tcd4j.pipeline.adapter.AdapterModel;
import io.github.tcd4j.pipeline.adapter.ControlSource;
import io.github.tcd4j.tensor.file.TensorFile;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * An adapter that requests may name.
 *
 * @param name by which requests call it, without any folder
 * @param kind what it is
 * @param path its file or folder
 */
public record ServedAdapter(String name, AdapterKind kind, Path path) {
  /** Of these sides every T2I-Adapter's features are whole. */
  private static final int SIDE = 1024;

  /** Looks at a file or folder; null if it is no adapter. */
  static @Nullable ServedAdapter of(Path path) {
    AdapterKind kind = Files.isDirectory(path) ? ofFolder(path) : ofFile(path);
    return kind == null ? null : new ServedAdapter(FileName.stem(path.toString()), kind, path);
  }

  private static @Nullable AdapterKind ofFolder(Path path) {
    Path config = path.resolve("config.json");
    if (!Files.isRegularFile(config)) {
      return null;
    }
    JsonNode json = ConfigFields.read(config).node();
    String type = json.path("_class_name").asText(json.path("architectures").path(0).asText(""));
    return switch (type) {
      case "ControlNetModel" -> AdapterKind.CONTROLNET;
      case "T2IAdapter" -> AdapterKind.T2I_ADAPTER;
      case "CLIPVisionModelWithProjection", "CLIPVisionModel" -> AdapterKind.IMAGE_ENCODER;
      default -> null;
    };
  }

  /** Whether a single file is a ControlNet depends on the model, which {@link #fits} looks at. */
  private static @Nullable AdapterKind ofFile(Path path) {
    if (!path.toString().matches(".*\\.(safetensors|bin|ckpt|pt|pth)")) {
      return null;
    }
    return shape(path) == null ? AdapterKind.CONTROLNET : AdapterKind.IP_ADAPTER;
  }

  private static @Nullable IpAdapterShape shape(Path path) {
    try (TensorFile file = TensorFile.open(path)) {
      return IpAdapterShape.of(path.toString(), file);
    } catch (Tcd4jException e) {
      return null;
    }
  }

  /**
   * Whether it can be used with a model; no weights are read.
   *
   * @param pixels of the model that one latent element stands for
   */
  boolean fits(UNet2DConditionConfig unet, int pixels) {
    try {
      if (kind.control()) {
        ControlSource.of(new AdapterModel(path.toString(), ""), unet, pixels, SIDE, SIDE);
      } else if (kind == AdapterKind.IP_ADAPTER) {
        IpAdapterShape shape = shape(path);
        if (shape == null) {
          return false;
        }
        shape.requireFits(unet);
      }
      return true;
    } catch (Tcd4jException e) {
      return false;
    }
  }

  /** Whether this IP-Adapter was trained with a vision encoder of that shape. */
  boolean reads(ServedAdapter encoder) {
    try {
      IpAdapterShape shape = shape(path);
      if (shape == null) {
        return false;
      }
      shape.requireFits(ClipVisionConfig.read(encoder.path.resolve("config.json")));
      return true;
    } catch (Tcd4jException e) {
      return false;
    }
  }
}
