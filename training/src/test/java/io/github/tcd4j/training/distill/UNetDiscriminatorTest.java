package io.github.tcd4j.training.distill;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.tcd4j.diffusion.objective.Discriminator;
import io.github.tcd4j.models.layers.Checkpoint;
import io.github.tcd4j.models.layers.InitializedWeights;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.models.unet.Conditioning;
import io.github.tcd4j.models.unet.UNet2DConditionConfig;
import io.github.tcd4j.models.unet.UNet2DConditionModel;
import io.github.tcd4j.tensor.AdamW;
import io.github.tcd4j.tensor.Autograd;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class UNetDiscriminatorTest {
  private static final String CONFIG =
      """
      {"block_out_channels": [32, 64], "layers_per_block": 1, "attention_head_dim": 2,
       "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D"],
       "up_block_types": ["CrossAttnUpBlock2D", "UpBlock2D"],
       "cross_attention_dim": 16, "norm_num_groups": 32}
      """;

  private final Scope scope = Scope.open();
  private final RandomSource random = new RandomSource(1);
  private final UNetDiscriminator judge = new UNetDiscriminator(2, frozen(), Device.CPU);
  private final Discriminator conditioned = judge.with(Conditioning.text(random.normal(4, 3, 16)));

  /** The first of its norms gets latents that want no gradient. */
  private static UNet2DConditionModel frozen() {
    try {
      JsonNode json = new ObjectMapper().readTree(CONFIG);
      UNet2DConditionConfig config = UNet2DConditionConfig.of(json);
      InitializedWeights fresh = new InitializedWeights(3);
      UNet2DConditionModel.of(Weights.of(fresh), config);
      Checkpoint still =
          new Checkpoint(
              "frozen",
              fresh.parameters().keySet(),
              n -> fresh.parameters().get(n).detach(),
              false);
      return UNet2DConditionModel.of(Weights.of(still), config);
    } catch (java.io.IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @AfterEach
  void free() {
    scope.close();
  }

  private Tensor latents() {
    return random.normal(4, 4, 8, 8);
  }

  @Test
  void everyLevelOfTheEncoderAndTheMiddleIsJudged() {
    List<Tensor> scores = conditioned.scores(latents());
    assertThat(scores).hasSize(3);
    assertThat(scores.get(0).shape()).containsExactly(4, 1, 4, 4);
    assertThat(scores.get(1).shape()).containsExactly(4, 1, 4, 4);
    assertThat(scores.get(2).shape()).containsExactly(4, 1, 4, 4);
  }

  @Test
  void theStudentsLossReachesTheStudentAndLeavesTheJudgeAlone() {
    Tensor fake = latents().requiresGrad_(true);
    Autograd.backward(conditioned.loss(fake));
    assertThat(Autograd.gradient(fake).abs().max().item()).isPositive();
    assertThat(judge.parameters().values()).noneMatch(Autograd::hasGradient);
  }

  @Test
  void theJudgesLossMovesTheJudgeAloneAndTheStudentIsJudgedByWhatItHasLearnt() {
    Tensor real = latents();
    Tensor fake = latents().times(0.3).requiresGrad_(true);
    double before = conditioned.loss(fake).item();
    AdamW adam = new AdamW(judge.parameters(), new AdamW.Settings(0.9, 0.99, 1e-8, 0));
    double first = conditioned.loss(real, fake.detach()).item();
    for (int i = 0; i < 40; i++) {
      Autograd.backward(conditioned.loss(real, fake.detach()));
      adam.step(5e-3);
      adam.clearGradients();
    }
    assertThat(Autograd.hasGradient(fake)).isFalse();
    assertThat(first).isBetween(1.5, 2.5);
    assertThat(conditioned.loss(real, fake.detach()).item()).isLessThan(0.5 * first);
    assertThat(conditioned.loss(fake).item()).isGreaterThan(before + 0.3);
  }
}
