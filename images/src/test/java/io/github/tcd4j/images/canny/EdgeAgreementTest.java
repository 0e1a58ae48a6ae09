package io.github.tcd4j.images.canny;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.tcd4j.images.Image;
import java.util.List;
import org.junit.jupiter.api.Test;

class EdgeAgreementTest {
  private static final int SIDE = 32;

  /** White with a black box from {@code left} to the right border; all white from 32. */
  private static Image box(int left) {
    byte[] rgb = new byte[3 * SIDE * SIDE];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = i / 3 % SIDE < left ? (byte) 255 : 0;
    }
    return new Image(SIDE, SIDE, rgb);
  }

  @Test
  void aPictureAgreesWithItself() {
    assertThat(EdgeAgreement.within(0).of(box(10), box(10))).isEqualTo(1);
  }

  @Test
  void anEdgeCountsOnlyWithinTheTolerance() {
    assertThat(EdgeAgreement.within(0).of(box(10), box(11))).isZero();
    assertThat(EdgeAgreement.within(1).of(box(10), box(11))).isEqualTo(1);
    assertThat(EdgeAgreement.within(1).of(box(10), box(12))).isZero();
    assertThat(EdgeAgreement.within(2).of(box(10), box(12))).isEqualTo(1);
  }

  @Test
  void noEdgesAgreeWithNoEdgesAloneAndSomeNeverWithNone() {
    assertThat(EdgeAgreement.within(1).of(box(SIDE), box(SIDE))).isEqualTo(1);
    assertThat(EdgeAgreement.within(1).of(box(10), box(SIDE))).isZero();
    assertThat(EdgeAgreement.within(1).of(box(SIDE), box(10))).isZero();
  }

  @Test
  void precisionAndRecallAreMixedHarmonically() {
    Image one = box(8);
    Image two = two();
    // All of one's edge is found, and half of two's edges are right: 2 (1 * 1/2) / (3/2).
    assertThat(EdgeAgreement.within(0).of(one, two)).isCloseTo(2.0 / 3, within(0.02));
    assertThat(EdgeAgreement.within(0).of(two, one)).isCloseTo(2.0 / 3, within(0.02));
    assertThat(EdgeAgreement.within(0).mean(List.of(one, one), List.of(one, two)))
        .isCloseTo((1 + 2.0 / 3) / 2, within(0.02));
  }

  /** White, black from 8 on, white again from 20 on: the first edge of box(8) and another. */
  private static Image two() {
    byte[] rgb = new byte[3 * SIDE * SIDE];
    for (int i = 0; i < rgb.length; i++) {
      int x = i / 3 % SIDE;
      rgb[i] = x < 8 || x >= 20 ? (byte) 255 : 0;
    }
    return new Image(SIDE, SIDE, rgb);
  }

  @Test
  void picturesOfTwoSizesAreRefused() {
    assertThatThrownBy(() -> EdgeAgreement.within(1).of(box(8), new Image(1, 1, new byte[3])))
        .hasMessageContaining("32x32 and 1x1");
    assertThatThrownBy(() -> EdgeAgreement.within(-1)).hasMessageContaining("at least 0");
  }
}
