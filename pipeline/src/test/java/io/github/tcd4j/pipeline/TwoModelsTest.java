package io.github.tcd4j.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tcd4j.tensor.Device;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Two models on two threads, each with a number of threads of its own. */
@Timeout(20)
class TwoModelsTest {
  @Test
  void twoModelsAtOnceMakeThePicturesThatEachMakesAlone() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try (TextToImage a = Tiny.load();
        TextToImage b = TextToImage.load(Tiny.folder(), Device.CPU)) {
      List<byte[]> one = pictures(a, 1);
      List<byte[]> two = pictures(b, 2);
      for (int i = 0; i < 3; i++) {
        Future<List<byte[]>> first = threads.submit(() -> pictures(a, 1));
        Future<List<byte[]>> second = threads.submit(() -> pictures(b, 2));
        assertThat(first.get(60, TimeUnit.SECONDS)).usingRecursiveComparison().isEqualTo(one);
        assertThat(second.get(60, TimeUnit.SECONDS)).usingRecursiveComparison().isEqualTo(two);
      }
    } finally {
      threads.shutdownNow();
    }
  }

  private static List<byte[]> pictures(TextToImage model, int threads) {
    Request request = Request.builder(Tiny.PROMPT).seed(3).count(2).threads(threads).build();
    return model.generate(request, new Progress() {}).stream()
        .map(p -> p.latents().tensor().toByteArray())
        .toList();
  }
}
