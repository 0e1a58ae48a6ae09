package io.github.tcd4j.tensor;

import java.util.List;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AutoGradMode;
import org.jspecify.annotations.Nullable;

/**
 * Owner of native memory: every tensor made on this thread between {@link #open} and {@link #close}
 * is freed at the close, unless {@link #keep kept}.
 *
 * <pre>{@code
 * Tensor next;
 * try (Scope scope = Scope.inference()) {
 *   next = scope.keep(sampler.step(x));      // all that was made in between is freed
 * }
 * }</pre>
 *
 * <p>Scopes nest and are confined to the thread that opened them. A kept tensor belongs to the
 * enclosing scope; where there is none, to the caller, who closes it.
 */
public final class Scope implements AutoCloseable {
  static {
    Engine.load();
  }

  private final PointerScope pointers;
  private final @Nullable AutoGradMode gradMode;

  private Scope(PointerScope pointers, @Nullable AutoGradMode gradMode) {
    this.pointers = pointers;
    this.gradMode = gradMode;
  }

  /** A scope that leaves the recording of gradients as it is. */
  public static Scope open() {
    return new Scope(new PointerScope(), null);
  }

  /** A scope in which nothing is recorded for gradients. */
  public static Scope inference() {
    PointerScope pointers = new PointerScope();
    return new Scope(pointers, new AutoGradMode(false));
  }

  /** A scope in which gradients are recorded, also inside one of {@link #inference}. */
  public static Scope recording() {
    PointerScope pointers = new PointerScope();
    return new Scope(pointers, new AutoGradMode(true));
  }

  /**
   * What {@code body} makes, and nothing of what it made on the way. Where gradients are recorded,
   * the graph keeps what it needs all the same. The result must be new: no tensor of an outer
   * scope.
   */
  public static Tensor result(Supplier<Tensor> body) {
    try (Scope scope = open()) {
      return scope.keep(body.get());
    }
  }

  /** {@code x} through all steps, where what one step made is freed as soon as the next is done. */
  public static Tensor inTurn(Tensor x, List<UnaryOperator<Tensor>> steps) {
    if (steps.isEmpty()) {
      return x;
    }
    int last = steps.size() - 1;
    return result(() -> steps.get(last).apply(inTurn(x, steps.subList(0, last))));
  }

  /** Lets {@code t} outlive this scope and returns it. */
  public Tensor keep(Tensor t) {
    Pointer p = t.handle();
    p.retainReference();
    pointers.detach(p);
    PointerScope outer = outer();
    if (outer != null) {
      outer.attach(p);
      p.releaseReference();
    }
    return t;
  }

  /** Takes {@code t} out of this scope and of those around it: the caller closes it. */
  public Tensor disown(Tensor t) {
    Pointer p = t.handle();
    p.retainReference();
    pointers.detach(p);
    return t;
  }

  private @Nullable PointerScope outer() {
    boolean seen = false;
    for (var it = PointerScope.getScopeIterator(); it.hasNext(); ) {
      PointerScope next = it.next();
      if (seen) {
        return next;
      }
      seen = next == pointers;
    }
    return null;
  }

  @Override
  public void close() {
    if (gradMode != null) {
      gradMode.close();
    }
    pointers.close();
  }
}
