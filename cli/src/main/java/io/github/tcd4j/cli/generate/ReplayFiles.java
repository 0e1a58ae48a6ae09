package io.github.tcd4j.cli.generate;

import io.github.tcd4j.cli.options.EmbeddedModel;
import io.github.tcd4j.cli.options.ModelOptions;
import io.github.tcd4j.files.FileName;
import io.github.tcd4j.files.Sha256;
import io.github.tcd4j.pipeline.adapter.OwnAdapters;
import io.github.tcd4j.pipeline.checkpoint.ComponentOverrides;
import io.github.tcd4j.pipeline.checkpoint.ModelException;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import io.github.tcd4j.pipeline.input.InputFile;
import io.github.tcd4j.pipeline.input.InputSettings;
import io.github.tcd4j.pipeline.lora.LoraSpec;
import io.github.tcd4j.pipeline.lora.ResolvedLora;
import io.github.tcd4j.pipeline.metadata.GenerationSettings;
import io.github.tcd4j.pipeline.prompt.EmbeddingFile;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Where the files are that a picture names: what the user says, else a file of that name in the
 * working folder, among the model's own LoRAs or adapters, or in the folder of the picture. Of
 * several the one with the picture's hash is taken; where none has it the first, whose difference
 * is noted later.
 *
 * @param picture the PNG
 * @param then its settings
 * @param model the model's options
 * @param embeddings files of textual inversion that the user names
 * @param inputs pictures, masks, hints and ControlNets that the user names
 */
