package io.github.tcd4j.server.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BinaryNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.javalin.http.Context;
import io.javalin.http.UploadedFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads a form, {@code multipart/form-data}, as if it were JSON: its files, fields as texts or as
 * JSON, and a part {@code request}, which holds many fields as one JSON object. A file belongs
 * where its name says: {@code image}, or {@code controls[0].image} and {@code
 * image_prompts[0].images[1]} for one of an object in a list.
 */
public final class FormBody {
  private static final String REQUEST = "request";

  /** A field, or an element of a list, or of a list in an object of a list. */
  private static final Pattern PATH =
      Pattern.compile("([a-z_]{1,40})\\[([0-9])]\\.([a-z_]{1,40})(?:\\[([0-9])])?");

  private final ObjectNode root = JsonNodeFactory.instance.objectNode();
  private final Set<String> texts;

  private FormBody(Set<String> texts) {
    this.texts = texts;
  }

  /** Whether a request is a form. */
  public static boolean isForm(Context ctx) {
    return ctx.isMultipartFormData();
  }

  /**
   * Reads it.
   *
   * @param texts fields that are texts; all others are JSON, such as a number or a list
   */
  public static JsonFields read(Context ctx, Set<String> texts) {
    if (!isForm(ctx)) {
      throw new HttpProblem(
          415, "not_a_form", "the request must have the Content-Type multipart/form-data");
    }
    FormBody form = new FormBody(texts);
    try {
      form.read(ctx.uploadedFileMap(), ctx.formParamMap());
    } catch (HttpProblem e) {
      throw e;
    } catch (Exception e) {
      // Of the servlet container, some of them checked and not declared.
      throw new HttpProblem(400, "not_a_form", "the form cannot be read, or has too many bytes");
    }
    return JsonFields.of(form.root);
  }

  /** Files after fields: they may belong into objects of these. */
  private void read(Map<String, List<UploadedFile>> files, Map<String, List<String>> fields)
      throws IOException {
    for (Map.Entry<String, List<String>> field : fields.entrySet()) {
      // Files are among these too, without a value.
      if (!field.getValue().isEmpty()) {
        String name = name(field.getKey());
        only(name, field.getValue());
        field(name, field.getValue().get(0).getBytes(StandardCharsets.UTF_8));
      }
    }
    for (Map.Entry<String, List<UploadedFile>> file : files.entrySet()) {
      String name = name(file.getKey());
      only(name, file.getValue());
      byte[] content = bytes(file.getValue().get(0));
      if (name.equals(REQUEST)) {
        field(name, content);
      } else {
        file(name, BinaryNode.valueOf(content));
      }
    }
  }

  /** Clients write {@code image[]} where there may be several. */
  private static String name(String field) {
    return field.endsWith("[]") ? field.substring(0, field.length() - 2) : field;
  }

  private static void only(String name, List<?> values) {
    if (values.size() > 1) {
      throw twice(name);
    }
  }

  private static HttpProblem twice(String name) {
    String field = JsonBody.shortened(name);
    return HttpProblem.invalid(field, field + " must be given once");
  }

  private static byte[] bytes(UploadedFile file) throws IOException {
    try (InputStream in = file.content()) {
      byte[] bytes = in.readNBytes(JsonBody.LARGE + 1);
      if (bytes.length > JsonBody.LARGE) {
        throw new HttpProblem(413, "too_large", "the form has too many bytes");
      }
      return bytes;
    }
  }

  private void field(String name, byte[] value) {
    if (texts.contains(name)) {
      add(name, TextNode.valueOf(new String(value, StandardCharsets.UTF_8)));
    } else if (name.equals(REQUEST)) {
      JsonBody.object(value).fields().forEachRemaining(e -> add(e.getKey(), e.getValue()));
    } else {
      add(name, JsonBody.value(JsonBody.shortened(name), value));
    }
  }

  private void add(String name, JsonNode value) {
    if (root.has(name)) {
      throw twice(name);
    }
    root.set(name, value);
  }

  private void file(String name, BinaryNode content) {
    Matcher path = PATH.matcher(name);
    if (!path.matches()) {
      add(name, content);
      return;
    }
    int index = Integer.parseInt(path.group(2));
    if (!(root.path(path.group(1)).path(index) instanceof ObjectNode object)) {
      throw HttpProblem.invalid(
          path.group(1),
          ("the file " + name + " belongs to an object that is not in the request; it needs ")
              + (path.group(1) + " with at least " + (index + 1) + " objects"));
    }
    String field = path.group(3);
    if (path.group(4) != null) {
      ArrayNode list =
          object.path(field) instanceof ArrayNode present ? present : object.putArray(field);
      if (list.size() != Integer.parseInt(path.group(4))) {
        throw HttpProblem.invalid(
            path.group(1), "the file " + name + " must follow that of the number before it");
      }
      list.add(content);
    } else if (object.hasNonNull(field)) {
      throw twice(name);
    } else {
      object.set(field, content);
    }
  }
}
