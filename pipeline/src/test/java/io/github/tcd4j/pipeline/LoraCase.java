package io.github.tcd4j.pipeline;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.tcd4j.tensor.SafeTensors;
import io.github.tcd4j.tensor.Tensor;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** A LoRA of {@code oracle/make_lora_fidelity_fixtures.py}, and the latents that it leads to. */
record LoraCase(String model, String style, String file, double weight) {
  static List<LoraCase> all() {
    try {
      List<LoraCase> cases = new ArrayList<>();
      for (JsonNode c : new ObjectMapper().readTree(resource("cases.json").toFile())) {
        cases.add(
            new LoraCase(
                c.path("model").asText(),
                c.path("style").asText(),
                c.path("file").asText(),
                c.path("weight").asDouble()));
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

  Path path() {
    return resource(file);
  }

  Tensor expected() {
    try (SafeTensors tensors = SafeTensors.open(resource("expected.safetensors"))) {
      return tensors.get(model + "/" + style + "/" + weight);
    }
  }
}
