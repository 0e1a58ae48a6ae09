package io.github.tcd4j.cli.generate;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.tcd4j.cli.Tcd4j;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.SafeTensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * All commands of {@code oracle/make_adapter_product.py}, whose folder {@code -Dtcd4j.product}
 * names. {@code -Dtcd4j.fidelity=FILE} writes the table.
 */
@EnabledIfSystemProperty(named = "tcd4j.product", matches = ".+")
class AdapterProductTest {
  private static final double LIMIT = 1e-4;

  private final Map<String, Map<String, Double>> table = new TreeMap<>();
  private final List<String> failures = new ArrayList<>();

  @Test
  void everyCommandEndsInTheLatentsOfDiffusers(@TempDir Path folder) throws IOException {
    Path product = Path.of(System.getProperty("tcd4j.product"));
    JsonNode commands = new ObjectMapper().readTree(product.resolve("commands.json").toFile());
    try (Scope scope = Scope.inference();
        SafeTensors expected = SafeTensors.open(product.resolve("latents.safetensors"))) {
      for (int i = 0; i < commands.size(); i++) {
        Path latents = folder.resolve(i + ".safetensors");
        List<Object> words = new ArrayList<>();
        commands.get(i).path("words").forEach(w -> words.add(w.asText()));
        words.addAll(List.of("-o", folder.resolve("x.png"), "--latents-out", latents));
        Tcd4j run = Tcd4j.run(words.toArray());
        String row = commands.get(i).path("row").asText();
        String model = commands.get(i).path("model").asText();
        if (run.exitCode() != 0) {
          failures.add(model + " " + row + ": " + run.err());
          continue;
        }
        try (SafeTensors made = SafeTensors.open(latents)) {
          add(model, row, made.get("latents"), expected.get(Integer.toString(i)));
        }
      }
    }
    write(commands.size());
    assertThat(failures).isEmpty();
  }

  /** Relative to the largest value of what diffusers made. */
  private void add(String model, String row, Tensor ours, Tensor theirs) {
    assertThat(ours.shape()).as(model + " " + row).isEqualTo(theirs.shape());
    double difference = ours.minus(theirs).abs().max().item() / theirs.abs().max().item();
    table.computeIfAbsent(row, r -> new TreeMap<>()).put(model, difference);
    if (!(difference <= LIMIT)) {
      failures.add(String.format(Locale.ROOT, "%s %s: %.1e", model, row, difference));
    }
  }

  private void write(int commands) throws IOException {
    String file = System.getProperty("tcd4j.fidelity", "");
    if (file.isEmpty()) {
      return;
    }
    TreeSet<String> models = new TreeSet<>();
    table.values().forEach(row -> models.addAll(row.keySet()));
    double most =
        table.values().stream()
            .flatMap(r -> r.values().stream())
            .mapToDouble(d -> d)
            .max()
            .orElse(0);
    StringJoiner text = new StringJoiner("\n", "", "\n");
    text.add("# Fidelity: every sampler with every adapter and picture");
    text.add("");
    text.add(
        "Largest differences of final latents to diffusers', as in [fidelity.md](fidelity.md), of the");
    text.add(
        "product of kinds of pictures in, samplers, guidance off and on, and classes of tiny random");
    text.add(
        "models, each run by its command. IP-Adapters are plain and plus; the T2I-Adapters are");
    text.add(
        "full (sd1), light (sd2-v) and SDXL's, the latter in diffusers with a conditioning factor of 2: its");
    text.add(
        "pipeline counts evaluations against steps, and would end Heun's features in the middle.");
    text.add("");
    text.add(
        String.format(
            Locale.ROOT, "%d commands; largest difference %.0e. Made by", commands, most));
    text.add("");
    text.add("    python oracle/make_adapter_product.py pipeline/src/test/resources WORK");
    text.add("    mvn -pl cli -am test -Dtest=AdapterProductTest \\");
    text.add("        -Dsurefire.failIfNoSpecifiedTests=false -Dtcd4j.product=WORK \\");
    text.add("        -Dtcd4j.fidelity=$PWD/docs/fidelity-adapters.md");
    text.add("");
    text.add("| | " + String.join(" | ", models) + " |");
    text.add("| --- |" + " --- |".repeat(models.size()));
    table.forEach(
        (row, values) -> {
          StringJoiner line = new StringJoiner(" | ", "| ", " |").add(row);
          for (String model : models) {
            Double value = values.get(model);
            line.add(value == null ? "" : String.format(Locale.ROOT, "%.0e", value));
          }
          text.add(line.toString());
        });
    Files.writeString(Path.of(file), text.toString());
  }
}
