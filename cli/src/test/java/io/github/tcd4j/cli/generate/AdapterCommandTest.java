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
import io.github.tcd4j.models.depth.DepthConfig;
import io.github.tcd4j.models.depth.DepthModel;
import io.github.tcd4j.models.layers.Init;
import io.github.tcd4j.models.layers.InitializedWeights;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.models.unet.UNet2DConditionConfig;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.SafeTensors;
import io.github.tcd4j.tensor.file.SafeTensorsWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
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
            net + "=canny:20,60",
            net + "@sketch=" + escaped(),
            net + "@canny=" + escaped())) {
      Tcd4j run = generate("wrong", "--control", wrong);
      assertThat(run.exitCode()).as(wrong).isEqualTo(ExitCode.USAGE);
      assertThat(run.sentence()).as(wrong).doesNotContain("Exception");
    }
    assertThat(generate("wrong", "--control", net + "=" + escaped() + ":1:0.5").sentence())
        .contains("--control must be MODEL[@KIND]=IMAGE[:WEIGHT[:START-END]]");
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

  /** A depth model of random weights. */
  private Path depth() throws IOException {
    Path model = Files.createDirectories(folder.resolve("depth"));
    String config =
        "{\"model_type\": \"depth_anything\", \"backbone_config\": {\"model_type\": \"dinov2\","
            + " \"hidden_size\": 16, \"num_hidden_layers\": 2, \"num_attention_heads\": 2,"
            + " \"image_size\": 42, \"out_indices\": [1, 2]}, \"reassemble_hidden_size\": 16,"
            + " \"neck_hidden_sizes\": [8, 8], \"reassemble_factors\": [2, 1],"
            + " \"fusion_hidden_size\": 8, \"depth_estimation_type\": \"metric\"}";
    Files.writeString(model.resolve("config.json"), config);
    Files.writeString(
        model.resolve("preprocessor_config.json"),
        "{\"size\": {\"height\": 42, \"width\": 42}, \"ensure_multiple_of\": 14}");
    try (Scope scope = Scope.inference()) {
      InitializedWeights fresh = new InitializedWeights(5);
      DepthModel.of(Weights.of(fresh), DepthConfig.read(model.resolve("config.json")));
      SafeTensorsWriter.write(model.resolve("model.safetensors"), fresh.parameters(), Map.of());
    }
    return model;
  }

  @Test
  void preprocessWritesTheDepthThatAControlNetCanBeGiven() throws IOException {
    Path model = depth();
    Path out = folder.resolve("new/depth.png");
    Path numbers = folder.resolve("depth.safetensors");
    Tcd4j run =
        Tcd4j.run("preprocess", "depth", "--model", model, hint, "-o", out, "--depth-out", numbers);
    assertThat(run.exitCode()).as(run.err()).isZero();
    Image map = ImageDecoder.decode(Files.readAllBytes(out));
    assertThat(map.width()).isEqualTo(40);
    byte[] levels = map.rgb();
    assertThat(levels).contains(0, -1);
    try (Scope scope = Scope.inference();
        SafeTensors stored = SafeTensors.open(numbers)) {
      float[] metres = stored.get("depth").toFloatArray();
      int far = 0;
      for (int i = 0; i < metres.length; i++) {
        far = metres[i] > metres[far] ? i : far;
      }
      assertThat(levels[3 * far]).as("the farthest is black").isZero();
    }

    Path net = control("net", false);
    String asked = net + "=depth:" + model + ":" + escaped();
    assertThat(generate("asked", "--control", asked).exitCode()).isZero();
    assertThat(generate("given", "--control", net + "=" + out).exitCode()).isZero();
    assertThat(pixels("asked")).isEqualTo(pixels("given"));
    Path moved = Files.move(model, folder.resolve("elsewhere"));
    Path picture = folder.resolve("asked.png");
    assertThat(Tcd4j.run("replay", picture, "-m", Tcd4j.tiny(), "-o", folder).sentence())
        .contains("the depth model depth")
        .contains("--input PATH names it");
    Path back = Files.createDirectories(folder.resolve("back")).resolve("depth");
    Files.move(moved, back);
    Tcd4j again =
        Tcd4j.run(
            "replay", picture, "-m", Tcd4j.tiny(), "--input", back, "-o", folder.resolve("b.png"));
    assertThat(again.err()).contains("the same bytes as");
  }

  /** Soft edges by a network of one block. */
  private Path softEdges() {
    Path file = folder.resolve("ControlNetHED.safetensors");
    try (Scope scope = Scope.inference()) {
      InitializedWeights fresh = new InitializedWeights(6);
      Map<String, Tensor> tensors = new TreeMap<>();
      tensors.put("norm", Tensor.of(new float[] {100, 110, 120}, 1, 3, 1, 1));
      tensors.put("block1.convs.0.weight", fresh.parameter("a", Init.fan(9000), 4, 3, 3, 3));
      tensors.put("block1.convs.0.bias", fresh.parameter("b", Init.fan(27), 4));
      tensors.put("block1.projection.weight", fresh.parameter("c", Init.fan(4), 1, 4, 1, 1));
      tensors.put("block1.projection.bias", fresh.parameter("d", Init.fan(4), 1));
      SafeTensorsWriter.write(file, tensors, Map.of());
    }
    return file;
  }

  @Test
  void preprocessWritesTheSoftEdgesThatAControlNetCanBeGiven() throws IOException {
    Path network = softEdges();
    Path out = folder.resolve("new/edges.png");
    Path safe = folder.resolve("new/safe.png");
    // The folder has the file under the authors' name.
    Tcd4j run = Tcd4j.run("preprocess", "softedge", "--model", folder, hint, out);
    assertThat(run.exitCode()).as(run.err()).isZero();
    Tcd4j.run("preprocess", "softedge", "--model", network, "--safe", hint, "-o", safe);
    assertThat(ImageDecoder.decode(Files.readAllBytes(out)).width()).isEqualTo(40);

    Path net = control("net", false);
    String asked = net + "=softedge:" + network + ":" + escaped();
    assertThat(generate("asked", "--control", asked).exitCode()).isZero();
    assertThat(generate("given", "--control", net + "=" + out).exitCode()).isZero();
    assertThat(pixels("asked")).isEqualTo(pixels("given"));
    String careful = net + "=softedge-safe:" + network + ":" + escaped();
    assertThat(generate("careful", "--control", careful).exitCode()).isZero();
    assertThat(generate("cut", "--control", net + "=" + safe).exitCode()).isZero();
    assertThat(pixels("careful")).isEqualTo(pixels("cut")).isNotEqualTo(pixels("asked"));

    Path picture = folder.resolve("careful.png");
    Tcd4j again = Tcd4j.run("replay", picture, "-m", Tcd4j.tiny(), "-o", folder.resolve("r.png"));
    assertThat(again.err()).contains("the same bytes as");
    Files.delete(network);
    assertThat(Tcd4j.run("replay", picture, "-m", Tcd4j.tiny(), "-o", folder).sentence())
        .contains("the soft edge network ControlNetHED.safetensors")
        .contains("--input PATH names it");
  }

  @Test
  void whatIsNoNetworkOfEdgesIsRefused() throws IOException {
    Path net = control("net", true);
    Path network = softEdges();
    Path out = folder.resolve("edges.png");
    assertThat(Tcd4j.run("preprocess", "lineart", "-m", network, hint, out).sentence())
        .contains("is not a line art network")
        .contains("but a soft edge network");
    assertThat(
            Tcd4j.run("preprocess", "softedge", "-m", network, "--resolution", 20, hint, out)
                .sentence())
        .contains("must be 64 to 8192 pixels but was 20");
    assertThat(generate("x", "--control", net + "=lineart:" + network + ":" + escaped()).sentence())
        .contains("is not a line art network");
    assertThat(generate("x", "--control", net + "=lineart:" + escaped()).sentence())
        .contains("lineart:NETWORK:FILE");
  }

  @Test
  void whatIsNoDepthModelIsRefused() throws IOException {
    Path net = control("net", true);
    Path model = depth();
    Path out = folder.resolve("depth.png");
    assertThat(Tcd4j.run("preprocess", "depth", "-m", net, hint, out).sentence())
        .contains("ControlNetModel, which is no depth model");
    assertThat(Tcd4j.run("preprocess", "depth", "-m", folder.resolve("no"), hint, out).sentence())
        .contains("no does not exist");
    assertThat(Tcd4j.run("preprocess", "depth", "-m", model, hint).sentence())
        .contains("one file to write the hint to");
    assertThat(generate("x", "--control", model + "=" + escaped()).sentence()).contains("depth");
    assertThat(generate("x", "--control", net + "=depth:" + net + ":" + escaped()).sentence())
        .contains("ControlNetModel, which is no depth model");
    assertThat(generate("x", "--control", net + "=depth:" + escaped()).sentence())
        .contains("depth:DEPTH_MODEL:FILE");
  }

  @Test
  void upscaleFollowsThePictureItselfOrAnother() throws IOException {
    Path net = control("net", false);
    Path picture = Files.copy(hint, folder.resolve("picture.png"));
    List<byte[]> made = new ArrayList<>();
    for (String control : List.of("", net.toString(), net + "=:1", net + "=" + escaped())) {
      Path out = folder.resolve("up" + made.size() + ".png");
      List<Object> arguments =
          new ArrayList<>(List.of("upscale", picture, "-m", Tcd4j.tiny(), "--scale", 1.6));
      arguments.addAll(List.of("--seed", 3, "--steps", 4, "--strength", 0.5, "-o", out));
      if (!control.isEmpty()) {
        arguments.addAll(List.of("--control", control));
      }
      Tcd4j run = Tcd4j.run(arguments.toArray());
      assertThat(run.exitCode()).as(run.err()).isZero();
      made.add(ImageDecoder.decode(Files.readAllBytes(out)).rgb());
    }
    assertThat(made.get(1)).isNotEqualTo(made.get(0)).isEqualTo(made.get(2)).isEqualTo(made.get(3));
    assertThat(
            Tcd4j.run("upscale", picture, "-m", Tcd4j.tiny(), "--control", folder.resolve("no"))
                .sentence())
        .contains("no does not exist");
    Tcd4j doctor = Tcd4j.run("doctor", Tcd4j.tiny(), "--adapter", net);
    assertThat(doctor.out()).contains("net ");
    assertThat(Tcd4j.run("doctor", "--adapter", net).sentence()).contains("needs the MODEL");
  }

  @Test
  void upscaleHasThePictureItselfOrAnotherAsPrompt() throws IOException {
    Path fixtures = Tcd4j.tiny().resolveSibling("adapter");
    Path file = fixtures.resolve("ip-sd1-plain.bin");
    Path model = Tcd4j.tiny().resolveSibling("fidelity").resolve("sd1");
    List<byte[]> made = new ArrayList<>();
    for (String prompt : List.of("", file.toString(), file + "=:1", file + "=" + escaped())) {
      Path out = folder.resolve("ip" + made.size() + ".png");
      List<Object> arguments = new ArrayList<>(List.of("upscale", hint, "-m", model, "-o", out));
      arguments.addAll(List.of("--seed", 3, "--steps", 4, "--strength", 0.5, "--scale", 1.2));
      if (!prompt.isEmpty()) {
        arguments.addAll(
            List.of("--ip-adapter", prompt, "--image-encoder", fixtures.resolve("encoder")));
      }
      Tcd4j run = Tcd4j.run(arguments.toArray());
      assertThat(run.exitCode()).as(run.err()).isZero();
      made.add(ImageDecoder.decode(Files.readAllBytes(out)).rgb());
    }
    assertThat(made.get(1)).isNotEqualTo(made.get(0)).isEqualTo(made.get(2)).isEqualTo(made.get(3));
    assertThat(Tcd4j.run("upscale", hint, "-m", model, "--ip-adapter", file).sentence())
        .contains("needs the image encoder", "--image-encoder DIR");
    assertThat(Tcd4j.run("upscale", hint, "-m", model, "--ip-adapter", file + "=a++b").sentence())
        .contains("--ip-adapter must be");
    List<Object> other = List.of("--image-encoder", fixtures.resolve("control-sd1"));
    List<Object> arguments =
        new ArrayList<>(List.of("upscale", hint, "-m", model, "--ip-adapter", file));
    arguments.addAll(other);
    assertThat(Tcd4j.run(arguments.toArray()).sentence())
        .endsWith(
            "config.json is that of ControlNetModel, which is no image encoder; use the folder of the"
                + " CLIP vision encoder that the IP-Adapter was trained with");
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