record ReplayFiles(
    Path picture,
    GenerationSettings then,
    ModelOptions model,
    List<Path> embeddings,
    List<Path> inputs) {
  private static final String ENDING = ".safetensors";
  static final String OWN = ", among the model's own adapters";

  /** The model, with the parts that the picture says where it is the picture's own model. */
  ModelFolder folder() {
    String recorded = then.model().name();
    String named = model.model;
    boolean same = named == null || FileName.of(named).equals(FileName.of(recorded));
    String name = named != null ? named : recorded;
    if (named == null && EmbeddedModel.named(recorded) == null) {
      name = anywhere(recorded, List.of(), "the model", "", "-m").toString();
    }
    return model.folder(name, same ? others(ModelOptions.place(name)) : ComponentOverrides.NONE);
  }

  /**
   * Those that the user does not name instead.
   *
   * @param place of the model, whose own autoencoders lie among its adapters
   */
  private ComponentOverrides others(Path place) {
    Path root = Files.isRegularFile(place) ? place.resolveSibling("") : place;
    ComponentOverrides parts = then.model().overrides();
    return new ComponentOverrides(
        part(parts.tokenizer(), model.tokenizer, "the tokenizer", "--tokenizer"),
        part(parts.textEncoder(), model.textEncoder, "the text encoder", "--text-encoder"),
        autoencoder(parts.vae(), OwnAdapters.of(root)));
  }

  private @Nullable Path part(
      @Nullable Path recorded, @Nullable Path named, String what, String option) {
    return recorded == null || named != null
        ? named
        : anywhere(recorded.toString(), List.of(), what, "", option);
  }

  private @Nullable Path autoencoder(@Nullable Path recorded, OwnAdapters own) {
    return recorded == null || model.vae != null
        ? model.vae
        : anywhere(
            recorded.toString(), own.named(fileName(recorded)), "the autoencoder", OWN, "--vae");
  }

  private Path anywhere(String recorded, List<Path> own, String what, String where, String option) {
    return Stream.concat(candidates(recorded, List.of()), own.stream())
        .filter(Files::exists)
        .findFirst()
        .orElseThrow(() -> missing(what, recorded, where, option + " PATH names it"));
  }

  /** The settings with the paths of their LoRAs and embeddings of today. */
  GenerationSettings located(ModelFolder folder) {
    List<ResolvedLora> loras = new ArrayList<>();
    if (model.loras == null || renamed()) {
      List<LoraSpec> choices = renamed() ? model.choices() : null;
      for (int i = 0; i < then.loras().size(); i++) {
        ResolvedLora lora = then.loras().get(i);
        String name = choices == null ? lora(lora, folder) : choices.get(i).name();
        loras.add(new ResolvedLora(name, lora.weight(), lora.sha256()));
      }
    }
    List<EmbeddingFile> found =
        then.prompt().embeddings().stream()
            .map(e -> new EmbeddingFile(embedding(e).toString(), e.sha256()))
            .toList();
    return then.withModel(then.model().withOverrides(folder.others()))
        .withLoras(loras)
        .withInput(input(then.input()))
        .withAdapters(new ReplayAdapters(this, OwnAdapters.of(folder.root())).located())
        .withPrompt(then.prompt().withEmbeddings(found));
  }

  /** Options that say only where files of the picture are change nothing. */
  void forgetPlaces() {
    if (renamed()) {
      model.loras = null;
    }
    Path vae = then.model().overrides().vae();
    if (vae != null && model.vae != null && fileName(vae).equals(fileName(model.vae))) {
      model.vae = null;
    }
  }

  static String fileName(Path path) {
    return FileName.of(path.toString());
  }

  /** Whether the LoRAs of the options are those of the picture, and say only where they are. */
  private boolean renamed() {
    List<LoraSpec> choices = model.choices();
    if (choices == null || choices.isEmpty() || choices.size() != then.loras().size()) {
      return false;
    }
    for (int i = 0; i < choices.size(); i++) {
      ResolvedLora lora = then.loras().get(i);
      Path file = path(choices.get(i).name());
      boolean equal =
          choices.get(i).weight() == lora.weight()
              && file != null
              && Files.isRegularFile(file)
              && Sha256.of(file).equals(lora.sha256());
      if (!equal) {
        return false;
      }
    }
    return true;
  }

  /** A path, or the name of one of the model's own. */
  private String lora(ResolvedLora lora, ModelFolder folder) {
    List<Path> folders = new ArrayList<>();
    if (model.loraFolder != null) {
      folders.add(model.loraFolder);
    }
    folders.add(folder.root().resolve("loras"));
    String name = FileName.of(lora.name());
    Path found =
        matching(
                Stream.concat(candidates(lora.name(), folders), candidates(name + ENDING, folders)),
                lora.sha256())
            .orElseThrow(
                () ->
                    missing(
                        "the LoRA",
                        lora.name(),
                        ", among the model's own LoRAs",
                        ("-l FILE"
                                + (lora.weight() == 1 ? "" : ":" + lora.weight())
                                + " names it, ")
                            + "--lora-folder DIR says where to look"));
    boolean own = folder.ownLoras().contains(found) && folder.ownLoraNames().contains(name);
    return own ? name : found.toString();
  }

  private Path embedding(EmbeddingFile embedding) {
    String name = FileName.of(embedding.file());
    Stream<Path> named = embeddings.stream().filter(e -> FileName.of(e.toString()).equals(name));
    return matching(
            Stream.concat(named, candidates(embedding.file(), List.of())), embedding.sha256())
        .orElseThrow(
            () -> missing("the embedding", embedding.file(), "", "--embedding FILE names it"));
  }

  private InputSettings input(InputSettings input) {
    InputFile image = input.image();
    InputFile mask = input.mask();
    return input
        .withImage(image == null ? null : image.at(input("the picture", image)))
        .withMask(mask == null ? null : mask.at(input("the mask", mask)));
  }

  /** A file, or the folder with one for each frame. */
  Path hint(InputFile hint) {
    String name = FileName.of(hint.file());
    Stream<Path> named = inputs.stream().filter(i -> fileName(i).equals(name));
    Stream<Path> folders =
        Stream.concat(named, candidates(hint.file(), List.of())).filter(Files::isDirectory);
    return best(folders, folder -> InputFile.hashNow(folder).equals(hint.sha256()))
        .orElseGet(() -> input("the hint", hint));
  }

  Path input(String what, InputFile file) {
    String name = FileName.of(file.file());
    // One with another name counts where its content is the same.
    Stream<Path> named =
        inputs.stream()
            .filter(Files::isRegularFile)
            .filter(i -> fileName(i).equals(name) || Sha256.of(i).equals(file.sha256()));
    return matching(Stream.concat(named, candidates(file.file(), List.of())), file.sha256())
        .orElseThrow(() -> missing(what, file.file(), "", "--input FILE names it"));
  }

  private static Optional<Path> matching(Stream<Path> candidates, String sha256) {
    return best(candidates.filter(Files::isRegularFile), file -> Sha256.of(file).equals(sha256));
  }

  /** The first that is the same as the picture's, else the first. */
  static Optional<Path> best(Stream<Path> candidates, Predicate<Path> same) {
    List<Path> there = candidates.distinct().toList();
    return there.stream().filter(same).findFirst().or(() -> there.stream().findFirst());
  }

  /** As it is recorded, which is a path in old pictures; in the working folder; in others. */
  Stream<Path> candidates(String recorded, List<Path> folders) {
    String name = FileName.of(recorded);
    List<Path> paths = new ArrayList<>();
    paths.add(path(recorded));
    paths.add(path(name));
    folders.forEach(folder -> paths.add(folder.resolve(name)));
    Path beside = picture.toAbsolutePath().getParent();
    if (beside != null) {
      paths.add(beside.resolve(name));
    }
    return paths.stream().filter(p -> p != null);
  }

  private static @Nullable Path path(String text) {
    try {
      return Path.of(text);
    } catch (InvalidPathException e) {
      return null; // Of another system.
    }
  }

  ModelException missing(String what, String recorded, String where, String cure) {
    return new ModelException(
        (picture + " was generated with " + what + " " + FileName.of(recorded) + ", which is not")
            + (" in the working folder" + where + " or next to the picture; " + cure));
  }
}
