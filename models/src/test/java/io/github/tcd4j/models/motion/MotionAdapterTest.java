package io.github.tcd4j.models.motion;

import static io.github.tcd4j.models.Fixture.assertClose;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.tcd4j.models.FormulaWeights;
import io.github.tcd4j.models.config.ConfigException;
import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.Init;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.models.unet.Conditioning;
import io.github.tcd4j.models.unet.InsertedLayers;
import io.github.tcd4j.models.unet.UNet2DConditionConfig;
import io.github.tcd4j.models.unet.UNet2DConditionModel;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.SafeTensors;
import io.github.tcd4j.tensor.file.SafeTensorsWriter;
import io.github.tcd4j.tensor.file.TensorFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Fixtures of {@code oracle/make_motion_fixtures.py}: diffusers' UNetMotionModel, by formula. */
class MotionAdapterTest {
  private static final Path FOLDER = Path.of("src", "test", "resources", "motion");
  private static final int ROWS = 2;
  private static final int FRAMES = 4;

  private static JsonNode json(String name) {
    try {
      return new ObjectMapper().readTree(FOLDER.resolve(name + ".json").toFile());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Tensor expected(String name) {
    try (SafeTensors file = SafeTensors.open(FOLDER.resolve("expected.safetensors"))) {
      return file.get(name).copy();
    }
  }

  /** Weights by formula for a network that others change; remembers the shapes that were read. */
  private static final class Formula implements Weights.Source {
    final Map<String, long[]> read = new LinkedHashMap<>();

    @Override
    public Tensor parameter(String name, Init init, long... shape) {
      read.put(name, shape);
      return FormulaWeights.value(name, shape);
    }

    @Override
    public boolean has(String name) {
      return !name.endsWith(".pe");
    }
  }

  /** The tiny network of a name and its inputs. */
  private static final class Network {
    final String name;
    final UNet2DConditionConfig config;
    final MotionAdapterConfig motion;
    final UNet2DConditionModel unet;
    final MotionAdapter adapter;

    Network(String name) {
      this.name = name;
      config = UNet2DConditionConfig.of(json(name).get("unet"));
      motion = MotionAdapterConfig.of(json(name).get("motion"));
      unet = UNet2DConditionModel.of(Weights.of(new Formula()), config);
      adapter = MotionAdapter.of(Weights.of(new Formula()), motion, config.normNumGroups());
    }

    Conditioning conditioning() {
      Conditioning text = Conditioning.text(FormulaWeights.noise(name + ".tokens", ROWS, 5, 10));
      if (!config.textTime()) {
        return text;
      }
      Tensor ids = Tensor.of(new float[] {64, 48, 0, 0, 64, 64, 65, 48, 0, 8, 64, 64}, ROWS, 6);
      return new Conditioning(
          text.tokens(), FormulaWeights.noise(name + ".pooled", ROWS, 12), ids, null, null);
    }

    /** (B, C, F, H, W) of the script as (B F, C, H, W). */
    Tensor x() {
      return FormulaWeights.noise(name + ".x", ROWS, 4, FRAMES, 6, 4)
          .permute(0, 2, 1, 3, 4)
          .reshape(ROWS * FRAMES, 4, 6, 4);
    }

    Tensor forward(Tensor x, InsertedLayers layers) {
      Tensor t = Tensor.of(new float[] {981, 17}, ROWS);
      return unet.forward(
          x, t, unet.prepare(conditioning(), Adapters.NONE).inFrames(FRAMES, layers));
    }
  }

  private static double distance(Tensor a, Tensor b) {
    return a.minus(b).abs().max().item() / b.abs().max().item();
  }

  @ParameterizedTest
  @ValueSource(strings = {"sd", "sdxl"})
  void framesThroughAUNetWithMotionModulesAreThoseOfDiffusers(String name) {
    try (Scope scope = Scope.inference()) {
      Network n = new Network(name);

      Tensor out = n.forward(n.x(), n.adapter.layers(FRAMES, null, Adapters.NONE));

      assertClose(name, out, expected(name), 1e-5);
    }
  }

  @Test
  void normalisingEachFrameByItselfWouldBeSeen() {
    try (Scope scope = Scope.inference()) {
      Network n = new Network("sd");
      Tensor own = n.forward(n.x(), n.adapter.layers(FRAMES, null, Adapters.NONE));

      Tensor each = expected("twin: norm of each frame");

      assertThat(distance(own, each)).isGreaterThan(1e-2);
    }
  }

  @Test
  void aModuleBeforeTheAttentionWouldBeSeen() {
    try (Scope scope = Scope.inference()) {
      Network n = new Network("sd");
      InsertedLayers right = n.adapter.layers(FRAMES, null, Adapters.NONE);
      // One place earlier: behind the layer before, so that the block's attention comes after it.
      InsertedLayers early =
          new InsertedLayers() {
            @Override
            public InBlock down(int block) {
              return (layer, x) -> layer == 1 ? x : right.down(block).after(layer, x);
            }

            @Override
            public Tensor middle(Tensor x) {
              return right.middle(x);
            }

            @Override
            public InBlock up(int block) {
              return right.up(block);
            }
          };

      assertThat(distance(n.forward(n.x(), early), expected("sd"))).isGreaterThan(1e-3);
    }
  }

  @Test
  void framesMixedUpWithRowsOfTheBatchWouldBeSeen() {
    try (Scope scope = Scope.inference()) {
      Network n = new Network("sd");
      // Rows fastest instead of frames.
      Tensor mixed =
          FormulaWeights.noise("sd.x", ROWS, 4, FRAMES, 6, 4)
              .permute(2, 0, 1, 3, 4)
              .reshape(ROWS * FRAMES, 4, 6, 4);

      Tensor out = n.forward(mixed, n.adapter.layers(FRAMES, null, Adapters.NONE));
      Tensor back =
          out.reshape(FRAMES, ROWS, 4, 6, 4).transpose(0, 1).reshape(ROWS * FRAMES, 4, 6, 4);

      assertThat(distance(back, expected("sd"))).isGreaterThan(1e-2);
    }
  }

  @Test
  void framesInAnotherOrderComeOutOtherwiseBecauseOfTheirPositions() {
    try (Scope scope = Scope.inference()) {
      Network n = new Network("sd");
      InsertedLayers layers = n.adapter.layers(FRAMES, null, Adapters.NONE);
      Tensor order = Tensor.of(new long[] {3, 2, 1, 0, 7, 6, 5, 4}, 2 * FRAMES);

      Tensor turned = n.forward(n.x().indexSelect(0, order), layers).indexSelect(0, order);

      // Without positions a transformer over frames does not know their order, and these are equal.
      assertThat(distance(turned, expected("sd"))).isGreaterThan(1e-3);
    }
  }

  @Test
  void theTextOfARowCountsForAllItsFrames() {
    try (Scope scope = Scope.inference()) {
      Network n = new Network("sdxl");
      Tensor t = Tensor.of(new float[] {981, 17}, ROWS);
      Tensor indices = Tensor.of(new long[] {0, 0, 0, 0, 1, 1, 1, 1}, ROWS * FRAMES);

      Tensor inFrames = n.forward(n.x(), InsertedLayers.NONE);
      Tensor plain =
          n.unet.forward(
              n.x(),
              t.indexSelect(0, indices),
              n.unet.prepare(n.conditioning().select(indices), Adapters.NONE));

      assertClose("frames", inFrames, plain, 1e-5);
    }
  }

  @Test
  void withoutModulesAFrameDoesNotDependOnTheOthers() {
    try (Scope scope = Scope.inference()) {
      Network n = new Network("sd");

      Tensor plain = n.forward(n.x(), InsertedLayers.NONE);

      assertThat(distance(plain, expected("sd"))).isGreaterThan(1e-2);
    }
  }

  @Test
  void positionsAreTheWavesOfTheFormula() {
    try (Scope scope = Scope.inference()) {
      Weights none = Weights.of(new Formula());

      Tensor table = FramePositions.of(none, 6, 3).table();

      assertThat(table.shape()).containsExactly(1, 3, 6);
      float[] values = table.toFloatArray();
      for (int p = 0; p < 3; p++) {
        for (int i = 0; i < 3; i++) {
          double angle = p * Math.pow(10000, -2.0 * i / 6);
          assertThat(values[p * 6 + 2 * i])
              .isCloseTo((float) Math.sin(angle), Offset.offset(1e-6f));
          assertThat(values[p * 6 + 2 * i + 1])
              .isCloseTo((float) Math.cos(angle), Offset.offset(1e-6f));
        }
      }
    }
  }

  @Test
  void moreFramesThanThereArePositionsAreRefused() {
    try (Scope scope = Scope.inference()) {
      Network n = new Network("sd");

      assertThatThrownBy(() -> n.adapter.layers(9, null, Adapters.NONE))
          .hasMessage("the motion adapter knows 1 to 8 frames but got 9");
      assertThat(n.adapter.layers(9, new FrameWindows(4, 2), Adapters.NONE)).isNotNull();
    }
  }

  private static Map<String, String> authorsNames() {
    Map<String, String> names = new LinkedHashMap<>();
    json("names").properties().forEach(e -> names.put(e.getKey(), e.getValue().asText()));
    return names;
  }

  @Test
  void theNamesOfTheAuthorsAreThoseThatDiffusersConverts() {
    authorsNames()
        .forEach(
            (ours, theirs) -> {
              assertThat(MotionKeys.ours(theirs)).isEqualTo(ours);
              assertThat(MotionKeys.ours("module." + theirs)).isEqualTo(ours);
              assertThat(MotionKeys.ours(ours)).isEqualTo(ours);
            });
  }

  @Test
  void aFileOfTheAuthorsIsReadWithoutAConfiguration(@TempDir Path folder) {
    MotionAdapterConfig config =
        new MotionAdapterConfig(
            List.of(8, 16), List.of(2, 1), List.of(1, 2), List.of(8, 8), true, 1, 24);
    Path path = folder.resolve("mm.safetensors");
    try (Scope scope = Scope.inference()) {
      Formula weights = new Formula();
      MotionAdapter.of(Weights.of(weights), config, 4);
      Map<String, Tensor> stored = new LinkedHashMap<>();
      weights.read.forEach(
          (name, shape) -> stored.put(theirs(name), FormulaWeights.value(name, shape)));
      stored.put(
          theirs("down_blocks.0.motion_modules.0.transformer_blocks.0.attn1.pos_encoder.pe"),
          Tensor.of(new float[24 * 8], 1, 24, 8));
      SafeTensorsWriter.write(path, stored, Map.of());
    }

    MotionFile file = MotionFile.of(path);

    assertThat(file.config()).isEqualTo(config);
    try (Scope scope = Scope.inference();
        TensorFile tensors = file.open()) {
      String name = "up_blocks.0.motion_modules.1.transformer_blocks.1.attn2.to_k.weight";
      assertThat(tensors.get(name).sameAs(FormulaWeights.value(name, 16, 16))).isTrue();
    }
  }

  private static String theirs(String ours) {
    return ours.replaceFirst("(motion_modules\\.\\d+)\\.", "$1.temporal_transformer.")
        .replace(".attn1.", ".attention_blocks.0.")
        .replace(".attn2.", ".attention_blocks.1.")
        .replace(".norm1.", ".norms.0.")
        .replace(".norm2.", ".norms.1.")
        .replace(".norm3.", ".ff_norm.");
  }

  @Test
  void anAdapterOfAnotherBaseIsRefusedWithBothShapes() {
    MotionAdapterConfig motion = MotionAdapterConfig.of(json("sd").get("motion"));
    UNet2DConditionConfig other = UNet2DConditionConfig.of(json("sdxl").get("unet"));

    assertThatThrownBy(() -> motion.requireFits(other))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("[8, 16]")
        .hasMessageContaining("[8, 8, 16]");
  }

  @Test
  void aPiaAdapterIsRefusedByTheKeyThatSaysSo() throws IOException {
    JsonNode pia =
        new ObjectMapper().readTree("{\"conv_in_channels\": 9, \"motion_max_seq_length\": 16}");

    assertThatThrownBy(() -> MotionAdapterConfig.of(pia)).hasMessageContaining("conv_in_channels");
  }

  @Test
  void defaultsAreThoseOfDiffusers() throws IOException {
    MotionAdapterConfig config = MotionAdapterConfig.of(new ObjectMapper().readTree("{}"));

    assertThat(config.blockOutChannels()).containsExactly(320, 640, 1280, 1280);
    assertThat(config.heads()).containsExactly(8, 8, 8, 8);
    assertThat(config.layersPerBlock()).containsExactly(2, 2, 2, 2);
    assertThat(config.midBlock()).isTrue();
    assertThat(config.maxFrames()).isEqualTo(32);
  }

  @Test
  void aFileThatIsSomethingElseIsNamed(@TempDir Path folder) {
    Path path = folder.resolve("lora.safetensors");
    try (Scope scope = Scope.inference()) {
      SafeTensorsWriter.write(
          path, Map.of("lora_unet_x.lora_down.weight", Tensor.of(new float[4], 2, 2)), Map.of());
    }

    assertThatThrownBy(() -> MotionFile.of(path))
        .hasMessage(path + " is no motion adapter: it looks like a LoRA");
  }

  @Test
  void windowsOverlapAndTheLastEndsWithTheVideo() {
    assertThat(new FrameWindows(16, 4).starts(16)).containsExactly(0);
    assertThat(new FrameWindows(16, 4).starts(10)).containsExactly(0);
    assertThat(new FrameWindows(16, 4).starts(17)).containsExactly(0, 1);
    assertThat(new FrameWindows(16, 4).starts(28)).containsExactly(0, 12);
    assertThat(new FrameWindows(16, 4).starts(48)).containsExactly(0, 12, 24, 32);
    assertThat(new FrameWindows(4, 2).starts(8)).containsExactly(0, 2, 4);
  }

  @Test
  void overlappingWindowsAreAveragedWithWeightsThatRiseToTheMiddle() {
    try (Scope scope = Scope.inference()) {
      FrameWindows windows = new FrameWindows(4, 2);
      Tensor x = Tensor.arange(8).to(DType.F32).reshape(1, 8, 1);
      List<UnaryOperator<Tensor>> each = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        double shift = Math.pow(10, i);
        each.add(window -> window.plus(shift));
      }

      float[] y = windows.average(x, 1, each).toFloatArray();

      // Windows 0-3, 2-5 and 4-7 with weights 1 2 2 1.
      assertThat(y)
          .containsExactly(
              new float[] {
                1,
                2,
                2 + (2 * 1 + 1 * 10) / 3f,
                3 + (1 * 1 + 2 * 10) / 3f,
                4 + (2 * 10 + 100) / 3f,
                5 + (10 + 2 * 100) / 3f,
                106,
                107
              },
              Offset.offset(1e-4f));
    }
  }

  @Test
  void windowsOfOddLengthHaveOneGreatestWeight() {
    FrameWindows windows = new FrameWindows(5, 1);

    assertThat(IntStream.range(0, 5).map(windows::weight)).containsExactly(1, 2, 3, 2, 1);
  }

  @Test
  void equalAnswersOfAllWindowsAreTheAverage() {
    try (Scope scope = Scope.inference()) {
      FrameWindows windows = new FrameWindows(5, 3);
      Tensor x = FormulaWeights.noise("video", 2, 11, 3);
      int n = windows.starts(11).size();
      List<UnaryOperator<Tensor>> same = Collections.nCopies(n, window -> window.times(2));

      assertClose("average", windows.average(x, 1, same), x.times(2), 1e-6);
    }
  }
}
