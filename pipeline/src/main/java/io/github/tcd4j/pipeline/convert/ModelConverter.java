package io.github.tcd4j.pipeline.convert;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tcd4j.files.AtomicFolder;
import io.github.tcd4j.models.files.Component;
import io.github.tcd4j.models.files.Family;
import io.github.tcd4j.models.files.NonFinite;
import io.github.tcd4j.models.files.SingleFile;
import io.github.tcd4j.models.files.SingleFileWriter;
import io.github.tcd4j.models.files.TensorMap;
import io.github.tcd4j.models.layers.LayerShape;
import io.github.tcd4j.models.lora.FusedLora;
import io.github.tcd4j.models.lora.LoraAdapter;
import io.github.tcd4j.models.lora.LoraBinding;
import io.github.tcd4j.models.lora.LoraFile;
import io.github.tcd4j.models.lora.MatchPolicy;
import io.github.tcd4j.pipeline.checkpoint.LowResScheduler;
import io.github.tcd4j.pipeline.checkpoint.ModelException;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import io.github.tcd4j.pipeline.checkpoint.SEmbeddingFile;
import io.github.tcd4j.pipeline.lora.LoraSpec;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.SafeTensorsWriter;
import io.github.tcd4j.tensor.file.TensorFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Writes a model in the other layout, in another precision, or with LoRAs in its weights. Where
 * none of these changes a number, all bits stay.
 *
 * @param type to store floating numbers in; null for as they are
 * @param loras to write into the weights
 * @param policy whether a key of a LoRA that finds no layer is an error
 */
public record ModelConverter(@Nullable DType type, List<LoraSpec> loras, MatchPolicy policy) {
  /** Of LoRAs that act as a whole, or whose every key must find its layer. */
  public ModelConverter(@Nullable DType type, List<LoraSpec> loras, boolean strict) {
    this(type, loras, MatchPolicy.of(strict, false));
  }

  public ModelConverter {
    loras = List.copyOf(loras);
  }

  /**
   * Writes a single file with ldm's or sgm's key names; the tokenizer is not part of it.
   *
   * @param report receives what each LoRA matched
   */
  public void toFile(ModelFolder model, Path out, Consumer<String> report) {
    try (Scope scope = Scope.inference()) {
      Map<Component, Map<String, UnaryOperator<Tensor>>> changes = changes(model, report);
      SingleFileWriter writer = new SingleFileWriter(model.family() == Family.SDXL);
      for (Component component : model.components()) {
        TensorMap weights = read(model, component, changes);
        switch (component) {
          case UNET -> writer.unet(model.unet(), weights);
          case VAE -> writer.vae(model.vae(), weights);
          default -> writer.text(component, model.text(component), weights);
        }
      }
      ObjectNode configs = JsonNodeFactory.instance.objectNode();
      model
          .components()
          .forEach(
              component ->
                  configs.set(component.folder(), DiffusersFolderWriter.config(model, component)));
      configs.set("scheduler", model.schedulerConfig());
      configs.set("model_index", DiffusersFolderWriter.index(model));
      JsonNode lowRes = model.lowResSchedulerConfig();
      if (lowRes != null) {
        configs.set(LowResScheduler.FOLDER, lowRes);
      }
      writer.write(out, configs);
    }
  }

  /** Writes a folder in diffusers' layout, tokenizers included. It is there whole or not at all. */
  public void toFolder(ModelFolder model, Path out, Consumer<String> report) throws IOException {
    AtomicFolder.write(out, fresh -> writeInto(model, fresh, report));
  }

