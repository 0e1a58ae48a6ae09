package io.github.tcd4j.pipeline;

import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.SafeTensors;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** What {@code torch.save({"state_dict": ...})} writes of the tensors of a safetensors file. */
public final class PickleWriter {
  private static final Map<DType, String> STORAGES =
      Map.of(
          DType.F32, "FloatStorage",
          DType.F16, "HalfStorage",
          DType.BF16, "BFloat16Storage",
          DType.I64, "LongStorage");

  private final ByteArrayOutputStream pickle = new ByteArrayOutputStream();

  public static Path write(Path safetensors, Path to) throws IOException {
    PickleWriter writer = new PickleWriter();
    try (Scope scope = Scope.inference();
        SafeTensors file = SafeTensors.open(safetensors);
        ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(to))) {
      zip.setMethod(ZipOutputStream.STORED);
      writer.code(0x80, 2, '}', '(').text("state_dict").code('}', '(');
      int number = 0;
      for (String name : file.names()) {
        Tensor t = file.get(name);
        writer.text(name).tensor(t, number);
        entry(zip, "archive/data/" + number++, t.toByteArray());
      }
      writer.code('u', 'u', '.');
      entry(zip, "archive/data.pkl", writer.pickle.toByteArray());
    }
    return to;
  }

  private static void entry(ZipOutputStream zip, String name, byte[] bytes) throws IOException {
    ZipEntry entry = new ZipEntry(name);
    CRC32 crc = new CRC32();
    crc.update(bytes);
    entry.setSize(bytes.length);
    entry.setCrc(crc.getValue());
    zip.putNextEntry(entry);
    zip.write(bytes);
    zip.closeEntry();
  }

  private PickleWriter code(int... codes) {
    for (int code : codes) {
      pickle.write(code);
    }
    return this;
  }

  private PickleWriter number(int n) {
    byte[] bytes = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(n).array();
    pickle.writeBytes(bytes);
    return this;
  }

  private PickleWriter text(String s) {
    byte[] bytes = s.getBytes(StandardCharsets.UTF_8);
    code('X').number(bytes.length).pickle.writeBytes(bytes);
    return this;
  }

  private PickleWriter global(String module, String name) {
    code('c').pickle.writeBytes((module + "\n" + name + "\n").getBytes(StandardCharsets.UTF_8));
    return this;
  }

  private PickleWriter numbers(long... values) {
    code('(');
    for (long v : values) {
      code('J').number((int) v);
    }
    return code('t');
  }

  private void tensor(Tensor t, int number) {
    long[] shape = t.shape();
    long[] strides = new long[shape.length];
    long stride = 1;
    for (int i = shape.length - 1; i >= 0; i--) {
      strides[i] = stride;
      stride *= shape[i];
    }
    global("torch._utils", "_rebuild_tensor_v2").code('(', '(').text("storage");
    global("torch", String.valueOf(STORAGES.get(t.dtype()))).text(number + "").text("cpu");
    code('J').number((int) t.numel()).code('t', 'Q', 'J').number(0).numbers(shape).numbers(strides);
    code(0x89).global("collections", "OrderedDict").code(')', 'R', 't', 'R');
  }
}
