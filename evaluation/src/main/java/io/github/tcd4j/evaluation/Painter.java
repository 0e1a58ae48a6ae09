package io.github.tcd4j.evaluation;

import io.github.tcd4j.images.Image;
import java.util.List;

/** What paints: a model in a pipeline, or in a test a few lines. */
public interface Painter {
  /** The setup with the defaults filled in that would be used. */
  Setup settle(Setup setup);

  /** The model and whatever else decides the pictures beside setup, captions and seeds. */
  String identity(Setup setup);

  /** One picture for each caption, picture i from {@code seed + i}; all of one size. */
  List<Image> paint(Setup setup, List<String> captions, long seed);
}
