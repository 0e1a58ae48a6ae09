package io.github.tcd4j.tensor.file;

import static io.github.tcd4j.tensor.file.PickleReader.list;
import static io.github.tcd4j.tensor.file.PickleReader.string;

import io.github.tcd4j.tensor.DType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What {@code torch.save} wrote before PyTorch 1.6, and still writes where it is asked to: four
 * pickles (a number to know it by, the version, the writer's machine, the object), the list of the
 * storages' names, then each storage in that order, its number of elements before its bytes.
 * Devices do not matter: all is read as of the processor.
 */
final class LegacyTorchFile {
  /** The pickle of 0x1950a86a20f9469cfc6c. */
  private static final byte[] MAGIC = {
    (byte) 0x80,
    2,
    (byte) 0x8a,
    10,
    0x6c,
    (byte) 0xfc,
    (byte) 0x9c,
    0x46,
    (byte) 0xf9,
    0x20,
    0x6a,
    (byte) 0xa8,
    0x50,
    0x19,
    '.'
  };

  private static final long VERSION = 1001;
  private static final int MAX_PICKLES = 1 << 28;

  private LegacyTorchFile() {}

  /** Whether a file that starts so is one. */
  static boolean is(byte[] start) {
    return start.length >= MAGIC.length
        && Arrays.equals(start, 0, MAGIC.length, MAGIC, 0, MAGIC.length);
  }

  /** The same of an open file. */
  static boolean is(FileChannel file) throws IOException {
    ByteBuffer start = ByteBuffer.allocate(MAGIC.length);
    while (start.hasRemaining() && file.read(start, start.position()) >= 0) {}
    return !start.hasRemaining() && is(start.array());
  }

  /**
   * The object that was saved, its tensors with their places in the file.
   *
   * @throws PickleReader.Fault if it is damaged or asks for anything else than tensors
   */
  static Object read(FileChannel file) throws IOException {
    long size = Math.min(file.size(), MAX_PICKLES);
    MappedByteBuffer map = file.map(FileChannel.MapMode.READ_ONLY, 0, size);
    try {
      return read(map, file);
    } finally {
      Unmapper.of(map);
    }
  }

  private static Object read(ByteBuffer in, FileChannel file) throws IOException {
    in.position(MAGIC.length);
    PickleReader.Builder plain = new TorchPickle(LegacyTorchFile::none);
    if (!Long.valueOf(VERSION).equals(PickleReader.read(in, plain))) {
      throw new PickleReader.Fault("it is not of version " + VERSION + " of torch.save's files");
    }
    if (PickleReader.read(in, plain) instanceof Map<?, ?> machine
        && Boolean.FALSE.equals(machine.get("little_endian"))) {
      throw new PickleReader.Fault("its numbers are not little-endian");
    }
    int object = in.position();
    // The places of the storages follow from their lengths, which the pickle has: so it is read to
    // learn them, and again when they are known.
    Map<String, TorchTensor.Storage> found = new HashMap<>();
    var unused = PickleReader.read(in, new TorchPickle((k, t, n) -> register(found, k, t, n)));
    List<?> keys = list(PickleReader.read(in, plain));
    Map<String, TorchTensor.Storage> placed = places(keys, found, in.position(), file);
    in.position(object);
    return PickleReader.read(in, new TorchPickle((k, t, n) -> place(placed, k)));
  }

  private static TorchTensor.Storage none(String key, DType type, long numel) {
    throw new PickleReader.Fault("storage " + key + " is named before the object that was saved");
  }

  private static TorchTensor.Storage register(
      Map<String, TorchTensor.Storage> found, String key, DType type, long numel) {
    if (numel < 0 || numel > Long.MAX_VALUE / 16) {
      throw new PickleReader.Fault("storage " + key + " has " + numel + " elements");
    }
    TorchTensor.Storage storage = new TorchTensor.Storage(type, 0, numel);
    TorchTensor.Storage before = found.putIfAbsent(key, storage);
    if (before != null && !before.equals(storage)) {
      throw new PickleReader.Fault("storage " + key + " is described in two ways");
    }
    return storage;
  }

  private static TorchTensor.Storage place(Map<String, TorchTensor.Storage> placed, String key) {
    TorchTensor.Storage storage = placed.get(key);
    if (storage == null) {
      throw new PickleReader.Fault("it lacks the storage " + key);
    }
    return storage;
  }

  private static Map<String, TorchTensor.Storage> places(
      List<?> keys, Map<String, TorchTensor.Storage> found, long begin, FileChannel file)
      throws IOException {
    Map<String, TorchTensor.Storage> placed = new HashMap<>();
    long at = begin;
    for (Object k : keys) {
      String key = string(k);
      TorchTensor.Storage s = found.get(key);
      if (s == null) {
        throw new PickleReader.Fault(
            "no tensor needs storage " + key + ", whose length is unknown");
      }
      ByteBuffer length = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
      while (length.hasRemaining() && file.read(length, at + length.position()) >= 0) {}
      long data = at + Long.BYTES;
      long bytes = s.numel() * s.dtype().bytes();
      if (length.hasRemaining() || bytes > file.size() - data) {
        throw new PickleReader.Fault("it ends inside the data of a tensor; was it cut short?");
      }
      if (length.getLong(0) != s.numel()) {
        throw new PickleReader.Fault(
            ("storage " + key + " should have " + s.numel() + " elements but has ")
                + length.getLong(0));
      }
      placed.put(key, new TorchTensor.Storage(s.dtype(), data, s.numel()));
      at = data + bytes;
    }
    return placed;
  }
}
