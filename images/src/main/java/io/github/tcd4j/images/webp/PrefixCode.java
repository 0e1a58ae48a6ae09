package io.github.tcd4j.images.webp;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/**
 * A canonical Huffman code (RFC 9649, section 3.7.2).
 *
 * @param lengths of the codes of all symbols, 0 for those that are not used
 * @param codes of the symbols, their bits in the order in which they are written
 * @param used the symbols that are used, ascending
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record PrefixCode(int[] lengths, int[] codes, List<Integer> used) {
  private static final int LONGEST = 15;
  private static final int LONGEST_OF_LENGTHS = 7;
  private static final int LENGTH_SYMBOLS = 19;
  private static final int REPEAT = 16;
  private static final int ZEROS = 17;
  private static final int MANY_ZEROS = 18;

  /** The order in which lengths of codes of lengths are stored. */
  private static final int[] ORDER = {
    17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
  };

  /**
   * A node of the tree; a leaf has a symbol and no children.
   *
   * @param order of nodes of equal weight, so that the same counts give the same code
   */
  private record Node(long weight, int order, int symbol, List<Node> children) {}

  /** A length, or a number of repetitions with its extra bits. */
  private record LengthToken(int symbol, int extra, int extraBits) {}

  /** The code for symbols that occur so often. */
  static PrefixCode of(int[] counts) {
    return of(counts, LONGEST);
  }

  private static PrefixCode of(int[] counts, int longest) {
    List<Integer> used = new ArrayList<>();
    for (int s = 0; s < counts.length; s++) {
      if (counts[s] > 0) {
        used.add(s);
      }
    }
    int[] lengths = new int[counts.length];
    // Rare symbols are counted as more frequent until no code is too long.
    for (long least = 1; !fill(lengths, counts, used, least, longest); least *= 2) {}
    return new PrefixCode(lengths, codes(lengths, longest), used);
  }

  private static boolean fill(
      int[] lengths, int[] counts, List<Integer> used, long least, int longest) {
    PriorityQueue<Node> queue =
        new PriorityQueue<>(Comparator.comparingLong(Node::weight).thenComparing(Node::order));
    for (int s : used) {
      queue.add(new Node(Math.max(counts[s], least), s, s, List.of()));
    }
    for (int order = counts.length; queue.size() > 1; order++) {
      Node a = queue.remove();
      Node b = queue.remove();
      queue.add(new Node(a.weight + b.weight, order, -1, List.of(a, b)));
    }
    if (used.size() == 1) {
      lengths[used.get(0)] = 1;
    } else if (!queue.isEmpty()) {
      assign(lengths, queue.remove(), 0);
    }
    return used.stream().allMatch(s -> lengths[s] <= longest);
  }

  private static void assign(int[] lengths, Node node, int depth) {
    if (node.children.isEmpty()) {
      lengths[node.symbol] = depth;
    }
    node.children.forEach(child -> assign(lengths, child, depth + 1));
  }

  /** Shorter codes first, equally long ones by their symbols; the highest bit is written first. */
  private static int[] codes(int[] lengths, int longest) {
    int[] codes = new int[lengths.length];
    int next = 0;
    for (int length = 1; length <= longest; length++) {
      for (int s = 0; s < lengths.length; s++) {
        if (lengths[s] == length) {
          codes[s] = Integer.reverse(next++) >>> (32 - length);
        }
      }
      next <<= 1;
    }
    return codes;
  }

  /** Writes a symbol; where there is but one, nothing. */
  void put(BitWriter out, int symbol) {
    if (used.size() > 1) {
      out.put(codes[symbol], lengths[symbol]);
    }
  }

  /** Writes what a reader needs to know of the code. */
  void describe(BitWriter out) {
    if (used.size() > 2 || used.stream().anyMatch(s -> s > 255)) {
      out.put(0, 1);
      describeLengths(out);
      return;
    }
    int first = used.isEmpty() ? 0 : used.get(0);
    out.put(1, 1);
    out.put(used.size() == 2 ? 1 : 0, 1);
    out.put(first > 1 ? 1 : 0, 1);
    out.put(first, first > 1 ? 8 : 1);
    if (used.size() == 2) {
      out.put(used.get(1), 8);
    }
  }

  private void describeLengths(BitWriter out) {
    List<LengthToken> tokens = tokens();
    int[] counts = new int[LENGTH_SYMBOLS];
    tokens.forEach(t -> counts[t.symbol]++);
    PrefixCode code = of(counts, LONGEST_OF_LENGTHS);
    int stored = LENGTH_SYMBOLS;
    while (stored > 4 && code.lengths[ORDER[stored - 1]] == 0) {
      stored--;
    }
    out.put(stored - 4, 4);
    for (int i = 0; i < stored; i++) {
      out.put(code.lengths[ORDER[i]], 3);
    }
    // The lengths of all symbols follow.
    out.put(0, 1);
    for (LengthToken t : tokens) {
      code.put(out, t.symbol);
      out.put(t.extra, t.extraBits);
    }
  }

  private List<LengthToken> tokens() {
    List<LengthToken> tokens = new ArrayList<>();
    for (int i = 0; i < lengths.length; ) {
      int end = i + 1;
      while (end < lengths.length && lengths[end] == lengths[i]) {
        end++;
      }
      int run = end - i;
      if (lengths[i] != 0) {
        tokens.add(new LengthToken(lengths[i], 0, 0));
        run--;
      }
      while (run > 0) {
        int n;
        if (run < 3) {
          n = 1;
          tokens.add(new LengthToken(lengths[i], 0, 0));
        } else if (lengths[i] != 0) {
          n = Math.min(run, 6);
          tokens.add(new LengthToken(REPEAT, n - 3, 2));
        } else if (run < 11) {
          n = run;
          tokens.add(new LengthToken(ZEROS, n - 3, 3));
        } else {
          n = Math.min(run, 138);
          tokens.add(new LengthToken(MANY_ZEROS, n - 11, 7));
        }
        run -= n;
      }
      i = end;
    }
    return tokens;
  }
}
