package io.github.tcd4j.data.scenes;

import io.github.tcd4j.data.CaptionedImage;
import io.github.tcd4j.data.DataException;
import io.github.tcd4j.data.Dataset;
import io.github.tcd4j.data.SplitMix64;
import io.github.tcd4j.images.Image;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * Concepts in several styles, cut out of pictures on white whose captions are {@code NAME, STYLE
 * style}.
 *
 * @param concepts at least 8, sorted by name: with fewer there may be no scene of four things
 *     without a pair that is held out
 */
public record Artwork(List<Concept> concepts) {
  /** A concept in fewer styles leaves too little open. */
  static final int STYLES = 5;

  /** Concepts taken of artwork that the list knows nothing of. */
  private static final int MOST = 150;

  /** Concepts that scenes need. */
  public static final int FEWEST = 8;

  private static final String SUFFIX = " style";

  public Artwork {
    concepts = List.copyOf(concepts);
    if (concepts.size() < FEWEST) {
      throw new DataException(
          "scenes need at least "
              + FEWEST
              + " concepts in "
              + STYLES
              + " styles or more, with captions NAME, STYLE style, but the artwork has "
              + concepts.size());
    }
  }

  /**
   * The 150 concepts that this package lists, which are known by their outlines and have no holes
   * that would stay white; of artwork with less than half of them, the first 150 by name. Always
   * those alone that are there in five styles.
   */
  public static Artwork of(Dataset data) {
    Map<String, Map<String, Integer>> found = index(data);
    found.values().removeIf(styles -> styles.size() < STYLES);
    List<String> names = new ArrayList<>(listed());
    names.retainAll(found.keySet());
    boolean known = 2 * names.size() >= listed().size();
    return of(data, found, known ? names : found.keySet().stream().limit(MOST).toList());
  }

  /**
   * So many of the concepts, drawn by a seed; all where there are not more.
   *
   * @param count at least {@link #FEWEST}
   */
  public Artwork some(int count, long seed) {
    List<Concept> drawn = new ArrayList<>(concepts);
    SplitMix64 random = SplitMix64.keyed(seed, concepts.size());
    while (drawn.size() > count) {
      drawn.remove(random.below(drawn.size()));
    }
    return new Artwork(drawn);
  }

  /** These concepts, in every style that there is of them. */
  public static Artwork of(Dataset data, Collection<String> names) {
    return of(data, index(data), names);
  }

  private static Artwork of(
      Dataset data, Map<String, Map<String, Integer>> found, Collection<String> names) {
    List<Concept> concepts = new ArrayList<>();
    for (String name : names.stream().sorted().distinct().toList()) {
      List<Concept.Drawing> drawings = new ArrayList<>();
      found.getOrDefault(name, Map.of()).forEach((style, i) -> drawings.add(cut(data, style, i)));
      if (drawings.isEmpty()) {
        throw new DataException("the artwork has no drawing of " + name);
      }
      concepts.add(new Concept(name, drawings));
    }
    return new Artwork(concepts);
  }

  private static Concept.Drawing cut(Dataset data, String style, int i) {
    CaptionedImage e = data.get(i);
    try {
      return new Concept.Drawing(style, Cutout.ofWhite(image(e)));
    } catch (DataException blank) {
      throw new DataException(e.key() + ": " + blank.getMessage(), blank);
    }
  }

  /** Numbers of the images by name and style; the first of those that have both alike. */
  private static Map<String, Map<String, Integer>> index(Dataset data) {
    Map<String, Map<String, Integer>> found = new TreeMap<>();
    for (int i = 0; i < data.size(); i++) {
      String caption = data.caption(i);
      int comma = caption.lastIndexOf(", ");
      if (comma > 0 && caption.endsWith(SUFFIX)) {
        String style = caption.substring(comma + 2, caption.length() - SUFFIX.length());
        found
            .computeIfAbsent(caption.substring(0, comma), n -> new TreeMap<>())
            .putIfAbsent(style, i);
      }
    }
    return found;
  }

  private static Image image(CaptionedImage e) {
    int n = e.width() * e.height();
    byte[] rgb = new byte[3 * n];
    for (int i = 0; i < n; i++) {
      for (int c = 0; c < 3; c++) {
        rgb[3 * i + c] = e.pixels()[c * n + i];
      }
    }
    return new Image(e.width(), e.height(), rgb);
  }

  static List<String> listed() {
    try (InputStream list = Artwork.class.getResourceAsStream("concepts.txt")) {
      byte[] bytes = Objects.requireNonNull(list, "concepts.txt").readAllBytes();
      return new String(bytes, StandardCharsets.UTF_8).lines().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
