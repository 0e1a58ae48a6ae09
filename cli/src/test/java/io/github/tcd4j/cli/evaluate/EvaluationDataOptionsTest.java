package io.github.tcd4j.cli.evaluate;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tcd4j.cli.console.InstallationFolder;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class EvaluationDataOptionsTest {
  @Test
  void whatStandsInTheWorkingFolderIsTakenFromThereAndGlobsAreNoOther() {
    for (String here : new String[] {"src", "src/test/*.tar"}) {
      assertThat(EvaluationDataOptions.place(here)).isEqualTo(Path.of(here));
    }
    for (String there : new String[] {"nowhere", "nowhere/*.tar"}) {
      assertThat(EvaluationDataOptions.place(there))
          .isEqualTo(InstallationFolder.folder().resolve(there));
    }
  }
}
