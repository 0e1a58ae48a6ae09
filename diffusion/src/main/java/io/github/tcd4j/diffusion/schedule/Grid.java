package io.github.tcd4j.diffusion.schedule;

import io.github.tcd4j.files.InvalidRequestException;
import java.util.ArrayList;
import java.util.List;

/**
 * The nodes that a sampler visits, from the noisiest to the terminal one; the network is evaluated
 * at all but the last.
 *
 * @param schedule the schedule they lie on
 * @param nodes at least two; neither times nor noise may grow along the way
 */
public record Grid(NoiseSchedule schedule, List<Node> nodes) {
  /** Where nothing of the noise is left. */
  public static final Node CLEAN = new Node(0, 1, 0);

  public Grid {
    nodes = List.copyOf(nodes);
    if (nodes.size() < 2) {
      throw new IllegalArgumentException(
          "a grid needs at least one step, that is two nodes, but got " + nodes.size());
    }
    for (int i = 1; i < nodes.size(); i++) {
      Node a = nodes.get(i - 1);
      Node b = nodes.get(i);
      if (b.time() > a.time() || b.tau() > a.tau()) {
        throw new IllegalArgumentException(
            "a grid must descend in time and noise but " + b + " follows " + a);
      }
    }
  }

  /** The nodes of {@code times} on the schedule, then {@code terminal}. */
  public static Grid of(NoiseSchedule schedule, double[] times, Node terminal) {
    List<Node> nodes = new ArrayList<>();
    for (double t : times) {
      nodes.add(schedule.at(t));
    }
    nodes.add(terminal);
    return new Grid(schedule, nodes);
  }

  /**
   * A list of times that a user wrote, checked: not empty, strictly descending, within 0 and the
   * schedule's last time.
   */
  public static double[] custom(NoiseSchedule schedule, List<? extends Number> times) {
    if (times.isEmpty()) {
      throw new InvalidRequestException("timesteps must name at least one time but were empty");
    }
    double[] result = new double[times.size()];
    for (int i = 0; i < result.length; i++) {
      result[i] = times.get(i).doubleValue();
      if (!(result[i] >= 0 && result[i] <= schedule.lastTime())) {
        throw new InvalidRequestException(
            "timesteps must be in [0, "
                + (long) schedule.lastTime()
                + "] but there was "
                + times.get(i));
      }
      if (i > 0 && result[i] >= result[i - 1]) {
        throw new InvalidRequestException(
            "timesteps must descend but " + times.get(i) + " follows " + times.get(i - 1));
      }
    }
    return result;
  }

  /** Number of steps. */
  public int steps() {
    return nodes.size() - 1;
  }

  public Node node(int i) {
    return nodes.get(i);
  }

  /** The node that sampling ends on. */
  public Node terminal() {
    return nodes.get(nodes.size() - 1);
  }

  /**
   * The end of this grid that repaints an image with {@code strength} in (0, 1]: the last
   * floor(strength n) of its n steps.
   */
  public Grid withStrength(double strength) {
    int kept = (int) (strength * steps());
    if (!(strength > 0 && strength <= 1) || kept < 1) {
      throw new InvalidRequestException(
          "strength must be in ["
              + 1.0 / steps()
              + ", 1] with "
              + steps()
              + " steps but was "
              + strength
              + "; use a greater strength or more steps");
    }
    return new Grid(schedule, nodes.subList(steps() - kept, nodes.size()));
  }
}
