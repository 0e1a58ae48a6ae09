package io.github.tcd4j.tensor.file;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Field;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Gives a map back at once. Java 17 leaves that to the garbage collector, which has little to do
 * here and comes late, and until then the pages count as this process's memory.
 */
final class Unmapper {
  private static final @Nullable MethodHandle CLEANER = cleaner();

  private Unmapper() {}

  /** Nobody may look into the map from now on. */
  static void of(MappedByteBuffer map) {
    if (CLEANER != null) {
      try {
        CLEANER.invoke(map);
      } catch (Throwable e) {
        throw new IllegalStateException("a map cannot be given back", e);
      }
    }
  }

  /** Null where this Java has none: then the garbage collector does it. */
  private static @Nullable MethodHandle cleaner() {
    try {
      Class<?> type = Class.forName("sun.misc.Unsafe");
      Field field = type.getDeclaredField("theUnsafe");
      field.setAccessible(true);
      return MethodHandles.lookup()
          .findVirtual(type, "invokeCleaner", MethodType.methodType(void.class, ByteBuffer.class))
          .bindTo(field.get(null));
    } catch (ReflectiveOperationException e) {
      return null;
    }
  }
}
