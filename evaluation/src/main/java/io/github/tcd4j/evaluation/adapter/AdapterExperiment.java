package io.github.tcd4j.evaluation.adapter;

import io.github.tcd4j.evaluation.feature.TextFeatureSpace;
import io.github.tcd4j.evaluation.metric.Bootstrap;
import io.github.tcd4j.evaluation.report.Table;
import io.github.tcd4j.files.AtomicFile;
import io.github.tcd4j.models.vae.Autoencoder;
import io.github.tcd4j.pipeline.adapter.AdapterModel;
import io.github.tcd4j.pipeline.adapter.OwnAdapters;
import io.github.tcd4j.pipeline.checkpoint.ComponentOverrides;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import io.github.tcd4j.pipeline.internal.LoadedModel;
import io.github.tcd4j.tensor.Device;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Measures the adapters of a model, those that are there: ControlNet, IP-Adapter and tiny
 * autoencoder, each with the model without it as its control, on the same pictures with the same
 * seeds.
 *
 * @param folder of the model
 * @param bootstrap of the intervals, over pictures
 */
public record AdapterExperiment(
    ModelFolder folder,
    OwnAdapters adapters,
    AdapterPictures pictures,
    AdapterGenerator generator,
    TextFeatureSpace space,
    Bootstrap bootstrap) {
  /** Follows the experiment. */
  @FunctionalInterface
  public interface Listener {
    /** Called with the pictures done of one table. */
    void done(String table, int pictures, int of);
  }

  private static final String EDGES = "edges";
  private static final String PROMPTS = "picture-prompts";
  private static final String DECODER = "decoder";

  /** Measures all; the tables by the names of their files. */
  public Map<String, Table> run(Listener listener) {
    Map<String, Table> tables = new LinkedHashMap<>();
    Optional<Path> control = adapters.controlNet();
    if (control.isPresent()) {
      AdapterModel network = AdapterModel.of("ControlNet", control.get());
      tables.put(
          EDGES,
          new EdgeRun(pictures, network, generator)
              .run(bootstrap, i -> listener.done(EDGES, i, pictures.size())));
    }
    Optional<Path> adapter = adapters.ipAdapter();
    Optional<Path> encoder = adapters.imageEncoder();
    if (adapter.isPresent() && encoder.isPresent()) {
      AdapterModel network = AdapterModel.of("IP-Adapter", adapter.get());
      AdapterModel eye = AdapterModel.of("image encoder", encoder.get());
      tables.put(
          PROMPTS,
          new PicturePromptRun(pictures, network, eye, generator, space)
              .run(bootstrap, i -> listener.done(PROMPTS, i, pictures.size())));
    }
    Optional<Path> tiny = adapters.tinyAutoencoder();
    if (tiny.isPresent()) {
      tables.put(DECODER, decoder(tiny.get(), listener));
    }
    return tables;
  }

  private Table decoder(Path place, Listener listener) {
    Path model = folder.file() == null ? folder.root() : folder.file().path();
    ModelFolder other =
        ModelFolder.open(folder.name(), model, new ComponentOverrides(null, null, place));
    try (LoadedModel own = new LoadedModel(folder, Device.CPU, true);
        LoadedModel small = new LoadedModel(other, Device.CPU, true)) {
      Autoencoder tiny = small.autoencoder();
      return new DecoderRun(pictures, own.vae(), tiny, generator)
          .run(bootstrap, i -> listener.done(DECODER, i, pictures.size()));
    }
  }

  /**
   * Writes {@code adapters.md} and a CSV of each table; returns the text.
   *
   * @param about one paragraph about the settings
   */
  public static String write(Path output, Map<String, Table> tables, String about)
      throws IOException {
    Files.createDirectories(output);
    StringBuilder text = new StringBuilder(about).append("\n");
    for (Map.Entry<String, Table> entry : tables.entrySet()) {
      text.append("\n").append(entry.getValue().markdown());
      text.append("\n").append(entry.getValue().legend());
      AtomicFile.write(output.resolve(entry.getKey() + ".csv"), entry.getValue().csv());
    }
    AtomicFile.write(output.resolve("adapters.md"), text.toString());
    return text.toString();
  }
}
