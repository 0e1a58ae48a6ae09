package io.github.tcd4j.models.text;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;

/** A tokenizer of a small vocabulary, for tests of other packages. */
public final class WordPieces {
  private WordPieces() {}

  public static Function<String, long[]> of(JsonNode pieces, int maxLength) {
    Map<String, Integer> vocabulary = new HashMap<>();
    pieces.forEach(p -> vocabulary.put(p.asText(), vocabulary.size()));
    // The fixture's vocabulary has none of BLIP's two further tokens.
    WordPieceTokenizer tokenizer = WordPieceTokenizer.of(vocabulary, "fixture");
    return text -> tokenizer.encode(text, maxLength);
  }
}
