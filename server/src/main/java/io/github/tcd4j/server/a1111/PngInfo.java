package io.github.tcd4j.server.a1111;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tcd4j.images.png.PngException;
import io.github.tcd4j.images.png.PngMetadata;
import io.github.tcd4j.server.api.Answer;
import io.github.tcd4j.server.api.ParametersText;
import io.github.tcd4j.server.http.HttpProblem;
import io.github.tcd4j.server.http.JsonBody;
import io.github.tcd4j.server.http.JsonFields;
import io.javalin.http.Context;
import java.nio.file.Path;
import java.util.Base64;

/** {@code png-info}: the texts inside a picture. */
final class PngInfo {
  private PngInfo() {}

  static void answer(Context ctx) {
    JsonFields f = JsonBody.read(ctx, JsonBody.LARGE);
    PngMetadata metadata = read(f.requiredText("image"));
    String parameters = metadata.parameters();
    ObjectNode o = JsonNodeFactory.instance.objectNode();
    o.put("info", parameters == null ? "" : parameters);
    ObjectNode items = o.putObject("items");
    metadata.texts().forEach(items::put);
    ObjectNode pairs = o.putObject("parameters");
    if (parameters != null) {
      ParametersText.parse(parameters).pairs().forEach(pairs::put);
    }
    Answer.json(ctx, o);
  }

  private static PngMetadata read(String base64) {
    if (base64.startsWith("http:") || base64.startsWith("https:")) {
      throw HttpProblem.invalid("image", "image must be the picture itself in base64, not its URL");
    }
    int data = base64.startsWith("data:") ? base64.indexOf(',') + 1 : 0;
    try {
      byte[] png = Base64.getMimeDecoder().decode(base64.substring(data));
      return PngMetadata.read(Path.of("image"), png);
    } catch (PngException e) {
      throw HttpProblem.invalid("image", String.valueOf(e.getMessage()));
    } catch (IllegalArgumentException e) {
      throw HttpProblem.invalid("image", "image must be a PNG in base64");
    }
  }
}
