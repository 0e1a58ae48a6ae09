package io.github.tcd4j.pipeline.batching;

import io.github.tcd4j.pipeline.internal.UNetEvaluator;
import io.github.tcd4j.pipeline.internal.UNetRows;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.TensorException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Computations, each with a sampling loop of its own, whose rows meet in the U-Net. A round
 * evaluates the rows that all of them wait for, those that fit in one call, and then runs each, in
 * turn, to its next evaluation: what one does between two evaluations is written once, in its
 * sampler, and rows of different samplers at different times may meet. A new one joins with the
 * next round, one that has ended leaves.
 *
 * <p>All methods are called by one thread, which runs the network; only one thread works at a time.
 */
public final class SharedEvaluations {
  /** An evaluation that a computation waits for. */
  private static final class Call {
    final UNetRows rows;
    final Tensor x;
    final Tensor t;
    final Tensor s;
    @Nullable Tensor output;
    @Nullable Throwable failure;
    boolean shared;

    Call(UNetRows rows, Tensor x, Tensor t, Tensor s) {
      this.rows = rows;
      this.x = x;
      this.t = t;
      this.s = s;
    }

    long size() {
      return x.size(0);
    }

    boolean fits(Call o) {
      return rows.fits(o.rows)
          && x.dtype() == o.x.dtype()
          && Arrays.equals(x.shape(), 1, x.dim(), o.x.shape(), 1, o.x.dim());
    }
  }

  private static final class Participant implements UNetEvaluator {
    final Coroutine coroutine;
    final Consumer<@Nullable Throwable> ended;
    @Nullable Call call;

    Participant(
        Executor threads,
        Consumer<UNetEvaluator> computation,
        Consumer<@Nullable Throwable> ended) {
      coroutine = new Coroutine(threads, () -> computation.accept(this));
      this.ended = ended;
    }

    @Override
    public Evaluated evaluate(UNetRows rows, Tensor x, Tensor t, Tensor s) {
      Call mine = new Call(rows, x, t, s);
      call = mine;
      coroutine.suspend();
      call = null;
      Tensor output = mine.output;
      if (output == null) {
        throw SharedEvaluations.<RuntimeException>unchecked(mine.failure);
      }
      // The output belongs to the thread that ran the network; this one makes its own.
      return new Evaluated(output.copy(), mine.shared);
    }
  }

  private final Executor threads;
  private final List<Participant> running = new ArrayList<>();
  private int mostRows;

  /**
   * @param threads gives each computation a thread; must not make one wait for another
   * @param mostRows in one call of the network, at least 1
   */
  public SharedEvaluations(Executor threads, int mostRows) {
    this.threads = threads;
    this.mostRows = mostRows;
  }

  /** Changes the number of rows in one call of the network, at least 1. */
  public void mostRows(int rows) {
    mostRows = rows;
  }

  /**
   * Adds a computation, and runs it to its first evaluation.
   *
   * @param computation evaluates the U-Net by what it is given
   * @param ended called on this thread when it has ended, with what it threw or null; must not
   *     throw
   */
  public void add(Consumer<UNetEvaluator> computation, Consumer<@Nullable Throwable> ended) {
    Participant p = new Participant(threads, computation, ended);
    running.add(p);
    boolean started = false;
    try {
      resume(p);
      started = true;
    } finally {
      if (!started) {
        running.remove(p);
      }
    }
  }

  /** How many have not ended. */
  public int running() {
    return running.size();
  }

  /**
   * One evaluation for each of those that are running.
   *
   * @return the number of rows in each call of the network, in their order
   */
  public List<Integer> round() {
    List<Integer> sizes = new ArrayList<>();
    try (Scope scope = Scope.inference()) {
      for (List<Call> together : groups()) {
        evaluate(together, sizes);
      }
      List.copyOf(running).forEach(this::resume);
    }
    return sizes;
  }

  /** Ends all of them with a {@link CancellationException}. */
  public void cancel() {
    while (!running.isEmpty()) {
      for (Participant p : List.copyOf(running)) {
        Call call = p.call;
        if (call != null) {
          call.failure = new CancellationException();
        }
        resume(p);
      }
    }
  }

  private void resume(Participant p) {
    p.coroutine.resume();
    if (p.coroutine.hasEnded()) {
      running.remove(p);
      p.ended.accept(p.coroutine.failure());
    }
  }

  /** In the order in which they joined; a call of more rows than the most is one of its own. */
  private List<List<Call>> groups() {
    List<List<Call>> groups = new ArrayList<>();
    for (Participant p : running) {
      Call call = p.call;
      if (call == null) {
        continue;
      }
      List<Call> place = null;
      for (List<Call> group : groups) {
        long rows = group.stream().mapToLong(Call::size).sum() + call.size();
        if (rows <= mostRows && group.get(0).fits(call)) {
          place = group;
          break;
        }
      }
      if (place == null) {
        place = new ArrayList<>();
        groups.add(place);
      }
      place.add(call);
    }
    return groups;
  }

  private void evaluate(List<Call> group, List<Integer> sizes) {
    if (group.size() == 1) {
      Call call = group.get(0);
      try {
        call.output = call.rows.forward(call.x, call.t, call.s);
        sizes.add(Math.toIntExact(call.size()));
      } catch (Throwable e) {
        call.failure = e;
      }
      return;
    }
    try {
      evaluateTogether(group);
      sizes.add(Math.toIntExact(group.stream().mapToLong(Call::size).sum()));
    } catch (Throwable e) {
      if (e instanceof OutOfMemoryError || TensorException.outOfMemory(e)) {
        long largest = group.stream().mapToLong(Call::size).max().orElse(1);
        mostRows = Math.max(Math.toIntExact(largest), mostRows / 2);
      }
      // One of them may be at fault: it shall fail alone.
      group.forEach(call -> evaluate(List.of(call), sizes));
    }
  }

  private static void evaluateTogether(List<Call> group) {
    Tensor output =
        Scope.result(
            () ->
                UNetRows.cat(group.stream().map(c -> c.rows).toList())
                    .forward(
                        Tensor.cat(0, group.stream().map(c -> c.x).toArray(Tensor[]::new)),
                        Tensor.cat(0, group.stream().map(c -> c.t).toArray(Tensor[]::new)),
                        Tensor.cat(0, group.stream().map(c -> c.s).toArray(Tensor[]::new))));
    long start = 0;
    for (Call call : group) {
      call.output = output.narrow(0, start, call.size());
      call.shared = true;
      start += call.size();
    }
  }

  /** Of whatever type, as it was. */
  @SuppressWarnings("unchecked")
  private static <E extends Throwable> RuntimeException unchecked(@Nullable Throwable e) throws E {
    if (e == null) {
      throw new IllegalStateException("resumed before its evaluation");
    }
    throw (E) e;
  }
}
