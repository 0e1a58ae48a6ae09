package io.github.tcd4j.tensor.file;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Engine;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.TensorMemory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Damaged files: each is read whole or refused by name, and none ends the process. {@code
 * -Dtcd4j.mutants=N} says how many.
 */
class SafeTensorsMutationTest {
  private static final int MUTANTS = Integer.getInteger("tcd4j.mutants", 4000);
  private static final String[] NUMBERS = {
    "0",
    "1",
    "2",
    "3",
    "7",
    "8",
    "16",
    "64",
    "-1",
    "00",
    "1.0",
    "1e2",
    "2147483648",
    "4294967296",
    "9223372036854775807",
    "9223372036854775808",
    "99999999999999999999",
    "null",
    "[]",
    "\"4\""
  };
  private static final String[] WORDS = {
    "F32",
    "F16",
    "BF16",
    "F64",
    "I64",
    "I32",
    "U8",
    "BOOL",
    "I8",
    "F8_E5M2",
    "dtype",
    "shape",
    "data_offsets",
    "__metadata__",
    "a",
    "b",
    "",
    "\\u0000"
  };
  private static final Pattern NUMBER = Pattern.compile("[0-9]+");
  private static final Pattern WORD = Pattern.compile("(?<=\")[A-Za-z_0-9]+(?=\")");
  private static final Pattern PUNCTUATION = Pattern.compile("[{}\\[\\]:,\"]");

  /** The ways to damage a file; all but the last strike the header or the structure. */
  private enum Damage {
    LENGTH_FIELD,
    CUT_OFF,
    APPENDED,
    HEADER_BYTE,
    HEADER_SLICE_DROPPED,
    HEADER_SLICE_REPEATED,
    NUMBER_CHANGED,
    WORD_CHANGED,
    PUNCTUATION_CHANGED,
    PAYLOAD_BYTE
  }

  @TempDir Path folder;

  private final Random random = new Random(7);
  private final Map<Damage, Integer> loaded = new EnumMap<>(Damage.class);
  private final Map<Damage, Integer> refused = new EnumMap<>(Damage.class);
  private final Set<String> faults = new TreeSet<>();

  @Test
  void everyMutantIsReadWholeOrRefusedByName() throws IOException {
    byte[] original = original();
    long objects = Engine.settledObjects();
    int held = TensorMemory.views();
    for (int i = 0; i < MUTANTS; i++) {
      Damage damage = Damage.values()[i % Damage.values().length];
      read(damage, mutant(original, damage), folder.resolve("mutant-" + i + ".safetensors"));
    }
    assertThat(Engine.liveObjects()).isEqualTo(objects);
    assertThat(TensorMemory.views()).isEqualTo(held);
    assertThat(sum(loaded) + sum(refused)).isEqualTo(MUTANTS);
    assertThat(refused).doesNotContainKey(Damage.PAYLOAD_BYTE);
    assertThat(loaded).doesNotContainKeys(Damage.LENGTH_FIELD, Damage.CUT_OFF, Damage.APPENDED);
    for (Damage d : Damage.values()) {
      int perKind = MUTANTS / Damage.values().length;
      if (d.ordinal() < Damage.PAYLOAD_BYTE.ordinal()) {
        assertThat(refused.get(d)).as("refused by %s", d).isGreaterThan(perKind / 3);
      }
    }
    assertThat(sum(refused)).isGreaterThan(MUTANTS * 6 / 10);
    assertThat(loaded.get(Damage.WORD_CHANGED)).as("a renamed tensor is a tensor").isPositive();
    assertThat(faults).as("kinds of fault that were found").hasSizeGreaterThan(15);
  }

  private static int sum(Map<Damage, Integer> counts) {
    return counts.values().stream().mapToInt(n -> n).sum();
  }

