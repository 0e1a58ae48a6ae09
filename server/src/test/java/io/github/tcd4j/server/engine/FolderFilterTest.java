package io.github.tcd4j.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FolderFilterTest {
  private final FolderFilter filter =
      new FolderFilter(List.of("my models/a", "/data/my models/a", "."));

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "cannot read /home/me/x.bin: it is cut off | cannot read x.bin: it is cut off",
        "cannot read /data/my models/a/unet/config.json: no | cannot read unet/config.json: no",
        "my models/a/vae lacks x | vae lacks x",
        "model /data/my models/a does not exist | model a does not exist",
        "'/a/b c' | b c",
        "C:\\Users\\me\\x is bad | x is bad",
        "~/x/y is bad | y is bad",
        "1/2 of text/plain at https://host/a/b | 1/2 of text/plain at https://host/a/b",
        "(/a/b), \"/c/d\" | (b), \"d\"",
      })
  void aMessageKeepsNamesAndLosesFolders(String message, String shown) {
    assertThat(filter.apply(message)).isEqualTo(shown);
  }

  @org.junit.jupiter.api.Test
  void onlyTheFirstLineIsKept() {
    assertThat(filter.apply("a\n  at io.github")).isEqualTo("a");
  }
}
