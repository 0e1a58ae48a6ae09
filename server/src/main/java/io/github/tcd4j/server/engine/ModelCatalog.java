package io.github.tcd4j.server.engine;

import io.github.tcd4j.files.FileName;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.models.unet.DestinationEmbedding;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import io.github.tcd4j.pipeline.lora.LoraSpec;
import io.github.tcd4j.server.adapters.AdapterCatalog;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The models and LoRAs that requests may name. Names are all that a request has of files: it cannot
 * point at any other, however it is spelled.
 */
public final class ModelCatalog {
  private static final String ENDING = ".safetensors";

  private final Map<String, ServedModel> models;
  private final @Nullable Path loraFolder;
  private final AdapterCatalog adapters;

  /**
   * Opens the small files of all models, so that a wrong folder is found now and not by the first
   * request.
   *
   * @param folders at least one, the first is the default; called by the last name of their path
   * @param loraFolder LoRAs for all models; null for the models' own alone
   * @throws InvalidRequestException if there is none, or two have the same name
   */
  public ModelCatalog(List<ModelFolder> folders, @Nullable Path loraFolder) {
    this(folders, loraFolder, AdapterCatalog.NONE);
  }

  /**
   * The same with adapters.
   *
   * @param adapters ControlNets and their like, for all models that they fit
   */
  public ModelCatalog(
      List<ModelFolder> folders, @Nullable Path loraFolder, AdapterCatalog adapters) {
    this.adapters = adapters;
    if (folders.isEmpty()) {
      throw new InvalidRequestException("a server needs at least one model");
    }
    if (loraFolder != null && !Files.isDirectory(loraFolder)) {
      throw new InvalidRequestException("the folder of LoRAs " + loraFolder + " does not exist");
    }
    Map<String, ServedModel> named = new LinkedHashMap<>();
    for (ModelFolder folder : folders) {
      String name = FileName.stem(folder.name());
      if (named.put(name, ServedModel.of(name, folder)) != null) {
        throw new InvalidRequestException(
            "two models are called " + name + "; rename one of the folders or files");
      }
    }
    models = Collections.unmodifiableMap(named);
    this.loraFolder = loraFolder;
  }

  /** All, the default first. */
  public List<ServedModel> all() {
    return List.copyOf(models.values());
  }

  /** The model for requests that name none. */
  public ServedModel standard() {
    return models.values().iterator().next();
  }

  /** The model of that name; null if none is. */
  public @Nullable ServedModel find(String name) {
    return models.get(name);
  }

  /** The adapters that requests may name. */
  public AdapterCatalog adapters() {
    return adapters;
  }

  /** The names of the LoRAs that a request to a model may use, sorted. */
  public List<String> loras(ServedModel model) {
    TreeSet<String> names = new TreeSet<>(model.folder().ownLoraNames());
    files().forEach(f -> names.add(ModelFolder.loraName(f)));
    return List.copyOf(names);
  }

  /**
   * The LoRA of that name; with or without its ending. The common folder comes before the model's
   * own.
   *
   * @throws InvalidRequestException if there is none; the message lists those that are
   */
  public LoraSpec lora(ServedModel model, String name, double weight) {
    String stem = name.endsWith(ENDING) ? name.substring(0, name.length() - ENDING.length()) : name;
    for (Path file : files()) {
      if (ModelFolder.loraName(file).equals(stem)) {
        return new LoraSpec(file.toString(), weight);
      }
    }
    for (Path file : model.folder().ownLoras()) {
      if (ModelFolder.loraName(file).equals(stem)) {
        // By the bare name a file of the working folder would be found first.
        return new LoraSpec(Files.exists(Path.of(stem)) ? file.toString() : stem, weight);
      }
    }
    List<String> known = loras(model);
    throw new InvalidRequestException(
        ("LoRA " + shortened(name) + " is not one of ")
            + (known.isEmpty()
                ? "this server's, which has none"
                : "those of the server: " + known));
  }

  private static String shortened(String name) {
    return name.length() <= 60 ? name : name.substring(0, 60) + "...";
  }

  private List<Path> files() {
    if (loraFolder == null) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(loraFolder)) {
      return new ArrayList<>(
          files
              .filter(f -> f.toString().endsWith(ENDING) && !DestinationEmbedding.isOne(f))
              .sorted()
              .toList());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Folders that no message may show. */
  public FolderFilter filter() {
    List<String> roots = new ArrayList<>(adapters.roots());
    for (ServedModel model : models.values()) {
      roots.add(model.folder().root().toString());
      roots.add(model.folder().root().toAbsolutePath().toString());
    }
    if (loraFolder != null) {
      roots.add(loraFolder.toString());
      roots.add(loraFolder.toAbsolutePath().toString());
    }
    return new FolderFilter(roots);
  }
}
