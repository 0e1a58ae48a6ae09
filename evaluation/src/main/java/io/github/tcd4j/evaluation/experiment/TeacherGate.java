package io.github.tcd4j.evaluation.experiment;

import io.github.tcd4j.evaluation.metric.Diversity;
import io.github.tcd4j.evaluation.metric.FrechetDistance;
import io.github.tcd4j.evaluation.metric.NeighbourTest;
import io.github.tcd4j.tensor.Tensor;
import java.util.List;
import java.util.Locale;

/**
 * Whether a distillation of a teacher can show anything: few steps must lose much of what many
 * give, many must be near to real pictures, the answers to a caption many, and none of them learnt
 * by heart. To be decided before any student is trained.
 *
 * @param two Fréchet distance of DDIM in 2 steps to fresh real pictures
 * @param four of the same in 4 steps
 * @param fifty of the same in 50 steps
 * @param floor of real pictures through the autoencoder
 * @param diversity of the pictures of a caption, see {@link Diversity}
 * @param realDiversity of the real pictures of a caption
 * @param neighbours of the pictures in 50 steps
 */
public record TeacherGate(
    double two,
    double four,
    double fifty,
    double floor,
    double diversity,
    double realDiversity,
    NeighbourTest neighbours) {
  static final double TWO = 3;
  static final double FOUR = 1.5;
  static final double FLOORS = 2;
  static final double DIVERSITY = 0.85;
  static final double P = 0.05;

  /**
   * Features (rows, P) of one space to measure the gate on. The sets of which distances are taken
   * should have as many rows.
   *
   * @param two pictures of DDIM in 2 steps
   * @param four in 4 steps
   * @param fifty in 50 steps
   * @param reference fresh real pictures of the same captions
   * @param reconstructed other real pictures of these, through the autoencoder
   * @param seeds pictures in 50 steps, those of a caption one after the other
   * @param realSeeds real pictures likewise
   * @param perCaption how many there are of each caption in the last two
   * @param training real pictures that the teacher was trained on
   * @param fresh as many that it was not
   */
  public record Features(
      Tensor two,
      Tensor four,
      Tensor fifty,
      Tensor reference,
      Tensor reconstructed,
      Tensor seeds,
      Tensor realSeeds,
      int perCaption,
      Tensor training,
      Tensor fresh) {}

  /**
   * One condition.
   *
   * @param name of the figure
   * @param value measured
   * @param bound that it must reach, or keep below
   * @param atLeast whether the value must be at least the bound; else at most
   */
  public record Check(String name, double value, double bound, boolean atLeast) {
    /** A figure that is not a number never passes. */
    public boolean passed() {
      return atLeast ? value >= bound : value <= bound;
    }
  }

  /**
   * Measures a teacher.
   *
   * @param seed of the exchanges of the test of neighbours
   */
  public static TeacherGate measure(Features features, long seed) {
    return new TeacherGate(
        FrechetDistance.between(features.two(), features.reference()),
        FrechetDistance.between(features.four(), features.reference()),
        FrechetDistance.between(features.fifty(), features.reference()),
        FrechetDistance.between(features.reconstructed(), features.reference()),
        Diversity.of(features.seeds(), features.perCaption()),
        Diversity.of(features.realSeeds(), features.perCaption()),
        NeighbourTest.of(features.fifty(), features.training(), features.fresh(), seed));
  }

  /** All conditions, in the order in which one would mend what fails. */
  public List<Check> checks() {
    return List.of(
        new Check("FD at 2 steps / FD at 50", two / fifty, TWO, true),
        new Check("FD at 4 steps / FD at 50", four / fifty, FOUR, true),
        new Check("FD at 50 steps / FD of the autoencoder", fifty / floor, FLOORS, false),
        new Check("diversity / that of real pictures", diversity / realDiversity, DIVERSITY, true),
        new Check("p of nearest pictures being of training", neighbours.p(), P, true));
  }

  /** Whether the teacher is worth distilling. */
  public boolean passed() {
    return checks().stream().allMatch(Check::passed);
  }

  /** A table of the conditions and the figures behind them. */
  public String markdown() {
    StringBuilder text = new StringBuilder("| condition | measured | bound | |\n");
    text.append("| --- | ---: | ---: | --- |\n");
    for (Check c : checks()) {
      text.append(
          String.format(
              Locale.ROOT,
              "| %s | %.3f | %s %s | %s |%n",
              c.name(),
              c.value(),
              c.atLeast() ? "at least" : "at most",
              c.bound(),
              c.passed() ? "passed" : "failed"));
    }
    return text.append(
            String.format(
                Locale.ROOT,
                "%nFD at 2, 4, 50 steps %.3f, %.3f, %.3f; of the autoencoder %.3f; diversity %.3f,"
                    + " of real pictures %.3f; nearest picture of training in %.1f %% of cases.%n",
                two,
                four,
                fifty,
                floor,
                diversity,
                realDiversity,
                100 * neighbours.share()))
        .toString();
  }
}
