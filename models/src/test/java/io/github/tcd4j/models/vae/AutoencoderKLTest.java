package io.github.tcd4j.models.vae;

import static io.github.tcd4j.models.Fixture.assertClose;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.tcd4j.models.Fixture;
import io.github.tcd4j.models.layers.Checkpoint;
import io.github.tcd4j.models.layers.InitializedWeights;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.Autograd;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AutoencoderKLTest {

  @ParameterizedTest
  @ValueSource(strings = {"sd", "emoji", "no-quant-convs", "one-block"})
  void latentsPicturesAndEveryGradientAreThoseOfDiffusers(String name) {
    try (Scope scope = Scope.open();
        Fixture f = new Fixture("vae/" + name)) {
      Checkpoint weights = f.weights();
      AutoencoderKL vae = AutoencoderKL.of(Weights.of(weights), AutoencoderKLConfig.of(f.config()));

      Posterior posterior = vae.encode(f.get("x"));
      Tensor out = vae.decode(f.get("z"));

      assertThat(weights.unread()).isEmpty();
      assertClose("mean", posterior.mean(), f.get("mean"), 1e-5);
      assertClose("log variance", posterior.logVariance(), f.get("log_variance"), 1e-5);
      assertClose("output", out, f.get("out"), 1e-5);
      Autograd.backward(f.loss(posterior.mean(), posterior.logVariance(), out));
      f.assertGradients(weights.parameters());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"sd", "no-quant-convs"})
  void samplesAndDivergenceAreThoseOfDiffusers(String name) {
    try (Scope scope = Scope.inference();
        Fixture f = new Fixture("vae/" + name)) {
      Posterior posterior = new Posterior(f.get("mean"), f.get("log_variance"));

      assertClose("sample", posterior.sample(new RandomSource(7)), f.get("sample"), 1e-6);
      assertClose("kl", posterior.kl().sum(false, 1, 2, 3), f.get("kl"), 1e-5);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"sd", "emoji", "no-quant-convs", "one-block"})
  void freshWeightsHaveTheKeysOfDiffusers(String name) {
    try (Scope scope = Scope.open();
        Fixture f = new Fixture("vae/" + name)) {
      InitializedWeights fresh = new InitializedWeights(0);
      AutoencoderKL.of(Weights.of(fresh), AutoencoderKLConfig.of(f.config()));

      assertThat(fresh.parameters().keySet())
          .containsExactlyInAnyOrderElementsOf(f.parameterNames());
    }
  }

  @Test
  void attentionIsFoundByTheNamesOfOldFilesToo() {
    try (Scope scope = Scope.inference();
        Fixture f = new Fixture("vae/sd")) {
      Checkpoint now = f.weights();
      AutoencoderKLConfig config = AutoencoderKLConfig.of(f.config());
      AutoencoderKL vae = AutoencoderKL.of(Weights.of(now), config);
      Set<String> oldNames = new HashSet<>();
      f.parameterNames().forEach(n -> oldNames.add(oldName(n)));
      Checkpoint then =
          new Checkpoint("old file", oldNames, n -> now.parameters().get(newName(n)), false);

      AutoencoderKL old = AutoencoderKL.of(Weights.of(then), config);

      assertThat(oldNames).contains("encoder.mid_block.attentions.0.proj_attn.bias");
      assertThat(then.unread()).isEmpty();
      assertThat(old.decode(f.get("z")).sameAs(vae.decode(f.get("z")))).isTrue();
    }
  }

  private static String oldName(String name) {
    return name.replace("to_q", "query")
        .replace("to_k", "key")
        .replace("to_v", "value")
        .replace("to_out.0", "proj_attn");
  }

  private static String newName(String name) {
    return name.replace("query", "to_q")
        .replace("key", "to_k")
        .replace("value", "to_v")
        .replace("proj_attn", "to_out.0");
  }

  @Test
  void mixedPrecisionStaysNearAndAnswersInFloat32() {
    try (Scope scope = Scope.open();
        Fixture f = new Fixture("vae/sd")) {
      AutoencoderKL vae =
          AutoencoderKL.of(Weights.of(f.weights()), AutoencoderKLConfig.of(f.config()));

      try (Autograd.Autocast mixed = Autograd.bf16()) {
        Posterior posterior = vae.encode(f.get("x"));
        Tensor out = vae.decode(f.get("z"));

        assertThat(out.dtype()).isEqualTo(DType.F32);
        assertThat(posterior.mean().dtype()).isEqualTo(DType.F32);
        assertClose("mean", posterior.mean(), f.get("mean"), 0.05);
        assertClose("output", out, f.get("out"), 0.05);
      }
    }
  }

  @Test
  void aSampleIsDrawnWhereTheMeanIs() {
    try (Scope scope = Scope.inference()) {
      Tensor mean = Tensor.zeros(DType.F32, 1, 4, 2, 2).to(Device.META);

      Tensor sample = new Posterior(mean, mean).sample(new RandomSource(1));

      assertThat(sample.device()).isEqualTo(Device.META);
      assertThat(sample.shape()).containsExactly(1, 4, 2, 2);
    }
  }
}
