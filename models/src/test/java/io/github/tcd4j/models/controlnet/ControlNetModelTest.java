package io.github.tcd4j.models.controlnet;

import static io.github.tcd4j.models.Fixture.assertClose;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.tcd4j.models.Fixture;
import io.github.tcd4j.models.config.ConfigException;
import io.github.tcd4j.models.layers.Checkpoint;
import io.github.tcd4j.models.layers.InitializedWeights;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.models.unet.AdditionalResiduals;
import io.github.tcd4j.models.unet.Conditioning;
import io.github.tcd4j.models.unet.UNet2DConditionConfig;
import io.github.tcd4j.tensor.Autograd;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.SafeTensorsWriter;
import io.github.tcd4j.tensor.file.TensorFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Fixtures of {@code oracle/make_control_fixtures.py}: diffusers' ControlNetModel, all random. */
class ControlNetModelTest {
  private static final double SCALE = 0.7;

  private static Conditioning conditioning(Fixture f) {
    return new Conditioning(
        f.get("tokens"),
        f.has("pooled") ? f.get("pooled") : null,
        f.has("time_ids") ? f.get("time_ids") : null,
        null,
        null);
  }

  private static List<Tensor> all(AdditionalResiduals r) {
    List<Tensor> all = new ArrayList<>(r.skips());
    all.add(r.mid());
    return all;
  }

  private static void assertResiduals(Fixture f, String mode, List<Tensor> residuals) {
    assertThat(f.has(mode + "." + residuals.size())).isFalse();
    for (int i = 0; i < residuals.size(); i++) {
      assertClose(mode + " " + i, residuals.get(i), f.get(mode + "." + i), 1e-5);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"sd1", "sdxl", "pooled-bgr-heads", "small", "no-blocks-in-transformers"})
  void residualsAndEveryGradientAreThoseOfDiffusers(String name) {
    try (Scope scope = Scope.open();
        Fixture f = new Fixture("control/" + name)) {
      Checkpoint weights = f.weights();
      ControlNetModel net =
          ControlNetModel.of(Weights.of(weights), ControlNetConfig.of(f.config()));
      Conditioning c = conditioning(f);

      List<Tensor> outputs = new ArrayList<>();
      for (boolean guess : new boolean[] {false, true}) {
        List<Tensor> r = all(net.forward(f.get("x"), f.get("t"), c, f.get("hint"), SCALE, guess));
        assertResiduals(f, guess ? "guess" : "plain", r);
        outputs.addAll(r);
      }

      assertThat(weights.unread()).isEmpty();
      Autograd.backward(f.loss(outputs.toArray(Tensor[]::new)));
      f.assertGradients(weights.parameters());
    }
  }

  @Test
  void whatIsPreparedOnceForAllStepsGivesTheSame() {
    try (Scope scope = Scope.inference();
        Fixture f = new Fixture("control/sdxl")) {
      ControlNetModel net =
          ControlNetModel.of(Weights.of(f.weights()), ControlNetConfig.of(f.config()));
      Tensor features = net.embed(f.get("hint"));

      // Channels of a mask and a masked picture follow the latents in an inpainting U-Net.
      Tensor wide = Tensor.cat(1, f.get("x"), f.get("x"));
      AdditionalResiduals r =
          net.forward(wide, f.get("t"), net.prepare(conditioning(f)), features, SCALE, false);

      assertResiduals(f, "plain", all(r));
    }
  }

