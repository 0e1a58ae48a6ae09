package io.github.tcd4j.models.inception;

import io.github.tcd4j.models.layers.NetworkFile;
import io.github.tcd4j.tensor.file.TensorFile;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The names of the graph of 2015 that NVIDIA's file kept, in pytorch-fid's. A layer of theirs is
 * {@code layers.mixed_4.tower_1.conv_2.weight}; in the last two blocks the tower and its layer are
 * one word.
 */
final class InceptionKeys {
  private static final Pattern THEIRS =
      Pattern.compile("(?:layers\\.)?(mixed(?:_\\d+)?)\\.(?:(tower(?:_\\d)?)[._])?(\\w+)\\.(.+)");
  private static final Pattern STEM = Pattern.compile("(?:layers\\.)?(conv(?:_\\d)?)\\.(.+)");

  private static final Map<String, String> STEMS =
      Map.of(
          "conv", "Conv2d_1a_3x3",
          "conv_1", "Conv2d_2a_3x3",
          "conv_2", "Conv2d_2b_3x3",
          "conv_3", "Conv2d_3b_1x1",
          "conv_4", "Conv2d_4a_3x3");

  private static final List<String> BLOCKS =
      List.of(
          "Mixed_5b",
          "Mixed_5c",
          "Mixed_5d",
          "Mixed_6a",
          "Mixed_6b",
          "Mixed_6c",
          "Mixed_6d",
          "Mixed_6e",
          "Mixed_7a",
          "Mixed_7b",
          "Mixed_7c");

  /** The last part of a name: the unit's tensors, which some copies of the file call otherwise. */
  private static final Map<String, String> TENSORS =
      Map.of(
          "weight", "conv.weight",
          "beta", "bn.bias",
          "mean", "bn.running_mean",
          "var", "bn.running_var");

  private InceptionKeys() {}

  /** The file under pytorch-fid's names. */
  static TensorFile named(TensorFile file) {
    return NetworkFile.renamed(file, InceptionKeys::ours);
  }

  /** What it does not know it leaves as it is. */
  static String ours(String name) {
    if (name.matches("output\\.(weight|bias)")) {
      return "fc" + name.substring(name.indexOf('.'));
    }
    Matcher stem = STEM.matcher(name);
    if (stem.matches()) {
      String unit = STEMS.get(stem.group(1));
      return unit == null ? name : unit + "." + tensor(stem.group(2));
    }
    Matcher m = THEIRS.matcher(name);
    if (!m.matches()) {
      return name;
    }
    String block = m.group(1);
    int number = block.equals("mixed") ? 0 : Integer.parseInt(block.substring("mixed_".length()));
    if (number >= BLOCKS.size()) {
      return name;
    }
    String tower = m.group(2) == null ? "" : m.group(2);
    String unit = unit(BLOCKS.get(number), tower, m.group(3));
    return unit == null ? name : BLOCKS.get(number) + "." + unit + "." + tensor(m.group(4));
  }

  /** A layer of a tower in a block; null where the block has none of that name. */
  private static @Nullable String unit(String block, String tower, String layer) {
    if (tower.equals("tower_2")) {
      return layer.equals("conv") ? "branch_pool" : null;
    }
    char kind = kind(block);
    if (tower.isEmpty()) {
      return !layer.equals("conv") ? null : kind == 'B' ? "branch3x3" : "branch1x1";
    }
    boolean first = tower.equals("tower");
    if (kind == 'E' && layer.matches("mixed_conv(_1)?")) {
      String side = layer.endsWith("_1") ? "b" : "a";
      return first ? "branch3x3_2" + side : "branch3x3dbl_3" + side;
    }
    if (!layer.matches("conv(_\\d)?")) {
      return null;
    }
    int at = layer.equals("conv") ? 1 : layer.charAt(layer.length() - 1) - '0' + 1;
    String branch =
        switch (kind) {
          case 'A' -> first ? "branch5x5" : "branch3x3dbl";
          case 'B' -> "branch3x3dbl";
          case 'C' -> first ? "branch7x7" : "branch7x7dbl";
          case 'D' -> first ? "branch3x3" : "branch7x7x3";
          default -> first ? "branch3x3" : "branch3x3dbl";
        };
    return branch + "_" + at;
  }

  /** The kind of a block, by the letter of its class. */
  private static char kind(String block) {
    return switch (block) {
      case "Mixed_5b", "Mixed_5c", "Mixed_5d" -> 'A';
      case "Mixed_6a" -> 'B';
      case "Mixed_7a" -> 'D';
      case "Mixed_7b", "Mixed_7c" -> 'E';
      default -> 'C';
    };
  }

  private static String tensor(String theirs) {
    return TENSORS.getOrDefault(theirs, theirs);
  }
}
