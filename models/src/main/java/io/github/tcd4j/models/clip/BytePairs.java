package io.github.tcd4j.models.clip;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;

/**
 * Byte-pair encoding of one word (Sennrich et al. 2016): the word starts as its symbols, the last
 * of them marked with {@code </w>}; then, as long as any two neighbours can be merged, the pair
 * that comes first in the list of merges, and among equals the leftmost, becomes one.
 */
final class BytePairs {
  static final String END_OF_WORD = "</w>";

  private record Pair(int left, int right) {}

  private record Merge(int rank, int id) {}

  /** A merge that was possible when it was queued: {@code at} and its then neighbour. */
  private record Candidate(int rank, int id, int at, int left, int right)
      implements Comparable<Candidate> {
    @Override
    public int compareTo(Candidate o) {
      return rank != o.rank ? Integer.compare(rank, o.rank) : Integer.compare(at, o.at);
    }
  }

  private final Map<String, Integer> vocabulary;
  private final Map<Pair, Merge> merges = new HashMap<>();
  private final int unknown;

  /**
   * @param merges pairs of tokens, the most urgent first; both and their union must be in the
   *     vocabulary
   * @param unknown the id of symbols that are not in the vocabulary
   */
  BytePairs(Map<String, Integer> vocabulary, List<String[]> merges, int unknown) {
    this.vocabulary = vocabulary;
    this.unknown = unknown;
    int rank = 0;
    for (String[] m : merges) {
      Pair pair = new Pair(id(m[0]), id(m[1]));
      this.merges.put(pair, new Merge(rank++, id(m[0] + m[1])));
    }
  }

  private int id(String token) {
    Integer id = vocabulary.get(token);
    if (id == null) {
      throw new IllegalArgumentException("merges make " + token + ", which the vocabulary lacks");
    }
    return id;
  }

  /** The ids of a word of at least one symbol, in the byte alphabet. */
  int[] encode(String word) {
    int n = word.length();
    int[] ids = new int[n];
    int[] next = new int[n];
    int[] previous = new int[n];
    for (int i = 0; i < n; i++) {
      String symbol = word.substring(i, i + 1) + (i == n - 1 ? END_OF_WORD : "");
      ids[i] = vocabulary.getOrDefault(symbol, unknown);
      next[i] = i == n - 1 ? -1 : i + 1;
      previous[i] = i - 1;
    }
    PriorityQueue<Candidate> queue = new PriorityQueue<>();
    for (int i = 0; i < n; i++) {
      offer(queue, ids, next, i);
    }
    boolean[] gone = new boolean[n];
    for (Candidate c = queue.poll(); c != null; c = queue.poll()) {
      int at = c.at();
      int right = next[at];
      if (gone[at] || right < 0 || ids[at] != c.left() || ids[right] != c.right()) {
        continue;
      }
      ids[at] = c.id();
      gone[right] = true;
      next[at] = next[right];
      if (next[at] >= 0) {
        previous[next[at]] = at;
      }
      offer(queue, ids, next, at);
      offer(queue, ids, next, previous[at]);
    }
    int[] kept = new int[n];
    int length = 0;
    for (int i = 0; i >= 0; i = next[i]) {
      kept[length++] = ids[i];
    }
    return Arrays.copyOf(kept, length);
  }

  private void offer(PriorityQueue<Candidate> queue, int[] ids, int[] next, int at) {
    if (at < 0 || next[at] < 0) {
      return;
    }
    int left = ids[at];
    int right = ids[next[at]];
    Merge m = merges.get(new Pair(left, right));
    if (m != null) {
      queue.add(new Candidate(m.rank(), m.id(), at, left, right));
    }
  }
}
