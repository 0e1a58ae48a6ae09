package io.github.tcd4j.training.distill;

import io.github.tcd4j.diffusion.Tcf1;
import io.github.tcd4j.diffusion.Tcf2;
import io.github.tcd4j.diffusion.TcfSPlus;
import io.github.tcd4j.diffusion.TrajectoryFunction;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The trajectory functions that a recipe can name. */
enum TrajectoryKind {
  TCF1("tcf1", new Tcf1(), null, false),
  TCF2("tcf2", new Tcf2(), "tcd-2s", false),
  TCF_S_PLUS("tcf-s+", new TcfSPlus(), null, true);

  final String key;
  final TrajectoryFunction function;

  /** The sampler that jumps by it; null where that is the method's own. */
  final @Nullable String sampler;

  /** Whether the network is conditioned on s. */
  final boolean conditionedOnDestination;

  TrajectoryKind(
      String key,
      TrajectoryFunction function,
      @Nullable String sampler,
      boolean conditionedOnDestination) {
    this.key = key;
    this.function = function;
    this.sampler = sampler;
    this.conditionedOnDestination = conditionedOnDestination;
  }

  static TrajectoryKind named(String name) {
    List<String> known = Arrays.stream(values()).map(t -> t.key).toList();
    if (!known.contains(name)) {
      throw DistillationConfig.unknown("trajectory", known, name);
    }
    return values()[known.indexOf(name)];
  }
}
