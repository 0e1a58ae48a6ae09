package io.github.tcd4j.models.controlnet;

import static io.github.tcd4j.models.Fixture.assertClose;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tcd4j.models.Fixture;
import io.github.tcd4j.models.config.ConfigException;
import io.github.tcd4j.models.layers.Checkpoint;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.models.unet.AdditionalResiduals;
import io.github.tcd4j.models.unet.Conditioning;
import io.github.tcd4j.models.unet.PreparedConditioning;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.SafeTensorsWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Fixtures of {@code oracle/make_control_fixtures.py}: diffusers' ControlNetUnionModel. */
class ControlNetUnionModelTest {
  private static final List<Integer> THREE = List.of(6, 1, 3);
  private static final List<Double> WEIGHTS = List.of(0.7, 0.0, 1.3);

  private static ControlNetUnionModel network(Fixture f, Checkpoint weights) {
    return ControlNetUnionModel.of(Weights.of(weights), ControlNetUnionConfig.of(f.config()));
  }

  private static List<Tensor> residuals(
      Fixture f, List<Integer> kinds, List<Integer> embedded, List<Double> scales, boolean guess) {
    ControlNetUnionModel net = network(f, f.weights());
    List<Tensor> hints = new ArrayList<>();
    for (int i = 0; i < kinds.size(); i++) {
      hints.add(f.get("hint." + i));
    }
    Conditioning c =
        new Conditioning(f.get("tokens"), f.get("pooled"), f.get("time_ids"), null, null);
    PreparedConditioning text = net.prepare(c, kinds);
    Tensor features = net.embed(hints, embedded, scales);
    AdditionalResiduals r = net.forward(f.get("x"), f.get("t"), text, features, scales, guess);
    List<Tensor> all = new ArrayList<>(r.skips());
    all.add(r.mid());
    return all;
  }

  @ParameterizedTest
  @CsvSource({"one, false", "one, true", "three, false", "three, true"})
  void residualsAreThoseOfDiffusers(String name, boolean guess) {
    boolean one = name.equals("one");
    List<Integer> kinds = one ? List.of(3) : THREE;
    try (Scope scope = Scope.inference();
        Fixture f = new Fixture("control/union")) {
      List<Tensor> all = residuals(f, kinds, kinds, one ? List.of(0.7) : WEIGHTS, guess);

      String mode = name + (guess ? ".guess." : ".plain.");
      assertThat(f.has(mode + all.size())).isFalse();
      for (int i = 0; i < all.size(); i++) {
        assertClose(mode + i, all.get(i), f.get(mode + i), 1e-5);
      }
    }
  }

  @Test
  void everyParameterIsRead() {
    try (Scope scope = Scope.inference();
        Fixture f = new Fixture("control/union")) {
      Checkpoint weights = f.weights();
      network(f, weights);
      assertThat(weights.unread()).isEmpty();
    }
  }

  /** Hints of exchanged kinds, or with one flag alone, give something else. */
  @Test
  void whichHintIsOfWhichKindMatters() {
    try (Scope scope = Scope.inference();
        Fixture f = new Fixture("control/union")) {
      Tensor expected = f.get("three.plain.0");
      double scale = expected.abs().max().item();
      for (List<Integer> kinds : List.of(List.of(3, 1, 6), List.of(6, 2, 3))) {
        Tensor flags = residuals(f, kinds, THREE, WEIGHTS, false).get(1);
        Tensor tasks = residuals(f, THREE, kinds, WEIGHTS, false).get(0);
        double byTask = tasks.minus(expected).abs().max().item() / scale;
        double byFlag = flags.minus(f.get("three.plain.1")).abs().max().item();
        // Kind 2 has weight 0 in the tokens, the order of flags has no meaning.
        assertThat(byTask > 1e-3).isEqualTo(kinds.contains(6) && kinds.get(0) == 3);
        assertThat(byFlag > 1e-3).isEqualTo(kinds.contains(2));
      }
    }
  }

  @Test
  void aFileWithoutAConfigurationIsKnownByItsShapes(@TempDir Path folder) {
    try (Scope scope = Scope.inference();
        Fixture f = new Fixture("control/union")) {
      Checkpoint weights = f.weights();
      network(f, weights);
      Map<String, Tensor> tensors = new TreeMap<>();
      weights.parameters().forEach((name, t) -> tensors.put(name, t.detach()));
      Path file = folder.resolve("union.safetensors");
      SafeTensorsWriter.write(file, tensors, Map.of());
      ControlNetUnionConfig expected = ControlNetUnionConfig.of(f.config());

      ControlNetFile read = ControlNetFile.of(file, expected.network().encoder());

      assertThat(read.union()).isEqualTo(new ControlNetUnionConfig(read.config(), 8, 8, 2));
      assertThat(read.config().embeddingChannels())
          .isEqualTo(expected.network().embeddingChannels());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "num_trans_channel, 16, num_trans_channel",
    "num_trans_head, 3, num_trans_head",
    "num_control_type, 0, num_control_type"
  })
  void configurationsThatMakeNoNetworkAreRefused(String key, int value, String part) {
    try (Fixture f = new Fixture("control/union")) {
      ObjectNode config = f.config().deepCopy();
      config.put(key, value);

      assertThatThrownBy(() -> ControlNetUnionConfig.of(config))
          .isInstanceOf(ConfigException.class)
          .hasMessageContaining(part);
    }
  }
}
