package io.github.tcd4j.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class SplitMix64Test {
  @Test
  void theNumbersArePublishedOnes() {
    // The first numbers from seed 1234567 in the reference implementation of Vigna.
    SplitMix64 random = new SplitMix64(1234567);
    assertThat(random.next()).isEqualTo(6457827717110365317L);
    assertThat(random.next()).isEqualTo(3203168211198807973L);
    assertThat(random.next()).isEqualTo(Long.parseUnsignedLong("9817491932198370423"));
  }

  @Test
  void theJdkHasTheSameGenerator() {
    SplittableRandom jdk = new SplittableRandom(-5);
    SplitMix64 random = new SplitMix64(-5);
    for (int i = 0; i < 100; i++) {
      assertThat(random.next()).isEqualTo(jdk.nextLong());
    }
  }
}
