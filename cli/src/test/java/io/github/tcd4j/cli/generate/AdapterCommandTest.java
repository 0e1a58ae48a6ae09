package io.github.tcd4j.cli.generate;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tcd4j.cli.Tcd4j;
import io.github.tcd4j.cli.console.ExitCode;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.canny.Canny;
import io.github.tcd4j.images.decode.ImageDecoder;
import io.github.tcd4j.images.png.PngWriter;
import io.github.tcd4j.models.controlnet.ControlNetConfig;
import io.github.tcd4j.models.controlnet.ControlNetModel;
import io.github.tcd4j.models.layers.InitializedWeights;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.models.unet.UNet2DConditionConfig;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.SafeTensorsWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code generate --control} and {@code preprocess}, as a user runs them. */
class AdapterCommandTest {
  @TempDir Path folder;

  private Path hint;

  @BeforeEach
  void writeHint() {
    byte[] rgb = new byte[3 * 40 * 40];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) ((i / 3 % 40 > 15 ? 200 : 20) + i % 3);
    }
    hint = folder.resolve("hi:nt.png");
    PngWriter.write(hint, new Image(40, 40, rgb), Map.of());
  }

  /** For the tiny model; its last convolutions are zero, or random. */
  private Path control(String name, boolean zero) throws IOException {
    Path net = Files.createDirectories(folder.resolve(name));
    UNet2DConditionConfig unet =
        UNet2DConditionConfig.read(Tcd4j.tiny().resolve("unet/config.json"));
    // As many levels as the autoencoder has.
    for (int n = 1; n <= 4; n++) {
      ControlNetConfig config =
          new ControlNetConfig(unet, true, 3, List.of(4, 4, 4, 4).subList(0, n), false, false);
      try (Scope scope = Scope.inference()) {
        InitializedWeights fresh = new InitializedWeights(1);
        ControlNetModel.of(Weights.of(fresh), config);
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        fresh
            .parameters()
            .forEach((k, t) -> tensors.put(k, zero ? t.detach() : t.detach().plus(0.3)));
        SafeTensorsWriter.write(
            net.resolve("diffusion_pytorch_model.safetensors"), tensors, Map.of());
      }
      Files.writeString(net.resolve("config.json"), config.toJson());
      Tcd4j tried = generate("tried-" + name + n, "--control", net + "=" + escaped());
      if (tried.exitCode() == ExitCode.OK) {
        return net;
      }
      assertThat(tried.sentence()).contains("pixels to a latent element");
    }
    throw new AssertionError("no ControlNet fits the tiny model");
  }

  private String escaped() {
    return hint.toString().replace("hi:nt", "hi\\:nt");
  }

  private Tcd4j generate(String name, Object... more) {
    List<Object> arguments =
        new ArrayList<>(
            List.of("generate", "apple", "-m", Tcd4j.tiny(), "--seed", 3, "--steps", 2));
    arguments.addAll(List.of("--size", "16x16", "-o", folder.resolve(name + ".png")));
    arguments.addAll(Arrays.asList(more));
    return Tcd4j.run(arguments.toArray());
  }

  private byte[] pixels(String name) throws IOException {
    return ImageDecoder.decode(Files.readAllBytes(folder.resolve(name + ".png"))).rgb();
  }

  @Test
  void aControlNetActsWithItsWeightInItsStepsAndIsReplayed() throws IOException {
    assertThat(generate("plain").exitCode()).isZero();
    Path zero = control("zero", true);
    Path net = control("net", false);
    assertThat(generate("zeros", "--control", zero + "=" + escaped()).exitCode()).isZero();
    assertThat(generate("never", "--control", net + "=" + escaped() + ":1:0-0.4").exitCode())
        .isZero();
    assertThat(generate("weight", "--control", net + "=" + escaped() + ":0.5").exitCode()).isZero();
    assertThat(
            generate("edges", "--control", net + "=canny:20,60:" + escaped() + ":0.5:0-1")
                .exitCode())
        .isZero();

    assertThat(pixels("zeros")).isEqualTo(pixels("plain"));
    assertThat(pixels("never")).isEqualTo(pixels("plain"));
    assertThat(pixels("weight")).isNotEqualTo(pixels("plain"));
    assertThat(pixels("edges")).isNotEqualTo(pixels("weight"));
    Tcd4j replayed =
        Tcd4j.run(
            "replay",
            folder.resolve("edges.png"),
            "-m",
            Tcd4j.tiny(),
            "-o",
            folder.resolve("again.png"));
    assertThat(replayed.err()).contains("the same bytes as");
    Files.delete(hint);
    Tcd4j missing =
        Tcd4j.run("replay", folder.resolve("edges.png"), "-m", Tcd4j.tiny(), "-o", folder);
    assertThat(missing.sentence()).contains("the hint hi:nt.png").contains("--input FILE names it");
  }

  @Test
  void textsThatAreNoAdapterAreRefusedWithTheirForm() throws IOException {
    Path net = control("net", true);
    for (String wrong :
        List.of(
            "net",
            "=x",
            net + "=",
            net + "=" + hint,
            net + "=" + escaped() + ":1:0.5",
            net + "=" + escaped() + ":1:0-1:2",
            net + "=" + escaped() + ":much",
            net + "=canny:20,60")) {
      Tcd4j run = generate("wrong", "--control", wrong);
      assertThat(run.exitCode()).as(wrong).isEqualTo(ExitCode.USAGE);
      assertThat(run.sentence()).as(wrong).doesNotContain("Exception");
    }
    assertThat(generate("wrong", "--control", net + "=" + escaped() + ":1:0.5").sentence())
        .contains("--control must be MODEL=IMAGE[:WEIGHT[:START-END]]");
    assertThat(generate("wrong", "--control-guess").sentence()).contains("without a ControlNet");
    assertThat(generate("wrong", "--image-encoder", net).sentence())
        .contains("without an IP-Adapter");
    assertThat(generate("wrong", "--ip-mask", hint).sentence())
        .contains("--ip-mask belongs to an --ip-adapter before it");
    assertThat(generate("wrong", "--ip-adapter", net + "=" + escaped()).sentence())
        .contains("needs the image encoder")
        .contains("--image-encoder DIR");
    assertThat(generate("wrong", "--ip-adapter", net + "=a++b").sentence())
        .contains("--ip-adapter must be FILE=IMAGE[+IMAGE...][:SCALE]");
  }

  @Test
  void preprocessWritesTheEdges() throws IOException {
    Path out = folder.resolve("new/edges.png");
    Tcd4j run = Tcd4j.run("preprocess", "canny", hint, out, "--thresholds", "20,60");
    assertThat(run.exitCode()).isZero();
    Image edges = ImageDecoder.decode(Files.readAllBytes(out));
    Image expected = new Canny(20, 60).apply(ImageDecoder.decode(Files.readAllBytes(hint)));
    assertThat(edges.rgb()).isEqualTo(expected.rgb());

    assertThat(Tcd4j.run("preprocess", "canny", folder.resolve("no.png"), out).sentence())
        .contains("no.png does not exist");
    assertThat(Tcd4j.run("preprocess", "canny", hint, out, "--thresholds", "20").sentence())
        .contains("LOW,HIGH");
    assertThat(Tcd4j.run("preprocess", "canny", hint, hint.resolve("x.png")).exitCode())
        .isEqualTo(ExitCode.USAGE);
  }
}