  private byte[] original() throws IOException {
    Path file = folder.resolve("original.safetensors");
    try (Scope scope = Scope.open()) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      for (DType type : DType.values()) {
        tensors.put("t" + type, Tensor.arange(6).reshape(2, 3).to(type));
      }
      tensors.put("scalar", Tensor.scalar(1));
      tensors.put("empty", Tensor.zeros(DType.F32, 0, 4));
      SafeTensorsWriter.write(file, tensors, Map.of("format", "pt", "note", "small"));
    }
    return Files.readAllBytes(file);
  }

  private void read(Damage damage, byte[] mutant, Path file) throws IOException {
    Files.write(file, mutant);
    try (Scope scope = Scope.open();
        SafeTensors read = SafeTensors.open(file)) {
      for (String name : read.names()) {
        Tensor t = read.get(name);
        assertThat(t.shape()).isEqualTo(read.shape(name));
        assertThat((long) t.toByteArray().length).isEqualTo(t.numel() * t.dtype().bytes());
        assertThat(t.to(DType.F64).sum().dim()).isZero();
      }
      loaded.merge(damage, 1, Integer::sum);
    } catch (TensorFileException e) {
      assertThat(e).hasMessageStartingWith("cannot read " + file + ": ");
      assertThat(e.getMessage().length()).isGreaterThan(("cannot read " + file + ": ").length());
      refused.merge(damage, 1, Integer::sum);
      faults.add(kind(e.getMessage().substring(e.getMessage().indexOf(": ") + 2)));
    } finally {
      Files.delete(file);
    }
  }

  /** A fault without its names and numbers. */
  private static String kind(String fault) {
    return fault.replaceAll("tensor \\S+", "tensor").replaceAll("[^a-zA-Z ].*", "");
  }

  private byte[] mutant(byte[] original, Damage damage) {
    int headerLength = (int) ByteBuffer.wrap(original).order(ByteOrder.LITTLE_ENDIAN).getLong();
    String header = new String(original, 8, headerLength, ISO_8859_1);
    int used = header.stripTrailing().length();
    int at = random.nextInt(used);
    int end = Math.min(used, at + 1 + random.nextInt(20));
    return switch (damage) {
      case LENGTH_FIELD -> withLength(original, headerLength);
      case CUT_OFF -> java.util.Arrays.copyOf(original, random.nextInt(original.length));
      case APPENDED -> java.util.Arrays.copyOf(original, original.length + 1 + random.nextInt(40));
      case HEADER_BYTE -> withByte(original, 8 + at);
      case HEADER_SLICE_DROPPED ->
          rebuilt(original, header.substring(0, at) + header.substring(end));
      case HEADER_SLICE_REPEATED ->
          rebuilt(original, header.substring(0, end) + header.substring(at));
      case NUMBER_CHANGED -> rebuilt(original, replaced(header, NUMBER, NUMBERS));
      case WORD_CHANGED -> rebuilt(original, replaced(header, WORD, WORDS));
      case PUNCTUATION_CHANGED ->
          rebuilt(original, replaced(header, PUNCTUATION, "{}[]:,\" ".split("")));
      case PAYLOAD_BYTE ->
          withByte(original, 8 + headerLength + random.nextInt(original.length - 8 - headerLength));
    };
  }

  private byte[] withLength(byte[] original, int length) {
    long[] lengths = {
      0,
      length - 1,
      length + 1,
      length - 8,
      length + 8,
      -1,
      Long.MIN_VALUE,
      Long.MAX_VALUE,
      100_000_000,
      100_000_001,
      original.length,
      original.length - 8,
      random.nextLong(),
      random.nextInt(length),
      length + 1 + random.nextInt(1 << 20)
    };
    ByteBuffer bytes = ByteBuffer.wrap(original.clone()).order(ByteOrder.LITTLE_ENDIAN);
    return bytes.putLong(0, lengths[random.nextInt(lengths.length)]).array();
  }

  private byte[] withByte(byte[] original, int at) {
    byte[] bytes = original.clone();
    bytes[at] ^= (byte) (1 + random.nextInt(255));
    return bytes;
  }

  /** The file with another header, whose length is told truly, so that the fault lies deeper. */
  private static byte[] rebuilt(byte[] original, String header) {
    int old = (int) ByteBuffer.wrap(original).order(ByteOrder.LITTLE_ENDIAN).getLong();
    int data = original.length - 8 - old;
    return ByteBuffer.allocate(8 + header.length() + data)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(header.length())
        .put(header.getBytes(ISO_8859_1))
        .put(original, 8 + old, data)
        .array();
  }

  private String replaced(String header, Pattern what, String[] by) {
    var matches = what.matcher(header).results().toList();
    MatchResult m = matches.get(random.nextInt(matches.size()));
    String other;
    do {
      other = by[random.nextInt(by.length)];
    } while (other.equals(m.group()));
    return header.substring(0, m.start()) + other + header.substring(m.end());
  }
}
