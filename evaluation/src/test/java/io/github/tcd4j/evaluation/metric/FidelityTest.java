package io.github.tcd4j.evaluation.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.tcd4j.evaluation.Formula;
import io.github.tcd4j.evaluation.numpy.NumpyRandom;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.zip.CRC32;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The figures of pytorch-fid, clean-fid and torch-fidelity on the same features. */
class FidelityTest {
  private JsonNode expected;
  private Scope scope;

  @BeforeEach
  void open() throws IOException {
    scope = Scope.inference();
    try (InputStream in =
        Objects.requireNonNull(getClass().getResourceAsStream("/fidelity/metrics.json"))) {
      expected = new ObjectMapper().readTree(in);
    }
  }

  @AfterEach
  void close() {
    scope.close();
  }

  @Test
  void fidIsThatOfPytorchFidAndCleanFidWithManyAndFewPictures() {
    for (JsonNode c : expected.get("frechet")) {
      int width = c.get("width").asInt();
      Tensor x = Formula.features("feat.a", c.get("rows").asInt(), width);
      Tensor y = Formula.reference(c.get("reference").asInt(), width);
      for (String tool : new String[] {"pytorch_fid", "clean_fid"}) {
        double value = c.get(tool).asDouble();
        Offset<Double> close = within(1e-6 * value);
        assertThat(FrechetDistance.between(x, y)).as(c.toString()).isCloseTo(value, close);
        assertThat(FrechetDistance.between(x, Moments.of(y))).isCloseTo(value, close);
        assertThat(FrechetDistance.to(Moments.of(y)).from(Moments.of(x)))
            .isCloseTo(value, within(1e-5 * value));
      }
    }
  }

  @Test
  void fidOfASetWithItselfIsNothing() {
    Tensor x = Formula.features("feat.a", 30, 64);
    assertThat(FrechetDistance.between(x, x)).isLessThan(1e-12);
  }

  @Test
  void kidIsThatOfTorchFidelityAndCleanFid() {
    JsonNode k = expected.get("kernel");
    Tensor x = Formula.features("feat.a", 60, 8);
    Tensor y = Formula.reference(50, 8);
    double[] subsets = KernelDistance.subsets(x, y, 100, 40, 2020);
    double mean = Arrays.stream(subsets).average().orElseThrow();
    double squares = Arrays.stream(subsets).map(d -> (d - mean) * (d - mean)).sum();
    assertThat(mean).isCloseTo(k.get("mean").asDouble(), within(1e-12));
    assertThat(Math.sqrt(squares / 100)).isCloseTo(k.get("deviation").asDouble(), within(1e-12));
    Tensor first = Formula.features("feat.a", 50, 8);
    assertThat(KernelDistance.between(first, y))
        .isCloseTo(k.get("clean_fid_50").asDouble(), within(1e-12));
  }

  @Test
  void precisionAndRecallAreThoseOfTorchFidelity() {
    JsonNode k = expected.get("kernel");
    PrecisionRecall p =
        PrecisionRecall.of(Formula.features("feat.a", 60, 8), Formula.reference(50, 8), 3);
    assertThat(mean(p.precise())).isCloseTo(k.get("precision").asDouble(), within(1e-6));
    assertThat(mean(p.recalled())).isCloseTo(k.get("recall").asDouble(), within(1e-6));
  }

  @Test
  void aCopyOfTheRealPicturesIsPreciseAndRecalledWhollyEvenWhereTheyRepeat() {
    Tensor x = Formula.features("feat.a", 10, 8);
    Tensor repeated = Tensor.cat(0, x, x, x, x, x);
    PrecisionRecall p = PrecisionRecall.of(repeated, repeated, 3);
    assertThat(mean(p.precise())).isEqualTo(1);
    assertThat(mean(p.recalled())).isEqualTo(1);
    assertThatThrownBy(() -> PrecisionRecall.of(x, x.narrow(0, 0, 3), 3))
        .hasMessageContaining("at least 4 pictures of either kind but there are 3");
  }

