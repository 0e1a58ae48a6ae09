package io.github.tcd4j.models.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.tcd4j.models.files.Component;
import io.github.tcd4j.models.files.KeyMapping;
import io.github.tcd4j.models.files.UNetKeys;
import io.github.tcd4j.models.layers.LayerShape;
import io.github.tcd4j.models.layers.WeightChange;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.SafeTensors;
import io.github.tcd4j.tensor.file.SafeTensorsWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Styles of other trainers: sgm names, LoHa and LoKr, against their definitions. */
class WildLoraTest {
  private static final LayerShape LINEAR = LayerShape.linear("attn.to_q", 6, 4);
  private static final LayerShape CONV = new LayerShape("conv1", 6, 4, 3, 3);

  @TempDir Path folder;

  private final RandomSource random = new RandomSource(5);

  private Tensor change(LayerShape layer, String name, Map<String, Tensor> factors, long... shape) {
    Map<String, Tensor> file = new LinkedHashMap<>();
    factors.forEach((ending, t) -> file.put("lora_unet_" + name + "." + ending, t));
    Path path = folder.resolve(name + factors.size() + ".safetensors");
    SafeTensorsWriter.write(path, file, Map.of());
    LoraAdapter adapter = LoraFile.read(path).bind(List.of(layer)).unet();
    WeightChange change = adapter.changes().values().iterator().next();
    return change.applied(Tensor.zeros(DType.F32, shape), Tensor.zeros(DType.F32, shape));
  }

  private static void assertClose(Tensor actual, double[] expected) {
    double[] found = actual.contiguous().toDoubleArray();
    assertThat(found).hasSameSizeAs(expected);
    for (int i = 0; i < found.length; i++) {
      assertThat(found[i]).isCloseTo(expected[i], within(1e-5));
    }
  }

  @Test
  void aLohaIsTheElementwiseProductOfTwoProducts() {
    try (Scope scope = Scope.inference()) {
      for (long in : new long[] {6, 54}) {
        LayerShape layer = in == 6 ? LINEAR : CONV;
        Tensor a = random.normal(4, 2);
        Tensor b = random.normal(2, in);
        Tensor c = random.normal(4, 2);
        Tensor d = random.normal(2, in);
        Map<String, Tensor> factors =
            Map.of(
                "hada_w1_a",
                a,
                "hada_w1_b",
                b,
                "hada_w2_a",
                c,
                "hada_w2_b",
                d,
                "alpha",
                Tensor.scalar(3));
        Tensor expected = a.matmul(b).times(c.matmul(d)).times(3.0 / 2);
        String name = layer.path().replace('.', '_');
        assertClose(change(layer, name, factors, 4, in), expected.toDoubleArray());
      }
    }
  }

  /** Element (i C + j, k D + l) of a Kronecker product is x(i, k) y(j, l). */
  private static double[] kron(Tensor x, Tensor y, double scale) {
    int rows = (int) y.size(0);
    int columns = (int) (y.numel() / rows);
    double[] left = x.toDoubleArray();
    double[] right = y.toDoubleArray();
    double[] result = new double[(int) (x.numel() * y.numel())];
    int width = (int) x.size(1) * columns;
    for (int r = 0; r < x.size(0) * rows; r++) {
      for (int c = 0; c < width; c++) {
        double block = left[r / rows * (int) x.size(1) + c / columns];
        result[r * width + c] = scale * block * right[r % rows * columns + c % columns];
      }
    }
    return result;
  }

  @Test
  void aLokrIsAKroneckerProduct() {
    try (Scope scope = Scope.inference()) {
      Tensor one = random.normal(2, 3);
      Tensor whole = random.normal(2, 2);
      Map<String, Tensor> undivided =
          Map.of("lokr_w1", one, "lokr_w2", whole, "alpha", Tensor.scalar(7));
      assertClose(change(LINEAR, "attn_to_q", undivided, 4, 6), kron(one, whole, 1));

      Tensor a = random.normal(2, 1);
      Tensor b = random.normal(1, 2);
      Map<String, Tensor> low =
          Map.of("lokr_w1", one, "lokr_w2_a", a, "lokr_w2_b", b, "alpha", Tensor.scalar(7));
      assertClose(change(LINEAR, "attn_to_q", low, 4, 6), kron(one, a.matmul(b), 7));

      // The kernel stays behind the input channels, so the product is over whole kernels.
      Tensor kernel = random.normal(2, 2, 3, 3);
      Map<String, Tensor> conv = Map.of("lokr_w1", one, "lokr_w2", kernel);
      assertClose(change(CONV, "conv1", conv, 4, 54), kron(one, kernel, 1));
    }
  }

  @Test
  void sgmNamesFindTheSameLayersAsDiffusersNames() {
    try (Scope scope = Scope.inference();
        SafeTensors kohya = SafeTensors.open(Deltas.fixture("kohya.safetensors"))) {
      List<LayerShape> layers = Deltas.layers(Component.UNET);
      KeyMapping names = UNetKeys.of(layers.stream().map(LayerShape::path).toList());
      Map<String, Tensor> renamed = new LinkedHashMap<>();
      for (LayerShape layer : layers) {
        String ours = "lora_unet_" + layer.path().replace('.', '_') + ".";
        String theirs = names.theirs(layer.path());
        assertThat(theirs).as(layer.path()).isNotNull();
        for (String key : kohya.names()) {
          if (key.startsWith(ours)) {
            String end = key.substring(ours.length());
            renamed.put(
                "lora_unet_" + String.valueOf(theirs).replace('.', '_') + "." + end,
                kohya.get(key));
          }
        }
      }
      Path file = folder.resolve("sgm.safetensors");
      SafeTensorsWriter.write(file, renamed, Map.of());
      LoraBinding binding = LoraFile.read(file).bind(layers);
      assertThat(binding.report().unmatched()).isEmpty();
      assertThat(binding.unet().deltas()).hasSameSizeAs(layers);
      assertThat(Deltas.worst(binding.unet(), Component.UNET)).isLessThan(1e-6);
    }
  }
}
