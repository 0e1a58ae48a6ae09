package io.github.tcd4j.pipeline.internal.sampling;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.tcd4j.models.clip.ClipVisionConfig;
import io.github.tcd4j.models.ipadapter.ImageEncoder;
import io.github.tcd4j.models.ipadapter.ImageFeatures;
import io.github.tcd4j.models.ipadapter.IpAdapter;
import io.github.tcd4j.models.ipadapter.IpAdapterShape;
import io.github.tcd4j.models.layers.InitializedWeights;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.models.unet.ImagePrompts;
import io.github.tcd4j.pipeline.adapter.PromptMask;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which rows see which image tokens. */
class AdapterRowsTest {
  private static final IpAdapterShape SHAPE =
      new IpAdapterShape(IpAdapterShape.Kind.PLAIN, 6, 0, 8, null, 2);

  @Test
  void rowsWithoutThePromptSeeTheTokensOfNoPictureAndTheOthersThePictures() {
    try (Scope scope = Scope.inference()) {
      IpAdapter network =
          IpAdapter.of(Weights.of(new InitializedWeights(1)), SHAPE, List.of(4, 12));
      RandomSource random = new RandomSource(2);
      Tensor pictures = random.normal(2, 4, 8);
      Tensor nothing = random.normal(1, 4, 8);
      ImagePrompts prompts =
          new ImagePromptTokens(
                  List.of(new ImagePromptTokens.Prompt(network, pictures, nothing, 0.5, List.of())))
              .rows(2, 3, Device.CPU);

      ImagePrompts.Branch branch = prompts.at(1).get(0);

      assertThat(prompts.at(1)).hasSize(1);
      assertThat(branch.scale()).isEqualTo(0.5);
      assertThat(branch.key().shape()).containsExactly(3, 8, 12);
      Tensor with = network.keys(1, pictures.reshape(1, 8, 8));
      Tensor without = network.keys(1, Tensor.cat(1, nothing, nothing));
      for (int row = 0; row < 3; row++) {
        Tensor expected = row < 2 ? with : without;
        assertThat(branch.key().narrow(0, row, 1).toFloatArray())
            .containsExactly(expected.toFloatArray());
      }
    }
  }

  @Test
  void masksGiveABranchToEachPictureAndAScaleOfZeroNone() {
    try (Scope scope = Scope.inference()) {
      IpAdapter network =
          IpAdapter.of(Weights.of(new InitializedWeights(1)), SHAPE, List.of(4, 12));
      Tensor tokens = new RandomSource(2).normal(2, 4, 8);
      PromptMask left = new PromptMask(4, 2, new float[] {1, 1, 0, 0, 1, 1, 0, 0});
      PromptMask none = new PromptMask(4, 2, new float[8]);
      List<PromptMask> masks = List.of(left, none);
      Tensor nothing = tokens.narrow(0, 0, 1);

      List<ImagePrompts.Branch> branches =
          new ImagePromptTokens(
                  List.of(new ImagePromptTokens.Prompt(network, tokens, nothing, 1, masks)))
              .rows(1, 1, Device.CPU)
              .at(0);

      assertThat(branches).hasSize(2);
      assertThat(branches.get(0).mask().apply(8).toFloatArray())
          .containsExactly(1, 1, 0, 0, 1, 1, 0, 0);
      assertThat(branches.get(1).mask().apply(8).toFloatArray()).containsOnly(0);
      assertThat(
              new ImagePromptTokens(
                      List.of(new ImagePromptTokens.Prompt(network, tokens, nothing, 0, masks)))
                  .rows(1, 1, Device.CPU)
                  .at(0))
          .isEmpty();
    }
  }

  @Test
  void noPictureIsAnEmbeddingOfZerosAndTheHiddenStatesOfAGreyPicture() throws IOException {
    String json =
        "{\"hidden_size\":8,\"intermediate_size\":12,\"projection_dim\":6,"
            + "\"num_hidden_layers\":2,\"num_attention_heads\":2,\"image_size\":8,\"patch_size\":4}";
    try (Scope scope = Scope.inference()) {
      ImageEncoder encoder =
          ImageEncoder.of(
              Weights.of(new InitializedWeights(3)),
              ClipVisionConfig.of(new ObjectMapper().readTree(json)));
      ImageFeatures nothing = encoder.nothing();
      ImageFeatures grey = encoder.forward(Tensor.zeros(DType.F32, 1, 3, 8, 8));

      assertThat(nothing.embedding().toFloatArray()).containsOnly(0);
      assertThat(grey.embedding().abs().max().item()).isPositive();
      assertThat(nothing.hidden().toFloatArray()).containsExactly(grey.hidden().toFloatArray());
      assertThat(nothing.hidden().shape()).containsExactly(1, 5, 8);
    }
  }
}
