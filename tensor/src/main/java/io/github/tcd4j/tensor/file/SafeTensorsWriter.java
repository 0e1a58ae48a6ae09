package io.github.tcd4j.tensor.file;

import com.fasterxml.jackson.core.JsonGenerator;
import io.github.tcd4j.files.AtomicFile;
import io.github.tcd4j.files.FileException;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.TensorMemory;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.CharBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * Writes named tensors to a safetensors file. The file appears whole or not at all: it is written
 * beside its place, forced to the disk, then renamed over what was there.
 *
 * <p>The bytes are those of the reference implementation: tensors by falling alignment and then by
 * name, so that all data are aligned; the header padded with spaces to a multiple of 8.
 */
public final class SafeTensorsWriter {
  private static final int CHUNK = 1 << 26;

  // The reference implementation's order of types, widest first.
  private static final List<DType> ORDER =
      List.of(
          DType.I64, DType.F64, DType.F32, DType.I32, DType.BF16, DType.F16, DType.U8, DType.BOOL);

  private record Planned(String name, DType dtype, long[] shape) {
    long bytes() {
      return Arrays.stream(shape).reduce(dtype.bytes(), Math::multiplyExact);
    }
  }

  private SafeTensorsWriter() {}

  /**
   * Writes {@code tensors}, which may be on any device and of any memory layout, replacing {@code
   * file}. Where that fails, a {@link TensorFileException} says why, and what was there before
   * still is.
   */
  public static void write(Path file, Map<String, Tensor> tensors, Map<String, String> metadata) {
    try {
      List<Planned> plan = plan(tensors);
      byte[] header = header(plan, metadata);
      AtomicFile.write(file, channel -> write(channel, plan, header, tensors));
    } catch (FileException e) {
      throw new TensorFileException(String.valueOf(e.getMessage()), e);
    } catch (CharacterCodingException e) {
      throw unwritable(file, "a name or a value of the metadata is not valid Unicode", e);
    } catch (IOException | RuntimeException e) {
      throw unwritable(file, String.valueOf(e.getMessage()), e);
    }
  }

  private static TensorFileException unwritable(Path file, String fault, Exception cause) {
    return new TensorFileException("cannot write " + file + ": " + fault, cause);
  }

  private static void write(
      FileChannel channel, List<Planned> plan, byte[] header, Map<String, Tensor> tensors)
      throws IOException {
    ByteBuffer length = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
    AtomicFile.writeFully(channel, length.putLong(0, header.length));
    AtomicFile.writeFully(channel, ByteBuffer.wrap(header));
    for (Planned p : plan) {
      write(channel, p, Objects.requireNonNull(tensors.get(p.name), p.name));
    }
  }

  private static List<Planned> plan(Map<String, Tensor> tensors) {
    List<Planned> plan = new ArrayList<>();
    tensors.forEach(
        (name, t) -> {
          if (name.equals(SafeTensorsHeader.METADATA)) {
            throw new IllegalArgumentException("no tensor may be called " + name);
          }
          if (t.isFreed()) {
            throw new IllegalArgumentException("tensor " + name + " has been freed");
          }
          plan.add(new Planned(name, t.dtype(), t.shape()));
        });
    plan.sort(
        Comparator.comparingInt((Planned p) -> ORDER.indexOf(p.dtype))
            .thenComparing(p -> p.name.getBytes(StandardCharsets.UTF_8), Arrays::compareUnsigned));
    return plan;
  }

  private static byte[] header(List<Planned> plan, Map<String, String> metadata)
      throws IOException {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = SafeTensorsHeader.JSON.createGenerator(text)) {
      json.writeStartObject();
      if (!metadata.isEmpty()) {
        json.writeObjectFieldStart(SafeTensorsHeader.METADATA);
        for (var e : new TreeMap<>(metadata).entrySet()) {
          json.writeStringField(e.getKey(), e.getValue());
        }
        json.writeEndObject();
      }
      long position = 0;
      for (Planned p : plan) {
        json.writeObjectFieldStart(p.name);
        json.writeStringField("dtype", p.dtype.name());
        json.writeFieldName("shape");
        json.writeArray(p.shape, 0, p.shape.length);
        json.writeFieldName("data_offsets");
        json.writeArray(new long[] {position, position += p.bytes()}, 0, 2);
        json.writeEndObject();
      }
      json.writeEndObject();
    }
    // Strictly: half a surrogate pair is an error, not a question mark.
    ByteBuffer utf8 = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text.getBuffer()));
    if (utf8.limit() > SafeTensors.MAX_HEADER - 7) {
      throw new IOException(
          "the header would have " + utf8.limit() + " bytes, more than any reader accepts");
    }
    byte[] padded = new byte[(utf8.limit() + 7) / 8 * 8];
    Arrays.fill(padded, (byte) ' ');
    utf8.get(padded, 0, utf8.limit());
    return padded;
  }

  private static void write(FileChannel channel, Planned planned, Tensor tensor)
      throws IOException {
    if (tensor.isFreed()) {
      throw new IOException("tensor " + planned.name + " has been freed");
    }
    try (Scope scope = Scope.inference()) {
      Tensor t = tensor.to(Device.CPU).contiguous();
      if (t.dtype() != planned.dtype || !Arrays.equals(t.shape(), planned.shape)) {
        throw new IOException("tensor " + planned.name + " changed while it was written");
      }
      long bytes = planned.bytes();
      for (long at = 0; at < bytes; at += CHUNK) {
        long length = Math.min(CHUNK, bytes - at);
        AtomicFile.writeFully(channel, TensorMemory.bytes(t, at, length));
      }
    }
  }
}
