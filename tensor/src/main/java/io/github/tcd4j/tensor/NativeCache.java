package io.github.tcd4j.tensor;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.locks.LockSupport;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/** Where the native libraries come from and are unpacked to. Asking for it loads none of them. */
public final class NativeCache {
  private NativeCache() {}

  /**
   * The folder that is used: what {@code -Dorg.bytedeco.javacpp.cachedir} says, else {@code
   * ~/.javacpp/cache}, else one in the folder for temporary files.
   *
   * @throws IOException if none of them can be written to
   */
  public static Path folder() throws IOException {
    return Loader.getCacheDir().toPath();
  }

  /** This machine as the native libraries name it, such as {@code linux-x86_64}. */
  public static String platform() {
    return Loader.getPlatform();
  }

  /** Whether this program was built for NVIDIA GPUs, which needs the libraries of CUDA to start. */
  public static boolean isForNvidia() {
    String library = System.mapLibraryName("jnitorch");
    return torch.class.getResource("/org/bytedeco/pytorch/" + platform() + "-gpu/" + library)
        != null;
  }

  /**
   * One process at a time unpacks and loads the native libraries. JavaCPP locks its cache for each
   * file alone, but a library is also opened through those that need it: a process that started
   * second then mapped {@code libtorch_cpu.so} while the first was still writing it, which is a
   * SIGBUS. And it replaces symbolic links between libraries at every start, without a lock. The
   * system releases the lock of a process that ends, however it does.
   */
  static final class LoadingLock implements AutoCloseable {
    private static final String FILE = ".tcd4j-loading";
    private static final long PAUSE_NANOS = 10_000_000;

    private final @Nullable FileChannel channel;

    private LoadingLock(@Nullable FileChannel channel) {
      this.channel = channel;
    }

    /** That of the folder into which JavaCPP unpacks. */
    static LoadingLock ofCache() {
      try {
        return of(NativeCache.folder());
      } catch (IOException e) {
        // No folder can be written to: JavaCPP says so when it unpacks the first library.
        return new LoadingLock(null);
      }
    }

    /**
     * Waits until no other process, and no other class loader of this one, loads from {@code
     * folder}. Where a file cannot be locked, as in a folder that is read-only (and then has all
     * libraries) or on some network drives, this does nothing.
     */
    static LoadingLock of(Path folder) {
      FileChannel channel = null;
      try {
        channel =
            FileChannel.open(
                folder.resolve(FILE), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        lock(channel);
        return new LoadingLock(channel);
      } catch (IOException e) {
        close(channel);
        return new LoadingLock(null);
      }
    }

    private static FileLock lock(FileChannel channel) throws IOException {
      while (true) {
        try {
          return channel.lock();
        } catch (OverlappingFileLockException e) {
          // Held by this process, for another class loader: Java does not wait for these.
          LockSupport.parkNanos(PAUSE_NANOS);
        }
      }
    }

    /** Lets the next process load. */
    @Override
    public void close() {
      close(channel);
    }

    private static void close(@Nullable FileChannel channel) {
      try {
        if (channel != null) {
          channel.close();
        }
      } catch (IOException e) {
        // Nothing was written, and the lock is gone with the file's handle.
      }
    }
  }
}
