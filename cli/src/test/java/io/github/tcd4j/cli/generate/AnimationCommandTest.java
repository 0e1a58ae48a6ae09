package io.github.tcd4j.cli.generate;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tcd4j.cli.Tcd4j;
import io.github.tcd4j.cli.console.ExitCode;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.decode.ImageDecoder;
import io.github.tcd4j.models.layers.InitializedWeights;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.models.motion.MotionAdapter;
import io.github.tcd4j.models.motion.MotionAdapterConfig;
import io.github.tcd4j.models.unet.UNet2DConditionConfig;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.SafeTensors;
import io.github.tcd4j.tensor.file.SafeTensorsWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code generate --motion} and {@code replay} of what it wrote, as a user runs them. */
class AnimationCommandTest {
  @TempDir Path folder;

  private Path motion;

  /** For the tiny model, of 6 frames; its last layers are not zero. */
  @BeforeEach
  void writeAdapter() throws IOException {
    motion = Files.createDirectories(folder.resolve("motion"));
    UNet2DConditionConfig unet =
        UNet2DConditionConfig.read(Tcd4j.tiny().resolve("unet/config.json"));
    List<Integer> channels = unet.blockOutChannels();
    List<Integer> ones = Collections.nCopies(channels.size(), 1);
    MotionAdapterConfig config =
        new MotionAdapterConfig(channels, unet.layersPerBlock(), ones, ones, false, 1, 6);
    try (Scope scope = Scope.inference()) {
      InitializedWeights fresh = new InitializedWeights(1);
      MotionAdapter.of(Weights.of(fresh), config, unet.normNumGroups());
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      fresh.parameters().forEach((k, t) -> tensors.put(k, t.detach().plus(0.1)));
      SafeTensorsWriter.write(
          motion.resolve("diffusion_pytorch_model.safetensors"), tensors, Map.of());
    }
    Files.writeString(
        motion.resolve("config.json"),
        ("{\"_class_name\": \"MotionAdapter\", \"block_out_channels\": " + channels)
            + (", \"motion_layers_per_block\": " + unet.layersPerBlock())
            + (", \"motion_num_attention_heads\": 1, \"use_motion_mid_block\": false")
            + ", \"motion_max_seq_length\": 6}");
  }

  private Tcd4j generate(String output, Object... more) {
    List<Object> arguments =
        new ArrayList<>(
            List.of("generate", "apple", "-m", Tcd4j.tiny(), "--seed", 3, "--steps", 1));
    arguments.addAll(List.of("--size", "16x16", "--motion", motion));
    arguments.addAll(List.of("-o", folder.resolve(output)));
    arguments.addAll(Arrays.asList(more));
    return Tcd4j.run(arguments.toArray());
  }

  private Tcd4j replay(String file, String output, Object... more) {
    List<Object> arguments = new ArrayList<>(List.of("replay", folder.resolve(file)));
    arguments.addAll(List.of("-m", Tcd4j.tiny(), "--input", motion));
    arguments.addAll(List.of("-o", folder.resolve(output)));
    arguments.addAll(Arrays.asList(more));
    return Tcd4j.run(arguments.toArray());
  }

  private String bytes(String name) throws IOException {
    return new String(Files.readAllBytes(folder.resolve(name)), StandardCharsets.ISO_8859_1);
  }

  @Test
  void gifsPngsAndFoldersAreWrittenAndReplayed() throws IOException {
    Path latents = folder.resolve("latents.safetensors");
    assertThat(generate("a.gif", "--frames", 4, "--latents-out", latents).exitCode()).isZero();
    assertThat(generate("a.png", "--frames", 4).exitCode()).isZero();
    assertThat(generate("frames", "--frames", 4).exitCode()).isZero();

    assertThat(bytes("a.gif")).startsWith("GIF89a").contains("\"frames\":4");
    assertThat(bytes("a.png")).contains("acTL");
    assertThat(folder.resolve("frames/frame-004.png")).exists();
    try (Scope scope = Scope.inference();
        SafeTensors file = SafeTensors.open(latents)) {
      assertThat(file.shape("latents")[0]).isEqualTo(4);
    }
    assertThat(replay("a.gif", "b.gif").err()).contains("the same bytes as");
    assertThat(bytes("b.gif")).isEqualTo(bytes("a.gif"));
    assertThat(replay("a.png", "b.png").exitCode()).isZero();
    assertThat(bytes("b.png")).isEqualTo(bytes("a.png"));
    assertThat(replay("frames/frame-002.png", "c.png").exitCode()).isZero();
    assertThat(bytes("c.png")).isEqualTo(bytes("a.png"));
    assertThat(Tcd4j.run("metadata", folder.resolve("a.gif")).out()).contains("\"fps\" : 8");
    assertThat(generate("a.webp", "--frames", 4).exitCode()).isZero();
    assertThat(replay("a.webp", "b.webp").err()).contains("the same bytes as");
    assertThat(bytes("b.webp")).isEqualTo(bytes("a.webp")).startsWith("RIFF").contains("ANMF");
    assertThat(Tcd4j.run("metadata", folder.resolve("a.webp")).out())
        .contains("\"fps\" : 8")
        .contains("Sampler: TCD");
  }

