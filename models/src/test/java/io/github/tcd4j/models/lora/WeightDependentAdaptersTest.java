package io.github.tcd4j.models.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.LayerShape;
import io.github.tcd4j.models.layers.Linear;
import io.github.tcd4j.models.lora.delta.LoraException;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.SafeTensorsWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** GLoRA and (IA)^3, whose change is made of the weight itself, entry by entry. */
class WeightDependentAdaptersTest {
  private static final double SCALE = 3.0 / 2;

  @TempDir Path folder;

  private final RandomSource random = new RandomSource(3);
  private final Map<String, Tensor> file = new LinkedHashMap<>();

  private LoraBinding bind(LayerShape... layers) {
    Path path = folder.resolve("lora.safetensors");
    SafeTensorsWriter.write(path, file, Map.of());
    return LoraFile.read(path).bind(List.of(layers));
  }

  private Tensor fused(LayerShape layer, Tensor weight, double factor) {
    LoraBinding binding = bind(layer);
    binding.report().require(MatchPolicy.STRICT, "it");
    Tensor copy = weight.copy();
    FusedLora.fuse(
        Map.of(layer.path() + ".weight", copy), List.of(binding.unet().weighted(factor)));
    return copy;
  }

  private Tensor put(String ending, long... shape) {
    Tensor t = random.normal(shape);
    file.put("lora_unet_a." + ending, t);
    return t;
  }

  /** Sum over k of x(i, k) y(k, j), of matrices by their entries in order. */
  private static double product(float[] x, int i, float[] y, int j, int inner, int columns) {
    double sum = 0;
    for (int k = 0; k < inner; k++) {
      sum += (double) x[i * inner + k] * y[k * columns + j];
    }
    return sum;
  }

  @ParameterizedTest
  @CsvSource({"1,1,false", "1,-0.5,false", "3,0.5,false", "3,1,true"})
  void gloraMultipliesTheInputChannelsAndAdds(int kernel, double factor, boolean tucker) {
    try (Scope scope = Scope.inference()) {
      int area = kernel * kernel;
      Tensor weight = random.normal(4, 6, kernel, kernel);
      float[] a1 = put("a1.weight", 6, 2, 1, 1).toFloatArray();
      float[] a2 = put("a2.weight", 2, 6, 1, 1).toFloatArray();
      float[] b1 = put("b1.weight", 4, 2, 1, 1).toFloatArray();
      float[] b2 =
          tucker
              ? put("b2.weight", 2, 6, 1, 1).toFloatArray()
              : put("b2.weight", 2, 6, kernel, kernel).toFloatArray();
      float[] bm = tucker ? put("bm.weight", 2, 2, kernel, kernel).toFloatArray() : new float[0];
      file.put("lora_unet_a.alpha", Tensor.scalar(3));

      float[] got = fused(new LayerShape("a", 6, 4, kernel, kernel), weight, factor).toFloatArray();

      float[] w = weight.toFloatArray();
      for (int o = 0; o < 4; o++) {
        for (int i = 0; i < 6; i++) {
          for (int p = 0; p < area; p++) {
            double change = 0;
            for (int j = 0; j < 6; j++) {
              change += w[(o * 6 + j) * area + p] * product(a1, j, a2, i, 2, 6);
            }
            for (int r = 0; r < 2; r++) {
              double below = 0;
              for (int n = 0; tucker && n < 2; n++) {
                below += bm[(r * 2 + n) * area + p] * b2[n * 6 + i];
              }
              change += b1[o * 2 + r] * (tucker ? below : b2[(r * 6 + i) * area + p]);
            }
            int at = (o * 6 + i) * area + p;
            assertThat((double) got[at]).isEqualTo(w[at] + factor * SCALE * change, within(1e-4));
          }
        }
      }
    }
  }

  /** The first files had the two names of each product exchanged. */
  @Test
  void gloraOfTheFirstFilesIsKnownByItsShapes() {
    try (Scope scope = Scope.inference()) {
      Tensor weight = random.normal(4, 6);
      Tensor a1 = put("a1.weight", 2, 6);
      Tensor a2 = put("a2.weight", 6, 2);
      Tensor b1 = put("b1.weight", 2, 6);
      Tensor b2 = put("b2.weight", 4, 2);
      file.put("lora_unet_a.alpha", Tensor.scalar(3));

      Tensor got = fused(LayerShape.linear("a", 6, 4), weight, 1);

      Tensor change = weight.matmul(a2).matmul(a1).plus(b2.matmul(b1));
      assertThat(got.minus(weight.plus(change.times(SCALE))).abs().max().item()).isLessThan(1e-4);
    }
  }

