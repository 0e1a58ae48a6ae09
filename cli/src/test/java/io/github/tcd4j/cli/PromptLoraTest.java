package io.github.tcd4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tcd4j.images.png.PngMetadata;
import io.github.tcd4j.pipeline.lora.ResolvedLora;
import io.github.tcd4j.pipeline.metadata.GenerationSettings;
import io.github.tcd4j.pipeline.metadata.SettingsJson;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.SafeTensors;
import io.github.tcd4j.tensor.file.SafeTensorsWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** LoRAs that a prompt names, and what strict reading says. */
class PromptLoraTest {
  @TempDir Path folder;

  private Tcd4j generate(Object... arguments) {
    Stream<Object> all =
        Stream.concat(
            Stream.of("generate", "-m", Tcd4j.tiny(), "-o", folder, "--seed", 3),
            Stream.of(arguments));
    return Tcd4j.run(all.toArray());
  }

  private static GenerationSettings settings(Tcd4j run) {
    Path png = run.paths().get(0);
    return SettingsJson.read(png.toString(), PngMetadata.read(png).settings());
  }

  private static Path tcd() {
    return Tcd4j.tiny().resolve("loras/tcd.safetensors");
  }

  @Test
  void aLoraInThePromptActsAsByTheOptionAndIsNoWord() throws IOException {
    Tcd4j named = generate("red <lora:tcd:0.5>apple");
    Tcd4j option = generate("red apple", "-l", "tcd:0.5");

    assertThat(settings(named).prompt().text()).isEqualTo("red apple");
    assertThat(settings(named).loras())
        .singleElement()
        .matches(l -> l.name().equals("tcd") && l.weight() == 0.5);
    assertThat(Files.mismatch(named.paths().get(0), option.paths().get(0))).isEqualTo(-1);
  }

  @Test
  void keysWithoutALayerAreCountedByTheirReasonAndAllNamedWhereAsked() {
    Path file = folder.resolve("odd.safetensors");
    try (Scope scope = Scope.inference();
        SafeTensors tcd = SafeTensors.open(tcd())) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      tcd.names().forEach(n -> tensors.put(n, tcd.get(n)));
      for (int i = 0; i < 7; i++) {
        tensors.put("unet.odd" + i + ".lora_A.weight", Tensor.ones(DType.F32, 2, 4));
        tensors.put("unet.odd" + i + ".lora_B.weight", Tensor.ones(DType.F32, 4, 2));
      }
      tensors.put("stray", Tensor.ones(DType.F32, 1));
      SafeTensorsWriter.write(file, tensors, tcd.metadata());
    }

    Tcd4j brief = generate("apple", "-l", file, "--partial");
    Tcd4j whole = generate("apple", "-l", file, "--partial", "--verbose");

