package io.github.tcd4j.tensor;

import org.bytedeco.pytorch.Generator;
import org.bytedeco.pytorch.GeneratorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * A stream of random numbers, equal to PyTorch's CPU generator: {@code new RandomSource(0)} draws
 * 1.540996, -0.293429, -2.178789, as {@code torch.Generator().manual_seed(0)} does.
 *
 * <p>A source of its own for each image or step keeps results independent of what else is drawn.
 * Close it, or make it inside a {@link Scope}.
 */
public final class RandomSource implements AutoCloseable {
  static {
    Engine.load();
  }

  private final Generator generator;

  public RandomSource(long seed) {
    generator = torch.make_generator_cpu(seed);
  }

  /** Standard normal numbers, float32, on the CPU. */
  public Tensor normal(long... shape) {
    Tensor t = Tensor.empty(DType.F32, shape);
    t.handle().normal_(0, 1, new GeneratorOptional(generator));
    return t;
  }

  /** Numbers uniform in [low, high), float32, on the CPU. */
  public Tensor uniform(double low, double high, long... shape) {
    Tensor t = Tensor.empty(DType.F32, shape);
    t.handle().uniform_(low, high, new GeneratorOptional(generator));
    return t;
  }

  /** Integers uniform in 0 .. bound-1, int64, on the CPU. */
  public Tensor integers(long bound, long... shape) {
    if (bound < 1) {
      throw new IllegalArgumentException("bound must be at least 1 but was " + bound);
    }
    Tensor t = Tensor.empty(DType.I64, shape);
    t.handle()
        .random_(0, new org.bytedeco.pytorch.LongOptional(bound), new GeneratorOptional(generator));
    return t;
  }

  /** The state, a U8 tensor, from which {@link #restore} continues the very same stream. */
  public Tensor state() {
    return new Tensor(generator.get_state());
  }

  /** Continues from a state that {@link #state} gave. */
  public void restore(Tensor state) {
    generator.set_state(state.handle());
  }

  @Override
  public void close() {
    generator.close();
  }
}
