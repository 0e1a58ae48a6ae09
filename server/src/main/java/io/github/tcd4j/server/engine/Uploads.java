package io.github.tcd4j.server.engine;

import io.github.tcd4j.pipeline.input.InputFile;
import io.github.tcd4j.pipeline.input.InputSettings;
import io.github.tcd4j.pipeline.metadata.GenerationSettings;
import org.jspecify.annotations.Nullable;

/** The pictures that requests bring along; kept as long as a job needs them. */
final class Uploads {
  private Uploads() {}

  /** Bytes of a request's pictures. */
  static long bytes(JobRequest request) {
    InputSettings input = request.request().input();
    return bytes(input.image()) + bytes(input.mask());
  }

  private static long bytes(@Nullable InputFile file) {
    return file == null || file.content() == null ? 0 : file.content().length;
  }

  /** Settings with the names and hashes of pictures alone. */
  static GenerationSettings forgotten(GenerationSettings s) {
    return s.withInput(forgotten(s.input()));
  }

  /** The same of a request that has ended. */
  static JobRequest forgotten(JobRequest r) {
    return r.with(r.request().toBuilder().input(forgotten(r.request().input())).build());
  }

  private static InputSettings forgotten(InputSettings input) {
    return input.withImage(forgotten(input.image())).withMask(forgotten(input.mask()));
  }

  private static @Nullable InputFile forgotten(@Nullable InputFile file) {
    return file == null ? null : new InputFile(file.file(), file.sha256(), null);
  }
}
