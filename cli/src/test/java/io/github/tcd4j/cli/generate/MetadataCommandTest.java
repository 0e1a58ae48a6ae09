package io.github.tcd4j.cli.generate;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.tcd4j.cli.Tcd4j;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.png.PngWriter;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MetadataCommandTest {
  @TempDir Path folder;

  private Path picture() {
    return Tcd4j.run("generate", "apple", "-m", Tcd4j.tiny(), "--seed", 11, "-o", folder)
        .paths()
        .get(0);
  }

  @Test
  void bothTextsAreShown() {
    String out = Tcd4j.run("metadata", picture()).out();

    assertThat(out)
        .contains("parameters:\n  apple\n  Steps: ")
        .contains("Seed: 11")
        .contains("tcd4j:\n  {")
        .contains("\"seed\" : 11");
  }

  @Test
  void jsonAloneIsForPrograms() throws Exception {
    JsonNode json = new ObjectMapper().readTree(Tcd4j.run("metadata", "--json", picture()).out());

    assertThat(json.path("prompt").asText()).isEqualTo("apple");
  }

  @Test
  void controlCharactersOfAStrangerDoNotReachTheTerminal() {
    Path png = folder.resolve("hostile.png");
    PngWriter.write(png, new Image(1, 1, new byte[3]), Map.of("parameters", "apple\u001b[2Jgone"));

    assertThat(Tcd4j.run("metadata", png).out()).doesNotContain("\u001b").contains("apple?[2Jgone");
  }
}
