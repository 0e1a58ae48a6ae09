package io.github.tcd4j.evaluation.score;

import io.github.tcd4j.evaluation.network.ExtractionListener;

/** Is informed of what an evaluation of pictures does; may end it by an exception. */
public interface PictureListener extends ExtractionListener {
  /** Hears nothing. */
  PictureListener SILENT =
      new PictureListener() {
        @Override
        public void note(String message) {}

        @Override
        public void progress(String network, int done, int total, int known) {}
      };

  /** Something that a reader of the results should know. */
  void note(String message);
}
