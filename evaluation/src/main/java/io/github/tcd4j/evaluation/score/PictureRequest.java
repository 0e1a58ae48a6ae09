package io.github.tcd4j.evaluation.score;

import io.github.tcd4j.evaluation.preprocess.FidMode;
import io.github.tcd4j.evaluation.preprocess.PicturePrep;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.tensor.Device;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is measured of which pictures.
 *
 * @param pictures a folder
 * @param compared another folder whose figures are compared with the first's; null for none
 * @param reference a folder of real pictures, or a {@code .npz} file of statistics; null for none
 * @param prep what is done to reference pictures before a network's own preprocessing
 * @param captions a file of captions; null for none
 * @param measures names of measures; empty for all whose weights and needs are there
 * @param weights folder of the networks' weights
 * @param mode how Inception's pictures are resized
 * @param allowSmall whether figures that few pictures bias are given
 * @param output folder of the results
 * @param cache folder of rows that are known
 * @param statistics where the statistics of the pictures go; null for nowhere
 * @param batch pictures at once
 */
public record PictureRequest(
    Path pictures,
    @Nullable Path compared,
    @Nullable Path reference,
    PicturePrep prep,
    @Nullable Path captions,
    List<String> measures,
    Path weights,
    FidMode mode,
    boolean allowSmall,
    Path output,
    Path cache,
    @Nullable Path statistics,
    Device device,
    int batch) {
  public PictureRequest {
    measures = List.copyOf(measures);
    if (batch < 1) {
      throw new InvalidRequestException("a batch is at least 1 picture but was " + batch);
    }
  }
}