  @Test
  void nothingIsReplacedAndEveryAnimationHasItsSeed() throws IOException {
    assertThat(generate("a.gif", "--frames", 2, "--count", 2).exitCode()).isZero();
    assertThat(generate("a.gif", "--frames", 2).exitCode()).isZero();

    assertThat(folder.resolve("a-2.gif")).exists();
    assertThat(folder.resolve("a-3.gif")).exists();
    assertThat(replay("a-2.gif", "again.gif").exitCode()).isZero();
    assertThat(bytes("again.gif")).isEqualTo(bytes("a-2.gif"));
    assertThat(bytes("a.gif")).isNotEqualTo(bytes("a-2.gif"));
  }

  @Test
  void listsOfChangesMakeASheetThatMoves() throws Exception {
    assertThat(generate("a.png", "--frames", 3).exitCode()).isZero();
    for (String name : List.of("sheet.png", "sheet.gif", "sheets")) {
      Tcd4j run = replay("a.png", name, "--guidance", "1,3");
      assertThat(run.exitCode()).as(run.err()).isZero();
    }
    Image first = ImageDecoder.decode(Files.readAllBytes(folder.resolve("sheets/frame-001.png")));
    Image second = ImageDecoder.decode(Files.readAllBytes(folder.resolve("sheets/frame-002.png")));
    assertThat(second.rgb()).hasSameSizeAs(first.rgb()).isNotEqualTo(first.rgb());
    assertThat(first.width()).isGreaterThan(2 * 16);
    assertThat(folder.resolve("sheets/frame-004.png")).doesNotExist();
    assertThat(bytes("sheet.png")).contains("acTL", "Description");
    assertThat(bytes("sheet.gif")).startsWith("GIF89a").contains("gamma 0.25, seed 3");
  }

  @Test
  void windowsMakeLongerOnes() {
    Tcd4j refused = generate("long.gif", "--frames", 10);
    assertThat(refused.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(refused.sentence())
        .contains("knows at most 6 frames but 10 were requested")
        .contains("use --context N[,OVERLAP]");

    assertThat(generate("long.gif", "--frames", 10, "--context", "6,2").exitCode()).isZero();
    assertThat(generate("free.gif", "--frames", 10, "--context", "6,2", "--free-noise").exitCode())
        .isZero();
    assertThat(folder.resolve("long.gif")).exists();
  }

  @Test
  void doctorCountsTheFrames() {
    Tcd4j all =
        Tcd4j.run("doctor", Tcd4j.tiny(), "--motion", motion, "--frames", 64, "--size", "512x512");
    Tcd4j windows =
        Tcd4j.run(
            "doctor",
            Tcd4j.tiny(),
            "--motion",
            motion,
            "--frames",
            64,
            "--context",
            6,
            "--size",
            "512x512");

    assertThat(all.out()).contains("motion  ").contains("64 frames of 512x512 need about");
    assertThat(windows.out()).contains("6 frames at once");
    assertThat(windows.out().lines().filter(l -> l.contains("--dtype f32")).toList())
        .isNotEqualTo(all.out().lines().filter(l -> l.contains("--dtype f32")).toList());
    assertRefused(Tcd4j.run("doctor", "--motion", motion), "needs the MODEL");
    assertRefused(Tcd4j.run("doctor", Tcd4j.tiny(), "--frames", 4), "no effect without --motion");
    assertRefused(
        Tcd4j.run("doctor", Tcd4j.tiny(), "--motion", motion, "--frames", 0), "at least 1");
  }

  private void assertRefused(Tcd4j run, String part) {
    assertThat(run.exitCode()).as(part).isEqualTo(ExitCode.USAGE);
    assertThat(run.sentence()).contains(part).doesNotContain("Exception");
  }

  @Test
  void whatCannotBeIsRefusedInOneSentence() throws IOException {
    assertRefused(generate("a.mp4", "--frames", 2), "must end in .gif, .png or .webp");
    Files.writeString(folder.resolve("file"), "");
    assertRefused(generate("file/a.gif", "--frames", 2), "is a file and not a folder");
    assertRefused(generate("a.gif", "--frames", 1), "2 to 1000 frames");
    assertRefused(generate("a.gif", "--fps", 99), "1 to 50 frames in a second");
    assertRefused(generate("a.gif", "--free-noise"), "no effect without --context");
    assertRefused(generate("a.gif", "--context", "4,4"), "share fewer");
    assertRefused(
        Tcd4j.run("generate", "apple", "-m", Tcd4j.tiny(), "--frames", 4),
        "no effect without --motion");
    assertRefused(
        Tcd4j.run("generate", "apple", "-m", Tcd4j.tiny(), "--motion", folder.resolve("no")),
        "does not exist");
  }
}
