package io.github.tcd4j.pipeline.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.models.config.ConfigException;
import io.github.tcd4j.pipeline.FidelityCases;
import io.github.tcd4j.pipeline.Progress;
import io.github.tcd4j.pipeline.Request;
import io.github.tcd4j.pipeline.ResolvedRequest;
import io.github.tcd4j.pipeline.TextToImage;
import io.github.tcd4j.pipeline.Tiny;
import io.github.tcd4j.pipeline.convert.ModelConverter;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.SafeTensors;
import io.github.tcd4j.tensor.file.SafeTensorsWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An autoencoder from elsewhere generates what it would generate inside the model. */
class VaeOverrideTest {
  private static final Request REQUEST =
      Request.builder(Tiny.PROMPT).loras(List.of()).steps(2).seed(1).build();

  @TempDir Path folder;

  private static Path sd1() {
    return FidelityCases.resource("sd1");
  }

  private static byte[] generate(ModelFolder model) {
    try (TextToImage loaded = Tiny.load(model)) {
      return loaded.generate(REQUEST, Progress.SILENT).get(0).image().rgb();
    }
  }

  /** The model with other weights in its autoencoder. */
  private Path changed() throws IOException {
    Path copy = folder.resolve("changed");
    try (Stream<Path> files = Files.walk(sd1())) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path to = copy.resolve(sd1().relativize(file).toString());
        Files.createDirectories(to.getParent());
        Files.copy(file, to, StandardCopyOption.REPLACE_EXISTING);
      }
    }
    Path weights = copy.resolve("vae/diffusion_pytorch_model.safetensors");
    rewrite(weights, weights, n -> n, "decoder.conv_out.weight");
    return copy;
  }

  /** Writes tensors under other names, one of them doubled; without those named null. */
  private static void rewrite(Path from, Path to, UnaryOperator<String> name, String doubled) {
    try (Scope scope = Scope.inference()) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      try (SafeTensors file = SafeTensors.open(from)) {
        for (String n : file.names()) {
          String other = name.apply(n);
          if (!other.isEmpty()) {
            Tensor t = file.get(n);
            tensors.put(other, n.equals(doubled) ? t.times(2) : t.copy());
          }
        }
      }
      SafeTensorsWriter.write(to, tensors, Map.of());
    }
  }

  @Test
  void aFolderAndFilesWithEitherNamesGenerateAsInsideTheModel() throws IOException {
    Path changed = changed();
    byte[] expected = generate(ModelFolder.open("changed", changed));
    assertThat(expected).isNotEqualTo(generate(ModelFolder.open("sd1", sd1())));
    Path whole = folder.resolve("whole.safetensors");
    new ModelConverter(null, List.of(), false)
        .toFile(ModelFolder.open("changed", changed), whole, note -> {});
    Path ldm = folder.resolve("ldm.safetensors");
    String prefix = "first_stage_model.";
    rewrite(whole, ldm, n -> n.startsWith(prefix) ? n.substring(prefix.length()) : "", "");

    for (Path vae :
        List.of(
            changed.resolve("vae"),
            changed,
            changed.resolve("vae/diffusion_pytorch_model.safetensors"),
            whole,
            ldm)) {
      ModelFolder model = ModelFolder.open("sd1", sd1(), ComponentOverrides.NONE.withVae(vae));
      assertThat(model.notes()).singleElement().asString().contains(vae.toString());
      assertThat(generate(model)).as(vae.toString()).isEqualTo(expected);
      assertThat(
              ResolvedRequest.of(model, REQUEST, Device.CPU).settings().model().overrides().vae())
          .isEqualTo(vae);
    }
  }

  @Test
  void aSingleFileWithoutAnAutoencoderTakesOneFromItsFolder() throws IOException {
    Path whole = folder.resolve("whole.safetensors");
    ModelFolder sd1 = ModelFolder.open("sd1", sd1());
    new ModelConverter(null, List.of(), false).toFile(sd1, whole, note -> {});
    Path bare = folder.resolve("bare.safetensors");
    try (Scope scope = Scope.inference();
        SafeTensors file = SafeTensors.open(whole)) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      file.names().stream()
          .filter(n -> !n.startsWith("first_stage_model."))
          .forEach(n -> tensors.put(n, file.get(n)));
      SafeTensorsWriter.write(bare, tensors, file.metadata());
    }

    assertThatThrownBy(
            () -> ModelFolder.open("bare", bare, ComponentOverrides.NONE.withTokenizer(sd1())))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("holds no vae")
        .hasMessageContaining("name an autoencoder");
    assertThat(
            generate(
                ModelFolder.open(
                    "bare", bare, new ComponentOverrides(sd1(), null, sd1().resolve("vae")))))
        .isEqualTo(generate(sd1));
  }

  @Test
  void whatIsNoAutoencoderIsOneSentence() {
    Path unet = sd1().resolve("unet/diffusion_pytorch_model.safetensors");

    assertThatThrownBy(() -> ModelFolder.open("sd1", sd1(), ComponentOverrides.NONE.withVae(unet)))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("holds no autoencoder");
    assertThatThrownBy(
            () -> ModelFolder.open("sd1", sd1(), ComponentOverrides.NONE.withVae(folder)))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("config.json");
  }

  @Test
  void theConverterWritesItIntoTheModel() throws IOException {
    Path changed = changed();
    Path out = folder.resolve("out");
    new ModelConverter(null, List.of(), false)
        .toFolder(
            ModelFolder.open("sd1", sd1(), ComponentOverrides.NONE.withVae(changed.resolve("vae"))),
            out,
            note -> {});

    assertThat(generate(ModelFolder.open("out", out)))
        .isEqualTo(generate(ModelFolder.open("changed", changed)));
  }

  @Test
  void anAutoencoderOfAnotherNumberOfChannelsIsBlamedItself() throws IOException {
    Path vae = Files.createDirectories(folder.resolve("vae16"));
    Path own = sd1().resolve("vae");
    Path weights = vae.resolve("diffusion_pytorch_model.safetensors");
    Files.copy(own.resolve("diffusion_pytorch_model.safetensors"), weights);
    String config = Files.readString(own.resolve("config.json"));
    Files.writeString(
        vae.resolve("config.json"),
        config.replaceFirst("\"latent_channels\": *4", "\"latent_channels\": 16"));

    assertThatThrownBy(() -> ModelFolder.open("sd1", sd1(), ComponentOverrides.NONE.withVae(vae)))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("autoencoder " + vae + " has latents of 16 channels")
        .hasMessageContaining("own family");
  }
}
