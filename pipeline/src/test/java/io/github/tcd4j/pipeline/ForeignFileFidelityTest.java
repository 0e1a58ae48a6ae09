package io.github.tcd4j.pipeline;

import static io.github.tcd4j.pipeline.FidelityCases.DEVICE;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.tcd4j.pipeline.FidelityCases.Run;
import io.github.tcd4j.pipeline.checkpoint.ComponentOverrides;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import io.github.tcd4j.pipeline.lora.LoraSpec;
import io.github.tcd4j.tensor.Engine;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.SafeTensors;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Files of other programs on a tiny SD1, whole runs beside diffusers with the weights that the
 * files mean, computed by {@code oracle/make_foreign_fixtures.py}: ComfyUI's scaled float8
 * checkpoint, a scale for each tensor ({@code scale_weight}) in its U-Net and for each row ({@code
 * weight_scale}) in its text encoder; an adapter with {@code w_norm}, {@code b_norm}, {@code diff}
 * and {@code diff_b}; LyCORIS' GLoRA, plain and in Tucker's form, and (IA)^3; the names of
 * ComfyUI's trainer.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ForeignFileFidelityTest {
  private static final double LIMIT = 1e-4;
  private static final Path PLAIN = FidelityCases.resource("sd1");

  /**
   * @param adapter null where the file is the model itself
   */
  private record Case(String kind, Path file, LoraSpec adapter, Run run) {
    @Override
    public String toString() {
      return kind + (adapter == null ? "" : " at " + adapter.weight()) + ", " + run.kind();
    }
  }

  private final String prompt = FidelityCases.description().path("prompt").asText();
  private TextToImage plain;

  @BeforeAll
  void open() {
    // Two threads wait for each other longer than these sizes take to compute.
    Engine.threads(1);
    plain = TextToImage.load(ModelFolder.open("sd1", PLAIN), DEVICE);
  }

  @AfterAll
  void close() {
    plain.close();
  }

  private static Path resource(String name) {
    try {
      var url = ForeignFileFidelityTest.class.getResource("/foreign/" + name);
      return Path.of(Objects.requireNonNull(url, name).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static List<Case> cases() throws IOException {
    List<Case> cases = new ArrayList<>();
    for (JsonNode c : new ObjectMapper().readTree(resource("cases.json").toFile())) {
      Path file = resource(c.path("file").asText());
      JsonNode weight = c.path("weight");
      LoraSpec adapter =
          weight.isNumber() ? new LoraSpec(file.toString(), weight.asDouble()) : null;
      Run run = new Run("sd1", cases.size(), c.path("run"));
      cases.add(new Case(c.path("kind").asText(), file, adapter, run));
    }
    return cases;
  }

  static Stream<Case> checkpoints() throws IOException {
    return cases().stream().filter(c -> c.adapter == null);
  }

  static Stream<Case> adapters() throws IOException {
    return cases().stream().filter(c -> c.adapter != null);
  }

  private void assertLatents(TextToImage model, Request request, Case c) {
    try (Scope scope = Scope.inference();
        SafeTensors tensors = SafeTensors.open(resource("expected.safetensors"))) {
      Tensor expected = tensors.get("run " + c.run.number()).to(DEVICE);
      List<Picture> pictures = model.generate(request, Progress.SILENT);
      Tensor latents = Tiny.latents(pictures).to(DEVICE);
      assertThat(latents.shape()).isEqualTo(expected.shape());
      assertThat(Tiny.distance(latents, expected)).as(c.toString()).isLessThan(LIMIT);
    }
  }

  @ParameterizedTest
  @MethodSource("checkpoints")
  void aCheckpointOfAnotherProgramEndsInTheLatentsOfDiffusersWithItsWeights(Case c) {
    ComponentOverrides words = ComponentOverrides.NONE.withTokenizer(PLAIN.resolve("tokenizer"));
    try (TextToImage model = TextToImage.load(ModelFolder.open("foreign", c.file, words), DEVICE)) {
      assertLatents(model, c.run.request(prompt).build(), c);
    }
  }

  @ParameterizedTest
  @MethodSource("adapters")
  void anAdapterOfAnotherProgramEndsInTheLatentsOfDiffusersWithItsChange(Case c) {
    Request request = c.run.request(prompt).loras(List.of(c.adapter)).strict(true).build();
    assertLatents(plain, request, c);
  }
}
