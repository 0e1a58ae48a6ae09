package io.github.tcd4j.server.engine;

import io.github.tcd4j.pipeline.adapter.AdapterSettings;
import io.github.tcd4j.pipeline.input.InputFile;
import io.github.tcd4j.pipeline.input.InputSettings;
import io.github.tcd4j.pipeline.metadata.GenerationSettings;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The pictures that requests bring along; kept as long as a job needs them. */
final class Uploads {
  private Uploads() {}

  /** Bytes of a request's pictures. */
  static long bytes(JobRequest request) {
    InputSettings input = request.request().input();
    AdapterSettings adapters = request.request().adapters();
    long hints = adapters.controls().stream().mapToLong(c -> bytes(c.hint().file())).sum();
    long prompts =
        adapters.imagePrompts().stream()
            .flatMap(p -> Stream.concat(p.pictures().stream(), p.masks().stream()))
            .mapToLong(Uploads::bytes)
            .sum();
    return bytes(input.image()) + bytes(input.mask()) + hints + prompts;
  }

  private static long bytes(@Nullable InputFile file) {
    return file == null || file.content() == null ? 0 : file.content().length;
  }

  /** Settings with the names and hashes of pictures alone. */
  static GenerationSettings forgotten(GenerationSettings s) {
    return s.withInput(forgotten(s.input())).withAdapters(forgotten(s.adapters()));
  }

  /** The same of a request that has ended. */
  static JobRequest forgotten(JobRequest r) {
    return r.with(
        r.request().toBuilder()
            .input(forgotten(r.request().input()))
            .adapters(forgotten(r.request().adapters()))
            .build());
  }

  private static AdapterSettings forgotten(AdapterSettings a) {
    return new AdapterSettings(
        a.controls().stream()
            .map(c -> c.with(c.model(), c.hint().at(kept(c.hint().file()))))
            .toList(),
        a.guess(),
        a.imagePrompts().stream()
            .map(
                p ->
                    p.with(
                        p.model(),
                        p.pictures().stream().map(Uploads::kept).toList(),
                        p.masks().stream().map(Uploads::kept).toList()))
            .toList(),
        a.imageEncoder());
  }

  private static InputFile kept(InputFile file) {
    return new InputFile(file.file(), file.sha256(), null);
  }

  private static InputSettings forgotten(InputSettings input) {
    return input.withImage(forgotten(input.image())).withMask(forgotten(input.mask()));
  }

  private static @Nullable InputFile forgotten(@Nullable InputFile file) {
    return file == null ? null : kept(file);
  }
}
