package io.github.tcd4j.diffusion.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.github.tcd4j.diffusion.BoundaryScaling;
import io.github.tcd4j.diffusion.Denoiser;
import io.github.tcd4j.diffusion.ExactFlow;
import io.github.tcd4j.diffusion.GaussianMixture;
import io.github.tcd4j.diffusion.GuidedDenoiser;
import io.github.tcd4j.diffusion.HeunStep;
import io.github.tcd4j.diffusion.Prediction;
import io.github.tcd4j.diffusion.Prediction.Kind;
import io.github.tcd4j.diffusion.Tcf1;
import io.github.tcd4j.diffusion.Tcf2;
import io.github.tcd4j.diffusion.TrajectoryFunction;
import io.github.tcd4j.diffusion.schedule.NoiseSchedule;
import io.github.tcd4j.diffusion.schedule.SolverTimesteps;
import io.github.tcd4j.diffusion.schedule.VpSchedule;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A student that follows the exact flow loses no more than what the teacher's solver gets wrong,
 * carried on by the flow from t_n to the destination: the floor of every consistency distillation.
 */
class ExactFlowLossTest {
  private static final Distance L2 = new Distance.L2();

  /** Smooth enough for steps of 80 times to be short. */
  private static final GaussianMixture DATA =
      new GaussianMixture(
          new double[] {0.3, 0.5, 0.2},
          new double[][] {{-1.5}, {0.4}, {1.8}},
          new double[] {0.7, 0.6, 0.8});

  private static final ExactFlow FLOW = new ExactFlow(DATA);

  private final Scope scope = Scope.inference();
  private final VpSchedule schedule = VpSchedule.stableDiffusion();

  @AfterEach
  void free() {
    scope.close();
  }

  /** Objectives that distil with the exact flow for their jump, made from a step. */
  private static Stream<Function<GuidedStep, Objective>> objectives() {
    return Stream.of(
        step -> new Lcm(step, BoundaryScaling.LCM),
        step -> new Lcm(step, BoundaryScaling.PLAIN),
        step -> new Tcd(step, FLOW),
        step -> new Tcd(step, FLOW, new Destinations.EveryTime()),
        step -> new Tcd(step, FLOW, new InferenceGrids(2, 4)),
        step -> new Pcm(step, FLOW, 4),
        step -> new Tscd(step, FLOW, 4),
        step -> new Tdd(step, FLOW, new InferenceGrids(2, 4), 260, 0.3));
  }

