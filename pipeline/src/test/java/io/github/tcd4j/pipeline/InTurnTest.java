package io.github.tcd4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.models.files.Component;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import io.github.tcd4j.pipeline.lora.LoraSpec;
import io.github.tcd4j.pipeline.metadata.GenerationSettings;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Engine;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.SafeTensorsWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** A model that reads its networks when they are needed generates as one that keeps them. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class InTurnTest {
  private TextToImage model;

  @BeforeAll
  void load() {
    model = Tiny.load();
  }

  @AfterAll
  void free() {
    model.close();
  }

  @Test
  void aModelThatReadsItsNetworksInTurnGeneratesTheSameAndHoldsNothingBetweenPictures() {
    Request.Builder request = Request.builder(Tiny.PROMPT).count(3).batch(2).steps(2);
    Engine.threads(1);
    try (TextToImage frugal = TextToImage.inTurn(Tiny.folder(), Device.CPU)) {
      long before = Engine.settledObjects();
      List<Picture> pictures = frugal.generate(request.build(), Progress.SILENT);
      assertThat(Engine.liveObjects()).isEqualTo(before);

      List<Picture> kept = model.generate(request.build(), Progress.SILENT);
      for (int i = 0; i < 3; i++) {
        assertThat(pictures.get(i).latents().values()).isEqualTo(kept.get(i).latents().values());
        assertThat(pictures.get(i).image().rgb()).isEqualTo(kept.get(i).image().rgb());
      }
    }
  }

  /** The model stores half precision, which would round what the LoRA makes of it. */
  @Test
  void aLoraOfATextEncoderIsNotRounded(@TempDir Path temporary) {
    String layer = "text_encoder.text_model.encoder.layers.0.mlp.fc1.";
    Path lora = temporary.resolve("text.safetensors");
    long wide = Tiny.folder().text(Component.TEXT_ENCODER).intermediateSize();
    long narrow = Tiny.folder().text(Component.TEXT_ENCODER).hiddenSize();
    try (Scope scope = Scope.inference()) {
      SafeTensorsWriter.write(
          lora,
          Map.of(
              layer + "lora_A.weight", Tensor.full(0.01234, DType.F32, 1, narrow),
              layer + "lora_B.weight", Tensor.full(0.4321, DType.F32, wide, 1)),
          Map.of());
    }
    Request request =
        Request.builder(Tiny.PROMPT).loras(List.of(new LoraSpec(lora.toString(), 1))).build();
    Engine.threads(1);
    try (TextToImage frugal = TextToImage.inTurn(Tiny.folder(), Device.CPU)) {
      assertThat(frugal.generate(request, Progress.SILENT).get(0).latents().values())
          .isEqualTo(model.generate(request, Progress.SILENT).get(0).latents().values());
    }
  }

  /** Each file is taken away as soon as it has been read, so that nobody can read it again. */
  @Test
  void severalPromptsReadEachNetworkOnceAndHaveTheSeedsThatEachHasAlone(@TempDir Path temporary)
      throws IOException {
    Path folder = Tiny.copy(temporary.resolve("model"));
    List<String> prompts = List.of("red apple", "green", "red apple");
    Request request =
        Request.builder("")
            .seed(7)
            .count(2)
            .batch(1)
            .steps(2)
            .guidance(2.0)
            .loras(List.of())
            .build();
    List<String> gone = new ArrayList<>();
    List<Picture> pictures = new ArrayList<>();
    Progress thief =
        new Progress() {
          @Override
          public void step(int done, int of) {
            assertThat(of).isEqualTo(12);
            take(folder, "text_encoder/model.safetensors", gone);
            take(folder, "unet/diffusion_pytorch_model.safetensors", gone);
          }
        };
    Engine.threads(1);
    try (TextToImage frugal = TextToImage.inTurn(ModelFolder.open("tiny", folder), Device.CPU)) {
      frugal.generate(
          prompts,
          request,
          thief,
          picture -> {
            take(folder, "vae/diffusion_pytorch_model.safetensors", gone);
            pictures.add(picture);
          });
    }

    assertThat(gone).hasSize(3);
    assertThat(pictures)
        .extracting(p -> p.settings().seed())
        .containsExactly(7L, 8L, 7L, 8L, 7L, 8L);
    for (int i = 0; i < 6; i++) {
      GenerationSettings own = pictures.get(i).settings();
      assertThat(own.prompt().text()).isEqualTo(prompts.get(i / 2));
      Picture alone = model.generate(new Replay(own).request(), Progress.SILENT).get(0);
      assertThat(pictures.get(i).image().rgb()).isEqualTo(alone.image().rgb());
    }
  }

  private static void take(Path folder, String name, List<String> gone) {
    try {
      if (Files.deleteIfExists(folder.resolve(name))) {
        gone.add(name);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void aRunThatIsCancelledLeavesNoNetworkOfAModelThatReadsThemInTurn() {
    try (TextToImage frugal = TextToImage.inTurn(Tiny.folder(), Device.CPU)) {
      frugal.generate(Request.builder(Tiny.PROMPT).steps(1).build(), Progress.SILENT);
      long before = Engine.settledObjects();
      Progress impatient =
          new Progress() {
            @Override
            public void step(int done, int of) {
              throw new CancellationException();
            }
          };
      assertThatThrownBy(() -> frugal.generate(Request.builder(Tiny.PROMPT).build(), impatient))
          .isInstanceOf(CancellationException.class);
      assertThat(Engine.liveObjects()).isEqualTo(before);
    }
  }
}
