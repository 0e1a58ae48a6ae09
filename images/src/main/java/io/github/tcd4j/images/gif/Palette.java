package io.github.tcd4j.images.gif;

import io.github.tcd4j.images.Image;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * At most 256 colours for several pictures together, so that nothing flickers from frame to frame:
 * all of theirs where there are no more, else the means of boxes of the colour cube, of which the
 * one with the greatest spread is cut where it falls most (Wu 1991, "Efficient statistical
 * computations for optimal color quantization").
 */
final class Palette {
  static final int MOST = 256;

  /** Bits of a colour by which the nearest of the palette is looked up. */
  private static final int BITS = 6;

  private final int[] colours;

  /** All colours of the pictures where they fit; empty where they do not. */
  private final Map<Integer, Integer> exact;

  /** The nearest colour to the middle of a cell, plus 1; 0 where it was not needed yet. */
  private final short[] nearest = new short[1 << 3 * BITS];

  private Palette(int[] colours, Map<Integer, Integer> exact) {
    this.colours = colours;
    this.exact = exact;
  }

  static Palette of(List<Image> pictures) {
    Map<Integer, Integer> all = new LinkedHashMap<>();
    for (Image picture : pictures) {
      byte[] rgb = picture.rgb();
      for (int i = 0; i < rgb.length && all.size() <= MOST; i += 3) {
        all.putIfAbsent(colour(rgb, i), all.size());
      }
    }
    if (all.size() <= MOST) {
      return new Palette(all.keySet().stream().mapToInt(c -> c).toArray(), all);
    }
    return new Palette(cut(new ColourMoments(pictures)), Map.of());
  }

  private static int colour(byte[] rgb, int i) {
    return (rgb[i] & 255) << 16 | (rgb[i + 1] & 255) << 8 | rgb[i + 2] & 255;
  }

  private static int[] cut(ColourMoments moments) {
    List<ColourBox> boxes = new ArrayList<>(List.of(ColourBox.ALL));
    List<Double> spreads = new ArrayList<>(List.of(moments.spread(ColourBox.ALL)));
    while (boxes.size() < MOST) {
      int widest = 0;
      for (int i = 1; i < boxes.size(); i++) {
        widest = spreads.get(i) > spreads.get(widest) ? i : widest;
      }
      if (spreads.get(widest) <= 0) {
        break;
      }
      ColourBox[] halves = halves(moments, boxes.get(widest));
      if (halves.length == 0) {
        spreads.set(widest, 0.0); // All in one cell.
        continue;
      }
      boxes.set(widest, halves[0]);
      spreads.set(widest, moments.spread(halves[0]));
      boxes.add(halves[1]);
      spreads.add(moments.spread(halves[1]));
    }
    return boxes.stream().mapToInt(moments::mean).toArray();
  }

  /** The cut that leaves least spread; empty where a part would have no colours. */
  private static ColourBox[] halves(ColourMoments moments, ColourBox box) {
    ColourBox[] best = {};
    double most = 0;
    for (int axis = 0; axis < 3; axis++) {
      for (int at = box.low(axis) + 1; at < box.high(axis); at++) {
        ColourBox[] parts = box.cut(axis, at);
        boolean both =
            ColourMoments.sum(moments.count, parts[0]) > 0
                && ColourMoments.sum(moments.count, parts[1]) > 0;
        double gain = both ? moments.gain(parts[0]) + moments.gain(parts[1]) : 0;
        if (gain > most) {
          most = gain;
          best = parts;
        }
      }
    }
    return best;
  }

  /** The colours, 0xRRGGBB, at least one. */
  int[] colours() {
    return colours;
  }

  /**
   * Numbers of colours for the pixels of a picture, row by row; what a pixel lacks is spread over
   * those to its right and below (Floyd and Steinberg 1976).
   */
  byte[] indices(Image picture) {
    byte[] rgb = picture.rgb();
    byte[] indices = new byte[rgb.length / 3];
    if (!exact.isEmpty()) {
      for (int i = 0; i < indices.length; i++) {
        indices[i] = exact.getOrDefault(colour(rgb, 3 * i), 0).byteValue();
      }
      return indices;
    }
    int width = picture.width();
    // Errors of this row and the next, with a pixel before and after.
    int[] here = new int[3 * (width + 2)];
    int[] below = new int[here.length];
    for (int y = 0; y < picture.height(); y++) {
      for (int x = 0; x < width; x++) {
        int at = y * width + x;
        int colour = 0;
        for (int c = 0; c < 3; c++) {
          int level = (rgb[3 * at + c] & 255) + (here[3 * (x + 1) + c] + 8 >> 4);
          colour = colour << 8 | Math.max(0, Math.min(255, level));
        }
        int index = nearest(colour);
        indices[at] = (byte) index;
        for (int c = 0; c < 3; c++) {
          int shift = 16 - 8 * c;
          int error = (colour >> shift & 255) - (colours[index] >> shift & 255);
          here[3 * (x + 2) + c] += 7 * error;
          below[3 * x + c] += 3 * error;
          below[3 * (x + 1) + c] += 5 * error;
          below[3 * (x + 2) + c] += error;
        }
      }
      int[] done = here;
      here = below;
      below = done;
      Arrays.fill(below, 0);
    }
    return indices;
  }

  private int nearest(int colour) {
    int r = colour >> 16 & 255;
    int g = colour >> 8 & 255;
    int b = colour & 255;
    int cut = 8 - BITS;
    int cell = (r >> cut) << 2 * BITS | (g >> cut) << BITS | b >> cut;
    if (nearest[cell] == 0) {
      int middle = 1 << cut - 1;
      nearest[cell] =
          (short)
              (search(
                      (r >> cut << cut) + middle,
                      (g >> cut << cut) + middle,
                      (b >> cut << cut) + middle)
                  + 1);
    }
    return nearest[cell] - 1;
  }

  private int search(int r, int g, int b) {
    int best = 0;
    int least = Integer.MAX_VALUE;
    for (int i = 0; i < colours.length; i++) {
      int dr = r - (colours[i] >> 16 & 255);
      int dg = g - (colours[i] >> 8 & 255);
      int db = b - (colours[i] & 255);
      int distance = dr * dr + dg * dg + db * db;
      if (distance < least) {
        least = distance;
        best = i;
      }
    }
    return best;
  }
}