  @Test
  void theInceptionScoreIsThatOfTorchFidelity() {
    JsonNode s = expected.get("inception_score");
    Tensor logits = Tensor.of(Formula.uniform("logits", 57 * 20), 57, 20).times(3);
    InceptionScore score = InceptionScore.of(logits);
    assertThat(score.mean()).isCloseTo(s.get("mean").asDouble(), within(1e-9));
    assertThat(score.deviation()).isCloseTo(s.get("deviation").asDouble(), within(1e-9));
    assertThatThrownBy(() -> InceptionScore.of(logits.narrow(0, 0, 9)))
        .hasMessageContaining("at least 10 pictures but there are 9");
  }

  @Test
  void cmmdIsThatOfThePublishedFormulaInDouble() {
    Tensor x = Formula.features("feat.a", 60, 8).to(DType.F32);
    Tensor y = Formula.reference(50, 8).to(DType.F32);
    assertThat(MaximumMeanDiscrepancy.to(y).from(x))
        .isCloseTo(expected.get("cmmd").asDouble(), within(1e-9));
  }

  @Test
  void permutationsAreNumPys() {
    NumpyRandom random = new NumpyRandom(2020);
    assertThat(random.choice(60, 40)).isEqualTo(ints(expected.get("choice_40_of_60")));
    assertThat(random.choice(50, 40)).isEqualTo(ints(expected.get("then_choice_40_of_50")));
    ByteBuffer bytes = ByteBuffer.allocate(4000).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asIntBuffer().put(random.permutation(1000));
    CRC32 crc = new CRC32();
    crc.update(bytes.array());
    assertThat(crc.getValue()).isEqualTo(expected.get("permutation_1000_crc").asLong());
  }

  @Test
  void theJackknifesIntervalOfAMeanIsThatOfStudentsT() {
    double[] values = Formula.uniform("jackknife", 10);
    double[] twice = new double[20];
    int[] groups = Jackknife.groups(20);
    for (int i = 0; i < 20; i++) {
      twice[i] = values[groups[i]];
    }
    Estimate e =
        Jackknife.of(
            mean(twice),
            20,
            rows -> Arrays.stream(rows).mapToDouble(r -> twice[(int) r]).average().orElseThrow());
    // Of groups of equal rows it is the mean of 10 numbers: t times s over sqrt(10).
    double m = mean(values);
    double s = Math.sqrt(Arrays.stream(values).map(v -> (v - m) * (v - m)).sum() / 9);
    assertThat(e.high() - m).isCloseTo(2.262157162740992 * s / Math.sqrt(10), within(1e-12));
    assertThat(m - e.low()).isCloseTo(e.high() - m, within(1e-12));
    Estimate none = Jackknife.difference(e, e);
    assertThat(none.low()).isEqualTo(none.high()).isZero();
  }

  @Test
  void picturesThatRepeatInTheOrderOfTheirNamesDoNotWidenTheJackknifesInterval() {
    double[] values = IntStream.range(0, 1000).mapToDouble(i -> i % 10).toArray();
    Estimate e =
        Jackknife.of(
            mean(values),
            values.length,
            rows -> Arrays.stream(rows).mapToDouble(r -> values[(int) r]).average().orElseThrow());
    double error = Math.sqrt(8.25 / 1000);
    assertThat((e.high() - e.low()) / 2).isBetween(1.2 * error, 4 * error);
    int[] groups = Jackknife.groups(1000);
    for (int g = 0; g < Jackknife.GROUPS; g++) {
      int group = g;
      assertThat(Arrays.stream(groups).filter(i -> i == group).count()).isEqualTo(100);
    }
  }

  private static double mean(double[] values) {
    return Arrays.stream(values).average().orElseThrow();
  }

  private static int[] ints(JsonNode array) {
    int[] ints = new int[array.size()];
    for (int i = 0; i < ints.length; i++) {
      ints[i] = array.get(i).asInt();
    }
    return ints;
  }
}
