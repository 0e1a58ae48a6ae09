package io.github.tcd4j.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tcd4j.pipeline.Request;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import io.github.tcd4j.server.metrics.FlightRecorder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FlightRecorderTest {
  @Test
  void eachLoadStepAndJobIsAnEvent(@TempDir Path folder) throws Exception {
    Path tiny =
        Path.of(Objects.requireNonNull(FlightRecorderTest.class.getResource("/tiny")).toURI());
    ModelCatalog catalog = new ModelCatalog(List.of(ModelFolder.open("a", tiny)), null);
    Path file = folder.resolve("run.jfr");
    Job job;
    try (Recording recording = new Recording()) {
      recording.start();
      GenerationEngine engine =
          new GenerationEngine(catalog, EngineSettings.USUAL, new FlightRecorder());
      Request request = Request.builder("a").steps(3).count(2).build();
      job = engine.submit(new JobRequest(catalog.standard(), request, "test"));
      job.awaitEnd(Duration.ofSeconds(50));
      engine.close();
      recording.stop();
      recording.dump(file);
    }
    List<RecordedEvent> events = RecordingFile.readAllEvents(file);

    assertThat(of(events, "tcd4j.Step"))
        .hasSize(3)
        .allSatisfy(
            e -> {
              assertThat(e.getString("job")).isEqualTo(job.id());
              assertThat(e.getDuration("took")).isPositive();
            });
    RecordedEvent ended = of(events, "tcd4j.Job").get(0);
    assertThat(ended.getString("state")).isEqualTo("completed");
    assertThat(ended.getInt("pictures")).isEqualTo(2);
    RecordedEvent load = of(events, "tcd4j.ModelLoad").get(0);
    assertThat(load.getString("model")).isEqualTo("a");
    assertThat(load.getLong("bytes")).isEqualTo(catalog.standard().bytes());
    assertThat(load.getDuration("took")).isPositive();
  }

  private static List<RecordedEvent> of(List<RecordedEvent> events, String name) {
    return events.stream().filter(e -> e.getEventType().getName().equals(name)).toList();
  }
}