  @Test
  void gloraOfASquareLayerHasTheSmallerRank() {
    try (Scope scope = Scope.inference()) {
      Tensor weight = random.normal(6, 6);
      Tensor a1 = put("a1.weight", 6, 2);
      Tensor a2 = put("a2.weight", 2, 6);
      Tensor b1 = put("b1.weight", 6, 2);
      Tensor b2 = put("b2.weight", 2, 6);

      Tensor got = fused(LayerShape.linear("a", 6, 6), weight, 1);

      Tensor change = weight.matmul(a1).matmul(a2).plus(b1.matmul(b2));
      assertThat(got.minus(weight.plus(change)).abs().max().item()).isLessThan(1e-4);
    }
  }

  @ParameterizedTest
  @CsvSource({"true,1", "false,1", "true,-0.5", "false,-0.5"})
  void ia3ScalesTheChannelsOfOneSide(boolean onInput, double factor) {
    try (Scope scope = Scope.inference()) {
      Tensor weight = random.normal(4, 6, 3, 3);
      float[] m = put("weight", 1, onInput ? 6 : 4, 1, 1).toFloatArray();
      file.put("lora_unet_a.on_input", Tensor.of(new long[] {onInput ? 1 : 0}).reshape());

      float[] got = fused(new LayerShape("a", 6, 4, 3, 3), weight, factor).toFloatArray();

      float[] w = weight.toFloatArray();
      for (int i = 0; i < w.length; i++) {
        double scale = 1 + factor * m[onInput ? i / 9 % 6 : i / 54];
        assertThat((double) got[i]).isEqualTo(w[i] * scale, within(1e-5));
      }
    }
  }

  /** Of a square layer, where only the mark tells. */
  @Test
  void ia3ActsInTheCallAsItDoesFused() {
    try (Scope scope = Scope.inference()) {
      Tensor weight = random.normal(6, 6);
      put("weight", 6);
      file.put("lora_unet_a.on_input", Tensor.scalar(1));
      LayerShape layer = LayerShape.linear("a", 6, 6);
      Tensor x = random.normal(3, 6);

      Tensor y = new Linear("a", weight, null).forward(x, bind(layer).unet());

      Tensor wanted = new Linear("a", fused(layer, weight, 1), null).forward(x, Adapters.NONE);
      assertThat(y.minus(wanted).abs().max().item()).isLessThan(1e-5);
    }
  }

  @Test
  void bothAreMadeOfThePlainWeightWhateverCameBefore() {
    try (Scope scope = Scope.inference()) {
      Tensor base = random.normal(6, 6);
      Tensor current = base.plus(1);
      put("weight", 6);
      file.put("lora_unet_a.on_input", Tensor.scalar(0));
      var change = bind(LayerShape.linear("a", 6, 6)).unet().changes().get("a");

      Tensor first = change.applied(current, base).minus(current);
      Tensor alone = change.applied(base, base).minus(base);

      assertThat(first.minus(alone).abs().max().item()).isLessThan(1e-5);
    }
  }

  @Test
  void whatDoesNotFitOrIsNotWholeIsReported() {
    try (Scope scope = Scope.inference()) {
      put("weight", 5);
      file.put("lora_unet_a.on_input", Tensor.scalar(0));
      assertThatThrownBy(() -> bind(LayerShape.linear("a", 6, 4)))
          .isInstanceOf(LoraException.class)
          .hasMessageContaining("does not fit");

      file.clear();
      put("a1.weight", 6, 2);
      put("a2.weight", 3, 6);
      put("b1.weight", 4, 2);
      put("b2.weight", 2, 6);
      assertThatThrownBy(() -> bind(LayerShape.linear("a", 6, 4)))
          .isInstanceOf(LoraException.class)
          .hasMessageContaining("do not fit each other");

      file.clear();
      put("weight", 4);
      file.put("lora_unet_b.diff", Tensor.ones(DType.F32, 4, 6));
      assertThat(bind(LayerShape.linear("a", 6, 4), LayerShape.linear("b", 6, 4)).report())
          .matches(r -> r.unmatched().size() == 1);
    }
  }
}
