package io.github.tcd4j.cli.generate;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tcd4j.cli.Tcd4j;
import io.github.tcd4j.cli.console.ExitCode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A file or folder that the user names and that does not exist is wrong usage: nothing was run. */
class MissingFileTest {
  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          apple | --model            | model nowhere does not exist
          apple | --lora             | LoRA nowhere does not exist; the model's own are [tcd]
          apple | --embedding        | embedding nowhere does not exist
          apple | --vae              | autoencoder nowhere does not exist
          apple | --text-encoder     | text encoder nowhere does not exist
          apple | --tokenizer        | tokenizer nowhere does not exist
                | --prompt-file      | prompt file nowhere does not exist
          """)
  void isWrongUsageAndNamed(String prompt, String option, String sentence) {
    List<Object> arguments = new ArrayList<>(List.of("generate", "-o", folder.resolve("out")));
    if (prompt != null) {
      arguments.add(prompt);
    }
    if (!option.equals("--model")) {
      arguments.addAll(List.of("-m", Tcd4j.tiny()));
    }
    arguments.addAll(List.of(option, "nowhere"));

    Tcd4j run = Tcd4j.run(arguments.toArray());

    assertThat(run.sentence()).isEqualTo(sentence);
    assertThat(run.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(folder).isEmptyDirectory();
  }

  @ParameterizedTest
  @CsvSource({"nowhere", "nowhere:0.5"})
  void aLoraInAPromptIsWrongUsageToo(String name) {
    Tcd4j run =
        Tcd4j.run("generate", "a <lora:" + name + ">", "-m", Tcd4j.tiny(), "-o", folder + "/out");

    assertThat(run.sentence())
        .startsWith("the prompt names the LoRA nowhere, but there is no such");
    assertThat(run.exitCode()).isEqualTo(ExitCode.USAGE);
    assertThat(folder).isEmptyDirectory();
  }
}
