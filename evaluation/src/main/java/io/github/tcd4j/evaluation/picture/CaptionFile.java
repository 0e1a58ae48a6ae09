package io.github.tcd4j.evaluation.picture;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.tcd4j.evaluation.dataset.EvaluationException;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.files.Sha256;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Captions of pictures, from a file of one of these kinds:
 *
 * <ul>
 *   <li>{@code .tsv}: name of the picture, tab, caption; one a line.
 *   <li>{@code .jsonl}: objects with {@code file_name} and {@code text} (or {@code caption}), as in
 *       Hugging Face's image folders.
 *   <li>{@code .json}: one object of names and captions, or COCO's {@code captions_*.json}, of
 *       which the caption of the lowest annotation id of each picture is taken; a {@code .tsv}
 *       manifest made of them is read too.
 *   <li>{@code .txt}: one caption a line, as many as pictures, in the order of their names.
 * </ul>
 *
 * A picture is found by its name from the folder, by its name alone, or by either without the
 * ending.
 */
public final class CaptionFile {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path file;
  private final Map<String, String> byName;
  private final @Nullable List<String> inOrder;
  private final String source;

  private CaptionFile(
      Path file, Map<String, String> byName, @Nullable List<String> inOrder, String source) {
    this.file = file;
    this.byName = byName;
    this.inOrder = inOrder;
    this.source = source;
  }

  private static @Nullable CocoCaptions coco(Path file, String name) throws IOException {
    boolean known =
        name.endsWith(".json")
            ? CocoCaptions.recognises(file)
            : name.endsWith(".tsv") && CocoCaptions.recognisesManifest(file);
    return known ? CocoCaptions.read(file) : null;
  }

  /** What the captions are from, for protocols; empty where the file has no name of its own. */
  public String source() {
    return source;
  }

  /**
   * Reads a file of captions.
   *
   * @throws InvalidRequestException if it is of none of the kinds, or holds no captions
   */
  public static CaptionFile read(Path file) {
    String name = file.toString().toLowerCase(Locale.ROOT);
    if (!Files.isRegularFile(file)) {
      throw new InvalidRequestException("there is no file of captions at " + file);
    }
    try {
      Map<String, String> captions = new LinkedHashMap<>();
      CocoCaptions coco = coco(file, name);
      if (coco != null) {
        coco.manifest().forEach(c -> captions.put(c.fileName(), c.caption()));
        return new CaptionFile(file, captions, null, coco.source());
      }
      if (name.endsWith(".json")) {
        readJson(file, captions);
      } else if (name.endsWith(".txt")) {
        List<String> lines =
            Files.readAllLines(file).stream()
                .map(String::strip)
                .filter(line -> !line.isEmpty())
                .toList();
        return new CaptionFile(file, captions, lines, "");
      } else if (name.endsWith(".tsv") || name.endsWith(".jsonl")) {
        int number = 0;
        for (String line : Files.readAllLines(file)) {
          number++;
          if (!line.isBlank()) {
            entry("line " + number + " of " + file, line, captions);
          }
        }
      } else {
        throw new InvalidRequestException(
            "captions are read from .tsv, .jsonl, .json and .txt files but got " + file);
      }
      if (captions.isEmpty()) {
        throw new InvalidRequestException(file + " holds no captions");
      }
      return new CaptionFile(file, captions, null, "");
    } catch (CharacterCodingException e) {
      throw new EvaluationException("the captions in " + file + " are not UTF-8", e);
    } catch (JsonProcessingException e) {
      throw brokenJson(file, e);
    } catch (IOException e) {
      throw new EvaluationException("cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  /** Where the file ends too early or has another fault. */
  static EvaluationException brokenJson(Path file, JsonProcessingException e) {
    JsonLocation at = e.getLocation();
    String place = at == null ? "" : " at line " + at.getLineNr() + ", column " + at.getColumnNr();
    return new EvaluationException("the JSON in " + file + " breaks off or has a fault" + place, e);
  }

  private static void entry(String where, String line, Map<String, String> captions)
      throws IOException {
    if (line.startsWith("{")) {
      JsonNode node;
      try {
        node = JSON.readTree(line);
      } catch (JsonProcessingException e) {
        throw new EvaluationException(where + " is no JSON", e);
      }
      JsonNode text = node.has("text") ? node.get("text") : node.path("caption");
      if (!node.path("file_name").isTextual() || !text.isTextual()) {
        throw new InvalidRequestException(where + " has no file_name and text");
      }
      put(where, node.get("file_name").asText(), text.asText(), captions);
      return;
    }
    int tab = line.indexOf('\t');
    if (tab < 1) {
      throw new InvalidRequestException(
          where + " must be the name of a picture, a tab and its caption");
    }
    put(where, line.substring(0, tab).strip(), line.substring(tab + 1), captions);
  }

  /** Of two captions of a picture nobody knows which one is meant. */
  private static void put(
      String where, String picture, String caption, Map<String, String> captions) {
    String before = captions.put(picture, caption.strip());
    if (before != null && !before.equals(caption.strip())) {
      throw new InvalidRequestException(
          where + " has a second caption of " + picture + "; each picture has one");
    }
  }

  private static void readJson(Path file, Map<String, String> captions) throws IOException {
    JsonNode node = JSON.readTree(file.toFile());
    if (!node.isObject()) {
      throw new InvalidRequestException(
          file + " must be an object of names of pictures and their captions, or COCO's");
    }
    for (Map.Entry<String, JsonNode> e : node.properties()) {
      if (!e.getValue().isTextual()) {
        throw new InvalidRequestException(
            file + " has no text for " + e.getKey() + " but " + e.getValue().getNodeType());
      }
      captions.put(e.getKey(), e.getValue().asText().strip());
    }
  }

  /**
   * The captions of pictures, one a picture in their order.
   *
   * @throws InvalidRequestException if a picture has none; it says how many, and names one
   */
  public List<String> of(List<PictureFile> pictures) {
    if (inOrder != null) {
      if (inOrder.size() != pictures.size()) {
        throw new InvalidRequestException(
            file
                + " has "
                + inOrder.size()
                + " captions but there are "
                + pictures.size()
                + " pictures");
      }
      return inOrder;
    }
    Map<String, String> known = byAnyName();
    List<String> found = new ArrayList<>();
    List<String> missing = new ArrayList<>();
    for (PictureFile p : pictures) {
      String caption = lookUp(known, p);
      if (caption == null) {
        missing.add(p.name());
      } else {
        found.add(caption);
      }
    }
    if (!missing.isEmpty()) {
      throw new InvalidRequestException(
          file
              + " has no caption for "
              + missing.size()
              + " of "
              + pictures.size()
              + " pictures, such as "
              + missing.get(0));
    }
    return found;
  }

  private Map<String, String> byAnyName() {
    Map<String, String> known = new HashMap<>();
    byName.forEach(
        (name, caption) -> {
          known.put(name, caption);
          known.putIfAbsent(new PictureFile(file, name).stem(), caption);
        });
    return known;
  }

  private static @Nullable String lookUp(Map<String, String> known, PictureFile p) {
    for (String name :
        List.of(p.name(), PictureFile.last(p.name()), p.stem(), PictureFile.last(p.stem()))) {
      String caption = known.get(name);
      if (caption != null) {
        return caption;
      }
    }
    return null;
  }

  /** The start of a hash of captions in their order, for protocols. */
  public static String hash(List<String> captions) {
    Sha256 sha = new Sha256();
    captions.forEach(sha::add);
    return sha.brief().substring(0, 12);
  }
}
