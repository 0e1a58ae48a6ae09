package io.github.tcd4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class EvaluationDataOptionsTest {
  @Test
  void whatStandsInTheWorkingFolderIsTakenFromThereAndGlobsAreNoOther() {
    for (String here : new String[] {"src", "src/test/*.tar"}) {
      assertThat(EvaluationDataOptions.place(here)).isEqualTo(Path.of(here));
    }
    for (String there : new String[] {"nowhere", "nowhere/*.tar"}) {
      assertThat(EvaluationDataOptions.place(there)).isEqualTo(Home.folder().resolve(there));
    }
  }
}
