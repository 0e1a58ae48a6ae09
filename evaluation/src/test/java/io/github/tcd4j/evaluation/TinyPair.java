package io.github.tcd4j.evaluation;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.tcd4j.models.clip.ClipConfig;
import io.github.tcd4j.models.clip.ClipModel;
import io.github.tcd4j.models.layers.InitializedWeights;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.file.SafeTensorsWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** Writes an untrained text-image pair of 16x16 pixels with a tokenizer of a few letters. */
public final class TinyPair {
  private static final String CONFIG =
      """
      {"projection_dim": 8,
       "text_config": {"vocab_size": 64, "hidden_size": 16, "intermediate_size": 32,
         "num_hidden_layers": 1, "num_attention_heads": 2, "max_position_embeddings": 12,
         "bos_token_id": 62, "eos_token_id": 63, "projection_dim": 8},
       "vision_config": {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1,
         "num_attention_heads": 2, "image_size": 16, "patch_size": 8, "projection_dim": 8}}
      """;

  private TinyPair() {}

  public static Path write(Path folder) throws IOException {
    Path tokenizer = Files.createDirectories(folder.resolve("tokenizer"));
    Files.writeString(folder.resolve("config.json"), CONFIG);
    StringBuilder vocabulary = new StringBuilder("{");
    int id = 0;
    for (char c = 'a'; c <= 'z'; c++) {
      vocabulary.append("\"%c\": %d, \"%c</w>\": %d, ".formatted(c, id, c, id + 1));
      id += 2;
    }
    vocabulary.append("\"<|startoftext|>\": 62, \"<|endoftext|>\": 63}");
    Files.writeString(tokenizer.resolve("vocab.json"), vocabulary);
    Files.writeString(tokenizer.resolve("merges.txt"), "#version: 0.2\n");
    Files.writeString(tokenizer.resolve("tokenizer_config.json"), "{\"model_max_length\": 12}");
    try (Scope scope = Scope.inference()) {
      InitializedWeights weights = new InitializedWeights(3);
      ClipModel.of(Weights.of(weights), ClipConfig.of(new ObjectMapper().readTree(CONFIG)));
      SafeTensorsWriter.write(
          folder.resolve("model.safetensors"), weights.parameters(), Map.of("format", "pt"));
    }
    return folder;
  }
}
