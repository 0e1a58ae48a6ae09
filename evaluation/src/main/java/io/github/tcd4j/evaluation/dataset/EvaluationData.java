package io.github.tcd4j.evaluation.dataset;

import io.github.tcd4j.files.InvalidRequestException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is generated, and what it is compared with.
 *
 * @param reference shards of real pictures to compare with; without them there is no FD and KID
 * @param pictures how many captions of the reference to generate for FD and KID, chosen evenly from
 *     all styles; 0 leaves those two out
 * @param captions captions for CLIP score and retrieval: a {@code .txt} file with a caption a line,
 *     or shards
 * @param limit most captions to generate for CLIP score and retrieval; null for all
 * @param candidates more captions among which each must be found again: files or shards
 */
public record EvaluationData(
    @Nullable Path reference,
    int pictures,
    Path captions,
    @Nullable Integer limit,
    List<Path> candidates) {
  public EvaluationData {
    candidates = List.copyOf(candidates);
    if (pictures < 20 && pictures != 0) {
      throw new InvalidRequestException(
          "pictures must be at least 20, or 0 for no FD and KID, but was " + pictures);
    }
    if (limit != null && limit < 1) {
      throw new InvalidRequestException("limit must be at least 1 but was " + limit);
    }
  }

  /** All captions, and 1,000 pictures for FD and KID. */
  public static EvaluationData of(@Nullable Path reference, Path captions) {
    return new EvaluationData(reference, 1000, captions, null, List.of());
  }

  /** Whether FD and KID can and shall be measured. */
  public boolean distributions() {
    return reference != null && pictures > 0;
  }
}
