package io.github.tcd4j.cli.evaluate;

import io.github.tcd4j.cli.console.InstallationFolder;
import io.github.tcd4j.data.InMemoryDataset;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What is generated, and what it is compared with. */
final class EvaluationDataOptions {
  @Option(
      names = "--pair",
      paramLabel = "DIR",
      description = "Text-image pair in whose features it is measured (default: MODEL/pair).")
  @Nullable Path pair;

  @Option(
      names = "--reference",
      paramLabel = "SHARDS|none",
      description = "Real pictures for FD and KID.")
  String reference = "emoji/data/train";

  @Option(
      names = "--captions",
      paramLabel = "SHARDS|TXT",
      description =
          "Captions for CLIP score and retrieval: shards, or a text file with one caption per line.")
  String captions = "emoji/data/validation";

  @Option(
      names = "--candidates",
      paramLabel = "SHARDS|TXT",
      description = "More captions among which each must be found again; repeatable.")
  List<String> candidates = List.of();

  @Option(
      names = "--pictures",
      paramLabel = "N",
      description = "Captions of the reference to generate for FD and KID; 0 omits both.")
  int pictures = 1000;

  /** The text-image pair of a model. */
  Path pair(ModelFolder folder) {
    return pair == null ? folder.root().resolve("pair") : pair;
  }

  @Nullable Path reference() {
    return reference.equals("none") ? null : place(reference);
  }

  Path captions() {
    return place(captions);
  }

  List<Path> candidates() {
    return candidates.stream().map(EvaluationDataOptions::place).toList();
  }

  /** From the working folder, or if there is nothing, from that of the installation. */
  static Path place(String name) {
    Path here = Path.of(name);
    return InMemoryDataset.mayBeAt(here) || here.isAbsolute()
        ? here
        : InstallationFolder.folder().resolve(name);
  }
}
