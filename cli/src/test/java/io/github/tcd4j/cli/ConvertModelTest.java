package io.github.tcd4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.tcd4j.cli.console.ExitCode;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.SafeTensors;
import io.github.tcd4j.tensor.file.SafeTensorsWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code convert}, {@code doctor} and {@code generate} with a single file. */
class ConvertModelTest {
  @TempDir Path folder;

  private Path file = Path.of("");

  @BeforeEach
  void writeFile() {
    file = folder.resolve("model.safetensors");
    assertThat(Tcd4j.run("convert", Tcd4j.tiny(), file).exitCode()).isZero();
  }

  private static Path words() {
    return Tcd4j.tiny().resolve("tokenizer");
  }

  @Test
  void whatTheModelPredictsIsWrittenAsTheUserSays() throws Exception {
    Path out = folder.resolve("out");
    Tcd4j run =
        Tcd4j.run("convert", file, out, "--tokenizer", words(), "--prediction", "v_prediction");

    assertThat(run.exitCode()).isZero();
    assertThat(run.err()).contains("predicting v as you say");
    assertThat(out.resolve("scheduler/scheduler_config.json"))
        .content()
        .contains("\"prediction_type\" : \"v_prediction\"");
  }

  @Test
  void theDoctorTellsWhatTheFileWasTakenFor() {
    Tcd4j run = Tcd4j.run("doctor", file, "--tokenizer", words(), "--prediction", "v_prediction");

    assertThat(run.exitCode()).isZero();
    assertThat(run.out())
        .startsWith(file + " was detected as Stable Diffusion")
        .contains("predicting v as you say")
        .contains("million parameters");
  }

  @Test
  void aPredictionThatThereIsNotIsAMistakeOfUse() {
    Path out = folder.resolve("out");
    for (Tcd4j run :
        new Tcd4j[] {
          Tcd4j.run("doctor", file, "--tokenizer", words(), "--prediction", "noise"),
          Tcd4j.run("convert", file, out, "--tokenizer", words(), "--prediction", "noise")
        }) {
      assertThat(run.exitCode()).isEqualTo(ExitCode.USAGE);
      assertThat(run.err()).contains("[epsilon, v_prediction, sample] but was noise");
    }
    assertThat(out).doesNotExist();
  }

  @Test
  void aFileWithoutTextEncoderTakesTheOneThatIsNamed() throws Exception {
    Path bare = folder.resolve("bare.safetensors");
    try (Scope scope = Scope.inference();
        SafeTensors whole = SafeTensors.open(file)) {
      Map<String, Tensor> kept = new LinkedHashMap<>();
      whole.names().stream()
          .filter(name -> !name.startsWith("cond_stage_model."))
          .forEach(name -> kept.put(name, whole.get(name)));
      SafeTensorsWriter.write(bare, kept, whole.metadata());
    }

    Tcd4j refused = Tcd4j.run("doctor", bare, "--tokenizer", words());
    assertThat(refused.exitCode()).isEqualTo(ExitCode.FAILED);
    assertThat(refused.err())
        .contains(
            "holds no text_encoder; name the folder of a model that has the folder text_encoder; use --text-encoder FOLDER");

    Path out = folder.resolve("out");
    Tcd4j run =
        Tcd4j.run("convert", bare, out, "--tokenizer", words(), "--text-encoder", Tcd4j.tiny());
    assertThat(run.exitCode()).isZero();
    assertThat(run.err()).contains("text_encoder is that of " + Tcd4j.tiny());
    ObjectMapper json = new ObjectMapper();
    assertThat(json.readTree(out.resolve("text_encoder/config.json").toFile()))
        .isEqualTo(json.readTree(Tcd4j.tiny().resolve("text_encoder/config.json").toFile()));
  }
}
