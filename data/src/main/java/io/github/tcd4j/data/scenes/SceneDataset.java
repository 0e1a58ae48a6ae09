package io.github.tcd4j.data.scenes;

import io.github.tcd4j.data.CaptionedImage;
import io.github.tcd4j.data.Dataset;
import io.github.tcd4j.files.InvalidRequestException;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Scenes by number, composed when they are read. Scene i follows from the seed and i alone, so a
 * run that resumes reads the same bits as an uninterrupted one. Another draw gives other scenes of
 * the same captions.
 */
public final class SceneDataset implements Dataset {
  /** The size of a data set without end. */
  public static final int ENDLESS = Integer.MAX_VALUE;

  private static final int SMALLEST = 16;

  private final SceneComposer composer;
  private final ScenePairs.Split split;
  private final Draw draw;
  private final int count;
  private final int size;

  /**
   * @param seed of the sequence of captions and scenes
   * @param number which of the scenes of the same captions
   */
  public record Draw(long seed, long number) {}

  /**
   * @param count number of scenes, at least 1, or {@link #ENDLESS}
   * @param size width and height of a picture in pixels, at least 16
   */
  public SceneDataset(
      SceneComposer composer, ScenePairs.Split split, Draw draw, int count, int size) {
    this.composer = composer;
    this.split = split;
    this.draw = draw;
    this.count = count;
    this.size = size;
    if (count < 1) {
      throw new InvalidRequestException("count of scenes must be at least 1 but was " + count);
    }
    if (size < SMALLEST) {
      throw new InvalidRequestException(
          "size of scenes must be at least " + SMALLEST + " but was " + size);
    }
  }

  @Override
  public int size() {
    return count;
  }

  @Override
  public boolean isEndless() {
    return count == ENDLESS;
  }

  /** What is in scene {@code i}. */
  public Scene scene(int i) {
    return composer.scene(concepts(i), draw.seed(), draw.number(), i);
  }

  @Override
  public String caption(int i) {
    return Scene.caption(concepts(i));
  }

  @Override
  public CaptionedImage get(int i) {
    List<Concept> concepts = concepts(i);
    byte[] pixels = composer.pixels(concepts, draw.seed(), draw.number(), i, size);
    String key = "scene-" + draw.seed() + "-" + draw.number() + "-" + i;
    return new CaptionedImage(key, pixels, size, size, Scene.caption(concepts), Map.of());
  }

  private List<Concept> concepts(int i) {
    return composer.concepts(split, draw.seed(), Objects.checkIndex(i, count));
  }
}
