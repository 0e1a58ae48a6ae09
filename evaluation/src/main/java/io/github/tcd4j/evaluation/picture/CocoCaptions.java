package io.github.tcd4j.evaluation.picture;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import io.github.tcd4j.evaluation.dataset.EvaluationException;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.files.Sha256;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * COCO's captions ({@code captions_val2017.json}), streamed, or the manifest that was made of them.
 * Each picture has five to seven; of these the one of the lowest annotation id is taken, which does
 * not depend on the order of the file. Of the 2017 validation pictures this is a manifest of 5,000
 * captions.
 */
public final class CocoCaptions {
  /**
   * One picture of the manifest.
   *
   * @param imageId COCO's number of the picture
   * @param annotationId the lowest of its captions
   * @param fileName as {@code 000000000139.jpg}
   * @param caption without the space around it, and with one space for each run of white space
   */
  public record Captioned(long imageId, long annotationId, String fileName, String caption) {}

  private static final JsonFactory JSON = new JsonFactory();
  private static final int START = 4096;

  /** A line of a manifest. */
  private static final Pattern LINE = Pattern.compile("(\\d{1,18})\t(\\d{1,18})\t(.*\\S.*)");

  private static final int DIGITS = 12;

  private final List<Captioned> manifest;

  private CocoCaptions(List<Captioned> manifest) {
    this.manifest = List.copyOf(manifest);
  }

  /** Whether a file begins as a manifest: number of a picture, of a caption, caption. */
  static boolean recognisesManifest(Path file) throws IOException {
    try (BufferedReader in = Files.newBufferedReader(file)) {
      String first = in.readLine();
      return first != null && LINE.matcher(first).matches();
    }
  }

  /** Whether a file begins as COCO's do: with one of its keys. */
  static boolean recognises(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      String start = new String(in.readNBytes(START), StandardCharsets.UTF_8).stripLeading();
      return start.matches("(?s)\\{\\s*\"(info|images|licenses|annotations)\"\\s*:\\s*[\\[{].*");
    }
  }

  /**
   * Reads COCO's JSON, or a manifest with the ending {@code .tsv}.
   *
   * @throws InvalidRequestException if it is neither, or holds no captions
   */
  public static CocoCaptions read(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new InvalidRequestException("there is no file of COCO's captions at " + file);
    }
    return file.toString().toLowerCase(Locale.ROOT).endsWith(".tsv")
        ? readManifest(file)
        : readJson(file);
  }

  private static CocoCaptions readManifest(Path file) {
    List<Captioned> manifest = new ArrayList<>();
    long before = -1;
    try (BufferedReader in = Files.newBufferedReader(file)) {
      String line = in.readLine();
      for (int number = 1; line != null; number++, line = in.readLine()) {
        Matcher found = LINE.matcher(line);
        if (!found.matches()) {
          throw new InvalidRequestException(
              "line "
                  + number
                  + " of "
                  + file
                  + " must be the number of a picture, a tab, that of its caption, a tab and the"
                  + " caption");
        }
        long id = Long.parseLong(found.group(1));
        if (id <= before) {
          throw new InvalidRequestException(
              "the pictures of "
                  + file
                  + " must have increasing numbers but "
                  + id
                  + " follows "
                  + before);
        }
        before = id;
        long annotation = Long.parseLong(found.group(2));
        manifest.add(new Captioned(id, annotation, fileName(id), found.group(3).strip()));
      }
    } catch (CharacterCodingException e) {
      throw new EvaluationException("the captions in " + file + " are not UTF-8", e);
    } catch (IOException e) {
      throw new EvaluationException("cannot read " + file + ": " + e.getMessage(), e);
    }
    if (manifest.isEmpty()) {
      throw new InvalidRequestException(file + " holds no captions of COCO");
    }
    return new CocoCaptions(manifest);
  }

  private static String fileName(long id) {
    return String.format("%012d.jpg", id);
  }

  private static CocoCaptions readJson(Path file) {
    Map<Long, String> names = new TreeMap<>();
    Map<Long, Captioned> lowest = new TreeMap<>();
    try (JsonParser json = JSON.createParser(file.toFile())) {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        throw new InvalidRequestException(file + " is no COCO file: it is not an object");
      }
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        String key = json.currentName();
        json.nextToken();
        switch (key) {
          case "images" ->
              each(json, fields -> names.put(fields.id("id"), fields.text("file_name")));
          case "annotations" ->
              each(
                  json,
                  fields ->
                      lowest.merge(fields.id("image_id"), fields.captioned(), CocoCaptions::lower));
          default -> json.skipChildren();
        }
      }
    } catch (JsonProcessingException e) {
      throw CaptionFile.brokenJson(file, e);
    } catch (IOException e) {
      throw new EvaluationException("cannot read " + file + ": " + e.getMessage(), e);
    }
    if (lowest.isEmpty()) {
      throw new InvalidRequestException(file + " holds no captions of COCO");
    }
    List<Captioned> manifest = new ArrayList<>();
    lowest.forEach(
        (id, c) ->
            manifest.add(
                new Captioned(
                    id, c.annotationId(), names.getOrDefault(id, fileName(id)), c.caption())));
    return new CocoCaptions(manifest);
  }

  private static Captioned lower(Captioned a, Captioned b) {
    return a.annotationId() <= b.annotationId() ? a : b;
  }

  /** What is done with one object of a list. */
  @FunctionalInterface
  private interface Entry {
    void accept(Fields fields) throws IOException;
  }

  /** The plain fields of one object. */
  private record Fields(Map<String, String> values) {
    long id(String key) throws IOException {
      try {
        return Long.parseLong(text(key));
      } catch (NumberFormatException e) {
        throw new IOException("its " + key + " is no number", e);
      }
    }

    String text(String key) throws IOException {
      String value = values.get(key);
      if (value == null) {
        throw new IOException("one of its entries has no " + key);
      }
      return value;
    }

    Captioned captioned() throws IOException {
      return new Captioned(
          id("image_id"), id("id"), "", text("caption").replaceAll("\\s+", " ").strip());
    }
  }

  private static void each(JsonParser json, Entry entry) throws IOException {
    if (json.currentToken() != JsonToken.START_ARRAY) {
      throw new IOException("its lists are not lists");
    }
    while (json.nextToken() == JsonToken.START_OBJECT) {
      Map<String, String> values = new TreeMap<>();
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        String key = Objects.requireNonNull(json.currentName());
        JsonToken value = json.nextToken();
        if (value.isScalarValue()) {
          values.put(key, String.valueOf(json.getValueAsString()));
        } else {
          json.skipChildren();
        }
      }
      entry.accept(new Fields(values));
    }
  }

  /** One caption a picture, sorted by COCO's number of the picture. */
  public List<Captioned> manifest() {
    return manifest;
  }

  /** The manifest as a table: number of the picture, of the caption, and the caption. */
  public String table() {
    StringBuilder text = new StringBuilder();
    for (Captioned c : manifest) {
      text.append(c.imageId()).append('\t').append(c.annotationId()).append('\t');
      text.append(c.caption()).append('\n');
    }
    return text.toString();
  }

  /** The SHA-256 of {@link #table}, which names the protocol's captions. */
  public String hash() {
    return Sha256.of(table());
  }

  /** Their name in protocols, with the start of the {@link #hash} and how many there are. */
  public String source() {
    return "COCO manifest " + hash().substring(0, DIGITS) + " n=" + manifest.size();
  }
}
