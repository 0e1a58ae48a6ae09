package io.github.tcd4j.server.openai;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tcd4j.server.http.HttpProblem;
import io.github.tcd4j.server.http.JsonBody;
import io.github.tcd4j.server.http.JsonFields;
import io.javalin.http.Context;
import io.javalin.http.UploadedFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The form of an edit or a variation: a picture, perhaps a mask, and fields as texts. */
final class EditForm {
  /** Fields that are texts; all others are JSON, such as a number or a list. */
  private static final Set<String> TEXTS =
      Set.of(
          "prompt",
          "negative",
          "negative_prompt",
          "model",
          "sampler",
          "sampler_name",
          "size",
          "syntax",
          "prediction",
          "spacing",
          "response_format",
          "output_format",
          "background",
          "quality",
          "style",
          "user",
          "moderation",
          "input_fidelity",
          "seed");

  private EditForm() {}

  /** Reads it; a variation has no prompt. */
  static JsonFields read(Context ctx, boolean prompt) {
    if (!ctx.isMultipartFormData()) {
      throw new HttpProblem(
          415, "not_a_form", "the request must have the Content-Type multipart/form-data");
    }
    ObjectNode o = JsonNodeFactory.instance.objectNode();
    try {
      for (Map.Entry<String, List<UploadedFile>> file : ctx.uploadedFileMap().entrySet()) {
        o.put(name(file.getKey()), only(file));
      }
      for (Map.Entry<String, List<String>> field : ctx.formParamMap().entrySet()) {
        // Files are among these too, without a value.
        if (!field.getValue().isEmpty()) {
          put(o, name(field.getKey()), field.getValue());
        }
      }
    } catch (HttpProblem e) {
      throw e;
    } catch (Exception e) {
      // Of the servlet container, some of them checked and not declared.
      throw new HttpProblem(400, "not_a_form", "the form cannot be read, or has too many bytes");
    }
    if (!o.has("image")) {
      throw HttpProblem.invalid("image", "image must be given");
    }
    if (!prompt) {
      o.put("prompt", "");
    }
    return JsonFields.of(o);
  }

  /** Clients write {@code image[]} where there may be several. */
  private static String name(String field) {
    return field.endsWith("[]") ? field.substring(0, field.length() - 2) : field;
  }

  private static byte[] only(Map.Entry<String, List<UploadedFile>> file) throws IOException {
    if (file.getValue().size() > 1) {
      throw HttpProblem.invalid(name(file.getKey()), name(file.getKey()) + " must be one file");
    }
    try (InputStream in = file.getValue().get(0).content()) {
      byte[] bytes = in.readNBytes(JsonBody.LARGE + 1);
      if (bytes.length > JsonBody.LARGE) {
        throw new HttpProblem(413, "too_large", "the form has too many bytes");
      }
      return bytes;
    }
  }

  private static void put(ObjectNode o, String name, List<String> values) {
    if (values.size() != 1) {
      throw HttpProblem.invalid(name, "each field must be given once");
    }
    String value = values.get(0);
    if (TEXTS.contains(name)) {
      o.put(name, value);
    } else {
      JsonFields parsed =
          JsonBody.parse(("{\"value\":" + value + "}").getBytes(StandardCharsets.UTF_8));
      parsed.moveTo(o, "value", name);
    }
  }
}
