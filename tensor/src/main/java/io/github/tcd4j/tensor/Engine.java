package io.github.tcd4j.tensor;

import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.tensor.NativeCache.LoadingLock;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.global.torch;

/**
 * The native library behind the tensors: loads it once with the right BLAS, and answers for its
 * version, its threads and its memory.
 */
public final class Engine {
  private static volatile int usual;

  static {
    // Must stand before the first torch class: OpenBLAS inside libtorch's threads is 2-4x slower.
    setIfAbsent("org.bytedeco.openblas.load", "mkl");
    // Otherwise JavaCPP refuses native memory beyond 4x the Java heap.
    setIfAbsent("org.bytedeco.javacpp.maxPhysicalBytes", "0");
    try (LoadingLock lock = LoadingLock.ofCache()) {
      NativeEnvironment.waitPassively();
      torch.set_num_interop_threads(1);
    }
    usual = torch.get_num_threads();
    // OpenMP counts the machine's processors; Java knows the quota of a container.
    int processors = Runtime.getRuntime().availableProcessors();
    if (System.getenv("OMP_NUM_THREADS") == null && usual > processors) {
      usual = processors;
      torch.set_num_threads(usual);
    }
  }

  private Engine() {}

  private static void setIfAbsent(String key, String value) {
    if (System.getProperty(key) == null) {
      System.setProperty(key, value);
    }
  }

  /** Loads the native library; called by every class of this package that needs it. */
  public static void load() {}

  /** Number of threads that one operation of the calling thread may use now. */
  public static int threads() {
    return torch.get_num_threads();
  }

  /** The number for all that have {@linkplain #borrow borrowed} no other. */
  public static int usualThreads() {
    return usual;
  }

  /**
   * Sets the number of threads that one operation may use, for the calling thread and for those
   * that have not computed yet; results depend on it in the last bits. By default it is that of the
   * processors that Java may use, or {@code OMP_NUM_THREADS}.
   */
  public static synchronized void threads(int n) {
    set(n);
    usual = n;
  }

  /**
   * Sets the number for the calling thread alone, until the same thread closes the result; then it
   * is again what it was before. Other threads, also such as start meanwhile, keep their own.
   */
  public static Borrowed borrow(int threads) {
    int before = threads();
    setForThisThread(threads);
    return () -> setForThisThread(before);
  }

  /** Threads for a while. */
  public interface Borrowed extends AutoCloseable {
    @Override
    void close();
  }

  private static synchronized void setForThisThread(int threads) {
    set(threads);
    if (threads != usual) {
      // libtorch gives the last number that any thread has set to threads that start later.
      CompletableFuture.runAsync(() -> set(usual), task -> new Thread(task).start()).join();
    }
  }

  private static void set(int threads) {
    if (threads < 1) {
      throw new InvalidRequestException("threads must be at least 1 but was " + threads);
    }
    torch.set_num_threads(threads);
  }

  /** Version of libtorch, as {@code 2.10.0}. */
  public static String version() {
    String jar = torch.class.getPackage().getImplementationVersion();
    return jar == null ? "unknown" : jar;
  }

  /** The compile-time configuration of libtorch and its parallel back end, for {@code doctor}. */
  public static String configuration() {
    try (Scope scope = Scope.open()) {
      return torch.show_config().getString() + torch.get_parallel_info().getString();
    }
  }

  /** The BLAS that was really loaded: {@code MKL}, {@code OpenBLAS} or {@code unknown}. */
  public static String blas() {
    // MKL comes under the name of OpenBLAS, from a file of its own.
    return Loader.getLoadedLibraries().entrySet().stream()
        .filter(library -> library.getKey().startsWith("openblas_nolapack"))
        .map(library -> library.getValue().contains("mkl") ? "MKL" : "OpenBLAS")
        .findFirst()
        .orElse("unknown");
  }

  /** The vector instructions that libtorch's kernels use here, such as {@code AVX2}. */
  public static String cpuCapability() {
    try (Scope scope = Scope.open()) {
      return torch.get_cpu_capability().getString();
    }
  }

  /** Number of native objects that Java owns at this moment; a leak shows as growth. */
  public static long liveObjects() {
    return Pointer.totalCount();
  }

  /**
   * The same after the garbage collector has freed what Java had lost before: where a search for a
   * leak starts, so that a collection in its middle does not shift the count. Takes tens of
   * milliseconds.
   */
  public static long settledObjects() {
    long now = liveObjects();
    // The thread that frees may come late on a busy machine, so one quiet round proves nothing.
    for (int quiet = 0; quiet < 3; ) {
      long last = now;
      System.gc();
      LockSupport.parkNanos(20_000_000);
      Pointer.deallocateReferences();
      now = liveObjects();
      quiet = now == last ? quiet + 1 : 0;
    }
    return now;
  }

  /** Gives memory that was freed back to the system, as far as the allocator can. */
  public static void giveBackMemory() {
    Pointer.trimMemory();
  }
}
