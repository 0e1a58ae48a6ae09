package io.github.tcd4j.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.github.tcd4j.tensor.NativeCache.LoadingLock;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(20)
class LoadingLockTest {
  @TempDir Path folder;

  /** Holds the lock of the folder that is its argument until its input ends. */
  static final class Holder {
    public static void main(String[] args) throws Exception {
      try (LoadingLock lock = LoadingLock.of(Path.of(args[0]))) {
        System.out.println("held");
        System.in.read();
      }
    }
  }

  private Process java(Class<?> main) throws Exception {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            main.getName(),
            folder.toString())
        .redirectErrorStream(true)
        .start();
  }

  private Process holder() throws Exception {
    Process process = java(Holder.class);
    assertThat(process.inputReader().readLine()).isEqualTo("held");
    return process;
  }

  private CompletableFuture<Void> locked() {
    return CompletableFuture.runAsync(() -> LoadingLock.of(folder).close());
  }

  @Test
  void aSecondProcessWaitsForTheFirst() throws Exception {
    Process first = holder();
    CompletableFuture<Void> second = locked();

    Thread.sleep(200);
    boolean early = second.isDone();
    first.getOutputStream().close();

    assertThat(early).isFalse();
    assertThatCode(() -> second.get(10, TimeUnit.SECONDS)).doesNotThrowAnyException();
    assertThat(first.waitFor()).isZero();
  }

  @Test
  void aProcessThatIsKilledLeavesNoLock() throws Exception {
    Process first = holder();
    CompletableFuture<Void> second = locked();
    first.destroyForcibly().waitFor();

    assertThatCode(() -> second.get(10, TimeUnit.SECONDS)).doesNotThrowAnyException();
  }

  @Test
  void aSecondClassLoaderOfTheSameProcessWaitsToo() throws Exception {
    LoadingLock first = LoadingLock.of(folder);
    CompletableFuture<Void> second = locked();
    Thread.sleep(100);
    boolean early = second.isDone();
    first.close();

    assertThat(early).isFalse();
    assertThatCode(() -> second.get(10, TimeUnit.SECONDS)).doesNotThrowAnyException();
  }

  /** Loads the libraries as every program of ours does. */
  static final class Loading {
    public static void main(String[] args) {
      System.out.println("starts");
      Engine.load();
      System.out.println("loaded");
    }
  }

  @Test
  void theLibrariesAreLoadedUnderTheLockOfTheirCache() throws Exception {
    Process loading;
    try (LoadingLock lock = LoadingLock.ofCache()) {
      loading = java(Loading.class);
      assertThat(loading.inputReader().readLine()).isEqualTo("starts");
      Thread.sleep(1000);
      assertThat(loading.inputReader().ready()).isFalse();
    }
    assertThat(loading.inputReader().readLine()).isEqualTo("loaded");
  }

  @Test
  void whereNothingCanBeLockedThereIsNoLockAndNoError() {
    assertThatCode(() -> LoadingLock.of(folder.resolve("missing")).close())
        .doesNotThrowAnyException();
  }
}
