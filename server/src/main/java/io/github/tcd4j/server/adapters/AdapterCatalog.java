package io.github.tcd4j.server.adapters;

import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The adapters of a folder: single files, and folders of diffusers' layout. Names are all that a
 * request has of files.
 */
public final class AdapterCatalog {
  /** No adapter. */
  public static final AdapterCatalog NONE = new AdapterCatalog(List.of(), List.of());

  private record Fit(String adapter, Path model) {}

  private final List<ServedAdapter> all;
  private final List<String> roots;
  private final Map<Fit, Boolean> fits = new ConcurrentHashMap<>();

  private AdapterCatalog(List<ServedAdapter> all, List<String> roots) {
    this.all = List.copyOf(all);
    this.roots = List.copyOf(roots);
  }

  /**
   * Those in a folder; what is none of them is left out.
   *
   * @throws InvalidRequestException if the folder does not exist, holds none, or two of one name
   */
  public static AdapterCatalog of(Path folder) {
    if (!Files.isDirectory(folder)) {
      throw new InvalidRequestException("the folder of adapters " + folder + " does not exist");
    }
    List<ServedAdapter> found = new ArrayList<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.sorted().toList()) {
        ServedAdapter adapter = ServedAdapter.of(file);
        if (adapter == null) {
          continue;
        }
        if (found.stream().anyMatch(a -> a.name().equals(adapter.name()))) {
          throw new InvalidRequestException(
              "two adapters are called " + adapter.name() + "; rename one of the files or folders");
        }
        found.add(adapter);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (found.isEmpty()) {
      throw new InvalidRequestException(
          "the folder of adapters "
              + folder
              + " holds no ControlNet, T2I-Adapter or IP-Adapter, neither as a file nor as a folder"
              + " with config.json");
    }
    return new AdapterCatalog(
        found, List.of(folder.toString(), folder.toAbsolutePath().toString()));
  }

  /** Folders that no message may show. */
  public List<String> roots() {
    return roots;
  }

  /** Those that can be used with a model, image encoders aside, by name. */
  public List<ServedAdapter> fitting(ModelFolder model) {
    return all.stream()
        .filter(a -> a.kind() != AdapterKind.IMAGE_ENCODER)
        .filter(a -> a.kind() != AdapterKind.IP_ADAPTER || encoder(a) != null)
        .filter(a -> fits(a, model))
        .toList();
  }

  private boolean fits(ServedAdapter adapter, ModelFolder model) {
    return fits.computeIfAbsent(
        new Fit(adapter.name(), model.root()),
        f -> adapter.fits(model.unet(), model.autoencoder().downscale()));
  }

  /**
   * The adapter of that name, with or without the ending of a file.
   *
   * @param control whether it must see a hint; else it must take a picture as prompt
   * @throws InvalidRequestException if none of that kind fits the model; the message lists those
   *     that do
   */
  public ServedAdapter find(ModelFolder model, String name, boolean control) {
    String stem = name.replaceFirst("\\.(safetensors|bin|ckpt|pt|pth)$", "");
    List<ServedAdapter> known =
        fitting(model).stream().filter(a -> a.kind().control() == control).toList();
    for (ServedAdapter adapter : known) {
      if (adapter.name().equals(stem)) {
        return adapter;
      }
    }
    List<String> names = known.stream().map(ServedAdapter::name).toList();
    throw new InvalidRequestException(
        (control ? "control " : "image prompt adapter ")
            + (name.length() <= 60 ? name : name.substring(0, 60) + "...")
            + " is not one of "
            + (names.isEmpty()
                ? "this server's, which has none for this model"
                : "those: " + names));
  }

  /** The image encoder that an IP-Adapter was trained with; null if the folder has none. */
  public @Nullable ServedAdapter encoder(ServedAdapter adapter) {
    return all.stream()
        .filter(e -> e.kind() == AdapterKind.IMAGE_ENCODER)
        .filter(e -> fits.computeIfAbsent(new Fit(adapter.name(), e.path()), f -> adapter.reads(e)))
        .findFirst()
        .orElse(null);
  }
}
