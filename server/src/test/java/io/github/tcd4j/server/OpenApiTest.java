package io.github.tcd4j.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.png.PngWriter;
import io.github.tcd4j.server.engine.EngineSettings;
import io.github.tcd4j.server.page.PageFiles;
import java.util.Iterator;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class OpenApiTest {
  private static Served served;
  private static JsonNode description;

  @BeforeAll
  static void start() {
    served = new Served(EngineSettings.USUAL, ServerSettings.USUAL);
    description = Served.json(served.get("/openapi.json"));
  }

  @AfterAll
  static void end() {
    served.close();
  }

  @Test
  void everyAddressIsDescribedAndThereIsNoOther() {
    Set<String> described = new TreeSet<>();
    for (Iterator<Map.Entry<String, JsonNode>> paths = description.get("paths").fields();
        paths.hasNext(); ) {
      Map.Entry<String, JsonNode> path = paths.next();
      path.getValue()
          .fieldNames()
          .forEachRemaining(m -> described.add(m.toUpperCase(Locale.ROOT) + " " + path.getKey()));
    }
    Set<String> served = new TreeSet<>(OpenApiTest.served.server.addresses());
    PageFiles.addresses().stream()
        .filter(a -> !a.equals("/openapi.json"))
        .forEach(a -> served.remove("GET " + a));

    assertThat(described).isEqualTo(served);
  }

  @Test
  void theFieldsOfARequestAreThoseThatAreRead() {
    Set<String> described = new TreeSet<>();
    description
        .at("/components/schemas/Request/properties")
        .fieldNames()
        .forEachRemaining(described::add);
    String error =
        Served.json(served.post("/api/jobs", "{\"prompt\": \"a\", \"nothing\": 1}"))
            .at("/error/message")
            .asText();
    Set<String> read =
        new TreeSet<>(Set.of(error.replaceFirst(".*the fields are ", "").split(", ")));
    // Other names of the same, for the other APIs.
    read.removeAll(
        Set.of(
            "n",
            "cfg_scale",
            "guidance_scale",
            "negative_prompt",
            "sampler_name",
            "denoising_strength"));

    assertThat(described).isEqualTo(read);
  }

  /** The parts that it names, all but those of adapters, which the tiny model has none of. */
  @Test
  void aFormOfTheDescribedPartsIsAccepted() throws Exception {
    JsonNode form =
        description.at("/paths/~1api~1jobs/post/requestBody/content/multipart~1form-data/schema");
    Map<String, Object> parts = new TreeMap<>();
    byte[] png = PngWriter.encode(new Image(16, 16, new byte[3 * 16 * 16]), Map.of());
    form.get("properties")
        .fields()
        .forEachRemaining(
            part -> {
              if (part.getKey().endsWith("]") || part.getKey().contains("].")) {
                return;
              }
              String format = part.getValue().path("format").asText();
              String type = part.getValue().path("type").asText();
              parts.put(
                  part.getKey(),
                  format.equals("binary")
                      ? png
                      : type.equals("integer")
                          ? "2"
                          : type.equals("string") ? "a" : "{\"seed\": 5}");
            });

    assertThat(parts).containsKeys("request", "image", "mask", "prompt", "steps");
    assertThat(served.form("/api/jobs", parts).statusCode()).isEqualTo(202);
  }

  @Test
  void everyReferenceLeadsToASchema() {
    for (String reference : description.toString().split("\"\\$ref\":\"#")) {
      if (reference.startsWith("/components")) {
        assertThat(description.at(reference.substring(0, reference.indexOf('"'))).isObject())
            .as(reference)
            .isTrue();
      }
    }
  }

  @Test
  void metricsCountJobsByModelApiAndState() throws Exception {
    String metrics;
    try (Served own = Served.usual()) {
      own.await(own.submit(Served.SHORT), "completed");
      metrics = new String(own.get("/metrics").body(), java.nio.charset.StandardCharsets.UTF_8);
    }

    assertThat(metrics)
        .contains(
            "tcd4j_jobs_total{api=\"jobs\",model=\"tiny\",state=\"completed\"} 1.0",
            "tcd4j_step_seconds_count{model=\"tiny\"} 2",
            "tcd4j_queue_jobs 0.0",
            "tcd4j_native_objects",
            "tcd4j_resident_memory_bytes")
        .doesNotContain("prompt");
  }
}
