package io.github.tcd4j.pipeline;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.tcd4j.pipeline.prompt.PromptSyntax;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * What a script of {@code oracle/} made for a kind of tests.
 *
 * @param name of the folder among the test's resources, and in the name of the script
 */
record FixtureFolder(String name) {
  /** Reads one of the runs of a case. */
  interface RunReader<T> {
    T read(JsonNode all, int number, JsonNode run);
  }

  Path resource(String file) {
    try {
      var url = FixtureFolder.class.getResource("/" + name + "/" + file);
      return Path.of(Objects.requireNonNull(url, file).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The runs of all cases; those of a case are numbered from 0. */
  <T> List<T> runs(RunReader<T> reader) {
    List<T> runs = new ArrayList<>();
    try {
      for (JsonNode c :
          new ObjectMapper().readTree(resource("cases.json").toFile()).path("cases")) {
        int number = 0;
        for (JsonNode run : c.path("runs")) {
          runs.add(reader.read(c, number++, run));
        }
      }
    } catch (IOException e) {
      throw new IllegalStateException("no fixtures; run oracle/make_" + name + "_fixtures.py", e);
    }
    return runs;
  }

  /** What all runs with adapters have in common. */
  static Request.Builder request(String prompt, JsonNode settings) {
    Request.Builder r =
        Request.builder(prompt)
            .syntax(PromptSyntax.PLAIN)
            .sampler(settings.path("sampler").asText())
            .steps(settings.path("steps").asInt())
            .guidance(settings.path("guidance").asDouble(1))
            .seed(settings.path("seed").asLong())
            .count(settings.path("count").asInt())
            .size(settings.path("width").asInt(), settings.path("height").asInt());
    if (settings.has("gamma")) {
      r.gamma(settings.path("gamma").asDouble());
    }
    if (settings.has("negative")) {
      r.negative(settings.path("negative").asText());
    }
    return r;
  }
}
