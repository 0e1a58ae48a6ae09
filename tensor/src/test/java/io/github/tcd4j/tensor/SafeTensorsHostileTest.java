package io.github.tcd4j.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.tensor.file.SafeTensors;
import io.github.tcd4j.tensor.file.TensorFileException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SafeTensorsHostileTest {
  @TempDir Path folder;

  private static byte[] file(long headerLength, byte[] header, int dataLength) {
    return ByteBuffer.allocate(8 + header.length + dataLength)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(headerLength)
        .put(header)
        .array();
  }

  private static byte[] file(String header, int dataLength) {
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    return file(json.length, json, dataLength);
  }

  private Path write(byte[] bytes) throws IOException {
    return Files.write(folder.resolve("hostile.safetensors"), bytes);
  }

  private void refused(byte[] bytes, String fault) throws IOException {
    Path path = write(bytes);
    assertThatThrownBy(() -> SafeTensors.open(path).close())
        .isExactlyInstanceOf(TensorFileException.class)
        .hasMessageContaining(path.toString())
        .hasMessageContaining(fault);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 7})
  void aFileWithoutALengthIsRefused(int length) throws IOException {
    refused(new byte[length], "too short");
  }

  @ParameterizedTest
  @CsvSource({
    "100000001, header claims 100000001 bytes",
    "-1, header claims 18446744073709551615 bytes",
    "9223372036854775807, header claims 9223372036854775807 bytes",
    "-9223372036854775808, header claims 9223372036854775808 bytes",
    "100000000, ends inside its header",
    "3, ends inside its header",
    "0, does not start with {"
  })
  void anAbsurdHeaderLengthIsRefused(long length, String fault) throws IOException {
    refused(file(length, "{}".getBytes(StandardCharsets.UTF_8), 0), fault);
  }

  @Test
  void aFileCutOffAnywhereIsRefused() throws IOException {
    byte[] whole = file("{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8);
    try (SafeTensors read = SafeTensors.open(write(whole))) {
      assertThat(read.names()).containsExactly("x");
    }
    for (int length = 0; length < whole.length; length++) {
      refused(Arrays.copyOf(whole, length), "");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "[] | does not start with {",
        "` {}` | does not start with {",
        "{}{} | something follows",
        "{\"x\":1} | tensor x must be an object",
        "{\"x\" | not valid JSON",
        "{\"x\":{}} | needs a dtype",
        "{\"x\":{\"dtype\":\"F32\",\"shape\":[]}} | needs a dtype, a shape and two data_offsets",
        "{\"__metadata__\":{\"a\":1}} | entry a must be a string",
        "{\"__metadata__\":[]} | __metadata__ must be an object",
        "{\"__metadata__\":{\"a\":\"1\",\"a\":\"2\"}} | Duplicate",
        "{\"__metadata__\":{},\"__metadata__\":{}} | Duplicate"
      })
  void aHeaderOfTheWrongFormIsRefused(String header, String fault) throws IOException {
    refused(file(header, 0), fault);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "F32 | [2] | [0,4] | cannot lie in the bytes",
        "F64 | [2] | [0,8] | cannot lie in the bytes",
        "F32 | [2] | [8,0] | cannot lie in the bytes",
        "F32 | [2] | [-8,0] | at least 0",
        "F32 | [-2] | [0,8] | at least 0",
        "F32 | [2.0] | [0,8] | integers",
        "F32 | [2] | [0,8,8] | more than 2",
        "F32 | [2] | [8] | needs a dtype",
        "F32 | [[2]] | [0,8] | integers",
        "F32 | [\"2\"] | [0,8] | integers",
        "F32 | 2 | [0,8] | must be an array",
        "F32 | [9223372036854775808] | [0,8] | out of range",
        "F32 | [4611686018427387904,4] | [0,8] | too large",
        "F32 | [4294967296,4294967296,0] | [0,0] | too large",
        "F32 | [2] | [4,12] | those before it end at 0",
        "F32 | [3] | [0,12] | the file holds 8 bytes",
        "F32 | [1] | [0,4] | its tensors need 4",
        "F32 | [2] | [9223372036854775800,9223372036854775807] | cannot lie",
        "F8_E4M3 | [4] | [0,8] | cannot lie in the bytes",
        "I16 | [8] | [0,8] | cannot lie in the bytes",
        "F33 | [2] | [8,0] | cannot lie in the bytes",
        "F33 | [4294967296,4294967296] | [0,8] | too large",
        "F33 | [3] | [0,7] | its tensors need 7"
      })
  void aTensorThatDoesNotFitItsBytesIsRefused(
      String dtype, String shape, String offsets, String fault) throws IOException {
    refused(
        file(
            "{\"x\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":%s}}"
                .formatted(dtype, shape, offsets),
            8),
        fault);
  }

  @ParameterizedTest
  @ValueSource(strings = {"F33", "f32", "I16", "U64"})
  void aTensorOfATypeThatIsNotReadIsRefusedAloneAndByName(String type) throws IOException {
    int end = type.equals("I16") ? 4 : 16;
    String odd = "\"odd\":{\"dtype\":\"%s\",\"shape\":[2],\"data_offsets\":[0,%d]},";
    String even = "\"even\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[%d,%d]}";
    Path file =
        write(file("{" + odd.formatted(type, end) + even.formatted(end, end + 1) + "}", end + 1));
    try (Scope scope = Scope.open();
        SafeTensors read = SafeTensors.open(file)) {
      assertThat(read.get("even").dtype()).isEqualTo(DType.U8);
      assertThat(read.shape("odd")).containsExactly(2);
      String fault =
          ("cannot read " + file + ": tensor odd is of type " + type + "; those that can be read")
              + " are [F32, F16, BF16, F64, I64, I32, U8, BOOL, F8_E4M3, F8_E5M2]";
      assertThatThrownBy(() -> read.get("odd"))
          .isInstanceOf(TensorFileException.class)
          .hasMessage(fault);
      assertThatThrownBy(() -> read.dtype("odd")).hasMessage(fault);
      assertThatThrownBy(() -> read.forConversion("odd")).hasMessage(fault);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0, 8, 4, 12, 12", // overlap
    "0, 8, 0, 8, 8", // the same bytes twice
    "0, 8, 16, 24, 24", // a hole
    "0, 8, 8, 16, 24" // bytes that belong to nobody
  })
  void tensorsThatOverlapOrLeaveHolesAreRefused(int a, int b, int c, int d, int length)
      throws IOException {
    String entry = "{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[%d,%d]}";
    refused(
        file("{\"x\":" + entry.formatted(a, b) + ",\"y\":" + entry.formatted(c, d) + "}", length),
        "data");
  }

  @Test
  void aNameThatOccursTwiceIsRefused() throws IOException {
    String entry = "\"x\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}";
    refused(file("{" + entry + "," + entry + "}", 0), "Duplicate field 'x'");
  }

  @Test
  void anEntryNobodyKnowsIsRefused() throws IOException {
    refused(
        file("{\"x\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0],\"z\":1}}", 0),
        "unknown entry z");
  }

  @Test
  void aHeaderThatIsNotUtf8IsRefused() throws IOException {
    byte[] latin1 =
        "{\"größe\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}"
            .getBytes(StandardCharsets.ISO_8859_1);
    refused(file(latin1.length, latin1, 0), "not valid UTF-8");
    byte[] utf16 = "{}".getBytes(StandardCharsets.UTF_16LE);
    refused(file(utf16.length, utf16, 0), "not valid JSON");
  }

  @Test
  void aHeaderOfDeepNestingOrEndlessShapeIsRefused() throws IOException {
    refused(file("{\"x\":{\"dtype\":\"U8\",\"shape\":" + "[".repeat(100_000), 0), "integers");
    refused(
        file("{\"x\":{\"dtype\":\"U8\",\"shape\":[" + "1,".repeat(100_000), 0),
        "more than 64 numbers");
  }

  @Test
  void aFolderAndAMissingFileAreNamed() {
    assertThatThrownBy(() -> SafeTensors.open(folder))
        .isInstanceOf(TensorFileException.class)
        .hasMessage("cannot read " + folder + ": it is not a regular file");
    Path missing = folder.resolve("missing.safetensors");
    assertThatThrownBy(() -> SafeTensors.open(missing))
        .isInstanceOf(TensorFileException.class)
        .hasMessage("cannot read " + missing + ": there is no such file");
  }

  @Test
  void dataThatAreNotAlignedAreCopiedAndTheRestAreNot() throws IOException {
    String header =
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[0,3]},"
            + "\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[3,11]},"
            + "\"c\":{\"dtype\":\"I64\",\"shape\":[1],\"data_offsets\":[11,19]},"
            + "\"d\":{\"dtype\":\"BOOL\",\"shape\":[1],\"data_offsets\":[19,20]}}";
    header += " ".repeat(8 - header.length() % 8);
    byte[] bytes = file(header, 20);
    ByteBuffer data =
        ByteBuffer.wrap(bytes, 8 + header.length(), 20).slice().order(ByteOrder.LITTLE_ENDIAN);
    data.put(2, (byte) 200)
        .putFloat(3, 1.5f)
        .putFloat(7, -2.5f)
        .putLong(11, 1L << 40)
        .put(19, (byte) 1);
    int before = TensorMemory.views();
    try (Scope scope = Scope.open();
        SafeTensors read = SafeTensors.open(write(bytes))) {
      assertThat(read.get("a").toLongArray()).containsExactly(0, 0, 200);
      assertThat(read.get("d").item()).isEqualTo(1);
      assertThat(TensorMemory.views()).as("views").isEqualTo(before + 2);
      assertThat(read.get("b").toFloatArray()).containsExactly(1.5f, -2.5f);
      assertThat(read.get("c").item()).isEqualTo(1L << 40);
      assertThat(TensorMemory.views()).as("copies").isEqualTo(before + 2);
    }
    assertThat(TensorMemory.views()).isEqualTo(before);
  }
}
