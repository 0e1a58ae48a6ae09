package io.github.tcd4j.evaluation.picture;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.tcd4j.images.png.PngException;
import io.github.tcd4j.images.png.PngMetadata;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The prompts that generated PNGs carry: in this project's settings, or in the text {@code
 * parameters} of the field's web pages.
 */
public final class PromptMetadata {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Where the prompt of {@code parameters} ends. */
  private static final Pattern END = Pattern.compile("(?m)^(Negative prompt:|Steps: \\d)");

  private PromptMetadata() {}

  /** One prompt a picture; null if one of them has none. */
  public static @Nullable List<String> of(List<PictureFile> pictures) {
    List<String> prompts = new ArrayList<>();
    for (PictureFile p : pictures) {
      String prompt = p.ending().equals("png") ? of(p) : null;
      if (prompt == null) {
        return null;
      }
      prompts.add(prompt);
    }
    return prompts;
  }

  private static @Nullable String of(PictureFile picture) {
    try {
      PngMetadata metadata = PngMetadata.read(picture.path());
      String own = metadata.texts().get(PngMetadata.TCD4J);
      if (own != null) {
        JsonNode prompt = JSON.readTree(own).path("prompt");
        return prompt.isTextual() ? prompt.asText() : null;
      }
      String parameters = metadata.parameters();
      if (parameters == null) {
        return null;
      }
      Matcher end = END.matcher(parameters);
      return end.find() ? parameters.substring(0, end.start()).strip() : null;
    } catch (JsonProcessingException | PngException e) {
      // A damaged file is counted where pictures are read.
      return null;
    }
  }
}
