package io.github.tcd4j.data.scenes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;

import io.github.tcd4j.data.scenes.ScenePairs.Split;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SceneComposerTest {
  private static final int CONCEPTS = 12;
  private static final int SCENES = 4000;
  private static final Artwork ARTWORK = Drawings.artwork(CONCEPTS);
  private static final ScenePairs PAIRS = new ScenePairs(5, CONCEPTS);
  private static final SceneComposer COMPOSER =
      new SceneComposer(ARTWORK, PAIRS, SceneSpec.STANDARD);

  private static final List<Scene> DRAWN =
      IntStream.range(0, SCENES).mapToObj(i -> scene(i)).toList();

  private static Scene scene(long index) {
    return COMPOSER.scene(COMPOSER.concepts(Split.TRAINING, 1, index), 1, 0, index);
  }

  /** Pearson's statistic against equal counts; its mean is cells - 1, its variance twice that. */
  private static void requireEven(int[] counts) {
    double n = Arrays.stream(counts).sum();
    double expected = n / counts.length;
    double chi2 =
        Arrays.stream(counts).mapToDouble(c -> (c - expected) * (c - expected)).sum() / expected;
    int free = counts.length - 1;
    assertThat(chi2).as(Arrays.toString(counts)).isLessThan(free + 5 * Math.sqrt(2.0 * free));
  }

  /** Into how many of each of ten equal parts of a range values fall. */
  private static int[] tenths(double[] values, double from, double to) {
    int[] counts = new int[10];
    for (double v : values) {
      assertThat(v).isBetween(from, to);
      counts[Math.min(9, (int) (10 * (v - from) / (to - from)))]++;
    }
    return counts;
  }

  @Test
  void theSameSeedAndIndexGiveTheSameBitsInAnyOrder() {
    List<Concept> seven = COMPOSER.concepts(Split.TRAINING, 9, 7);
    byte[] first = COMPOSER.pixels(seven, 9, 0, 7, 64);
    SceneComposer other =
        new SceneComposer(
            Drawings.artwork(CONCEPTS), new ScenePairs(5, CONCEPTS), SceneSpec.STANDARD);
    other.pixels(other.concepts(Split.TRAINING, 9, 8), 9, 0, 8, 64);
    assertThat(other.pixels(other.concepts(Split.TRAINING, 9, 7), 9, 0, 7, 64)).isEqualTo(first);
    assertThat(COMPOSER.pixels(seven, 10, 0, 7, 64)).isNotEqualTo(first);
    assertThat(COMPOSER.pixels(seven, 9, 1, 7, 64)).isNotEqualTo(first);
    assertThat(COMPOSER.pixels(seven, 9, 0, 8, 64)).isNotEqualTo(first);
  }

  @Test
  void thePixelsAreThoseOfTheSceneItself() {
    for (int i = 0; i < 20; i++) {
      List<Concept> concepts = COMPOSER.concepts(Split.TRAINING, 1, i);
      assertThat(COMPOSER.pixels(concepts, 1, 0, i, 64))
          .isEqualTo(SceneComposer.pixels(DRAWN.get(i), 64));
    }
  }

  @Test
  void noTrainingSceneHoldsAPairThatIsHeldOutAndEveryHeldOutSceneDoes() {
    for (int i = 0; i < SCENES; i++) {
      assertThat(heldOutPairs(COMPOSER.concepts(Split.TRAINING, 1, i))).isZero();
      assertThat(heldOutPairs(COMPOSER.concepts(Split.HELD_OUT, 1, i))).isPositive();
    }
  }

  private static int heldOutPairs(List<Concept> scene) {
    int found = 0;
    for (Concept a : scene) {
      for (Concept b : scene) {
        int i = ARTWORK.concepts().indexOf(a);
        int j = ARTWORK.concepts().indexOf(b);
        found += i < j && PAIRS.isHeldOut(i, j) ? 1 : 0;
      }
    }
    return found;
  }

  @Test
  void aSceneHasTwoOrThreeDifferentThingsAndItsCaptionNamesThemAlone() {
    int[] counts = new int[2];
    for (Scene scene : DRAWN) {
      List<String> names = scene.concepts().stream().map(Concept::name).toList();
      counts[names.size() - 2]++;
      assertThat(new HashSet<>(names)).hasSameSizeAs(names);
      assertThat(scene.things().stream().map(t -> t.concept().name()))
          .containsExactlyInAnyOrderElementsOf(names);
      String caption = scene.caption();
      assertThat(caption)
          .isEqualTo(
              names.size() == 2
                  ? names.get(0) + " and " + names.get(1)
                  : names.get(0) + ", " + names.get(1) + " and " + names.get(2));
    }
    requireEven(counts);
  }

  @Test
  void theOrderOfTheCaptionTellsNothingOfTheOrderOfDrawing() {
    int[] counts = new int[2];
    for (Scene scene : DRAWN) {
      counts[scene.things().get(0).concept() == scene.concepts().get(0) ? 0 : 1] +=
          scene.concepts().size() == 2 ? 1 : 0;
    }
    requireEven(counts);
  }

  @Test
  void thingsAreInsideAndCoverAFifthOfEachOtherAtMost() {
    for (Scene scene : DRAWN.subList(0, 500)) {
      List<Layer> layers = scene.things().stream().map(t -> Layer.of(t, 1)).toList();
      for (int i = 0; i < layers.size(); i++) {
        Scene.Thing thing = scene.things().get(i);
        double width = Layer.Extent.width(thing) / 2;
        double height = Layer.Extent.height(thing) / 2;
        assertThat(thing.x()).isBetween(width, 64 - width);
        assertThat(thing.y()).isBetween(height, 64 - height);
        double shared = 0;
        for (int j = 0; j < layers.size(); j++) {
          shared += i == j ? 0 : layers.get(i).overlap(layers.get(j));
        }
        assertThat(shared).isLessThanOrEqualTo(0.2 * layers.get(i).area());
      }
    }
  }

  @Test
  void stylesBackgroundsAndConceptsAreEven() {
    int[] styles = new int[6];
    int[] backdrops = new int[Backdrop.COUNT];
    Map<String, Integer> order = new HashMap<>();
    for (Scene scene : DRAWN) {
      scene.things().forEach(t -> styles[t.drawing()]++);
      backdrops[scene.backdrop().number()]++;
      order.merge(scene.concepts().get(0).name(), 1, Integer::sum);
    }
    requireEven(styles);
    requireEven(backdrops);
    assertThat(order).hasSize(CONCEPTS);
  }

  @Test
  void sizesTurnsAndMirrorsOfTwoThingsAreEven() {
    List<Scene.Thing> things =
        DRAWN.stream()
            .filter(s -> s.things().size() == 2)
            .flatMap(s -> s.things().stream())
            .toList();
    double[] sizes = things.stream().mapToDouble(Scene.Thing::size).toArray();
    double[] turns = things.stream().mapToDouble(Scene.Thing::turn).toArray();
    requireEven(tenths(sizes, 22, 34));
    requireEven(tenths(turns, -20, 20));
    int mirrored = (int) things.stream().filter(Scene.Thing::mirrored).count();
    requireEven(new int[] {mirrored, things.size() - mirrored});
  }

  @Test
  void theMiddleOfAThingIsAnywhereAndEitherSideIsAsLikely() {
    int[] quarters = new int[4];
    Set<Integer> cells = new HashSet<>();
    for (Scene scene : DRAWN) {
      Scene.Thing t = scene.things().get(0);
      quarters[(t.x() < 32 ? 0 : 1) + (t.y() < 32 ? 0 : 2)]++;
      cells.add((int) (t.x() / 4) + 16 * (int) (t.y() / 4));
    }
    requireEven(quarters);
    // Middles keep 11 units and more from the border, where 10 x 10 cells of 4 are wholly inside.
    assertThat(cells.size()).isGreaterThan(95);
  }

  @Test
  void aThingKeepsItsAreaAndMiddleAtAnySizeOfThePicture() {
    for (Scene scene : DRAWN.subList(0, 30)) {
      for (Scene.Thing thing : scene.things()) {
        for (double unit : new double[] {0.5, 1, 4}) {
          Layer layer = Layer.of(thing, unit);
          Cutout cutout = thing.concept().drawings().get(thing.drawing()).cutout();
          double scale = thing.size() * unit / Math.max(cutout.width(), cutout.height());
          double expected = cutout.area() * scale * scale;
          assertThat(layer.area() / expected).isBetween(0.98, 1.02);
          double x = 0;
          for (int i = 0; i < layer.width() * layer.height(); i++) {
            x += layer.rgba()[4 * i + 3] * (layer.left() + i % layer.width() + 0.5);
          }
          assertThat(x / layer.area() / unit).isBetween(thing.x() - 0.2, thing.x() + 0.2);
        }
      }
    }
  }

  @Test
  void mirroringATurnedThingMirrorsItsPixelsAndTurnsTheOtherWay() {
    Concept concept = Drawings.shipped().concepts().get(3);
    Scene.Thing thing = new Scene.Thing(concept, 0, 30, 15, false, 32, 32);
    Scene.Thing mirrored = new Scene.Thing(concept, 0, 30, -15, true, 32, 32);
    Layer a = Layer.of(thing, 1);
    Layer b = Layer.of(mirrored, 1);
    assertThat(b.width()).isEqualTo(a.width());
    for (int i = 0; i < a.width() * a.height(); i++) {
      int row = i / a.width() * a.width();
      int across = row + a.width() - 1 - i % a.width();
      for (int c = 0; c < 4; c++) {
        assertThat(b.rgba()[4 * across + c]).isCloseTo(a.rgba()[4 * i + c], offset(0.01f * 255));
      }
    }
  }

  @Test
  void thingsOverABackdropLeaveTheRestOfItAlone() {
    Scene scene = DRAWN.get(0);
    byte[] pixels = SceneComposer.pixels(scene, 64);
    float[] behind = scene.backdrop().pixels(64);
    List<Layer> layers = new ArrayList<>();
    scene.things().forEach(t -> layers.add(Layer.of(t, 1)));
    int same = 0;
    for (int i = 0; i < 64 * 64; i++) {
      same += (pixels[i] & 0xff) == Math.round(behind[i]) ? 1 : 0;
    }
    double covered = layers.stream().mapToDouble(Layer::area).sum();
    assertThat((double) same).isBetween(0.85 * (4096 - covered), 4096.0);
  }
}
