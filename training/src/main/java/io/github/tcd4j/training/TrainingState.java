package io.github.tcd4j.training;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.tcd4j.files.AtomicFile;
import io.github.tcd4j.tensor.AdamW;
import io.github.tcd4j.tensor.MovingAverage;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.TensorException;
import io.github.tcd4j.tensor.file.SafeTensors;
import io.github.tcd4j.tensor.file.SafeTensorsWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All that changes in a run: parameters, the optimiser's moments, the moving average, what the task
 * keeps besides them, and how far the run has come. Random numbers and the place in the data follow
 * from the number of steps.
 *
 * @param average null where the recipe has no moving average
 * @param memory of the task and of the groups besides the main one; may be empty
 */
record TrainingState(
    Map<String, Tensor> parameters,
    AdamW optimizer,
    @Nullable MovingAverage average,
    Map<String, Tensor> memory) {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String STATE = "state.json";

  /**
   * How far a run has come.
   *
   * @param sampleDue whether the sample of the last of these steps is still to be made
   * @param firstProbe what the run began with; null where nothing was measured
   */
  record Progress(long stepsDone, boolean sampleDue, Probe.@Nullable Measurement firstProbe) {
    static final Progress START = new Progress(0, false, null);

    void write(Path folder) throws IOException {
      Map<String, Object> state = new LinkedHashMap<>();
      state.put("steps_done", stepsDone);
      state.put("sample_due", sampleDue);
      if (firstProbe != null) {
        state.put("first_probe", firstProbe);
      }
      byte[] json = JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(state);
      AtomicFile.write(folder.resolve(STATE), json);
    }

    /** A checkpoint of an older version has no sample due and no first probe. */
    static Progress read(Path folder) throws IOException {
      JsonNode state = JSON.readTree(folder.resolve(STATE).toFile());
      JsonNode probe = state.path("first_probe");
      return new Progress(
          state.required("steps_done").asLong(),
          state.path("sample_due").asBoolean(false),
          probe.isMissingNode() ? null : JSON.treeToValue(probe, Probe.Measurement.class));
    }
  }

  void write(Path folder, Progress progress) throws IOException {
    SafeTensorsWriter.write(folder.resolve("parameters.safetensors"), parameters, Map.of());
    SafeTensorsWriter.write(folder.resolve("optimizer.safetensors"), optimizer.state(), Map.of());
    if (average != null) {
      SafeTensorsWriter.write(folder.resolve("average.safetensors"), average.averages(), Map.of());
    }
    if (!memory.isEmpty()) {
      SafeTensorsWriter.write(folder.resolve("memory.safetensors"), memory, Map.of());
    }
    progress.write(folder);
  }

  /** Takes the state over from {@code folder}; returns how far it had come. */
  Progress read(Path folder) throws IOException {
    restore(folder.resolve("parameters.safetensors"), parameters);
    try (Scope scope = Scope.inference();
        SafeTensors file = SafeTensors.open(folder.resolve("optimizer.safetensors"))) {
      Map<String, Tensor> state = new LinkedHashMap<>();
      file.names().forEach(name -> state.put(name, file.get(name)));
      optimizer.restore(state);
    }
    if (average != null) {
      restore(folder.resolve("average.safetensors"), average.averages());
    }
    if (!memory.isEmpty()) {
      restore(folder.resolve("memory.safetensors"), memory);
    }
    return Progress.read(folder);
  }

  private static void restore(Path file, Map<String, Tensor> into) throws IOException {
    try (Scope scope = Scope.inference();
        SafeTensors saved = SafeTensors.open(file)) {
      if (!saved.names().equals(into.keySet())) {
        throw new TensorException(
            file + " holds other parameters than this recipe trains; resume with the same recipe");
      }
      into.forEach((name, t) -> t.copyFrom_(saved.get(name)));
    }
  }

  /** Runs {@code body} with the averages in the parameters' place, then puts these back. */
  void withAverages(Body body) throws IOException {
    if (average == null) {
      body.run();
      return;
    }
    try (Scope scope = Scope.inference()) {
      Map<String, Tensor> saved = new LinkedHashMap<>();
      parameters.forEach((name, p) -> saved.put(name, p.detach().copy()));
      Map<String, Tensor> averages = average.averages();
      try {
        averages.forEach((name, a) -> parameter(name).copyFrom_(a));
        body.run();
      } finally {
        saved.forEach((name, s) -> parameter(name).copyFrom_(s));
      }
    }
  }

  private Tensor parameter(String name) {
    return java.util.Objects.requireNonNull(parameters.get(name), name);
  }

  /** What is done with the averages in place. */
  interface Body {
    void run() throws IOException;
  }
}
