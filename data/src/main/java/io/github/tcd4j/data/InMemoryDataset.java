package io.github.tcd4j.data;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * All examples of a data set, in memory: pictures of one size with captions. A sample that cannot
 * be used is dropped and counted with the reason; a data set of which nothing is left is an error.
 */
public final class InMemoryDataset implements Dataset {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
  private static final List<String> PICTURES = List.of("png", "jpg", "jpeg");

  private final List<CaptionedImage> images = new ArrayList<>();
  private final Set<String> keys = new HashSet<>();
  private final DroppedSamples dropped = new DroppedSamples();
  private final int shards;

  private InMemoryDataset(int shards) {
    this.shards = shards;
  }

  /**
   * Reads a shard, the shards of a folder, or those whose name fits a glob such as {@code
   * data/train-*.tar}. Pictures of another size than most are dropped.
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

  private static InMemoryDataset read(Path path, @Nullable Size wanted) {
    List<Path> shards = Shards.find(path);
    InMemoryDataset data = new InMemoryDataset(shards.size());
    for (Path shard : shards) {
      data.add(shard);
    }
    if (!data.images.isEmpty()) {
      data.keepOnly(wanted == null ? data.commonSize() : wanted);
    }
    if (data.images.isEmpty()) {
      throw new DataException(path + " yields no example: " + data.dropped);
    }
    return data;
  }

  private void add(Path shard) {
    int before = images.size() + dropped.size();
    try (WebDataset samples = WebDataset.open(shard)) {
      for (SampleFiles s = samples.next(); s != null; s = samples.next()) {
        add(s);
      }
    }
    if (images.size() + dropped.size() == before) {
      throw new DataException("shard " + shard + " holds no sample KEY.png with KEY.txt");
    }
  }

  private void add(SampleFiles sample) {
    try {
      images.add(example(sample));
    } catch (Unusable e) {
      dropped.add(e.reason, sample.key());
    }
  }

  private CaptionedImage example(SampleFiles sample) throws Unusable {
    if (!keys.add(sample.key())) {
      throw new Unusable("whose key occurred before");
    }
    byte[] file =
        PICTURES.stream()
            .filter(sample.parts()::containsKey)
            .map(sample.parts()::get)
            .findFirst()
            .orElseThrow(() -> new Unusable("without a picture"));
    String caption = caption(sample);
    Map<String, String> fields = fields(sample);
    try {
      Picture p = Picture.decode(file);
      return new CaptionedImage(sample.key(), p.pixels(), p.width(), p.height(), caption, fields);
    } catch (IOException e) {
      throw new Unusable("with a picture that cannot be decoded");
    }
  }

  private static String caption(SampleFiles sample) throws Unusable {
    byte[] text = sample.parts().get("txt");
    try {
      String caption =
          text == null
              ? ""
              : StandardCharsets.UTF_8
                  .newDecoder()
                  .decode(ByteBuffer.wrap(text))
                  .toString()
                  .strip();
      if (caption.isEmpty()) {
        throw new Unusable("without a caption");
      }
      return caption;
    } catch (CharacterCodingException e) {
      throw new Unusable("with a caption that is not UTF-8");
    }
  }

  private static Map<String, String> fields(SampleFiles sample) throws Unusable {
    byte[] json = sample.parts().get("json");
    Map<String, String> fields = new LinkedHashMap<>();
    if (json == null) {
      return fields;
    }
    try {
      JsonNode node = JSON.readTree(json);
      if (!node.isObject()) {
        throw new Unusable("with JSON that is no object");
      }
      node.properties().forEach(e -> fields.put(e.getKey(), text(e.getValue())));
      return fields;
    } catch (IOException e) {
      throw new Unusable("with JSON that cannot be read");
    }
  }

  private static String text(JsonNode value) {
    if (value.isArray()) {
      return StreamSupport.stream(value.spliterator(), false)
          .map(InMemoryDataset::text)
          .collect(Collectors.joining(", "));
    }
    return value.isObject() ? value.toString() : value.asText();
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
    return "%d examples of %s pixels from %d shard%s, %s"
        .formatted(images.size(), Size.of(images.get(0)), shards, shards == 1 ? "" : "s", dropped);
  }

  /** Why a sample is dropped. */
  private static final class Unusable extends Exception {
    private static final long serialVersionUID = 1L;
    private final String reason;

    Unusable(String reason) {
      super(reason, null, false, false);
      this.reason = reason;
    }
  }
}
