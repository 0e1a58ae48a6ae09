package io.github.tcd4j.training;

import io.github.tcd4j.diffusion.objective.Losses;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Tensor;
import java.awt.image.BufferedImage;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;

/**
 * A number that should become 0, an opponent that should become 1 from the second step on, and a
 * follower that every step moves half of the way to the number. Records what the loop does with it.
 */
final class OpponentTask implements Task {
  /** One call of {@link #stepped}, with the number as it was then. */
  record Stepped(long step, long total, double number) {}

  final Tensor number = leaf(3);
  final Tensor foe = leaf(-2);
  final Tensor follower = Tensor.full(3, DType.F32, 1, 1);

  /** The type of a product of matrices in each call of {@link #losses}. */
  final List<DType> types = new ArrayList<>();

  final List<Stepped> stepped = new ArrayList<>();

  /** The loss that is not finite, and from which step on; none at first. */
  String broken = "";

  long brokenFrom;

  private static Tensor leaf(double value) {
    return Tensor.full(value, DType.F32, 1, 1).requiresGrad_(true);
  }

  @Override
  public List<ParameterGroup> groups() {
    return List.of(
        ParameterGroup.constant("own", Map.of("number", number), 0.1, "rate.peak"),
        ParameterGroup.constant("foe", Map.of("weight", foe), 0.2, "foe.rate"));
  }

  @Override
  public Map<String, Tensor> memory() {
    return Map.of("follower", follower);
  }

  @Override
  public int size() {
    return 12;
  }

  @Override
  public Losses losses(int[] rows, RandomSource random, long step, long total) {
    types.add(number.matmul(Tensor.full(1, DType.F32, 1, 1)).dtype());
    Tensor own = number.square().sum().times(factor("own", step));
    Map<String, Tensor> metrics = Map.of("row", Tensor.scalar(rows[0] * factor("row", step)));
    if (step == 0) {
      return new Losses(Map.of("own", own), metrics);
    }
    Tensor against = foe.minus(1).square().sum().times(factor("foe", step));
    return new Losses(Map.of("own", own, "foe", against), metrics);
  }

  private double factor(String name, long step) {
    return name.equals(broken) && step >= brokenFrom ? Double.NaN : 1;
  }

  @Override
  public void stepped(long step, long total) {
    stepped.add(new Stepped(step, total, number.detach().item()));
    follower.copyFrom_(follower.times(0.5).plus(number.detach(), 0.5));
  }

  @Override
  public Map<String, Double> errors(int[] rows, RandomSource random) {
    return Map.of("distance", Math.abs(number.detach().item()));
  }

  @Override
  public Map<String, Double> sample(Path png) throws IOException {
    File file = png.toFile();
    ImageIO.write(new BufferedImage(2, 2, BufferedImage.TYPE_INT_RGB), "png", file);
    return Map.of("figure", 7.0);
  }

  @Override
  public void export(Path folder) {}
}
