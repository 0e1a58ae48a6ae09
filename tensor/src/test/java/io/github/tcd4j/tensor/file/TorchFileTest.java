package io.github.tcd4j.tensor.file;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tcd4j.tensor.Engine;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.TensorMemory;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files of {@code oracle/make_torch_fixture.py}. */
class TorchFileTest {
  private static final int MUTANTS = Integer.getInteger("tcd4j.mutants", 4000);

  @TempDir Path folder;

  private static Path resource(String name) {
    try {
      return Path.of(
          Objects.requireNonNull(TorchFileTest.class.getResource("/torch/" + name)).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The second is of before the zips, of a GPU. */
  @ParameterizedTest
  @ValueSource(strings = {"small.ckpt", "old.ckpt"})
  void everyTensorHasTheBitsThatSafetensorsHas(String saved) {
    try (Scope scope = Scope.inference();
        TensorFile torch = TensorFile.open(resource(saved));
        TensorFile safe = TensorFile.open(resource("small.safetensors"))) {
      assertThat(torch).isInstanceOf(TorchFile.class);
      assertThat(safe).isInstanceOf(SafeTensors.class);
      assertThat(torch.names()).isEqualTo(safe.names());
      assertThat(torch.metadata()).isEqualTo(Map.of(TorchFile.GLOBAL_STEP, "7"));
      for (String name : safe.names()) {
        assertThat(torch.dtype(name)).as(name).isEqualTo(safe.dtype(name));
        assertThat(torch.shape(name)).as(name).isEqualTo(safe.shape(name));
        assertThat(torch.get(name).contiguous().toByteArray())
            .as(name)
            .isEqualTo(safe.get(name).toByteArray());
      }
    }
  }

  @Test
  void theDictionaryOfTextualInversionsFirstTrainerIsRead() {
    try (Scope scope = Scope.inference();
        TensorFile file = TensorFile.open(resource("embedding.pt"))) {
      assertThat(file.names()).containsExactly("string_to_param.*", "string_to_token.*");
      assertThat(file.shape("string_to_param.*")).containsExactly(2, 3);
      assertThat(file.get("string_to_param.*").toFloatArray()).containsOnly(3);
    }
  }

  @Test
  void shardsAreReadByTheirIndex() throws IOException {
    Files.copy(resource("small.ckpt"), folder.resolve("a.bin"));
    Files.copy(resource("small.ckpt"), folder.resolve("b.bin"));
    Path index = folder.resolve("pytorch_model.bin.index.json");
    Files.writeString(index, "{\"weight_map\":{\"f32\":\"a.bin\",\"scalar\":\"b.bin\"}}");

    try (Scope scope = Scope.inference();
        TensorFile file = TensorFile.open(index)) {
      assertThat(file.names()).containsExactly("f32", "scalar");
      assertThat(file.get("f32").toFloatArray()).containsExactly(0, 1, 2, 3, 4, 5);
      assertThat(file.get("scalar").item()).isEqualTo(7);
    }
    Files.writeString(index, "{\"weight_map\":{\"nothing\":\"a.bin\"}}");
    assertThatThrownBy(() -> TensorFile.open(index))
        .isInstanceOf(TensorFileException.class)
        .hasMessageContaining("it lacks tensor nothing, which pytorch_model.bin.index.json lists");
  }

  /** Its modules are dictionaries; its code, which the archive compresses, is not looked at. */
  @Test
  void theParametersOfTorchScriptAreReadByTheirPaths() {
    try (Scope scope = Scope.inference();
        TensorFile file = TensorFile.open(resource("script.pt"))) {
      assertThat(file.names())
          .containsExactlyInAnyOrder(
              "output.bias",
              "output.weight",
              "tower.0.bn.bias",
              "tower.0.bn.num_batches_tracked",
              "tower.0.bn.running_mean",
              "tower.0.bn.running_var",
              "tower.0.bn.weight",
              "tower.0.conv.weight");
      assertThat(file.get("tower.0.conv.weight").toFloatArray()).containsExactly(1, 1);
      assertThat(file.get("tower.0.bn.running_var").toFloatArray()).containsExactly(1, 1);
      assertThat(file.get("output.weight").toFloatArray()).containsExactly(4, 4);
      assertThat(file.get("output.bias").item()).isEqualTo(5);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"evil.ckpt", "old-evil.ckpt"})
  void aCallOfAnythingElseIsRefusedByItsName(String evil) {
    assertThatThrownBy(() -> TensorFile.open(resource(evil)))
        .isInstanceOf(TensorFileException.class)
        .hasMessageMatching(
            "cannot read .*evil.ckpt: its pickle needs (posix|nt).system, which is not one of"
                + " the names that tensors need; save the model as safetensors where you trust it");
  }

  @Test
  void aPickleOfOtherThingsSaysWhatItIsAndWhatToDo() {
    assertThatThrownBy(() -> TensorFile.open(resource("bare.ckpt")))
        .isInstanceOf(TensorFileException.class)
        .hasMessageMatching(
            "cannot read .*bare.ckpt: it is a pickle of Python objects but none of torch.save;"
                + " where you trust it, load it with PyTorch and save its tensors, or use the same"
                + " model as safetensors");
  }

  /** By their first bytes, which as a length of safetensors' header would say nothing. */
  @ParameterizedTest
  @CsvSource({
    "'GGUF\u0003\u0000\u0000\u0000\u0001', 'it is GGUF, which is not supported; use the model as"
        + " safetensors in float16, bfloat16 or float32'",
    "'version https://git-lfs.github.com/spec/v1', 'it is a pointer of Git LFS, not the file itself;"
        + " git lfs pull fetches it'",
    "'<!DOCTYPE html><html>', 'it is a web page, as servers send where a download needs a login;"
        + " download it anew'",
    "'<html>\n<head>', 'it is a web page, as servers send where a download needs a login;"
        + " download it anew'",
  })
  void aFileOfAnotherKindIsNamed(String start, String fault) throws IOException {
    Path file = folder.resolve("model.safetensors");
    Files.write(file, start.getBytes(StandardCharsets.ISO_8859_1));

    assertThatThrownBy(() -> TensorFile.open(file))
        .isInstanceOf(TensorFileException.class)
        .hasMessage("cannot read " + file + ": " + fault);
  }

  /** A header of 640 bytes begins with the two bytes of a pickle. */
  @Test
  void safetensorsThatBeginLikeAPickleAreNone() throws IOException {
    Path file = folder.resolve("odd.safetensors");
    String header = "{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}";
    ByteBuffer bytes = ByteBuffer.allocate(8 + 640 + 1).order(ByteOrder.LITTLE_ENDIAN);
    bytes
        .putLong(640)
        .put((header + " ".repeat(640 - header.length())).getBytes(UTF_8))
        .put((byte) 5);
    Files.write(file, bytes.array());

    try (TensorFile read = TensorFile.open(file)) {
      assertThat(read.names()).containsExactly("a");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "small.ckpt, 0.5, 'was it cut short?'",
    "old.ckpt, 0.5, 'the pickle ends early'",
    "old.ckpt, 0.99, 'it ends inside the data of a tensor; was it cut short?'"
  })
  void aFileThatWasCutShortIsRefused(String name, double part, String fault) throws IOException {
    byte[] whole = Files.readAllBytes(resource(name));
    Path cut = folder.resolve("cut.ckpt");
    Files.write(cut, java.util.Arrays.copyOf(whole, (int) (whole.length * part)));
    assertThatThrownBy(() -> TensorFile.open(cut))
        .isInstanceOf(TensorFileException.class)
        .hasMessageStartingWith("cannot read " + cut)
        .hasMessageContaining(fault);
  }

  /** Half of the blows fall on the pickle, a quarter on the zip's directory, the rest anywhere. */
  @Test
  void everyMutantIsReadWholeOrRefusedByName() throws IOException {
    byte[] original = Files.readAllBytes(resource("small.ckpt"));
    int pickle = find(original, 0, 0x80, 2);
    int pickleEnd = find(original, pickle, 'P', 'K', 7, 8);
    mutate(original, pickle, pickleEnd, find(original, 0, 'P', 'K', 1, 2));
  }

  /**
   * Half of the blows fall on the object's pickle, a quarter on the storages, the rest anywhere.
   */
  @Test
  void everyMutantOfBeforeTheZipsIsReadWholeOrRefusedByName() throws IOException {
    byte[] original = Files.readAllBytes(resource("old.ckpt"));
    int object = find(original, 30, 0x80, 2, '}', 'q', 0, '(', 'X', 10);
    int keys = find(original, object, 'u', '.', 0x80, 2) + 2;
    mutate(original, object, keys, keys);
  }

  private void mutate(byte[] original, int pickle, int pickleEnd, int directory)
      throws IOException {
    Random random = new Random(11);
    Set<String> faults = new TreeSet<>();
    int loaded = 0;
    // What is made once for all, for the first tensor that is mapped, is made before the count.
    everyTensorHasTheBitsThatSafetensorsHas("old.ckpt");
    long objects = Engine.settledObjects();
    int held = TensorMemory.views();
    for (int i = 0; i < MUTANTS; i++) {
      byte[] mutant = original.clone();
      int from = i % 4 < 2 ? pickle : i % 4 == 2 ? directory : 0;
      int to = i % 4 < 2 ? pickleEnd : original.length;
      for (int blows = 1 + random.nextInt(3); blows > 0; blows--) {
        int at = from + random.nextInt(to - from);
        mutant[at] =
            random.nextBoolean()
                ? original[from + random.nextInt(to - from)]
                : (byte) random.nextInt(256);
      }
      Path file = folder.resolve("mutant-" + i + ".ckpt");
      Files.write(file, mutant);
      try (Scope scope = Scope.inference();
          TensorFile read = TorchFile.open(file)) {
        for (String name : read.names()) {
          assertThat(read.get(name).shape()).isEqualTo(read.shape(name));
          assertThat(read.get(name).contiguous().toByteArray()).isNotNull();
        }
        loaded++;
      } catch (TensorFileException e) {
        assertThat(e).hasMessageStartingWith("cannot read " + file + ": ");
        faults.add(e.getMessage().replace(file.toString(), "").replaceAll("[^a-zA-Z ]", ""));
      } finally {
        Files.delete(file);
      }
    }
    assertThat(Engine.liveObjects()).isEqualTo(objects);
    assertThat(TensorMemory.views()).isEqualTo(held);
    assertThat(loaded).isBetween(MUTANTS / 20, MUTANTS * 19 / 20);
    assertThat(faults).hasSizeGreaterThan(15);
  }

  private static int find(byte[] in, int from, int... what) {
    for (int i = from; i + what.length <= in.length; i++) {
      boolean same = true;
      for (int j = 0; j < what.length; j++) {
        same &= in[i + j] == (byte) what[j];
      }
      if (same) {
        return i;
      }
    }
    throw new AssertionError("not found");
  }
}
