package io.github.tcd4j.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.tcd4j.server.engine.EngineSettings;
import io.github.tcd4j.server.page.PageFiles;
import java.util.Iterator;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
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
    served.await(served.submit(Served.SHORT), "completed");
    String metrics =
        new String(served.get("/metrics").body(), java.nio.charset.StandardCharsets.UTF_8);

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
