package io.github.tcd4j.cli.generate;

import io.github.tcd4j.pipeline.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * One side of a contact sheet.
 *
 * @param name of what varies along it
 * @param changes to the request, at least one
 */
record SheetAxis(String name, List<Change> changes) {
  /**
   * One value along a side.
   *
   * @param label for people
   * @param edit what it does to a request
   */
  record Change(String label, UnaryOperator<Request.Builder> edit) {
    Request.Builder apply(Request.Builder request) {
      return edit.apply(request);
    }
  }

  SheetAxis {
    changes = List.copyOf(changes);
  }

  int size() {
    return changes.size();
  }

  Change change(int i) {
    return changes.get(i);
  }

  /**
   * All combinations: the last axis runs along a row, the one before it from row to row. Without
   * axes there is one, which changes nothing.
   */
  static List<Change> product(List<SheetAxis> axes) {
    List<Change> all = List.of(new Change("", r -> r));
    for (SheetAxis axis : axes) {
      List<Change> longer = new ArrayList<>();
      for (Change before : all) {
        for (Change next : axis.changes) {
          longer.add(new Change(next.label, r -> next.apply(before.apply(r))));
        }
      }
      all = longer;
    }
    return all;
  }
}
