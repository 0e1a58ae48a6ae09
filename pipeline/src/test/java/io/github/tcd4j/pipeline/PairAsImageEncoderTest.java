package io.github.tcd4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.tcd4j.pipeline.adapter.AdapterModel;
import io.github.tcd4j.pipeline.adapter.AdapterSettings;
import io.github.tcd4j.pipeline.adapter.ImagePromptSettings;
import io.github.tcd4j.pipeline.adapter.PixelNormalization;
import io.github.tcd4j.pipeline.input.InputFile;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.SafeTensors;
import io.github.tcd4j.tensor.file.SafeTensorsWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Picture prompts encoded by the vision half of a text-image pair. */
class PairAsImageEncoderTest {
  private static final Path ALONE = AdapterCase.resource("encoder");

  /** A text half of the smallest size: its tensors are in the file, and nobody reads them. */
  private static final String CONFIG =
      """
      {"architectures": ["CLIPModel"], "model_type": "clip", "projection_dim": 10,
       "text_config": {"hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1,
         "num_attention_heads": 2, "vocab_size": 10, "bos_token_id": 8, "eos_token_id": 9},
       "vision_config": %s}
      """;

  @TempDir Path pair;

  @BeforeEach
  void write() throws IOException {
    String half =
        Files.readString(ALONE.resolve("config.json"))
            .replace("\"projection_dim\": 10", "\"projection_dim\": 512");
    Files.writeString(pair.resolve("config.json"), CONFIG.formatted(half));
    try (Scope scope = Scope.open();
        SafeTensors alone = SafeTensors.open(ALONE.resolve("model.safetensors"))) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      alone.names().forEach(name -> tensors.put(name, alone.get(name)));
      tensors.put("logit_scale", Tensor.zeros(DType.F32, 1));
      tensors.put("text_projection.weight", Tensor.zeros(DType.F32, 10, 8));
      tensors.put("text_model.final_layer_norm.weight", Tensor.zeros(DType.F32, 8));
      SafeTensorsWriter.write(pair.resolve("model.safetensors"), tensors, Map.of());
    }
  }

  private static Request request(Path encoder) {
    ImagePromptSettings prompt =
        new ImagePromptSettings(
            AdapterModel.of("IP-Adapter", AdapterCase.resource("ip-sd1-plain.bin")),
            List.of(InputFile.of("picture", InputCase.resource("source.png"))),
            1,
            List.of());
    AdapterSettings adapters =
        new AdapterSettings(
            List.of(), false, List.of(prompt), AdapterModel.of("image encoder", encoder));
    return Request.builder("cat").size(16, 16).seed(1).steps(2).adapters(adapters).build();
  }

  @Test
  void thePairsVisionHalfGivesWhatItGivesAloneAndItsTextHalfIsNotReportedAsUnused() {
    try (Scope scope = Scope.open();
        TextToImage model = TextToImage.load(FidelityCases.resource("sd1"), Device.CPU)) {
      Tensor alone = Tiny.latents(model.generate(request(ALONE), Progress.SILENT));
      List<String> notes = new ArrayList<>();
      Tensor half =
          Tiny.latents(
              model.generate(
                  request(pair),
                  new Progress() {
                    @Override
                    public void note(String note) {
                      notes.add(note);
                    }
                  }));
      assertThat(Tiny.distance(half, alone)).isLessThan(1e-6);
      assertThat(notes).noneMatch(note -> note.contains("unused"));
    }
  }

  @Test
  void aPairsPixelsAreNormalisedAsItsOwnFileSays() throws IOException {
    Files.writeString(
        pair.resolve("preprocessor_config.json"),
        "{\"image_mean\": [0.5, 0.25, 0.125], \"image_std\": [0.5, 1, 0.25]}");
    try (TextToImage model = TextToImage.load(FidelityCases.resource("sd1"), Device.CPU)) {
      float[] clip = pixels(model, ALONE);
      float[] own = pixels(model, pair);
      int plane = clip.length / 3;
      double[] mean = {0.5, 0.25, 0.125};
      double[] deviation = {0.5, 1, 0.25};
      for (int i = 0; i < clip.length; i++) {
        int c = i / plane;
        double value =
            clip[i] * PixelNormalization.CLIP.deviation().get(c)
                + PixelNormalization.CLIP.mean().get(c);
        assertThat((double) own[i]).isCloseTo((value - mean[c]) / deviation[c], within(1e-5));
      }
    }
  }

  private static float[] pixels(TextToImage model, Path encoder) {
    return model.resolve(request(encoder)).adapters().imagePrompts().get(0).pixels().get(0);
  }
}
