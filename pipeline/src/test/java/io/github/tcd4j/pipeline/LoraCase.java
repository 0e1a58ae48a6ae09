package io.github.tcd4j.pipeline;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.tcd4j.pipeline.FidelityCases.Run;
import io.github.tcd4j.pipeline.lora.LoraSpec;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.SafeTensors;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** LoRAs of {@code oracle/make_lora_fidelity_fixtures.py}, and the run that they change. */
record LoraCase(String style, List<LoraSpec> loras, Run run) {
  static List<LoraCase> all() {
    try {
      List<LoraCase> cases = new ArrayList<>();
      for (JsonNode c : new ObjectMapper().readTree(resource("cases.json").toFile())) {
        List<LoraSpec> loras = new ArrayList<>();
        for (int i = 0; i < c.path("files").size(); i++) {
          Path file = resource(c.path("files").path(i).asText());
          loras.add(new LoraSpec(file.toString(), c.path("weights").path(i).asDouble()));
        }
        Run run = new Run(c.path("model").asText(), cases.size(), c.path("run"));
        cases.add(new LoraCase(c.path("style").asText(), loras, run));
      }
      return cases;
    } catch (IOException e) {
      throw new IllegalStateException("run oracle/make_lora_fidelity_fixtures.py", e);
    }
  }

  private static Path resource(String name) {
    try {
      var url = LoraCase.class.getResource("/fidelity-lora/" + name);
      return Path.of(Objects.requireNonNull(url, name).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** What diffusers made: {@code run} or {@code image}. */
  Tensor expected(String what) {
    try (SafeTensors tensors = SafeTensors.open(resource("expected.safetensors"))) {
      return tensors.get(what + " " + run.number());
    }
  }
}
