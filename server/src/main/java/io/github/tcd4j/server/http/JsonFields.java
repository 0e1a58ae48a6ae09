package io.github.tcd4j.server.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BinaryNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The fields of a JSON object that somebody sent, each read by its name and type; a wrong one is
 * refused in one sentence. A field may have several names, of which one may be given.
 */
public final class JsonFields {
  /** More elements than this no list of a request has. */
  private static final int LONGEST_LIST = 1000;

  private final ObjectNode node;
  private final String prefix;
  private final Set<String> known = new HashSet<>();

  /** Fields that came in another way than as JSON. */
  public static JsonFields of(ObjectNode node) {
    return new JsonFields(node, "");
  }

  JsonFields(ObjectNode node, String prefix) {
    this.node = node;
    this.prefix = prefix;
  }

  /** The value of the one name that is given; null if none is, or it is null. */
  private @Nullable JsonNode value(String... names) {
    known.addAll(List.of(names));
    JsonNode found = null;
    String first = "";
    for (String name : names) {
      JsonNode value = node.get(name);
      if (value != null && !value.isNull()) {
        if (found != null) {
          throw HttpProblem.invalid(
              prefix + name, prefix + name + " and " + prefix + first + " are the same; give one");
        }
        found = value;
        first = name;
      }
    }
    return found;
  }

  /** Whether one of the names is given and not null. */
  public boolean has(String... names) {
    return value(names) != null;
  }

  /** A text; null if not given. */
  public @Nullable String text(String... names) {
    JsonNode value = value(names);
    if (value == null) {
      return null;
    }
    if (!value.isTextual()) {
      throw wrong(names[0], "a text", value);
    }
    return wellFormed(names[0], value.textValue());
  }

