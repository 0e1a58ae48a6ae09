package io.github.tcd4j.models.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.models.files.Component;
import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.lora.delta.LoraException;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.SafeTensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LoraWriterTest {
  private static final LoraMetadata METADATA =
      new LoraMetadata("tcd", "tcd", "emoji", 2, 4, 0.3, 4, "0123abcd");

  /** Kept after the test: oracle/check_lora_writer.py loads what stands there into diffusers. */
  private static final Path KEPT = Path.of("target", "lora");

  @TempDir Path folder;

  private static LoraAdapter adapter(String fixture) {
    return LoraFile.read(Deltas.fixture(fixture)).bind(Deltas.networks()).unet();
  }

  @ParameterizedTest
  @EnumSource(names = {"PEFT_DIFFUSERS", "KOHYA"})
  void whatIsWrittenReadsBackAsTheSameChange(LoraStyle style) throws IOException {
    try (Scope scope = Scope.inference()) {
      Path file = Files.createDirectories(KEPT).resolve(style + ".safetensors");
      // One alpha for all layers: diffusers misreads kohya files where they differ.
      LoraAdapter adapter = adapter("peft-diffusers-with-alpha.safetensors");
      LoraWriter.write(file, adapter, style, DType.F32, METADATA);
      LoraFile read = LoraFile.read(file);
      LoraBinding binding = read.bind(Deltas.networks());

      assertThat(read.styles()).containsExactly(style);
      assertThat(read.metadata()).isEqualTo(METADATA);
      assertThat(binding.report().unmatched()).isEmpty();
      assertThat(binding.unet().deltas()).hasSize(79);
      assertThat(Deltas.worst(binding.unet(), Component.UNET)).isLessThan(1e-6);
    }
  }

  @Test
  void aLoraThatIsNotFiniteIsNotWritten() {
    try (Scope scope = Scope.inference()) {
      Path file = folder.resolve("nan.safetensors");
      Tensor huge = Tensor.full(1e6, DType.F32, 2, 4);
      LoraAdapter adapter =
          LoraAdapter.of(
              Map.of("a", new Adapters.LoraDelta(huge, Tensor.ones(DType.F32, 4, 2), 1)));

      for (LoraStyle style : List.of(LoraStyle.PEFT_DIFFUSERS, LoraStyle.KOHYA)) {
        assertThatThrownBy(() -> LoraWriter.write(file, adapter, style, DType.F16, METADATA))
            .isInstanceOf(LoraException.class)
            .hasMessageContaining("not finite")
            .hasMessageContaining("so it is not written");
      }
      assertThat(file).doesNotExist();
    }
  }

  @Test
  void theKeysAreThoseThatDiffusersWrites() {
    try (Scope scope = Scope.inference()) {
      Path file = folder.resolve("lora.safetensors");
      LoraAdapter adapter = adapter("kohya.safetensors");
      LoraWriter.write(file, adapter, LoraStyle.PEFT_DIFFUSERS, DType.F32, METADATA);

      assertThat(names(file))
          .isEqualTo(unetNames(Deltas.fixture("peft-diffusers-with-alpha.safetensors"), "unet."));
    }
  }

  @Test
  void theKohyaKeysAndAlphasAreThoseOfTheFileThatWasRead() {
    try (Scope scope = Scope.inference()) {
      Path file = folder.resolve("lora.safetensors");
      LoraAdapter adapter = adapter("kohya.safetensors");
      LoraWriter.write(file, adapter, LoraStyle.KOHYA, DType.F32, METADATA);
      Path original = Deltas.fixture("kohya.safetensors");
      Set<String> names = unetNames(original, "lora_unet_");

      assertThat(names(file)).isEqualTo(names);
      try (SafeTensors ours = SafeTensors.open(file);
          SafeTensors theirs = SafeTensors.open(original)) {
        for (String name : names) {
          assertThat(ours.get(name).sameAs(theirs.get(name))).as(name).isTrue();
        }
      }
    }
  }

  private static Set<String> names(Path file) {
    try (SafeTensors tensors = SafeTensors.open(file)) {
      return tensors.names();
    }
  }

  private static Set<String> unetNames(Path file, String prefix) {
    Set<String> names = new TreeSet<>(names(file));
    names.removeIf(n -> !n.startsWith(prefix));
    return names;
  }

  @Test
  void trainedFactorsAreWrittenInHalfPrecisionOnRequest() {
    try (Scope scope = Scope.open()) {
      LoraAdapter fresh = LoraAdapter.fresh(0, LoraConfig.usual(2), Deltas.layers(Component.UNET));
      Path file = folder.resolve("half.safetensors");
      LoraWriter.write(file, fresh, LoraStyle.KOHYA, DType.F16, METADATA);

      try (SafeTensors tensors = SafeTensors.open(file)) {
        assertThat(tensors.dtype("lora_unet_down_blocks_0_resnets_0_conv1.lora_down.weight"))
            .isEqualTo(DType.F16);
        assertThat(tensors.metadata())
            .containsEntry("tcd4j.method", "tcd")
            .containsEntry("tcd4j.gamma", "0.3")
            .containsEntry("tcd4j.recipe", "0123abcd")
            .containsEntry("ss_network_dim", "2");
      }
    }
  }

  @Test
  void otherStylesAreNotWritten() {
    assertThatThrownBy(
            () ->
                LoraWriter.write(
                    folder.resolve("x"),
                    LoraAdapter.of(Map.of()),
                    LoraStyle.DIFFUSERS_OLD,
                    DType.F32,
                    METADATA))
        .hasMessageContaining("PEFT_DIFFUSERS or KOHYA but was DIFFUSERS_OLD");
  }

  @Test
  void metadataWithoutGammaHasNone() {
    LoraMetadata lcm = new LoraMetadata("lcm", "lcm", "emoji", 16, 16, null, 4, "ff");

    assertThat(lcm.toMap()).doesNotContainKey("tcd4j.gamma");
    assertThat(LoraMetadata.of(lcm.toMap())).isEqualTo(lcm);
    assertThat(LoraMetadata.of(Map.of("format", "pt"))).isNull();
  }

  @Test
  void metadataOutOfRangeIsRefused() {
    for (double gamma : List.of(-0.1, 1.1, Double.NaN)) {
      assertThatThrownBy(() -> new LoraMetadata("tcd", "tcd", "emoji", 2, 2, gamma, 4, ""))
          .hasMessageContaining("gamma must be in [0, 1]");
    }
    assertThatThrownBy(() -> LoraMetadata.of(Map.of("tcd4j.method", "tcd")))
        .isInstanceOf(LoraException.class)
        .hasMessageContaining("tcd4j.base");
  }
}
