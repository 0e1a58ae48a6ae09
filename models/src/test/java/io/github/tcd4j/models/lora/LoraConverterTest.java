package io.github.tcd4j.models.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.models.files.Component;
import io.github.tcd4j.models.layers.LayerShape;
import io.github.tcd4j.models.lora.delta.LoraException;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.SafeTensors;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** LoRA files in other names: the bits stay, and so does the change. */
class LoraConverterTest {
  @TempDir Path folder;

  private Path convert(Path in, LoraStyle style, DType type) {
    Path out = folder.resolve(style + "-" + in.getFileName());
    new LoraConverter(style, type).convert(in, out, networks(), MatchPolicy.STRICT);
    return out;
  }

  private static Map<Component, List<LayerShape>> networks() {
    return Deltas.networks();
  }

  private static void assertSame(Path a, Path b) {
    try (Scope scope = Scope.inference();
        SafeTensors x = SafeTensors.open(a);
        SafeTensors y = SafeTensors.open(b)) {
      assertThat(y.names()).containsExactlyInAnyOrderElementsOf(x.names());
      for (String name : x.names()) {
        assertThat(y.dtype(name)).as(name).isEqualTo(x.dtype(name));
        assertThat(y.get(name).sameAs(x.get(name))).as(name).isTrue();
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"PEFT_DIFFUSERS", "KOHYA_SGM"})
  void kohyasFilesComeBackWithAllBitsAndEveryAlpha(LoraStyle style) {
    Path kohya = Deltas.fixture("kohya.safetensors");

    Path there = convert(kohya, style, null);

    assertSame(kohya, convert(there, LoraStyle.KOHYA, null));
  }

  @Test
  void peftsFilesComeBackWithAllBits() {
    for (String name :
        List.of("peft-diffusers.safetensors", "peft-diffusers-with-alpha.safetensors")) {
      // As trainers write it, with text_model.
      Path peft = convert(Deltas.fixture(name), LoraStyle.PEFT_DIFFUSERS, null);

      Path there = convert(convert(peft, LoraStyle.KOHYA, null), LoraStyle.KOHYA_SGM, null);

      assertSame(peft, convert(there, LoraStyle.PEFT_DIFFUSERS, null));
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"PEFT_DIFFUSERS", "DIFFUSERS_OLD", "KOHYA", "KOHYA_SGM"})
  void everyStyleHoldsTheSameChange(LoraStyle style) {
    try (Scope scope = Scope.inference()) {
      LoraFile file = LoraFile.read(convert(Deltas.fixture("kohya.safetensors"), style, null));
      LoraBinding binding = file.bind(networks());

      assertThat(binding.report().unmatched()).isEmpty();
      assertThat(binding.report().matched()).hasSize(83);
      assertThat(Deltas.worst(binding.unet(), Component.UNET)).isLessThan(1e-6);
      LoraAdapter text = binding.adapter(Component.TEXT_ENCODER);
      assertThat(Deltas.worst(text, Component.TEXT_ENCODER)).isLessThan(1e-6);
      assertThat(file.styles())
          .containsExactly(style == LoraStyle.KOHYA_SGM ? LoraStyle.KOHYA : style);
    }
  }

  @Test
  void sgmsNamesAreSgms() {
    try (SafeTensors file =
        SafeTensors.open(convert(Deltas.fixture("kohya.safetensors"), LoraStyle.KOHYA_SGM, null))) {
      assertThat(file.names())
          .anyMatch(n -> n.startsWith("lora_unet_input_blocks_"))
          .anyMatch(n -> n.startsWith("lora_unet_output_blocks_"))
          .noneMatch(n -> n.contains("down_blocks"));
    }
  }

  @Test
  void halfPrecisionKeepsWhatItCanHold() {
    Path half = convert(Deltas.fixture("kohya.safetensors"), LoraStyle.KOHYA, DType.F16);

    assertSame(half, convert(convert(half, LoraStyle.PEFT_DIFFUSERS, null), LoraStyle.KOHYA, null));
    try (SafeTensors file = SafeTensors.open(half)) {
      assertThat(file.names()).allMatch(n -> file.dtype(n) == DType.F16);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"dora-rows", "dora-columns", "loha-tucker", "lokr-tucker", "lokr-whole"})
  void otherKindsKeepTheirWeightsInKohyasStyle(String kind) {
    try (Scope scope = Scope.inference()) {
      Path in = Deltas.fixture("wild/" + kind + ".safetensors");
      Map<String, Tensor> base = new LinkedHashMap<>();
      try (SafeTensors file = SafeTensors.open(Deltas.fixture("wild/base.safetensors"))) {
        file.names().forEach(n -> base.put(n, file.get(n)));
      }
      Map<Component, List<LayerShape>> net = Map.of(Component.UNET, LayerShape.of(base));
      Path out = folder.resolve(kind + ".safetensors");

      new LoraConverter(LoraStyle.KOHYA, null).convert(in, out, net, MatchPolicy.STRICT);

      LoraAdapter before = LoraFile.read(in).bind(net).unet();
      LoraAdapter after = LoraFile.read(out).bind(net).unet();
      before
          .changes()
          .forEach(
              (path, change) -> {
                Tensor w = base.get(path + ".weight");
                Tensor a = after.changes().get(path).applied(w, w);
                assertThat(a.sameAs(change.applied(w, w))).as(path).isTrue();
              });
      if (!kind.equals("dora-rows")) {
        assertThatThrownBy(
                () ->
                    new LoraConverter(LoraStyle.PEFT_DIFFUSERS, null)
                        .convert(in, folder.resolve("no.safetensors"), net, MatchPolicy.STRICT))
            .isInstanceOf(LoraException.class)
            .hasMessageContaining("no place");
        assertThat(folder.resolve("no.safetensors")).doesNotExist();
      }
    }
  }

  @Test
  void doraBecomesPeftsAndComesBack() {
    Map<Component, List<LayerShape>> net =
        Map.of(
            Component.UNET,
            List.of(
                LayerShape.linear("wide", 6, 4),
                LayerShape.linear("square", 6, 6),
                new LayerShape("conv", 6, 4, 3, 3),
                new LayerShape("point", 6, 8, 1, 1)));
    Path in = Deltas.fixture("wild/dora-rows.safetensors");
    Path peft = folder.resolve("peft.safetensors");
    Path back = folder.resolve("back.safetensors");
    new LoraConverter(LoraStyle.PEFT_DIFFUSERS, null).convert(in, peft, net, MatchPolicy.STRICT);
    new LoraConverter(LoraStyle.KOHYA, null).convert(peft, back, net, MatchPolicy.STRICT);

    assertSame(in, back);
  }

  @Test
  void peftsOwnStyleIsNotWritten() {
    assertThatThrownBy(() -> new LoraConverter(LoraStyle.PEFT_RAW, null))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("adapter_config.json");
  }

  @Test
  void everyStyleIsLeftForDiffusersToCheck() throws Exception {
    Path target = Files.createDirectories(Path.of("target/lora-converted"));
    for (LoraStyle style : LoraStyle.values()) {
      if (style != LoraStyle.PEFT_RAW) {
        Path out = target.resolve(style + ".safetensors");
        Files.deleteIfExists(out);
        new LoraConverter(style, null)
            .convert(
                Deltas.fixture("peft-diffusers-with-alpha.safetensors"),
                out,
                networks(),
                MatchPolicy.STRICT);
        assertThat(out).exists();
      }
    }
  }
}