  private String wellFormed(String name, String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == 0) {
        throw HttpProblem.invalid(prefix + name, prefix + name + " must not contain a zero byte");
      }
      if (Character.isHighSurrogate(c)
          && i + 1 < text.length()
          && Character.isLowSurrogate(text.charAt(i + 1))) {
        i++;
      } else if (Character.isSurrogate(c)) {
        throw HttpProblem.invalid(
            prefix + name, prefix + name + " contains half of a character (a lone surrogate)");
      }
    }
    return text;
  }

  /** A text that must be given. */
  public String requiredText(String name) {
    String text = text(name);
    if (text == null) {
      throw HttpProblem.invalid(prefix + name, prefix + name + " must be given");
    }
    return text;
  }

  /** A whole number in a range; null if not given. */
  public @Nullable Integer integer(int least, int most, String... names) {
    JsonNode value = value(names);
    if (value == null) {
      return null;
    }
    BigInteger number = whole(value);
    if (number == null
        || number.compareTo(BigInteger.valueOf(least)) < 0
        || number.compareTo(BigInteger.valueOf(most)) > 0) {
      throw wrong(names[0], "a whole number in [" + least + ", " + most + "]", value);
    }
    return number.intValue();
  }

  /** 4.0 counts as whole: some languages have no other numbers. */
  private static @Nullable BigInteger whole(JsonNode value) {
    if (value.isIntegralNumber()) {
      return value.bigIntegerValue();
    }
    if (value.isNumber()) {
      double number = value.doubleValue();
      if (number == Math.rint(number) && Math.abs(number) < 1L << 53) {
        return BigInteger.valueOf((long) number);
      }
    }
    return null;
  }

  /** A whole number of any size, or its digits as text, as a text; null if not given. */
  public @Nullable String digits(String... names) {
    JsonNode value = value(names);
    if (value == null) {
      return null;
    }
    BigInteger number = whole(value);
    String text = number != null ? number.toString() : value.isTextual() ? value.textValue() : "";
    if (!text.matches("-?[0-9]{1,20}")) {
      throw wrong(names[0], "a whole number", value);
    }
    return text;
  }

  /** A number; null if not given. */
  public @Nullable Double number(String... names) {
    JsonNode value = value(names);
    return value == null ? null : Double.valueOf(finite(names[0], value));
  }

  private double finite(String name, JsonNode value) {
    if (!value.isNumber()) {
      throw wrong(name, "a number", value);
    }
    double number = value.doubleValue();
    if (!Double.isFinite(number)) {
      throw wrong(name, "a finite number", value);
    }
    return number;
  }

  /** A file in base64, also as a data URL; null if not given. Addresses are not fetched. */
  public byte @Nullable [] file(String... names) {
    JsonNode value = value(names);
    if (value == null) {
      return null;
    }
    return file(names[0], value);
  }

  /** A list of files, each in base64; null if not given. */
  public @Nullable List<byte[]> files(String name) {
    JsonNode value = value(name);
    if (value == null) {
      return null;
    }
    List<byte[]> files = new ArrayList<>();
    for (JsonNode element : checked(name, value)) {
      files.add(file(name, element));
    }
    return files;
  }

  private byte[] file(String name, JsonNode value) {
    if (value instanceof BinaryNode binary) {
      return binary.binaryValue();
    }
    if (!value.isTextual()) {
      throw wrong(name, "a file in base64", value);
    }
    return decoded(name, value.textValue());
  }

  /** A file in base64, also as a data URL. */
  public byte[] decoded(String name, String text) {
    if (text.startsWith("http:") || text.startsWith("https:")) {
      throw HttpProblem.invalid(
          prefix + name, prefix + name + " must be the file in base64; addresses are not fetched");
    }
    try {
      int data = text.startsWith("data:") ? text.indexOf(',') + 1 : 0;
      return Base64.getMimeDecoder().decode(text.substring(data));
    } catch (IllegalArgumentException e) {
      throw HttpProblem.invalid(prefix + name, prefix + name + " is not valid base64");
    }
  }

  /** One number or a list of numbers; null if not given. */
  public @Nullable List<Double> numbers(String... names) {
    JsonNode value = value(names);
    if (value == null) {
      return null;
    }
    if (!value.isArray()) {
      return List.of(finite(names[0], value));
    }
    List<Double> numbers = new ArrayList<>();
    for (JsonNode element : checked(names[0], value)) {
      numbers.add(finite(names[0], element));
    }
    return numbers;
  }

  /** True or false; null if not given. */
  public @Nullable Boolean flag(String... names) {
    JsonNode value = value(names);
    if (value != null && !value.isBoolean()) {
      throw wrong(names[0], "true or false", value);
    }
    return value == null ? null : Boolean.valueOf(value.booleanValue());
  }

  /** A list of texts; null if not given. */
  public @Nullable List<String> texts(String... names) {
    JsonNode value = value(names);
    if (value == null) {
      return null;
    }
    List<String> texts = new ArrayList<>();
    for (JsonNode element : checked(names[0], value)) {
      if (!element.isTextual()) {
        throw wrong(names[0], "a list of texts", value);
      }
      texts.add(wellFormed(names[0], element.textValue()));
    }
    return texts;
  }

  /** An object; null if not given. */
  public @Nullable JsonFields object(String... names) {
    JsonNode value = value(names);
    if (value == null) {
      return null;
    }
    if (!(value instanceof ObjectNode object)) {
      throw wrong(names[0], "an object", value);
    }
    return new JsonFields(object, prefix + names[0] + ".");
  }

  /** A list of objects, in which a text stands for an object with that {@code key}. */
  public @Nullable List<JsonFields> objects(String key, String... names) {
    JsonNode value = value(names);
    if (value == null) {
      return null;
    }
    List<JsonFields> objects = new ArrayList<>();
    int i = 0;
    for (JsonNode element : checked(names[0], value)) {
      ObjectNode object;
      if (element.isTextual()) {
        object = node.objectNode();
        object.set(key, element);
      } else if (element instanceof ObjectNode own) {
        object = own;
      } else {
        throw wrong(names[0], "a list of objects", value);
      }
      objects.add(new JsonFields(object, prefix + names[0] + "[" + i++ + "]."));
    }
    return objects;
  }

  private Iterable<JsonNode> checked(String name, JsonNode value) {
    if (!value.isArray()) {
      throw wrong(name, "a list", value);
    }
    if (value.size() > LONGEST_LIST) {
      throw HttpProblem.invalid(
          prefix + name,
          prefix
              + name
              + " must have at most "
              + LONGEST_LIST
              + " elements but has "
              + value.size());
    }
    return value;
  }

  /** Names that are given. */
  public List<String> names() {
    List<String> names = new ArrayList<>();
    node.fieldNames().forEachRemaining(names::add);
    return names;
  }

  /** Other fields together with some of these. */
  public JsonFields copyTo(ObjectNode others, String... taken) {
    for (String name : taken) {
      JsonNode value = value(name);
      if (value != null) {
        others.set(name, value);
      }
    }
    return new JsonFields(others, prefix);
  }

  /** The same with a text, in place of one that may be given. */
  public JsonFields with(String name, String text) {
    return new JsonFields(node.deepCopy().put(name, text), prefix);
  }

  /** Takes note of fields that are neither read nor refused. */
  public void ignore(String... names) {
    known.addAll(List.of(names));
  }

  /** Refuses every field that nobody has read, so that a misspelt one is not lost. */
  public void refuseOthers() {
    for (String name : names()) {
      if (!known.contains(name)) {
        throw HttpProblem.invalid(
            prefix + JsonBody.shortened(name),
            ("unknown field " + prefix + JsonBody.shortened(name))
                + ("; the fields are " + String.join(", ", new TreeSet<>(known))));
      }
    }
  }

  private HttpProblem wrong(String name, String expected, JsonNode value) {
    String was =
        value.isContainerNode() || value.isBinary()
            ? kind(value)
            : JsonBody.shortened(value.toString());
    return HttpProblem.invalid(
        prefix + name, prefix + name + " must be " + expected + " but was " + was);
  }

  private static String kind(JsonNode value) {
    return value.isArray()
        ? "a list of " + value.size()
        : value.isBinary() ? "a file" : "an object";
  }
}