  private void writeInto(ModelFolder model, Path out, Consumer<String> report) throws IOException {
    try (Scope all = Scope.inference()) {
      Map<Component, Map<String, UnaryOperator<Tensor>>> changes = changes(model, report);
      for (Component component : model.components()) {
        Path folder = Files.createDirectories(out.resolve(component.folder()));
        try (Scope scope = Scope.inference()) {
          TensorMap weights = read(model, component, changes);
          Map<String, String> header = new TreeMap<>(Map.of("format", "pt"));
          header.putAll(weights.metadata());
          SafeTensorsWriter.write(
              folder.resolve(component.weightsStem() + ".safetensors"), weights.tensors(), header);
        }
        DiffusersFolderWriter.write(
            folder.resolve("config.json"), DiffusersFolderWriter.config(model, component));
        if (component.tokenizer() != null) {
          DiffusersFolderWriter.tokenizer(model, component, out.resolve(component.tokenizer()));
        }
      }
    }
    writeScheduler(out.resolve("scheduler"), model.schedulerConfig());
    JsonNode lowRes = model.lowResSchedulerConfig();
    if (lowRes != null) {
      writeScheduler(out.resolve(LowResScheduler.FOLDER), lowRes);
    }
    DiffusersFolderWriter.write(
        out.resolve("model_index.json"), DiffusersFolderWriter.index(model));
  }

  private static void writeScheduler(Path folder, JsonNode config) throws IOException {
    Files.createDirectories(folder);
    DiffusersFolderWriter.write(folder.resolve("scheduler_config.json"), config);
  }

  /** What the LoRAs make of the weights, float32 to float32, by the weight's name. */
  private Map<Component, Map<String, UnaryOperator<Tensor>>> changes(
      ModelFolder model, Consumer<String> report) {
    refuse(model.name(), SEmbeddingFile.of(model));
    Map<Component, List<LayerShape>> layers = model.layers();
    Map<Component, List<LoraAdapter>> adapters = new EnumMap<>(Component.class);
    layers.keySet().forEach(component -> adapters.put(component, new ArrayList<>()));
    for (LoraSpec choice : loras) {
      refuse("LoRA " + choice.name(), SEmbeddingFile.of(model.lora(choice.name())));
      LoraBinding binding = LoraFile.read(model.lora(choice.name())).bind(layers);
      report.accept("LoRA " + choice.name() + ": " + binding.report());
      binding.report().require(policy, choice.name());
      adapters.forEach((c, list) -> list.add(binding.adapter(c).weighted(choice.weight())));
    }
    Map<Component, Map<String, UnaryOperator<Tensor>>> changes = new EnumMap<>(Component.class);
    adapters.forEach((c, list) -> changes.put(c, FusedLora.changes(list)));
    return changes;
  }

  /** The parameters as they are to be stored, with what this program noted of them. */
  private TensorMap read(
      ModelFolder model,
      Component component,
      Map<Component, Map<String, UnaryOperator<Tensor>>> changes) {
    Map<String, UnaryOperator<Tensor>> own = changes.getOrDefault(component, Map.of());
    try (TensorFile file = model.openWeights(component)) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      file.names().forEach(name -> tensors.put(name, parameter(file, name, own.get(name))));
      return new TensorMap(tensors, SingleFile.notes(file.metadata()));
    }
  }

  /** Rounded once, after the change. */
  private Tensor parameter(TensorFile file, String name, @Nullable UnaryOperator<Tensor> change) {
    DType own = file.dtype(name);
    DType stored = type == null || !own.isFloating() ? own : type;
    if (change == null && stored == own) {
      return finite(name, file.get(name));
    }
    try (Scope scope = Scope.inference()) {
      Tensor t = file.forConversion(name);
      Tensor changed = change == null ? t : change.apply(t.to(DType.F32));
      return scope.keep(finite(name, changed.to(stored)));
    }
  }

  private static Tensor finite(String name, Tensor t) {
    if (NonFinite.isDamaged(t)) {
      throw new ModelException(
          NonFinite.sentence("the converted model", name)
              + " as "
              + t.dtype()
              + ", so it is not written; the model or a LoRA is damaged, or the type too narrow");
    }
    return t;
  }

  private static void refuse(String what, Optional<SEmbeddingFile> sidecar) {
    if (sidecar.isPresent()) {
      throw new ModelException(
          (what
                  + " was trained with TCF(S+) and needs its s-embedding, for which a converted model")
              + " has no place: it would be another model");
    }
  }
}
