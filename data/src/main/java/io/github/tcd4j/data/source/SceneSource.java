package io.github.tcd4j.data.source;

import io.github.tcd4j.data.Dataset;
import io.github.tcd4j.data.scenes.Artwork;
import io.github.tcd4j.data.scenes.SceneComposer;
import io.github.tcd4j.data.scenes.SceneDataset;
import io.github.tcd4j.data.scenes.ScenePairs;
import io.github.tcd4j.data.scenes.SceneSpec;
import io.github.tcd4j.files.InvalidRequestException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Scenes as a text names them: {@code scenes}, {@code scenes:SEED}, or {@code scenes:} with entries
 * {@code NAME=VALUE} divided by commas, such as {@code scenes:seed=3,pairs=held_out,count=5000}.
 *
 * @param artwork path of the artwork
 * @param seed of the sequence of scenes
 * @param draw which of the scenes of the same captions
 * @param pairs {@code training} or {@code held_out}
 * @param split seed of the pairs that are held out; the same for all that is compared
 * @param concepts how many of the artwork's there are, drawn by {@code split}; all unless given
 * @param count number of scenes; endless unless given
 * @param size width and height in pixels
 */
public record SceneSource(
    String artwork,
    long seed,
    long draw,
    ScenePairs.Split pairs,
    long split,
    int concepts,
    int count,
    int size) {
  static final String NAME = "scenes";

  /** The artwork that ships. */
  public static final String SHIPPED = "emoji/data/train";

  private static final Set<String> OPTIONS =
      Set.of("artwork", "seed", "draw", "pairs", "split", "concepts", "count", "size");

  /** Whether a text names scenes, not a path. */
  public static boolean matches(String text) {
    return text.equals(NAME) || text.startsWith(NAME + ":");
  }

  /**
   * Reads what {@link #matches}.
   *
   * @throws InvalidRequestException that names the entry and what it may be
   */
  public static SceneSource parse(String text) {
    String options = text.equals(NAME) ? "" : text.substring(NAME.length() + 1);
    Map<String, String> entries = entries(options.matches("-?\\d+") ? "seed=" + options : options);
    return new SceneSource(
        entries.getOrDefault("artwork", SHIPPED),
        number(entries, "seed", 0),
        number(entries, "draw", 0),
        pairs(entries.getOrDefault("pairs", "training")),
        number(entries, "split", 0),
        integer(entries, "concepts", Artwork.FEWEST, Integer.MAX_VALUE),
        integer(entries, "count", 1, SceneDataset.ENDLESS),
        integer(entries, "size", 1, SceneSpec.UNITS));
  }

  private static Map<String, String> entries(String options) {
    Map<String, String> entries = new LinkedHashMap<>();
    for (String entry : options.isEmpty() ? List.<String>of() : List.of(options.split(",", -1))) {
      int equals = entry.indexOf('=');
      String name = equals < 0 ? entry : entry.substring(0, equals);
      if (equals < 0 || !OPTIONS.contains(name)) {
        throw new InvalidRequestException(
            "scenes take a seed, or entries NAME=VALUE with names of "
                + OPTIONS.stream().sorted().toList()
                + ", but one was "
                + entry);
      }
      if (entries.put(name, entry.substring(equals + 1)) != null) {
        throw new InvalidRequestException("scenes have " + name + " twice");
      }
    }
    return entries;
  }

  private static ScenePairs.Split pairs(String name) {
    for (ScenePairs.Split split : ScenePairs.Split.values()) {
      if (split.name().toLowerCase(Locale.ROOT).equals(name)) {
        return split;
      }
    }
    throw new InvalidRequestException(
        "pairs of scenes must be training or held_out but was " + name);
  }

  private static long number(Map<String, String> entries, String name, long otherwise) {
    String text = entries.get(name);
    try {
      return text == null ? otherwise : Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new InvalidRequestException(
          name + " of scenes must be a whole number but was " + text, e);
    }
  }

  private static int integer(Map<String, String> entries, String name, int least, int otherwise) {
    long value = number(entries, name, otherwise);
    if (value < least || value > Integer.MAX_VALUE) {
      throw new InvalidRequestException(
          name
              + " of scenes must be in ["
              + least
              + ", "
              + Integer.MAX_VALUE
              + "] but was "
              + value);
    }
    return (int) value;
  }

  /** The same with other pairs and another draw. */
  public SceneSource with(ScenePairs.Split otherPairs, long otherDraw) {
    return new SceneSource(artwork, seed, otherDraw, otherPairs, split, concepts, count, size);
  }

  /** The concepts that the scenes are made of, cut out of artwork that is read already. */
  public Artwork concepts(Dataset drawings) {
    Artwork all = Artwork.of(drawings);
    int known = all.concepts().size();
    if (concepts != Integer.MAX_VALUE && concepts > known) {
      throw new InvalidRequestException(
          "concepts of scenes must be at most the artwork's " + known + " but was " + concepts);
    }
    return all.some(concepts, split);
  }

  /** The scenes, of artwork that is read already. */
  public SceneDataset compose(Dataset drawings) {
    Artwork cut = concepts(drawings);
    ScenePairs held = new ScenePairs(split, cut.concepts().size());
    return new SceneDataset(
        new SceneComposer(cut, held, SceneSpec.STANDARD),
        pairs,
        new SceneDataset.Draw(seed, draw),
        count,
        size);
  }

  /** One sentence about them. */
  String summary(Dataset drawings) {
    return (count == SceneDataset.ENDLESS ? "endless scenes" : count + " scenes")
        + " of "
        + size
        + "x"
        + size
        + " pixels, seed "
        + seed
        + ", pairs "
        + pairs.name().toLowerCase(Locale.ROOT)
        + (concepts == Integer.MAX_VALUE ? "" : ", " + concepts + " concepts")
        + ", composed from "
        + drawings.size()
        + " drawings";
  }
}
