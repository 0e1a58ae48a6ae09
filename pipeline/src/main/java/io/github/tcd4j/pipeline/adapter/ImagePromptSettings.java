package io.github.tcd4j.pipeline.adapter;

import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.pipeline.input.InputFile;
import java.util.List;

/**
 * One IP-Adapter with the pictures that it takes as prompt.
 *
 * @param model its file
 * @param pictures at least one; the network attends to all of them together
 * @param scale weight of the pictures next to the text: 1 as it was trained, 0 for none
 * @param masks where each picture counts, white; as many as pictures, or none for everywhere
 */
public record ImagePromptSettings(
    AdapterModel model, List<InputFile> pictures, double scale, List<InputFile> masks) {
  private static final String WHAT = "IP-Adapter";

  /**
   * Checks that there are pictures, and masks for all or none.
   *
   * @throws InvalidRequestException if not, or the scale is no finite number
   */
  public ImagePromptSettings {
    pictures = List.copyOf(pictures);
    masks = List.copyOf(masks);
    if (pictures.isEmpty()) {
      throw new InvalidRequestException(WHAT + " " + model.name() + " needs a picture");
    }
    if (!Double.isFinite(scale)) {
      throw new InvalidRequestException(
          "the scale of "
              + WHAT
              + " "
              + model.name()
              + " must be a finite number but was "
              + scale);
    }
    if (!masks.isEmpty() && masks.size() != pictures.size()) {
      throw new InvalidRequestException(
          (WHAT + " " + model.name() + " has " + pictures.size() + " pictures but ")
              + (masks.size() + " masks; give one mask for each picture, or none"));
    }
  }

  ImagePromptSettings current() {
    return with(
        model.current(WHAT),
        pictures.stream().map(f -> f.current("picture")).toList(),
        masks.stream().map(f -> f.current("mask")).toList());
  }

  /** The same with its files at other places. */
  public ImagePromptSettings with(
      AdapterModel network, List<InputFile> images, List<InputFile> covers) {
    return new ImagePromptSettings(network, images, scale, covers);
  }
}
