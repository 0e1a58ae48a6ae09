package io.github.tcd4j.pipeline.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.files.Hint;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.models.config.ConfigException;
import io.github.tcd4j.models.vae.AutoencoderTiny;
import io.github.tcd4j.models.vae.AutoencoderTinyConfig;
import io.github.tcd4j.pipeline.FidelityCases;
import io.github.tcd4j.pipeline.Request;
import io.github.tcd4j.pipeline.TextToImage;
import io.github.tcd4j.pipeline.Tiny;
import io.github.tcd4j.pipeline.internal.LoadedModel;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.SafeTensors;
import io.github.tcd4j.tensor.file.SafeTensorsWriter;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The tiny autoencoder of {@code oracle/make_input_fixtures.py} under all its names. */
class TinyAutoencoderTest {
  @TempDir Path folder;

  private static Path resource(String name) {
    try {
      var url = TinyAutoencoderTest.class.getResource("/input/" + name);
      return Path.of(Objects.requireNonNull(url, name).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Path weights() {
    return resource("tiny-vae/diffusion_pytorch_model.safetensors");
  }

  private static ModelFolder model(Path vae) {
    return ModelFolder.open(
        "sd1", FidelityCases.resource("sd1"), ComponentOverrides.NONE.withVae(vae));
  }

  private static double distance(Path vae, boolean encoder) {
    try (Scope scope = Scope.inference();
        SafeTensors expected = SafeTensors.open(resource("tiny.safetensors"));
        LoadedModel networks = new LoadedModel(model(vae), Device.CPU, true)) {
      AutoencoderTiny tiny = (AutoencoderTiny) networks.autoencoder();
      Tensor z = new RandomSource(78).normal(2, 4, 6, 5).times(2);
      double decoding = Tiny.distance(tiny.decode(z), expected.get("decoded"));
      if (!encoder) {
        return decoding;
      }
      Tensor x = new RandomSource(77).normal(2, 3, 12, 10);
      return Math.max(decoding, Tiny.distance(tiny.encode(x), expected.get("encoded")));
    }
  }

  private Path renamed(String file, UnaryOperator<String> name, Predicate<String> kept) {
    Path out = folder.resolve(file);
    try (Scope scope = Scope.inference();
        SafeTensors all = SafeTensors.open(weights())) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      all.names().stream().filter(kept).forEach(n -> tensors.put(name.apply(n), all.get(n).copy()));
      SafeTensorsWriter.write(out, tensors, Map.of());
    }
    return out;
  }

  /** The authors' numbers: the decoder's clamp is layer 0. */
  private static String authors(String name, String decoder, String encoder) {
    if (name.startsWith("encoder.layers.")) {
      return encoder + name.substring("encoder.layers.".length());
    }
    String rest = name.substring("decoder.layers.".length());
    int dot = rest.indexOf('.');
    return decoder + (Integer.parseInt(rest.substring(0, dot)) + 1) + rest.substring(dot);
  }

  @Test
  void foldersAndFilesUnderAllNamesGiveTheOutputsOfDiffusers() {
    Path comfy =
        renamed("t.safetensors", n -> authors(n, "taesd_decoder.", "taesd_encoder."), n -> true);
    Path decoder =
        renamed("taesd_decoder.safetensors", n -> authors(n, "", ""), n -> n.startsWith("decoder"));

    assertThat(distance(resource("tiny-vae"), true)).isLessThan(1e-5);
    assertThat(distance(weights(), true)).isLessThan(1e-5);
    assertThat(distance(comfy, true)).isLessThan(1e-5);
    assertThat(distance(decoder, false)).isLessThan(1e-5);
    String alone = model(decoder).fingerprint();
    renamed("taesd_encoder.safetensors", n -> authors(n, "", ""), n -> n.startsWith("encoder"));
    assertThat(distance(decoder, true)).isLessThan(1e-5);
    assertThat(model(decoder).fingerprint()).isNotEqualTo(alone);
  }

  @Test
  void theShapesOfAFileTellItsConfiguration() {
    AutoencoderTinyConfig read = AutoencoderTinyConfig.read(resource("tiny-vae/config.json"));

    assertThat(model(weights()).autoencoder()).isEqualTo(read);
    assertThat(model(weights()).notes()).singleElement().asString().contains("tiny autoencoder");
  }

  @Test
  void aDecoderAloneGeneratesButCannotStartFromAPicture() {
    Path decoder =
        renamed("taesd_decoder.safetensors", n -> authors(n, "", ""), n -> n.startsWith("decoder"));
    Request request = Request.builder(Tiny.PROMPT).loras(List.of()).steps(2).build();
    try (TextToImage model = Tiny.load(model(decoder))) {
      Image image = model.generate(request).get(0).image();
      assertThat(image.width()).isEqualTo(16);
      assertThatThrownBy(
              () -> model.generate(request.toBuilder().image(resource("source.png")).build()))
          .isInstanceOf(ConfigException.class)
          .hasMessageContaining("is a decoder only")
          .hasMessageNotContaining("\n");
    }
  }

  @Test
  void theEncodersFileAndWhatNeedsAFullOneAreOneSentence() {
    Path encoder =
        renamed("taesd_encoder.safetensors", n -> authors(n, "", ""), n -> n.startsWith("encoder"));

    assertThatThrownBy(() -> model(encoder))
        .isInstanceOf(ConfigException.class)
        .hasMessageEndingWith("is the encoder of a tiny autoencoder; use the file of its decoder");
    assertThatThrownBy(() -> model(weights()).vae())
        .isInstanceOfSatisfying(
            ModelException.class, e -> assertThat(e.hint()).isEqualTo(Hint.OTHER_VAE))
        .hasMessageContaining("sd1 has a tiny autoencoder");
  }
}
