package io.github.tcd4j.cli.generate;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Hands things on in their order, each as soon as all before it are there. */
final class OrderedEmitter<T> {
  private final List<@Nullable T> waiting;
  private final Consumer<T> next;
  private int handedOn;

  /**
   * @param size how many there will be
   * @param next hears of each, in order
   */
  OrderedEmitter(int size, Consumer<T> next) {
    waiting = new ArrayList<>(Collections.nCopies(size, null));
    this.next = next;
  }

  /** Takes the thing of a place, counted from 0. */
  void put(int place, T thing) {
    waiting.set(place, thing);
    while (handedOn < waiting.size()) {
      T first = waiting.get(handedOn);
      if (first == null) {
        return;
      }
      waiting.set(handedOn++, null);
      next.accept(first);
    }
  }
}
