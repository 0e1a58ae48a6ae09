package io.github.tcd4j.server.openai;

import io.github.tcd4j.server.api.RequestReader;
import io.github.tcd4j.server.http.FormBody;
import io.github.tcd4j.server.http.HttpProblem;
import io.github.tcd4j.server.http.JsonFields;
import io.javalin.http.Context;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The form of an edit or a variation: a picture, perhaps a mask, and fields as texts. */
final class EditForm {
  /** Fields that are texts; all others are JSON, such as a number or a list. */
  private static final Set<String> TEXTS =
      Stream.concat(
              RequestReader.TEXTS.stream(),
              Stream.of(
                  "response_format",
                  "output_format",
                  "background",
                  "quality",
                  "style",
                  "user",
                  "moderation",
                  "input_fidelity"))
          .collect(Collectors.toUnmodifiableSet());

  private EditForm() {}

  /** Reads it; a variation has no prompt. */
  static JsonFields read(Context ctx, boolean prompt) {
    JsonFields form = FormBody.read(ctx, TEXTS);
    if (!form.has("image")) {
      throw HttpProblem.invalid("image", "image must be given");
    }
    return prompt ? form : form.with("prompt", "");
  }
}
