package io.github.tcd4j.tensor;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;

/**
 * The environment of this process as libraries in C see it. Java has only a copy and no way to
 * change either, but OpenMP can be configured by environment variables alone, which it reads when
 * it is loaded.
 */
final class NativeEnvironment {
  private static final List<String> WAITING =
      List.of("OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME");

  private NativeEnvironment() {}

  /**
   * Makes OpenMP's threads sleep while they wait for each other, unless the user has chosen
   * otherwise. By default they spin for milliseconds at the end of every parallel loop, which on a
   * machine that is busy with other work takes the processor from the very thread that is waited
   * for. Must run before the first library with OpenMP is loaded.
   */
  static void waitPassively() {
    if (WAITING.stream().allMatch(name -> System.getenv(name) == null)) {
      put("OMP_WAIT_POLICY", "PASSIVE");
    }
  }

  /**
   * Adds a variable that was not there before. Where the system has no {@code environ}, as Windows,
   * nothing happens.
   */
  static void put(String name, String value) {
    // Loads JavaCPP's own library, which brings no OpenMP.
    Pointer symbol = Loader.addressof("environ");
    if (symbol == null || symbol.isNull()) {
      return;
    }
    PointerPointer<Pointer> environ = new PointerPointer<>(symbol);
    PointerPointer<Pointer> old = new PointerPointer<>(environ.get(0));
    long size = 0;
    while (!old.isNull() && old.get(size) != null) {
      size++;
    }
    // As setenv does: a longer list, in memory that lasts as long as the process.
    PointerPointer<Pointer> list =
        new PointerPointer<>(Pointer.malloc((size + 2) * Loader.sizeof(Pointer.class)));
    for (long i = 0; i < size; i++) {
      list.put(i, old.get(i));
    }
    list.put(size, lasting(name + "=" + value));
    list.put(size + 1, (Pointer) null);
    environ.put(0, list);
  }

  private static BytePointer lasting(String text) {
    byte[] bytes = (text + "\0").getBytes(StandardCharsets.UTF_8);
    return new BytePointer(Pointer.malloc(bytes.length)).put(bytes);
  }
}
