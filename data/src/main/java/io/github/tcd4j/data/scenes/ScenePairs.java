package io.github.tcd4j.data.scenes;

import io.github.tcd4j.data.SplitMix64;
import java.util.BitSet;
import java.util.List;

/**
 * Which pairs of concepts are held out: a fifth of all, chosen by a seed. Training never sees two
 * of such a pair in one scene, so a model that generates both has composed them.
 */
public final class ScenePairs {
  /** Which scenes. */
  public enum Split {
    /** No two things are a pair that is held out. */
    TRAINING,
    /** At least two things are such a pair. */
    HELD_OUT
  }

  /** One in so many pairs is held out. */
  private static final int ONE_IN = 5;

  private final int concepts;
  private final BitSet heldOut = new BitSet();

  /**
   * @param concepts how many there are, at least 2
   */
  public ScenePairs(long seed, int concepts) {
    if (concepts < 2) {
      throw new IllegalArgumentException("there must be at least 2 concepts but were " + concepts);
    }
    this.concepts = concepts;
    int pairs = concepts * (concepts - 1) / 2;
    int[] order = new int[pairs];
    SplitMix64 random = SplitMix64.keyed(seed, pairs);
    for (int i = 0; i < pairs; i++) {
      int j = random.below(i + 1);
      order[i] = order[j];
      order[j] = i;
    }
    for (int i = 0; i < pairs / ONE_IN; i++) {
      heldOut.set(order[i]);
    }
  }

  /** Number of pairs that are held out. */
  public int heldOut() {
    return heldOut.cardinality();
  }

  /** Whether the pair of two different concepts, in either order, is held out. */
  public boolean isHeldOut(int a, int b) {
    int low = Math.min(a, b);
    int high = Math.max(a, b);
    if (low < 0 || low == high || high >= concepts) {
      throw new IllegalArgumentException(
          "a pair must be two different concepts below " + concepts + " but was " + a + ", " + b);
    }
    return heldOut.get(high * (high - 1) / 2 + low);
  }

  /** Whether a scene of these concepts belongs to {@code split}. */
  boolean allows(List<Integer> scene, Split split) {
    boolean any = false;
    for (int i = 0; i < scene.size(); i++) {
      for (int j = 0; j < i; j++) {
        any |= isHeldOut(scene.get(i), scene.get(j));
      }
    }
    return any == (split == Split.HELD_OUT);
  }
}