    assertThat(brief.err())
        .contains(
            "8 unmatched: 7 no such layer (unet.odd0, unet.odd1, unet.odd2, unet.odd3, unet.odd4"
                + " and 2 more); 1 no part of a LoRA (stray)")
        .doesNotContain("odd5");
    for (int i = 0; i < 7; i++) {
      assertThat(whole.err()).contains("  unmatched: unet.odd" + i + " (no such layer)\n");
    }
    assertThat(whole.err()).contains("  unmatched: stray (no part of a LoRA)\n");
  }

  @Test
  void aReplayGeneratesItAgain() {
    Path png = generate("red apple <lora:tcd:-0.75>").paths().get(0);

    Tcd4j again = Tcd4j.run("replay", png, "-m", Tcd4j.tiny(), "-o", folder.resolve("b.png"));

    assertThat(again.exitCode()).isZero();
    assertThat(again.err()).contains("the same bytes");
  }

  @Test
  void aReplayWithAnotherPromptReadsItsLoras() {
    Path png = generate("red apple", "-l", "none").paths().get(0);

    Tcd4j again =
        Tcd4j.run(
            "replay",
            png,
            "-m",
            Tcd4j.tiny(),
            "-o",
            folder.resolve("b.png"),
            "--prompt",
            "pear <lora:tcd:0.5>");

    assertThat(settings(again).prompt().text()).isEqualTo("pear");
    assertThat(settings(again).loras()).extracting(ResolvedLora::weight).containsExactly(0.5);
  }

  @Test
  void aFolderOfLorasComesBeforeTheModelsOwn() throws IOException {
    Path own = Files.createDirectories(folder.resolve("mine"));
    Files.copy(tcd(), own.resolve("style.safetensors"));

    Tcd4j run = generate("apple <lora:style.safetensors:0.3> <lora:tcd>", "--lora-folder", own);

    assertThat(settings(run).loras())
        .extracting(ResolvedLora::name)
        .containsExactly("style.safetensors", "tcd");
    assertThat(settings(run).loras()).extracting(ResolvedLora::weight).containsExactly(0.3, 1.0);
  }

  @Test
  void theModelsOwnLoraStaysBesideThoseOfThePrompt() throws IOException {
    Path own = Files.createDirectories(folder.resolve("mine"));
    Files.copy(tcd(), own.resolve("style.safetensors"));

    GenerationSettings s = settings(generate("apple <lora:style:0.3>", "--lora-folder", own));

    assertThat(s.loras())
        .extracting(ResolvedLora::name)
        .containsExactly("tcd", "style.safetensors");
  }

  @Test
  void anUnknownNameIsOneSentence() {
    Tcd4j run = generate("apple <lora:nope:0.8>");

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err().strip().lines().toList())
        .singleElement()
        .asString()
        .contains("LoRA nope")
        .contains("[tcd]")
        .contains("--lora-folder");
  }

  @Test
  void aNameIsNoWayOutOfTheFolder() {
    assertThat(generate("apple <lora:../loras/tcd:1>").exitCode()).isEqualTo(2);
  }

  @Test
  void aTagThatIsNoNumberAndOneInTheNegativePromptAreWrongUsage() {
    assertThat(generate("apple <lora:tcd:much>").exitCode()).isEqualTo(2);
    assertThat(generate("apple <lora:tcd:1:2>").exitCode()).isEqualTo(2);
    assertThat(generate("apple", "-n", "<lora:tcd:1>").exitCode()).isEqualTo(2);
  }

  @Test
  void inPlainSyntaxItIsWords() {
    GenerationSettings s = settings(generate("apple <lora:nope:1>", "--prompt-syntax", "plain"));

    assertThat(s.prompt().text()).isEqualTo("apple <lora:nope:1>");
  }

  @Test
  void aKeyWithoutALayerIsAnErrorAndWithPartialANote() {
    Path more = folder.resolve("more.safetensors");
    try (Scope scope = Scope.inference();
        SafeTensors file = SafeTensors.open(tcd())) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      file.names().forEach(n -> tensors.put(n, file.get(n)));
      tensors.put("unet.nowhere.lora_A.weight", Tensor.ones(DType.F32, 2, 4));
      tensors.put("unet.nowhere.lora_B.weight", Tensor.ones(DType.F32, 4, 2));
      SafeTensorsWriter.write(more, tensors, file.metadata());
    }

    Tcd4j usual = generate("apple", "-l", more);
    Tcd4j lenient = generate("apple", "-l", more, "--partial");
    Tcd4j both = generate("apple", "-l", more, "--partial", "--strict");
    Tcd4j strict = generate("apple", "-l", more, "--strict");

    assertThat(usual.exitCode()).isEqualTo(1);
    assertThat(usual.err())
        .contains("fits this model only in part")
        .contains("1 no such layer (unet.nowhere)");
    assertThat(both.err()).contains("exclude each other");
    assertThat(lenient.exitCode()).isZero();
    assertThat(lenient.err())
        .contains("1 unmatched: 1 no such layer (unet.nowhere)")
        .contains("rank");
    assertThat(strict.exitCode()).isEqualTo(1);
    assertThat(strict.err()).contains("unet.nowhere (no such layer)").contains("strict");
    assertThat(generate("apple", "-l", "tcd", "--strict").exitCode()).isZero();
  }
}
