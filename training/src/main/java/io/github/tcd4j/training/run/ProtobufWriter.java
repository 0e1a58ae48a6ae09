package io.github.tcd4j.training.run;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * A protocol buffer message, written field by field: each is the number times 8 plus its wire type
 * (0 varint, 1 eight bytes, 2 counted bytes, 5 four bytes), then the value.
 */
final class ProtobufWriter {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  private void varint(long value) {
    long rest = value;
    for (; (rest & ~0x7FL) != 0; rest >>>= 7) {
      bytes.write((int) (rest & 0x7F | 0x80));
    }
    bytes.write((int) rest);
  }

  ProtobufWriter integer(int field, long value) {
    varint(field * 8L);
    varint(value);
    return this;
  }

  ProtobufWriter float64(int field, double value) {
    varint(field * 8L + 1);
    return raw(little(8).putDouble(value));
  }

  ProtobufWriter float32(int field, float value) {
    varint(field * 8L + 5);
    return raw(little(4).putFloat(value));
  }

  ProtobufWriter counted(int field, byte[] value) {
    varint(field * 8L + 2);
    varint(value.length);
    bytes.writeBytes(value);
    return this;
  }

  ProtobufWriter text(int field, String value) {
    return counted(field, value.getBytes(StandardCharsets.UTF_8));
  }

  ProtobufWriter message(int field, ProtobufWriter value) {
    return counted(field, value.toByteArray());
  }

  private ProtobufWriter raw(ByteBuffer value) {
    bytes.writeBytes(value.array());
    return this;
  }

  private static ByteBuffer little(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }

  byte[] toByteArray() {
    return bytes.toByteArray();
  }
}
