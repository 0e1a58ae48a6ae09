package io.github.tcd4j.models.clip;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.tcd4j.models.clip.TokenizerFiles.AddedToken;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.zip.GZIPInputStream;

/**
 * The vocabulary that CLIP was published with and every Stable Diffusion reads, for model files
 * that leave their tokenizer out: 256 bytes, the same at the end of a word, 48,894 merges of two
 * tokens, and the two that begin and end a text.
 */
public final class ClipVocabulary {
  /** Tokens in it: rows of a text encoder's embedding that it belongs to. */
  public static final int SIZE = 49_408;

  private static final String MERGES = "clip-merges.txt.gz";

  private ClipVocabulary() {}

  static TokenizerFiles files() {
    List<String[]> merges = merges();
    return new TokenizerFiles(
        vocabulary(merges),
        merges,
        List.of(
            new AddedToken(TokenizerFiles.BOS, false), new AddedToken(TokenizerFiles.EOS, false)),
        TokenizerFiles.BOS,
        TokenizerFiles.EOS,
        TokenizerFiles.EOS,
        TokenizerFiles.EOS,
        TokenizerFiles.CLIP_LENGTH);
  }

  /** The same by OpenCLIP's names, none of which is found before a text is cut into words. */
  static TokenizerFiles openClipFiles() {
    List<String[]> merges = merges();
    Map<String, Integer> vocabulary = vocabulary(merges);
    vocabulary.put(OpenClipText.START, vocabulary.getOrDefault(TokenizerFiles.BOS, 0));
    vocabulary.put(OpenClipText.END, vocabulary.getOrDefault(TokenizerFiles.EOS, 0));
    return new TokenizerFiles(
        vocabulary,
        merges,
        List.of(),
        OpenClipText.START,
        OpenClipText.END,
        "!",
        OpenClipText.END,
        TokenizerFiles.CLIP_LENGTH);
  }

  /** Writes {@code vocab.json} and {@code merges.txt} into a folder that is there. */
  public static void write(Path folder) throws IOException {
    List<String[]> merges = merges();
    new ObjectMapper().writeValue(folder.resolve("vocab.json").toFile(), vocabulary(merges));
    StringBuilder lines = new StringBuilder("#version: 0.2\n");
    merges.forEach(m -> lines.append(m[0]).append(' ').append(m[1]).append('\n'));
    Files.writeString(folder.resolve("merges.txt"), lines);
  }

  private static Map<String, Integer> vocabulary(List<String[]> merges) {
    List<String> tokens = new ArrayList<>(ByteAlphabet.symbols());
    ByteAlphabet.symbols().forEach(s -> tokens.add(s + BytePairs.END_OF_WORD));
    merges.forEach(m -> tokens.add(m[0] + m[1]));
    tokens.add(TokenizerFiles.BOS);
    tokens.add(TokenizerFiles.EOS);
    Map<String, Integer> ids = new LinkedHashMap<>();
    tokens.forEach(token -> ids.put(token, ids.size()));
    return ids;
  }

  private static List<String[]> merges() {
    try (InputStream packed =
            Objects.requireNonNull(ClipVocabulary.class.getResourceAsStream(MERGES));
        BufferedReader lines =
            new BufferedReader(
                new InputStreamReader(new GZIPInputStream(packed), StandardCharsets.UTF_8))) {
      return lines.lines().map(line -> line.split(" ", -1)).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
