package io.github.tcd4j.server.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.io.JsonEOFException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.javalin.http.Context;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Reads bodies of requests, of a limited number of bytes. JSON is read strictly: one object, no key
 * twice, no NaN, numbers and nesting of limited length.
 */
public final class JsonBody {
  /** Enough for a request without pictures. */
  public static final int SMALL = 1 << 20;

  /** Enough for pictures in base64. */
  public static final int LARGE = 24 << 20;

  /** For all requests that are being read, in KiB. */
  private static final Semaphore READING = new Semaphore(128 << 10);

  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(16)
                          .maxNumberLength(64)
                          .maxStringLength(LARGE)
                          .maxNameLength(200)
                          .build())
                  .build())
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private JsonBody() {}

  /** The body of a request as fields. */
  public static JsonFields read(Context ctx, int most) {
    String type = ctx.contentType();
    // Any other type could be sent by a foreign page without the browser asking us first.
    if (type == null || !type.toLowerCase(Locale.ROOT).startsWith("application/json")) {
      throw new HttpProblem(
          415, "not_json", "the request must have the Content-Type application/json");
    }
    int room = reserve(ctx, most);
    try {
      return parse(bytes(ctx, most));
    } finally {
      READING.release(room);
    }
  }

  /** Many large requests at once must not fill the memory; small ones always pass. */
  private static int reserve(Context ctx, int most) {
    long declared = ctx.req().getContentLengthLong();
    int room = (int) Math.min(declared < 0 ? most : declared, most) >> 10;
    try {
      if (!READING.tryAcquire(room, 5, TimeUnit.SECONDS)) {
        throw tooManyBytes();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new HttpProblem(503, "shutting_down", "the server is shutting down");
    }
    return room;
  }

  /** Fields of a text. */
  public static JsonFields parse(byte[] body) {
    return new JsonFields(object(body), "");
  }

  /** One object. */
  static ObjectNode object(byte[] body) {
    if (!(tree("the request", body) instanceof ObjectNode object)) {
      throw new HttpProblem(400, "not_an_object", "the request must be one JSON object");
    }
    return object;
  }

  /** One value of any kind. */
  static JsonNode value(String field, byte[] text) {
    JsonNode value = tree(field, text);
    if (value.isMissingNode()) {
      throw HttpProblem.invalid(field, field + " must not be empty");
    }
    return value;
  }

  private static JsonNode tree(String what, byte[] body) {
    try {
      return MAPPER.readTree(body);
    } catch (JsonProcessingException e) {
      String where =
          e.getLocation() == null
              ? ""
              : " at line "
                  + e.getLocation().getLineNr()
                  + ", column "
                  + e.getLocation().getColumnNr();
      throw new HttpProblem(
          400, "not_json", what + " is not valid JSON" + where + ": " + reason(e));
    } catch (IOException e) {
      throw new HttpProblem(400, "not_json", what + " is not text in UTF-8");
    }
  }

  /** Of the parser's own words, those that name none of its classes and settings. */
  private static String reason(JsonProcessingException e) {
    if (e instanceof StreamConstraintsException) {
      return "it is nested more than 16 deep, or has a number of more than 64 characters or a name of"
          + " more than 200";
    }
    if (e instanceof MismatchedInputException) {
      return "there is more after its end";
    }
    if (e instanceof JsonEOFException) {
      return "it ends too early";
    }
    String line = e.getOriginalMessage().lines().findFirst().orElse("");
    return shortened(line.replaceAll("(: enable| \\((start marker|bound as)).*", ""));
  }

  /** At most so many bytes of the body. */
  public static byte[] bytes(Context ctx, int most) {
    if (ctx.req().getContentLengthLong() > most) {
      throw tooLarge(most);
    }
    try (InputStream in = ctx.req().getInputStream()) {
      byte[] bytes = in.readNBytes(most + 1);
      if (bytes.length > most) {
        throw tooLarge(most);
      }
      return bytes;
    } catch (EOFException e) {
      throw new HttpProblem(400, "cut_off", "the request ended before its end");
    } catch (IOException e) {
      throw new HttpProblem(400, "cut_off", "the request could not be read to its end");
    }
  }

  /** There is no room for a large request now. */
  public static HttpProblem tooManyBytes() {
    return new HttpProblem(429, "too_many_bytes", "too many large requests at once; try again");
  }

  /** A request has more bytes than it may have. */
  public static HttpProblem tooLarge(int most) {
    return new HttpProblem(413, "too_large", "the request must have at most " + most + " bytes");
  }

  /** Values of a request in messages: short, on one line. */
  static String shortened(String text) {
    String line = text.replaceAll("\\p{Cntrl}+", " ");
    return line.length() <= 120 ? line : line.substring(0, 120) + "...";
  }
}
