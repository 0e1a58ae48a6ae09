package io.github.tcd4j.server.senders;

import java.util.concurrent.Semaphore;

/**
 * The memory for all bodies that are coming: many large ones at once must not fill it. What has
 * come counts, not what was declared, so that nobody takes room by promises.
 */
final class BodyRoom {
  /** At most, and never more than an eighth of the heap. */
  private static final int MOST = 128 << 20;

  /** Of each body these bytes are free: small requests always pass. */
  static final int FREE = 64 << 10;

  private final Semaphore bytes =
      new Semaphore((int) Math.min(MOST, Runtime.getRuntime().maxMemory() / 8));

  /** Takes room for more bytes of a body; false if there is none. */
  boolean grow(long before, long after) {
    return bytes.tryAcquire(counted(after) - counted(before));
  }

  /** Gives back what is no longer there. */
  void shrink(long before, long after) {
    bytes.release(counted(before) - counted(after));
  }

  private static int counted(long size) {
    return (int) Math.max(0, size - FREE);
  }
}
