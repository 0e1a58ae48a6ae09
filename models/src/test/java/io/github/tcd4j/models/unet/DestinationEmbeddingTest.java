package io.github.tcd4j.models.unet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tcd4j.models.Fixture;
import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.InitializedWeights;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.models.layers.WeightsException;
import io.github.tcd4j.tensor.Autograd;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.SafeTensors;
import io.github.tcd4j.tensor.file.SafeTensorsWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DestinationEmbeddingTest {
  @TempDir Path folder;

  private final Scope scope = Scope.open();
  private final Fixture f = new Fixture("unet/sd1");
  private final UNet2DConditionConfig config = UNet2DConditionConfig.of(f.config());
  private final UNet2DConditionModel unet =
      UNet2DConditionModel.of(Weights.of(f.weights()), config);
  private final Tensor s = f.get("t").to(DType.F32).times(0.5);

  @AfterEach
  void free() {
    f.close();
    scope.close();
  }

  private DestinationEmbedding fresh() {
    return DestinationEmbedding.of(Weights.of(new InitializedWeights(3)), config);
  }

  /** One that has learnt something. */
  private DestinationEmbedding learnt() {
    DestinationEmbedding embedding = fresh();
    RandomSource random = new RandomSource(4);
    embedding
        .parameters()
        .forEach((name, t) -> t.detach().copyFrom_(random.normal(t.shape()).times(0.3)));
    return embedding;
  }

  private Tensor told(DestinationEmbedding embedding) {
    Conditioning c = Conditioning.text(f.get("tokens")).plusTimeShift(embedding.forward(s));
    return unet.forward(f.get("x"), f.get("t"), c, Adapters.NONE);
  }

  private Tensor plain() {
    Conditioning c = Conditioning.text(f.get("tokens"));
    return unet.forward(f.get("x"), f.get("t"), c, Adapters.NONE);
  }

  private static Tensor weight(DestinationEmbedding embedding, String name) {
    return Objects.requireNonNull(embedding.parameters().get("s_embedding." + name), name);
  }

  @Test
  void aFreshOneLeavesTheNetworkAsItIs() {
    assertThat(told(fresh()).sameAs(plain())).isTrue();
    assertThat(fresh().parameters().keySet())
        .containsExactly(
            "s_embedding.linear_1.weight",
            "s_embedding.linear_1.bias",
            "s_embedding.linear_2.weight",
            "s_embedding.linear_2.bias");
  }

  @Test
  void theGradientReachesTheLastLayerAtOnceAndTheFirstWhenTheLastIsNoLongerZero() {
    DestinationEmbedding embedding = fresh();
    Autograd.backward(told(embedding).square().sum());
    Tensor last = weight(embedding, "linear_2.weight");
    assertThat(Autograd.gradient(last).abs().max().item()).isPositive();
    assertThat(Autograd.gradient(weight(embedding, "linear_1.weight")).abs().max().item()).isZero();
    last.detach().copyFrom_(Autograd.gradient(last).times(-1e-3));
    Autograd.backward(told(embedding).square().sum());
    assertThat(Autograd.gradient(weight(embedding, "linear_1.weight")).abs().max().item())
        .isPositive();
  }

  @Test
  void anotherDestinationGivesAnotherAnswer() {
    DestinationEmbedding embedding = learnt();
    Tensor one = embedding.forward(Tensor.of(new float[] {998}));
    Tensor other = embedding.forward(Tensor.of(new float[] {999}));
    assertThat(one.minus(other).abs().max().item()).isGreaterThan(1e-4);
    assertThat(told(embedding).minus(plain()).abs().max().item()).isGreaterThan(1e-3);
  }

  @Test
  void itsAnswerIsWeightedAndSeveralAddUp() {
    DestinationEmbedding embedding = learnt();
    Tensor whole = embedding.forward(s);
    Tensor half = embedding.weighted(0.5).forward(s);
    assertThat(half.minus(whole.times(0.5)).abs().max().item()).isLessThan(1e-6);
    Conditioning twice = Conditioning.text(f.get("tokens")).plusTimeShift(half).plusTimeShift(half);
    Tensor sum = unet.forward(f.get("x"), f.get("t"), twice, Adapters.NONE);
    assertThat(sum.minus(told(embedding)).abs().max().item()).isLessThan(1e-5);
  }

  @Test
  void aFileGivesItBackInHalfPrecision() {
    Path file = DestinationEmbedding.fileNextTo(folder.resolve("tcd.safetensors"));
    assertThat(file).hasFileName("tcd.s_embedding.safetensors");
    assertThat(DestinationEmbedding.isOne(file)).isTrue();
    DestinationEmbedding embedding = learnt();
    embedding.write(file);
    DestinationEmbedding again = DestinationEmbedding.read(file, config, Device.CPU);
    embedding
        .parameters()
        .forEach(
            (name, t) ->
                assertThat(
                        Objects.requireNonNull(again.parameters().get(name))
                            .sameAs(t.detach().to(DType.F16).to(DType.F32)))
                    .as(name)
                    .isTrue());
  }

  @Test
  void oneOfAnotherShapeOrWithMoreInItIsRefused() throws IOException {
    Path file = folder.resolve("a.safetensors");
    learnt().write(file);
    ObjectNode wider = (ObjectNode) new ObjectMapper().readTree(config.toJson());
    UNet2DConditionConfig other =
        UNet2DConditionConfig.of(
            wider.put("time_embedding_dim", 2 * config.timeEmbeddingChannels()));
    assertThatThrownBy(() -> DestinationEmbedding.read(file, other, Device.CPU))
        .isInstanceOf(WeightsException.class)
        .hasMessageContaining("s_embedding.linear_1.weight has shape");
    Map<String, Tensor> more = new LinkedHashMap<>();
    try (SafeTensors saved = SafeTensors.open(file)) {
      saved.names().forEach(name -> more.put(name, saved.get(name).copy()));
    }
    more.put("s_embedding.extra", Tensor.scalar(1));
    Path foreign = folder.resolve("b.safetensors");
    SafeTensorsWriter.write(foreign, more, Map.of());
    assertThatThrownBy(() -> DestinationEmbedding.read(foreign, config, Device.CPU))
        .hasMessage(foreign + " is no s-embedding: it holds [s_embedding.extra]");
  }
}
