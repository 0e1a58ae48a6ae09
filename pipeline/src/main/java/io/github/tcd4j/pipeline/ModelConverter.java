package io.github.tcd4j.pipeline;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tcd4j.models.files.SingleFileWriter;
import io.github.tcd4j.models.files.TensorMap;
import io.github.tcd4j.models.layers.LayerShape;
import io.github.tcd4j.models.lora.FusedLora;
import io.github.tcd4j.models.lora.LoraAdapter;
import io.github.tcd4j.models.lora.LoraBinding;
import io.github.tcd4j.models.lora.LoraComponent;
import io.github.tcd4j.models.lora.LoraFile;
import io.github.tcd4j.pipeline.ModelFolder.Part;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.SafeTensorsWriter;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.TensorFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Writes a model in the other layout, in another precision, or with LoRAs in its weights. Where
 * none of these changes a number, all bits stay.
 *
 * @param type to store floating numbers in; null for as they are
 * @param loras to write into the weights
 * @param strict whether a key of a LoRA that finds no layer is an error
 */
public record ModelConverter(@Nullable DType type, List<LoraChoice> loras, boolean strict) {
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final Map<LoraComponent, Part> PARTS =
      Map.of(
          LoraComponent.UNET, Part.UNET,
          LoraComponent.TEXT_ENCODER, Part.TEXT_ENCODER,
          LoraComponent.TEXT_ENCODER_2, Part.TEXT_ENCODER_2);

  public ModelConverter {
    loras = List.copyOf(loras);
  }

  /**
   * Writes a single file with ldm's or sgm's key names; the tokenizer is not part of it.
   *
   * @param report is told what each LoRA matched
   */
  public void toFile(ModelFolder model, Path out, Consumer<String> report) {
    try (Scope scope = Scope.inference();
        Parameters parameters = new Parameters(model, report)) {
      SingleFileWriter writer = new SingleFileWriter(model.family() == ModelFamily.SDXL, type);
      parameters.parts.forEach(
          (part, tensors) -> {
            TensorFile weights = new TensorMap(tensors);
            switch (part) {
              case UNET -> writer.unet(model.unet(), weights);
              case VAE -> writer.vae(model.vae(), weights);
              default -> writer.text(part.component, model.text(part), weights);
            }
          });
      ObjectNode configs = JsonNodeFactory.instance.objectNode();
      model.parts().forEach(part -> configs.set(part.folder, config(model, part)));
      configs.set("scheduler", model.schedulerConfig());
      writer.write(out, configs);
    }
  }

  /** Writes a folder in diffusers' layout, tokenizers included. */
  public void toFolder(ModelFolder model, Path out, Consumer<String> report) throws IOException {
    try (Scope scope = Scope.inference();
        Parameters parameters = new Parameters(model, report)) {
      for (Map.Entry<Part, Map<String, Tensor>> e : parameters.parts.entrySet()) {
        Part part = e.getKey();
        Path folder = Files.createDirectories(out.resolve(part.folder));
        Map<String, Tensor> stored = new LinkedHashMap<>();
        e.getValue().forEach((name, t) -> stored.put(name, stored(t)));
        SafeTensorsWriter.write(
            folder.resolve(part.stem + ".safetensors"), stored, Map.of("format", "pt"));
        write(folder.resolve("config.json"), config(model, part));
        if (part.tokenizer != null) {
          copy(model.tokenizerFolder(part), out.resolve(part.tokenizer));
        }
      }
    }
    Files.createDirectories(out.resolve("scheduler"));
    write(out.resolve("scheduler/scheduler_config.json"), model.schedulerConfig());
    write(out.resolve("model_index.json"), model.indexJson());
  }

  private Tensor stored(Tensor t) {
    return type == null || !t.dtype().isFloating() ? t : t.to(type);
  }

  /** All parameters, with the LoRAs in them until the close. */
  private final class Parameters implements AutoCloseable {
    final Map<Part, Map<String, Tensor>> parts = new EnumMap<>(Part.class);
    private final List<FusedLora> fused = new ArrayList<>();

    Parameters(ModelFolder model, Consumer<String> report) {
      for (Part part : model.parts()) {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        try (TensorFile file = model.openWeights(part)) {
          file.names().forEach(name -> tensors.put(name, file.get(name)));
        }
        parts.put(part, tensors);
      }
      Map<LoraComponent, List<LayerShape>> layers = new EnumMap<>(LoraComponent.class);
      Map<LoraComponent, List<LoraAdapter>> adapters = new EnumMap<>(LoraComponent.class);
      PARTS.forEach(
          (component, part) -> {
            Map<String, Tensor> tensors = parts.get(part);
            if (tensors != null) {
              layers.put(component, LayerShape.of(tensors));
              adapters.put(component, new ArrayList<>());
            }
          });
      for (LoraChoice choice : loras) {
        Sidecar.of(model.lora(choice.name()))
            .ifPresent(
                s -> {
                  throw new PipelineException(
                      ("LoRA " + choice.name() + " needs its s-embedding, for which a converted")
                          + " model has no place; convert without it and paint with --lora");
                });
        LoraBinding binding = LoraFile.read(model.lora(choice.name())).bind(layers);
        report.accept("LoRA " + choice.name() + ": " + binding.report());
        if (strict) {
          binding.requireAll(choice.name());
        }
        adapters.forEach((c, list) -> list.add(binding.adapter(c).weighted(choice.weight())));
      }
      adapters.forEach(
          (component, list) -> {
            Map<String, Tensor> tensors = parts.get(PARTS.get(component));
            if (tensors != null) {
              fused.add(FusedLora.fuse(tensors, list));
            }
          });
    }

    @Override
    public void close() {
      fused.forEach(FusedLora::unfuse);
    }
  }

  private static JsonNode config(ModelFolder model, Part part) {
    try {
      if (model.file() == null && (part != Part.VAE || model.otherVae() == null)) {
        return JSON.readTree(Files.readString(model.config(part)));
      }
      return switch (part) {
        case UNET -> JSON.readTree(model.unet().toJson());
        case VAE -> JSON.readTree(model.vae().toJson());
        default -> model.text(part).toJson();
      };
    } catch (JsonProcessingException e) {
      throw new PipelineException(model.config(part) + " is not valid JSON", e);
    } catch (IOException e) {
      throw new PipelineException("cannot read " + model.config(part) + ": " + e.getMessage(), e);
    }
  }

  private static void write(Path file, JsonNode json) throws IOException {
    Files.writeString(file, json.toPrettyString() + "\n");
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.createDirectories(to);
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        String name = String.valueOf(file.getFileName());
        if (name.endsWith(".json") || name.endsWith(".txt")) {
          Files.writeString(to.resolve(name), Files.readString(file));
        }
      }
    }
  }
}
