package io.github.tcd4j.models.inception;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tcd4j.models.FormulaWeights;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.Scope;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The layers of NVIDIA's file, block by block, beside pytorch-fid's. */
class InceptionKeysTest {
  private static final String A =
      "conv=branch1x1 tower.conv=branch5x5_1 tower.conv_1=branch5x5_2 tower_1.conv=branch3x3dbl_1"
          + " tower_1.conv_1=branch3x3dbl_2 tower_1.conv_2=branch3x3dbl_3 tower_2.conv=branch_pool";
  private static final String B =
      "conv=branch3x3 tower.conv=branch3x3dbl_1 tower.conv_1=branch3x3dbl_2"
          + " tower.conv_2=branch3x3dbl_3";
  private static final String C =
      "conv=branch1x1 tower.conv=branch7x7_1 tower.conv_1=branch7x7_2 tower.conv_2=branch7x7_3"
          + " tower_1.conv=branch7x7dbl_1 tower_1.conv_1=branch7x7dbl_2"
          + " tower_1.conv_2=branch7x7dbl_3 tower_1.conv_3=branch7x7dbl_4"
          + " tower_1.conv_4=branch7x7dbl_5 tower_2.conv=branch_pool";
  private static final String D =
      "tower.conv=branch3x3_1 tower.conv_1=branch3x3_2 tower_1.conv=branch7x7x3_1"
          + " tower_1.conv_1=branch7x7x3_2 tower_1.conv_2=branch7x7x3_3"
          + " tower_1.conv_3=branch7x7x3_4";
  private static final String E =
      "conv=branch1x1 tower_conv=branch3x3_1 tower_mixed_conv=branch3x3_2a"
          + " tower_mixed_conv_1=branch3x3_2b tower_1_conv=branch3x3dbl_1"
          + " tower_1_conv_1=branch3x3dbl_2 tower_1_mixed_conv=branch3x3dbl_3a"
          + " tower_1_mixed_conv_1=branch3x3dbl_3b tower_2_conv=branch_pool";

  private static Map<String, String> units() {
    Map<String, String> blocks = new LinkedHashMap<>();
    blocks.put("mixed=Mixed_5b", A);
    blocks.put("mixed_1=Mixed_5c", A);
    blocks.put("mixed_2=Mixed_5d", A);
    blocks.put("mixed_3=Mixed_6a", B);
    blocks.put("mixed_4=Mixed_6b", C);
    blocks.put("mixed_5=Mixed_6c", C);
    blocks.put("mixed_6=Mixed_6d", C);
    blocks.put("mixed_7=Mixed_6e", C);
    blocks.put("mixed_8=Mixed_7a", D);
    blocks.put("mixed_9=Mixed_7b", E);
    blocks.put("mixed_10=Mixed_7c", E);
    Map<String, String> units = new LinkedHashMap<>();
    units.put("conv", "Conv2d_1a_3x3");
    units.put("conv_1", "Conv2d_2a_3x3");
    units.put("conv_2", "Conv2d_2b_3x3");
    units.put("conv_3", "Conv2d_3b_1x1");
    units.put("conv_4", "Conv2d_4a_3x3");
    blocks.forEach(
        (names, layers) -> {
          String[] block = names.split("=", -1);
          for (String layer : layers.split(" ", -1)) {
            String[] pair = layer.split("=", -1);
            units.put(block[0] + "." + pair[0], block[1] + "." + pair[1]);
          }
        });
    return units;
  }

  @Test
  void everyLayerOfNvidiasFileIsOneOfPytorchFids() {
    Set<String> ours = new TreeSet<>();
    units()
        .forEach(
            (theirs, unit) -> {
              for (String t : new String[] {"conv.weight", "bn.bias", "bn.running_var"}) {
                assertThat(InceptionKeys.ours("layers." + theirs + "." + t))
                    .isEqualTo(unit + "." + t);
              }
              String theUnit = "layers." + theirs;
              assertThat(InceptionKeys.ours(theUnit + ".weight")).isEqualTo(unit + ".conv.weight");
              assertThat(InceptionKeys.ours(theUnit + ".beta")).isEqualTo(unit + ".bn.bias");
              assertThat(InceptionKeys.ours(theirs + ".mean")).isEqualTo(unit + ".bn.running_mean");
              assertThat(InceptionKeys.ours(theirs + ".var")).isEqualTo(unit + ".bn.running_var");
              ours.add(unit + ".conv.weight");
            });
    assertThat(InceptionKeys.ours("output.bias")).isEqualTo("fc.bias");

    FormulaWeights read = new FormulaWeights(name -> !name.endsWith("conv.bias"));
    try (Scope scope = Scope.inference()) {
      var unused = InceptionV3.of(Weights.of(read));
    }
    read.read().keySet().removeIf(name -> !name.endsWith("conv.weight"));
    assertThat(ours).isEqualTo(new TreeSet<>(read.read().keySet()));
  }

  @Test
  void aNameOfNeitherStaysAsItIs() {
    for (String name :
        new String[] {
          "Mixed_5b.branch1x1.conv.weight", "fc.weight", "layers.mixed_11.conv.weight",
          "layers.mixed_8.conv.weight", "layers.mixed.tower_2.pool.weight", "conv_5.weight"
        }) {
      assertThat(InceptionKeys.ours(name)).isEqualTo(name);
    }
  }
}