  @Test
  void aNewControlNetAddsNothing() {
    try (Scope scope = Scope.open();
        Fixture f = new Fixture("control/sd1")) {
      InitializedWeights fresh = new InitializedWeights(3);
      ControlNetModel net = ControlNetModel.of(Weights.of(fresh), ControlNetConfig.of(f.config()));

      assertThat(fresh.parameters().keySet())
          .containsExactlyInAnyOrderElementsOf(f.parameterNames());
      for (Tensor r :
          all(net.forward(f.get("x"), f.get("t"), conditioning(f), f.get("hint"), 1, false))) {
        assertThat(r.abs().max().item()).isZero();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"sd1", "sdxl", "pooled-bgr-heads", "small", "no-blocks-in-transformers"})
  void aConfigurationIsWrittenAsItWasRead(String name) throws IOException {
    try (Fixture f = new Fixture("control/" + name)) {
      ControlNetConfig config = ControlNetConfig.of(f.config());

      assertThat(ControlNetConfig.of(new ObjectMapper().readTree(config.toJson())))
          .isEqualTo(config);
    }
  }

  private static Map<String, String> ldmNames() throws IOException {
    Map<String, String> names = new TreeMap<>();
    try (InputStream in = ControlNetModelTest.class.getResourceAsStream("/control/sd1-ldm.json")) {
      new ObjectMapper()
          .readTree(in)
          .properties()
          .forEach(e -> names.put(e.getKey(), e.getValue().asText()));
    }
    return names;
  }

  private static Map<String, Tensor> stored(Fixture f, Map<String, String> names) {
    Checkpoint weights = f.weights();
    ControlNetModel.of(Weights.of(weights), ControlNetConfig.of(f.config()));
    Map<String, Tensor> tensors = new TreeMap<>();
    weights
        .parameters()
        .forEach((name, t) -> tensors.put(names.getOrDefault(name, name), t.detach()));
    return tensors;
  }

  private static UNet2DConditionConfig base(Fixture f) {
    return ControlNetConfig.of(f.config()).encoder();
  }

  @ParameterizedTest
  @ValueSource(strings = {"sd1", "sdxl", "small", "no-blocks-in-transformers", "ldm", "bare ldm"})
  void aFileWithoutConfigurationIsReadByItsShapesAndTheBase(String kind, @TempDir Path folder)
      throws IOException {
    boolean ldm = kind.endsWith("ldm");
    try (Scope scope = Scope.inference();
        Fixture f = new Fixture("control/" + (ldm ? "sd1" : kind))) {
      Map<String, String> names = ldm ? ldmNames() : Map.of();
      if (kind.equals("bare ldm")) {
        names.replaceAll((ours, theirs) -> theirs.replace("control_model.", ""));
      }
      Map<String, Tensor> tensors = stored(f, names);
      tensors.put("model.diffusion_model.out.2.weight", Tensor.scalar(1));
      Path path = folder.resolve("control.safetensors");
      SafeTensorsWriter.write(path, tensors, Map.of());

      ControlNetFile file = ControlNetFile.of(path, base(f));
      try (TensorFile open = file.open()) {
        Checkpoint weights = new Checkpoint("file", open.names(), open::get, false);
        ControlNetModel net = ControlNetModel.of(Weights.of(weights), file.config());
        AdditionalResiduals r =
            net.forward(f.get("x"), f.get("t"), conditioning(f), f.get("hint"), SCALE, false);
        assertResiduals(f, "plain", all(r));
      }
    }
  }

  @Test
  void otherFilesAndOtherBasesAreNamed(@TempDir Path folder) throws IOException {
    try (Scope scope = Scope.inference();
        Fixture sd = new Fixture("control/sd1");
        Fixture xl = new Fixture("control/sdxl")) {
      Path path = folder.resolve("control.safetensors");
      SafeTensorsWriter.write(path, stored(sd, Map.of()), Map.of());
      assertThatThrownBy(() -> ControlNetFile.of(path, base(xl)))
          .isInstanceOf(ConfigException.class)
          .hasMessage(
              "the ControlNet has other blocks (8, 12) than the model's U-Net (8, 12, 16); use one"
                  + " that was trained for this model");

      ControlNetConfig config = ControlNetConfig.of(sd.config());
      UNet2DConditionConfig wide =
          UNet2DConditionConfig.of(
              new ObjectMapper()
                  .readTree(config.encoder().toJson().replace("dim\" : 10", "dim\" : 16")));
      assertThatThrownBy(() -> config.requireFits(wide))
          .hasMessageContaining("other text channels (10) than the model's U-Net (16)");
      config.requireFits(config.encoder());

      for (Map.Entry<String, String> e :
          Map.of(
                  "lora_unet_x.lora_down.weight", "a LoRA",
                  "ip_adapter.1.to_k_ip.weight", "an IP-Adapter",
                  "model.diffusion_model.out.2.weight", "a whole model",
                  "lllite_unet_x.depth1.0.weight", "ControlNet-LLLite",
                  "foo", "it holds foo")
              .entrySet()) {
        SafeTensorsWriter.write(path, Map.of(e.getKey(), Tensor.scalar(1)), Map.of());
        assertThatThrownBy(() -> ControlNetFile.of(path, base(sd)))
            .hasMessageContaining("is no ControlNet")
            .hasMessageContaining(e.getValue());
      }
      Map<String, Tensor> loraOfControl = stored(sd, ldmNames());
      loraOfControl.put("lora_controlnet", Tensor.scalar(1));
      SafeTensorsWriter.write(path, loraOfControl, Map.of());
      assertThatThrownBy(() -> ControlNetFile.of(path, base(sd)))
          .hasMessageContaining("Control-LoRA");
    }
  }
}
