package io.github.tcd4j.data;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All examples of a data set, in memory: pictures of one size with captions. A sample that cannot
 * be used is dropped and counted with the reason; a data set of which nothing is left is an error.
 */
public final class InMemoryDataset implements Dataset {
  private final List<CaptionedImage> images = new ArrayList<>();
  private final DroppedSamples dropped = new DroppedSamples();
  private final String source;

  private InMemoryDataset(String source) {
    this.source = source;
  }

  /**
   * Reads a shard, the shards of a folder, those whose name fits a glob such as {@code
   * data/train-*.tar} or a range such as {@code train-{0000..0009}.tar}, or a folder of images.
   * Keys may occur again, in another shard or in the same. Pictures of another size than most are
   * dropped.
   */
  public static InMemoryDataset read(Path shardsOrFolderOrGlob) {
    return read(shardsOrFolderOrGlob, null);
  }

  /** Whether there is anything at that place, or a folder in which the glob can look. */
  public static boolean mayBeAt(Path shardsOrFolderOrGlob) {
    return Files.exists(shardsOrFolderOrGlob) || Shards.hasPlace(shardsOrFolderOrGlob);
  }

  /** Reads as {@link #read(Path)} does, but keeps pictures of this size only. */
  public static InMemoryDataset read(Path shardsOrFolderOrGlob, int width, int height) {
    return read(shardsOrFolderOrGlob, new Size(width, height));
  }

  private record Size(int width, int height) {
    static Size of(CaptionedImage e) {
      return new Size(e.width(), e.height());
    }

    @Override
    public String toString() {
      return width + "x" + height;
    }
  }

  private static InMemoryDataset read(Path path, @Nullable Size size) {
    List<Path> shards = Shards.find(path);
    InMemoryDataset data = new InMemoryDataset(source(shards));
    if (shards.isEmpty()) {
      data.addFolder(path);
    }
    for (Path shard : shards) {
      data.addShard(shard);
    }
    if (!data.images.isEmpty()) {
      data.keepOnly(size == null ? data.commonSize() : size);
    }
    if (data.images.isEmpty()) {
      throw new DataException(path + " yields no example: " + data.dropped);
    }
    return data;
  }

  private static String source(List<Path> shards) {
    return shards.isEmpty()
        ? "a folder"
        : shards.size() + (shards.size() == 1 ? " shard" : " shards");
  }

  private void addShard(Path shard) {
    try (WebDataset samples = WebDataset.open(shard)) {
      if (!addAll(samples)) {
        throw new DataException("shard " + shard + " holds no sample KEY.png with KEY.txt");
      }
    }
  }

  private void addFolder(Path folder) {
    try (ImageFolder samples = ImageFolder.open(folder)) {
      if (!addAll(samples)) {
        throw new DataException(
            "there is no shard at "
                + folder
                + ", and no image either; name a .tar file, a folder of them, a glob such as"
                + " train-*.tar, or a folder of images with captions");
      }
    }
  }

  /** Whether there was any sample, used or dropped. */
  private boolean addAll(SampleReader samples) {
    int n = 0;
    for (SampleFiles s = samples.next(); s != null; s = samples.next()) {
      n++;
      try {
        images.add(SampleDecoder.decode(s));
      } catch (UnusableSample e) {
        dropped.add(e, s.key());
      }
    }
    return n > 0;
  }

  private Size commonSize() {
    Map<Size, Integer> counts = new HashMap<>();
    images.forEach(e -> counts.merge(Size.of(e), 1, Integer::sum));
    Size common = Size.of(images.get(0));
    for (var c : counts.entrySet()) {
      if (c.getValue() > counts.getOrDefault(common, 0)) {
        common = c.getKey();
      }
    }
    return common;
  }

  private void keepOnly(Size size) {
    for (CaptionedImage e : images) {
      if (!Size.of(e).equals(size)) {
        dropped.add("of " + Size.of(e) + " instead of " + size + " pixels", e.key());
      }
    }
    images.removeIf(e -> !Size.of(e).equals(size));
  }

  /** The usable examples, in the order of the shards' names and of their files; all of one size. */
  public List<CaptionedImage> images() {
    return List.copyOf(images);
  }

  @Override
  public int size() {
    return images.size();
  }

  @Override
  public CaptionedImage get(int i) {
    return images.get(i);
  }

  /** Keys of the samples that were dropped, by the reason. */
  public Map<String, List<String>> dropped() {
    return dropped.byReason();
  }

  /** One sentence: how many examples, of which size, and what was dropped. */
  public String summary() {
    return "%d examples of %s pixels from %s, %s"
        .formatted(images.size(), Size.of(images.get(0)), source, dropped);
  }
}
