package io.github.tcd4j.training.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.tcd4j.models.layers.Checkpoint;
import io.github.tcd4j.models.layers.InitializedWeights;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.models.vae.AutoencoderKL;
import io.github.tcd4j.models.vae.AutoencoderKLConfig;
import io.github.tcd4j.models.vae.Posterior;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LatentNormalizationTest {
  private static final String CONFIG =
      """
      {"in_channels": 3, "out_channels": 3, "latent_channels": 4, "layers_per_block": 1,
       "down_block_types": ["DownEncoderBlock2D", "DownEncoderBlock2D"],
       "up_block_types": ["UpDecoderBlock2D", "UpDecoderBlock2D"],
       "block_out_channels": [8, 8], "norm_num_groups": 4, "act_fn": "silu",
       "scaling_factor": 1.0, "mid_block_add_attention": false}
      """;

  @Test
  void latentsGetMeanZeroAndVarianceOneAndTheDecodedPictureStays() throws Exception {
    try (Scope scope = Scope.inference()) {
      AutoencoderKLConfig config = AutoencoderKLConfig.of(new ObjectMapper().readTree(CONFIG));
      InitializedWeights weights = new InitializedWeights(5);
      AutoencoderKL before = AutoencoderKL.of(Weights.of(weights), config);
      Tensor pictures = new RandomSource(6).normal(6, 3, 16, 16);
      Posterior raw = before.encode(pictures);

      Map<String, Tensor> whitened = LatentNormalization.of(raw.mean()).into(weights.parameters());
      Checkpoint file = new Checkpoint("whitened", whitened.keySet(), whitened::get, false);
      AutoencoderKL after = AutoencoderKL.of(Weights.of(file), config);
      Posterior white = after.encode(pictures);

      float[] mean = white.mean().mean(false, 0, 2, 3).toFloatArray();
      float[] square = white.mean().square().mean(false, 0, 2, 3).toFloatArray();
      assertThat(mean).containsExactly(new float[4], within(1e-4f));
      assertThat(square).containsExactly(new float[] {1, 1, 1, 1}, within(1e-3f));
      Tensor change = after.decode(white.mean()).minus(before.decode(raw.mean()));
      assertThat(change.abs().max().item()).isLessThan(1e-4);
      Tensor spread = raw.logVariance().exp().div(white.logVariance().exp());
      Tensor variance = LatentNormalization.of(raw.mean()).std().square().reshape(1, 4, 1, 1);
      assertThat(spread.div(variance).minus(1).abs().max().item()).isLessThan(1e-3);
    }
  }
}
