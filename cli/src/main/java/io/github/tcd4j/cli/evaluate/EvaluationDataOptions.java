package io.github.tcd4j.cli.evaluate;

import io.github.tcd4j.cli.console.InstallationFolder;
import io.github.tcd4j.cli.options.EmbeddedModel;
import io.github.tcd4j.data.InMemoryDataset;
import io.github.tcd4j.data.source.SceneSource;
import io.github.tcd4j.evaluation.dataset.EvaluationException;
import io.github.tcd4j.evaluation.score.ReferenceSource;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What is generated, and what it is compared with. */
final class EvaluationDataOptions {
  @Option(
      names = "--pair",
      paramLabel = "DIR",
      description =
          "Text-image pair in whose features it is measured (default: MODEL/pair, of scenes"
              + " emoji/pair).")
  @Nullable Path pair;

  @Option(
      names = "--reference",
      paramLabel = "SHARDS|SCENES|DIR|STATS.npz|none",
      description =
          "Real pictures: shards with captions, scenes with a count, a folder of picture files, or mean and covariance as"
              + " pytorch-fid saves them (default: emoji/data/train, of scenes another draw; with COCO's captions none).")
  @Nullable String reference;

  @Option(
      names = "--captions",
      paramLabel = "SHARDS|SCENES|TXT|coco:FILE",
      description =
          "Captions to generate: shards, scenes with a count, a text file with one caption per line, or COCO's"
              + " captions_val2017.json, also as the manifest that data manifest makes of it"
              + " (default: emoji/data/validation, of scenes 2000 with held-out pairs).")
  @Nullable String captions;

  @Option(
      names = "--candidates",
      paramLabel = "SHARDS|TXT",
      description = "More captions among which each must be found again; repeatable.")
  List<String> candidates = List.of();

  @Option(
      names = "--pictures",
      paramLabel = "N",
      description =
          "Captions of the reference to generate for FD and KID; 0 omits both (default: 1000, of"
              + " scenes 2000).")
  @Nullable Integer pictures;

  private EmbeddedModel usual = EmbeddedModel.EMOJI;

  private static final String NONE = "none";

  /** From here on, what the user does not say is what suits this model. */
  void suit(String model) {
    usual = EmbeddedModel.suiting(model);
  }

  /** The text-image pair of a model. */
  Path pair(ModelFolder folder) {
    return pairOf(folder, pair);
  }

  /** The pair that the user named, or else that of a model. */
  static Path pairOf(ModelFolder folder, @Nullable Path named) {
    EmbeddedModel own = EmbeddedModel.named(folder.name());
    return named != null ? named : own == null ? folder.root().resolve("pair") : place(own.pair());
  }

  int pictures() {
    return pictures == null ? usual.data().pictures() : pictures;
  }

  /** As the user names them. */
  String captionsName() {
    return captions == null ? usual.data().captions() : captions;
  }

  /** Whether the captions are COCO's. */
  boolean coco() {
    return CocoPath.is(captionsName());
  }

  private String reference() {
    return reference != null ? reference : coco() ? NONE : usual.data().reference();
  }

  /** Whether the reference is picture files or statistics, and not shards. */
  boolean ofFiles() {
    String name = reference();
    return name.endsWith(".npz") || Files.isDirectory(Path.of(name)) && !hasShards(Path.of(name));
  }

  private static boolean hasShards(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files.anyMatch(f -> f.toString().endsWith(".tar"));
    } catch (IOException e) {
      throw new EvaluationException("cannot list " + folder + ": " + e.getMessage(), e);
    }
  }

  /** Real pictures of shards; null for none. */
  @Nullable Path shards() {
    String name = reference();
    if (name.equals(NONE) || ofFiles()) {
      return null;
    }
    if (coco()) {
      throw new InvalidRequestException(
          "with COCO's captions the reference must be a folder of pictures or a .npz file of"
              + " statistics but "
              + (name + (Files.exists(Path.of(name)) ? " is neither" : " does not exist")));
    }
    return place(name);
  }

  /** Real pictures of files, or statistics; null for none. */
  @Nullable ReferenceSource files(MeasureOptions options) {
    if (!ofFiles()) {
      return null;
    }
    Path given = Path.of(reference());
    return ReferenceSource.at(given, options.prep(coco(), !Files.isDirectory(given)), null);
  }

  Path captions() {
    if (!coco()) {
      return place(captionsName());
    }
    Path file = CocoPath.of(captionsName());
    String name = file.toString().toLowerCase(Locale.ROOT);
    if (!name.endsWith(".json") && !name.endsWith(".tsv")) {
      throw new InvalidRequestException(
          "COCO's captions are read from .json, or from a manifest that ends in .tsv, but got "
              + file);
    }
    return file;
  }

  List<Path> candidates() {
    return candidates.stream().map(EvaluationDataOptions::place).toList();
  }

  /**
   * From the working folder, or if there is nothing, from that of the installation; scenes, which
   * lie nowhere, as they are named.
   */
  static Path place(String name) {
    Path here = Path.of(name);
    return SceneSource.matches(name) || InMemoryDataset.mayBeAt(here) || here.isAbsolute()
        ? here
        : InstallationFolder.folder().resolve(name);
  }
}
