package io.github.tcd4j.tensor.file;

import static com.fasterxml.jackson.core.JsonToken.END_ARRAY;
import static com.fasterxml.jackson.core.JsonToken.FIELD_NAME;
import static com.fasterxml.jackson.core.JsonToken.START_ARRAY;
import static com.fasterxml.jackson.core.JsonToken.START_OBJECT;
import static com.fasterxml.jackson.core.JsonToken.VALUE_NUMBER_INT;
import static com.fasterxml.jackson.core.JsonToken.VALUE_STRING;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The JSON at the start of a safetensors file, read token by token and believed in nothing: the
 * file may be hostile.
 *
 * @param entries the tensors in the order of their data, which they cover without hole or overlap
 * @param metadata the strings under {@code __metadata__}
 */
record SafeTensorsHeader(List<Entry> entries, Map<String, String> metadata) {
  static final String METADATA = "__metadata__";

  /** libtorch's kernels know no more dimensions. */
  private static final int MAX_DIMENSIONS = 64;

  // Names are not canonicalised: a file could choose them to collide.
  static final JsonFactory JSON =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .build();

  /**
   * One tensor; its data are the bytes begin .. end-1 after the header.
   *
   * @param type of its elements, as the file names it: a type that we do not know must not make the
   *     other tensors unreadable
   */
  record Entry(String name, String type, List<Long> shape, long begin, long end) {
    long[] dims() {
      return shape.stream().mapToLong(Long::longValue).toArray();
    }
  }

  /** Reads and checks a header in front of {@code dataLength} bytes of data. */
  static SafeTensorsHeader parse(Path file, byte[] json, long dataLength) {
    if (json.length == 0 || json[0] != '{') {
      throw TensorFileException.unreadable(file, "the header does not start with {");
    }
    var decoder =
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    var text = new InputStreamReader(new ByteArrayInputStream(json), decoder);
    try (JsonParser parser = JSON.createParser(text)) {
      return new Reading(file, parser).header().checked(file, dataLength);
    } catch (CharacterCodingException e) {
      throw TensorFileException.unreadable(file, "the header is not valid UTF-8", e);
    } catch (JsonProcessingException e) {
      throw TensorFileException.unreadable(
          file, "the header is not valid JSON: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw TensorFileException.unreadable(file, String.valueOf(e.getMessage()), e);
    }
  }

  private SafeTensorsHeader checked(Path file, long dataLength) {
    List<Entry> sorted = new ArrayList<>(entries);
    sorted.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
    long position = 0;
    for (Entry e : sorted) {
      if (e.begin != position) {
        throw TensorFileException.unreadable(
            file,
            "the data of tensor "
                + e.name
                + " start at "
                + e.begin
                + " but those before it end at "
                + position);
      }
      if (e.end > dataLength) {
        throw TensorFileException.unreadable(
            file,
            "the data of tensor "
                + e.name
                + " end at "
                + e.end
                + " but the file holds "
                + dataLength
                + " bytes of data");
      }
      position = e.end;
    }
    if (position != dataLength) {
      throw TensorFileException.unreadable(
          file, "the file holds " + dataLength + " bytes of data but its tensors need " + position);
    }
    return new SafeTensorsHeader(List.copyOf(sorted), metadata);
  }

  /** One pass over the tokens. */
  private record Reading(Path file, JsonParser parser) {
    SafeTensorsHeader header() throws IOException {
      List<Entry> entries = new ArrayList<>();
      Map<String, String> metadata = new TreeMap<>();
      require(START_OBJECT, "the header");
      while (parser.nextToken() == FIELD_NAME) {
        String name = parser.currentName();
        if (name.equals(METADATA)) {
          require(START_OBJECT, METADATA);
          while (parser.nextToken() == FIELD_NAME) {
            String key = parser.currentName();
            metadata.put(key, require(VALUE_STRING, METADATA + " entry " + key).getText());
          }
        } else {
          entries.add(entry(name));
        }
      }
      if (parser.nextToken() != null) {
        throw fault("something follows the header's closing brace");
      }
      return new SafeTensorsHeader(entries, metadata);
    }

    private Entry entry(String name) throws IOException {
      String what = "tensor " + name;
      String type = null;
      List<Long> shape = null;
      List<Long> offsets = null;
      require(START_OBJECT, what);
      while (parser.nextToken() == FIELD_NAME) {
        switch (parser.currentName()) {
          case "dtype" -> type = require(VALUE_STRING, what + " dtype").getText();
          case "shape" -> shape = numbers(what + " shape", MAX_DIMENSIONS);
          case "data_offsets" -> offsets = numbers(what + " data_offsets", 2);
          default -> throw fault(what + " has an unknown entry " + parser.currentName());
        }
      }
      if (type == null || shape == null || offsets == null || offsets.size() != 2) {
        throw fault(what + " needs a dtype, a shape and two data_offsets");
      }
      long begin = offsets.get(0);
      long end = offsets.get(1);
      StoredType known = StoredType.named(type);
      long size = byteSize(what, known == null ? 1 : known.bytes(), shape);
      if (end < begin || (known != null && end - begin != size)) {
        throw fault(
            what + " of " + type + shape + " cannot lie in the bytes " + begin + " to " + end);
      }
      return new Entry(name, type, shape, begin, end);
    }

    private List<Long> numbers(String what, int limit) throws IOException {
      require(START_ARRAY, what);
      List<Long> result = new ArrayList<>();
      for (JsonToken t = parser.nextToken(); t != END_ARRAY; t = parser.nextToken()) {
        if (t != VALUE_NUMBER_INT || parser.getLongValue() < 0) {
          throw fault(what + " must hold integers of at least 0 but holds " + parser.getText());
        }
        if (result.size() == limit) {
          throw fault(what + " has more than " + limit + " numbers");
        }
        result.add(parser.getLongValue());
      }
      return List.copyOf(result);
    }

    private long byteSize(String what, int bytes, List<Long> shape) {
      try {
        long strides = bytes;
        for (long d : shape) {
          strides = Math.multiplyExact(strides, Math.max(d, 1));
        }
        return shape.contains(0L) ? 0 : strides;
      } catch (ArithmeticException e) {
        throw fault(what + " has the shape " + shape + ", which is too large");
      }
    }

    private JsonParser require(JsonToken token, String what) throws IOException {
      JsonToken found = parser.nextToken();
      if (found != token) {
        throw fault(what + " must be " + expected(token) + " but is " + parser.getText());
      }
      return parser;
    }

    private static String expected(JsonToken token) {
      return switch (token) {
        case START_OBJECT -> "an object";
        case START_ARRAY -> "an array";
        default -> "a string";
      };
    }

    private TensorFileException fault(String text) {
      return TensorFileException.unreadable(file, text);
    }
  }
}
