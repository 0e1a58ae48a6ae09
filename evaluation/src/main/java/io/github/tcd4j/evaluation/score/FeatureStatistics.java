package io.github.tcd4j.evaluation.score;

import io.github.tcd4j.evaluation.metric.Moments;
import io.github.tcd4j.evaluation.numpy.NpyArray;
import io.github.tcd4j.evaluation.numpy.NpzFile;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.files.Sha256;
import io.github.tcd4j.tensor.Tensor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Mean and covariance of features in a {@code .npz} file, {@code mu} and {@code sigma}, as
 * pytorch-fid, clean-fid and ADM's evaluator read and write them. Files of ours carry the network
 * and the preprocessing that they are of.
 */
public final class FeatureStatistics {
  private static final String MEAN = "mu";
  private static final String COVARIANCE = "sigma";

  /** Stands between the network and the number of pictures. */
  private static final String COUNT = "; n=";

  private FeatureStatistics() {}

  /**
   * Reads a file as a reference.
   *
   * @param network the identity of the network that its features must be of; files of other
   *     programs do not tell, and are believed
   * @throws InvalidRequestException if it has none, or says that they are of another network
   */
  public static ReferenceSet read(Path file, String network) {
    if (!Files.isRegularFile(file)) {
      throw new InvalidRequestException("there is no file of statistics at " + file);
    }
    Map<String, NpyArray> arrays = NpzFile.read(file, Set.of(MEAN, COVARIANCE));
    NpyArray mean = arrays.get(MEAN);
    NpyArray covariance = arrays.get(COVARIANCE);
    if (mean == null || covariance == null) {
      throw new InvalidRequestException(
          file
              + " has no mu and sigma but "
              + String.join(", ", NpzFile.names(file))
              + "; statistics as pytorch-fid saves them are needed");
    }
    int width = mean.values().length;
    int[] shape = covariance.shape();
    if (width == 0 || shape.length != 2 || shape[0] != width || shape[1] != width) {
      throw new InvalidRequestException(
          file
              + " has a mean of "
              + width
              + " features but a covariance of shape "
              + Arrays.toString(shape));
    }
    requireNetwork(file, network);
    Moments moments =
        new Moments(
            Tensor.of(mean.values(), width), Tensor.of(covariance.values(), width, width), 0);
    if (!moments.mean().isFinite() || !moments.covariance().isFinite()) {
      throw new InvalidRequestException(file + " holds NaN or infinite numbers");
    }
    return new ReferenceSet(
        "statistics " + Sha256.ofUnchanged(file).substring(0, 12), null, moments);
  }

  private static void requireNetwork(Path file, String network) {
    String note = NpzFile.note(file);
    if (note == null) {
      return;
    }
    int end = note.indexOf(COUNT);
    String own = end < 0 ? note.strip() : note.substring(0, end);
    if (!own.equals(network)) {
      throw new InvalidRequestException(
          "the statistics in "
              + file
              + " are of ("
              + own
              + ") but the pictures are measured by ("
              + network
              + "); figures of two protocols cannot be compared");
    }
  }

  /** Writes the statistics of features (N, P). */
  public static void write(Path file, Tensor features, String network) {
    Moments moments = Moments.of(features);
    int width = Math.toIntExact(moments.width());
    Map<String, NpyArray> arrays = new LinkedHashMap<>();
    arrays.put(MEAN, new NpyArray(new int[] {width}, moments.mean().toDoubleArray()));
    arrays.put(
        COVARIANCE, new NpyArray(new int[] {width, width}, moments.covariance().toDoubleArray()));
    NpzFile.write(file, arrays, network + COUNT + features.size(0) + "\n");
  }
}
