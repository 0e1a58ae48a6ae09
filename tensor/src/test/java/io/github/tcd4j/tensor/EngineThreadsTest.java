package io.github.tcd4j.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class EngineThreadsTest {
  private final int before = Engine.usualThreads();
  private final CyclicBarrier together = new CyclicBarrier(2);

  @BeforeEach
  void two() {
    Engine.threads(2);
  }

  @AfterEach
  void asBefore() {
    Engine.threads(before);
  }

  @Test
  void whatIsBorrowedIsGivenBackInTurn() {
    try (Engine.Borrowed three = Engine.borrow(3)) {
      try (Engine.Borrowed one = Engine.borrow(1)) {
        assertThat(Engine.threads()).isEqualTo(1);
      }
      assertThat(Engine.threads()).isEqualTo(3);
    }
    assertThat(Engine.threads()).isEqualTo(2);
    assertThat(Engine.usualThreads()).isEqualTo(2);
  }

  @Test
  void aThreadThatStartsMeanwhileHasTheUsualNumber() throws Exception {
    try (Engine.Borrowed one = Engine.borrow(1)) {
      int started = onAThread(Engine::threads);
      assertThat(started).isEqualTo(2);
    }
    try (Engine.Borrowed three = Engine.borrow(3)) {
      int started = onAThread(Engine::threads);
      assertThat(started).isEqualTo(2);
    }
  }

  @Test
  void twoThreadsKeepTheirNumbersAndTheirBitsBesideEachOther() throws Exception {
    List<Double> one = onAThread(() -> computed(1, null));
    List<Double> three = onAThread(() -> computed(3, null));
    // Else the numbers of threads could be mixed up unseen.
    assertThat(one).isNotEqualTo(three);

    ExecutorService threads = Executors.newFixedThreadPool(2);
    try {
      for (int i = 0; i < 20; i++) {
        Future<List<Double>> a = threads.submit(() -> computed(1, together));
        Future<List<Double>> b = threads.submit(() -> computed(3, together));
        assertThat(result(a)).isEqualTo(one);
        assertThat(result(b)).isEqualTo(three);
      }
    } finally {
      threads.shutdownNow();
    }
  }

  /** Sums whose last bits depend on how many threads have shared them. */
  private static List<Double> computed(int threads, CyclicBarrier together) throws Exception {
    try (Engine.Borrowed borrowed = Engine.borrow(threads);
        Scope scope = Scope.inference()) {
      if (together != null) {
        together.await(20, TimeUnit.SECONDS);
      }
      Tensor values = new RandomSource(5).normal(1_600_048).exp();
      List<Double> sums = new ArrayList<>();
      for (int i = 0; i < 16; i++) {
        sums.add(values.narrow(0, 0, 100_003 * (i + 1) - i).sum().item());
      }
      if (together != null) {
        together.await(20, TimeUnit.SECONDS);
      }
      assertThat(Engine.threads()).isEqualTo(threads);
      return sums;
    }
  }

  private static List<Double> result(Future<List<Double>> future) throws Exception {
    return future.get(60, TimeUnit.SECONDS);
  }

  private static <T> T onAThread(Callable<T> body) throws Exception {
    ExecutorService one = Executors.newSingleThreadExecutor();
    try {
      return one.submit(body).get(60, TimeUnit.SECONDS);
    } finally {
      one.shutdownNow();
    }
  }
}