  static Stream<Arguments> cases() {
    Function<GuidedStep, Objective> tcd = step -> new Tcd(step, FLOW);
    return Stream.concat(
        objectives().map(objective -> arguments(objective, new Tcf1(), 1.65, 2.15)),
        Stream.of(arguments(tcd, new HeunStep(), 2.65, 3.35)));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void theFloorShrinksWithTheStepAtTheOrderOfTheSolver(
      Function<GuidedStep, Objective> objective,
      TrajectoryFunction solver,
      double least,
      double most) {
    double wide = rootOfLoss(objective, solver, 80);
    double narrow = rootOfLoss(objective, solver, 20);
    assertThat(Math.log(wide / narrow) / Math.log(4)).isBetween(least, most);
    assertThat(wide).isLessThan(0.05);
  }

  /**
   * Equal steps of time are equal in lambda, of which the second-order solvers are a polynomial;
   * the usual schedule hides their order behind its last step, which is long in lambda.
   */
  private record EvenSchedule() implements NoiseSchedule {
    private static final double FIRST = 2.5;
    private static final double LAST = -2.5;

    @Override
    public double alpha(double t) {
      return 1 / Math.sqrt(1 + Math.exp(-2 * lambda(t)));
    }

    @Override
    public double sigma(double t) {
      return 1 / Math.sqrt(1 + Math.exp(2 * lambda(t)));
    }

    @Override
    public double lambda(double t) {
      return FIRST + (LAST - FIRST) * t / lastTime();
    }

    @Override
    public double timeOf(double lambda) {
      double share = (lambda - FIRST) / (LAST - FIRST);
      return Math.max(0, Math.min(1, share)) * lastTime();
    }

    @Override
    public double lastTime() {
      return 999;
    }
  }

  static Stream<Arguments> solvers() {
    return Stream.of(
        arguments(new Tcf1(), 2),
        arguments(new HeunStep(), 3),
        arguments(new Tcf2(Tcf2.Form.DATA, false), 3),
        arguments(new Tcf2(Tcf2.Form.NOISE, false), 3));
  }

  /** One step of a solver of order p errs by its width to the power p + 1. */
  @ParameterizedTest
  @MethodSource("solvers")
  void stepsThatAreEvenInLambdaShowTheOrderOfTheSolver(TrajectoryFunction solver, int power) {
    NoiseSchedule even = new EvenSchedule();
    Function<GuidedStep, Objective> tcd = step -> new Tcd(step, FLOW);
    double wide = rootOfLoss(tcd, solver, 200, even);
    double narrow = rootOfLoss(tcd, solver, 50, even);
    assertThat(Math.log(wide / narrow) / Math.log(4)).isCloseTo(power, within(0.25));
  }

  private double rootOfLoss(
      Function<GuidedStep, Objective> objective, TrajectoryFunction solver, int skip) {
    return rootOfLoss(objective, solver, skip, schedule);
  }

  private static double rootOfLoss(
      Function<GuidedStep, Objective> objective,
      TrajectoryFunction solver,
      int skip,
      NoiseSchedule schedule) {
    Tensor x0 = DATA.sample(300, new RandomSource(1), 1, 1, 1);
    Objective o = objective.apply(GuidedStep.unguided(skip, solver, L2));
    DistillationNetworks networks = players(Kind.X0, schedule);
    Losses losses = o.losses(x0, networks, schedule, new RandomSource(2), 0, 1);
    return Math.sqrt(losses.of(Losses.STUDENT).item());
  }

  static Stream<Arguments> destinations() {
    GuidedStep step = GuidedStep.unguided(40, new Tcf1(), L2);
    Pcm pcm = new Pcm(step, FLOW, 5);
    Tscd tscd = new Tscd(step, FLOW, 5);
    Tdd tdd = new Tdd(step, FLOW, new InferenceGrids(2, 4), 260, 0.3);
    Destinations skipped = new Destinations.Skipped();
    Objective lcm = new Lcm(step, BoundaryScaling.PLAIN);
    return Stream.of(
            arguments("TCD", new Tcd(step, FLOW), skipped),
            arguments("PCM", pcm, pcm),
            arguments("TSCD", tscd, tscd),
            arguments("TDD", tdd, tdd),
            arguments("LCM", lcm, new Destinations.Clean()))
        .flatMap(
            a ->
                Stream.of(Kind.values())
                    .map(kind -> arguments(a.get()[0], a.get()[1], a.get()[2], kind)));
  }

  @ParameterizedTest(name = "{0}, {3}")
  @MethodSource("destinations")
  void theLossIsTheTeachersErrorCarriedToTheDestination(
      String name, Objective objective, Destinations destinations, Kind kind) {
    int rows = 50;
    Tensor x0 = DATA.sample(rows, new RandomSource(1), 1, 1, 1);
    Losses losses = objective.losses(x0, players(kind), schedule, new RandomSource(2), 0, 1);
    double loss = losses.of(Losses.STUDENT).item();

    RandomSource random = new RandomSource(2);
    SolverTimesteps grid = new SolverTimesteps(1000, 40);
    Tensor i = random.integers(grid.size(), rows);
    Tensor z = random.normal(rows, 1, 1, 1);
    GuidanceRange.NONE.draw(rows, random);
    Tensor ends = destinations.draw(grid, i, random);
    double floor = 0;
    for (int b = 0; b < rows; b++) {
      double t = grid.start(i.item(b));
      double tn = grid.end(i.item(b));
      double s = ends.item(b);
      double x =
          schedule.alpha(t) * x0.select(0, b).item() + schedule.sigma(t) * z.select(0, b).item();
      double clean = DATA.x0(x, schedule.alpha(t), schedule.sigma(t));
      double eps = (x - schedule.alpha(t) * clean) / schedule.sigma(t);
      double byTeacher = schedule.alpha(tn) * clean + schedule.sigma(tn) * eps;
      floor += Math.pow(flow(x, t, s) - flow(byTeacher, tn, s), 2) / rows;
    }
    assertThat(loss).as(name).isEqualTo(floor, within(1e-3 * floor));
  }

  @ParameterizedTest
  @EnumSource
  void aTeacherThatFollowsTheFlowLeavesNothingToLose(Kind kind) {
    Tensor x0 = DATA.sample(50, new RandomSource(1), 1, 1, 1);
    objectives()
        .forEach(
            objective -> {
              Objective o = objective.apply(GuidedStep.unguided(20, FLOW, L2));
              Losses losses = o.losses(x0, players(kind), schedule, new RandomSource(2), 0, 1);
              assertThat(losses.of(Losses.STUDENT).item()).isLessThan(1e-9);
            });
  }

  /**
   * The exact posterior for teacher; student and target answer with the end of the exact flow,
   * which is what f of a latent consistency model is up to its c_skip. The trajectory functions
   * here do not ask them.
   */
  private DistillationNetworks players(Kind kind) {
    return players(kind, schedule);
  }

  private static DistillationNetworks players(Kind kind, NoiseSchedule schedule) {
    Denoiser exact = DATA.denoiser(schedule, kind);
    Denoiser clean =
        (x, t, s) -> new Prediction(Kind.X0, FLOW.jump(exact, x, t, t.zerosLike(), schedule));
    return new DistillationNetworks(clean, GuidedDenoiser.unguided(exact), clean);
  }

  private double flow(double x, double t, double s) {
    return DATA.flow(x, schedule.lambda(t), schedule.lambda(s), 200);
  }
}
