package io.github.tcd4j.pipeline.checkpoint;

import io.github.tcd4j.models.unet.DestinationEmbedding;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The weights of one network in a folder of diffusers' layout: one file or shards with an index,
 * safetensors or pickles, in full precision or in a variant ({@code stem.VARIANT.safetensors}).
 */
public final class WeightFiles {
  /** Variants of the same weights in fewer bits. Others, as non_ema, may be other weights. */
  private static final List<String> HALVES = List.of("fp16", "bf16");

  private static final Pattern SHARD = Pattern.compile(".*-\\d+-of-\\d+");

  private final Path folder;
  private final String safetensors;
  private final String pickle;

  private WeightFiles(Path folder, String stem) {
    this.folder = folder;
    safetensors = stem;
    pickle = stem.equals("model") ? "pytorch_model" : stem;
  }

  /**
   * The file, or the index of the shards: full precision before fp16 before bf16, safetensors
   * before pickles, and where none of these is there the one other variant.
   *
   * @param stem of safetensors files: {@code model} for text encoders, else {@code
   *     diffusion_pytorch_model}
   * @return null where there is none
   * @throws ModelException if there are several other variants
   */
  public static @Nullable Path find(Path folder, String stem) {
    WeightFiles files = new WeightFiles(folder, stem);
    Path usual = files.usual();
    return usual == null ? files.otherVariant() : usual;
  }

  private @Nullable Path usual() {
    for (boolean pickled : new boolean[] {false, true}) {
      String stem = pickled ? pickle : safetensors;
      String ending = pickled ? ".bin" : ".safetensors";
      Path full = first(stem + ending, stem + ending + ".index.json");
      if (full != null) {
        return full;
      }
      for (String half : HALVES) {
        Path file =
            first(
                stem + "." + half + ending,
                stem + ending + ".index." + half + ".json",
                stem + "." + half + ending + ".index.json");
        if (file != null) {
          return file;
        }
      }
    }
    return null;
  }

  private @Nullable Path first(String... names) {
    return Stream.of(names)
        .map(folder::resolve)
        .filter(Files::isRegularFile)
        .findFirst()
        .orElse(null);
  }

  private @Nullable Path otherVariant() {
    if (!Files.isDirectory(folder)) {
      return null;
    }
    TreeMap<String, Path> found = new TreeMap<>();
    for (boolean pickled : new boolean[] {false, true}) {
      variants(pickled).forEach(found::putIfAbsent);
    }
    if (found.size() > 1) {
      throw new ModelException(
          (folder + " holds the variants " + String.join(", ", found.keySet()) + " of ")
              + (safetensors + ".safetensors and none in full precision, fp16 or bf16; leave one")
              + (" of them there, or give the one to be read the name " + safetensors)
              + ".safetensors");
    }
    return found.isEmpty() ? null : found.firstEntry().getValue();
  }

  private TreeMap<String, Path> variants(boolean pickled) {
    String stem = Pattern.quote(pickled ? pickle : safetensors);
    String ending = pickled ? "\\.bin" : "\\.safetensors";
    Pattern name =
        Pattern.compile(
            (stem + "\\.([^.]+)" + ending + "(?:\\.index\\.json)?|")
                + (stem + ending + "\\.index\\.([^.]+)\\.json"));
    TreeMap<String, Path> found = new TreeMap<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
        Matcher m = name.matcher(String.valueOf(file.getFileName()));
        if (m.matches() && !DestinationEmbedding.isOne(file)) {
          String variant = m.group(1) == null ? m.group(2) : m.group(1);
          if (!SHARD.matcher(variant).matches()) {
            found.putIfAbsent(variant, file);
          }
        }
      }
    } catch (IOException e) {
      throw new ModelException("cannot list " + folder + ": " + e.getMessage(), e);
    }
    return found;
  }
}
