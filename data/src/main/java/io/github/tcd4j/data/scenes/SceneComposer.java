package io.github.tcd4j.data.scenes;

import io.github.tcd4j.data.SplitMix64;
import java.util.ArrayList;
import java.util.List;

/**
 * Draws scenes and their pixels. All is a function of the arguments: a scene has the same bits on
 * every machine, whatever was drawn before. Has no state and may be used by many threads.
 */
public final class SceneComposer {
  /** What the random numbers of a scene are for. */
  private static final long CONCEPTS = 1;

  private static final long LOOKS = 2;

  /** Places are drawn anew so often before sizes and turns are, too. */
  private static final int PLACES = 400;

  /** Sizes and turns are drawn anew so often; two things of standard size fit at once. */
  private static final int LAYOUTS = 200;

  /** Steps of a pixel in which things lie. */
  private static final int STEPS = 16;

  private final Artwork artwork;
  private final ScenePairs pairs;
  private final SceneSpec spec;

  public SceneComposer(Artwork artwork, ScenePairs pairs, SceneSpec spec) {
    this.artwork = artwork;
    this.pairs = pairs;
    this.spec = spec;
  }

  /** A scene with its things in pixels already, a unit each. */
  private record Layout(Scene scene, List<Layer> layers) {}

  /** What scene number {@code index} of a seed's endless sequence is about, in caption order. */
  public List<Concept> concepts(ScenePairs.Split split, long seed, long index) {
    SplitMix64 random = SplitMix64.keyed(seed, CONCEPTS, split.ordinal(), index);
    int count = spec.fewest() + random.below(spec.most() - spec.fewest() + 1);
    List<Integer> chosen = new ArrayList<>();
    do {
      chosen.clear();
      while (chosen.size() < count) {
        int next = random.below(artwork.concepts().size());
        if (!chosen.contains(next)) {
          chosen.add(next);
        }
      }
    } while (count > 1 && !pairs.allows(chosen, split));
    return chosen.stream().map(artwork.concepts()::get).toList();
  }

  /**
   * A scene of these concepts.
   *
   * @param draw which of the endless scenes of the same concepts, seed and index
   */
  public Scene scene(List<Concept> concepts, long seed, long draw, long index) {
    return layout(concepts, seed, draw, index).scene();
  }

  /** Pixels (3, size, size) as unsigned bytes of the scene that {@link #scene} draws. */
  public byte[] pixels(List<Concept> concepts, long seed, long draw, long index, int size) {
    Layout layout = layout(concepts, seed, draw, index);
    return size == SceneSpec.UNITS
        ? render(layout.scene().backdrop(), layout.layers(), size)
        : pixels(layout.scene(), size);
  }

  /** Pixels (3, size, size) of a scene as unsigned bytes. */
  public static byte[] pixels(Scene scene, int size) {
    double unit = (double) size / SceneSpec.UNITS;
    List<Layer> layers = scene.things().stream().map(thing -> Layer.of(thing, unit)).toList();
    return render(scene.backdrop(), layers, size);
  }

  private static byte[] render(Backdrop backdrop, List<Layer> layers, int size) {
    float[] picture = backdrop.pixels(size);
    layers.forEach(layer -> layer.over(picture, size));
    byte[] bytes = new byte[picture.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) Math.round(Math.max(0, Math.min(255, picture[i])));
    }
    return bytes;
  }

  private Layout layout(List<Concept> concepts, long seed, long draw, long index) {
    SplitMix64 random = SplitMix64.keyed(seed, LOOKS, draw, index);
    Backdrop backdrop = Backdrop.draw(random);
    List<Concept> order = shuffled(concepts, random);
    for (int layouts = 0; layouts < LAYOUTS; layouts++) {
      List<Scene.Thing> looks = order.stream().map(concept -> look(concept, random)).toList();
      List<Layer> layers = looks.stream().map(thing -> Layer.of(thing, 1)).toList();
      for (int places = 0; places < PLACES; places++) {
        Layout placed = place(concepts, backdrop, looks, layers, random);
        if (isClear(placed.layers())) {
          return placed;
        }
      }
    }
    throw new IllegalStateException(
        "found no place for " + Scene.caption(concepts) + "; allow smaller things or more overlap");
  }

  private static List<Concept> shuffled(List<Concept> concepts, SplitMix64 random) {
    List<Concept> order = new ArrayList<>();
    for (Concept concept : concepts) {
      order.add(random.below(order.size() + 1), concept);
    }
    return order;
  }

  /** All but the place of a thing, of which the part below a pixel alone is drawn. */
  private Scene.Thing look(Concept concept, SplitMix64 random) {
    return new Scene.Thing(
        concept,
        random.below(concept.drawings().size()),
        random.between(spec.smallest(), spec.largest()),
        random.between(-spec.turn(), spec.turn()),
        random.below(2) == 1,
        random.below(STEPS) / (double) STEPS,
        random.below(STEPS) / (double) STEPS);
  }

  /** Moves all things by whole pixels to where they are inside of the picture. */
  private static Layout place(
      List<Concept> concepts,
      Backdrop backdrop,
      List<Scene.Thing> looks,
      List<Layer> layers,
      SplitMix64 random) {
    List<Scene.Thing> things = new ArrayList<>();
    List<Layer> moved = new ArrayList<>();
    for (int i = 0; i < looks.size(); i++) {
      Scene.Thing look = looks.get(i);
      int x = offset(look.x(), Layer.Extent.width(look), random);
      int y = offset(look.y(), Layer.Extent.height(look), random);
      things.add(look.at(look.x() + x, look.y() + y));
      moved.add(layers.get(i).moved(x, y));
    }
    return new Layout(new Scene(concepts, things, backdrop), moved);
  }

  /** A whole number that takes a middle to where a length around it is inside of the picture. */
  private static int offset(double middle, double length, SplitMix64 random) {
    int least = (int) Math.ceil(length / 2 - middle);
    int most = (int) Math.floor(SceneSpec.UNITS - length / 2 - middle);
    return least + random.below(Math.max(1, most - least + 1));
  }

  /** Whether no thing covers, or is covered by, the others more than allowed. */
  private boolean isClear(List<Layer> layers) {
    for (Layer layer : layers) {
      double shared = 0;
      for (Layer other : layers) {
        shared += other == layer ? 0 : layer.overlap(other);
      }
      if (shared > spec.overlap() * layer.area()) {
        return false;
      }
    }
    return true;
  }
}
