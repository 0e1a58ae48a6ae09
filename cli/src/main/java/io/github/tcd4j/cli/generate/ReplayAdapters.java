package io.github.tcd4j.cli.generate;

import io.github.tcd4j.files.FileName;
import io.github.tcd4j.pipeline.adapter.AdapterModel;
import io.github.tcd4j.pipeline.adapter.AdapterSettings;
import io.github.tcd4j.pipeline.adapter.ControlSettings;
import io.github.tcd4j.pipeline.adapter.HintNetwork;
import io.github.tcd4j.pipeline.adapter.ImagePromptSettings;
import io.github.tcd4j.pipeline.adapter.MotionSettings;
import io.github.tcd4j.pipeline.adapter.OwnAdapters;
import io.github.tcd4j.pipeline.input.InputFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where the files of a picture's adapters are: as those of {@link ReplayFiles}, and among the
 * adapters of the model's own.
 *
 * @param files all others of the picture
 * @param own the model's
 */
record ReplayAdapters(ReplayFiles files, OwnAdapters own) {
  /** The picture's adapters with the paths of today. */
  AdapterSettings located() {
    AdapterSettings adapters = files.then().adapters();
    List<ImagePromptSettings> prompts = new ArrayList<>();
    for (ImagePromptSettings p : adapters.imagePrompts()) {
      prompts.add(
          p.with(
              p.model().at(adapter("the IP-Adapter", p.model())),
              p.pictures().stream().map(f -> f.at(files.input("the picture", f))).toList(),
              p.masks().stream().map(f -> f.at(files.input("the mask", f))).toList()));
    }
    AdapterModel encoder = adapters.imageEncoder();
    return new AdapterSettings(
        controls(adapters),
        adapters.guess(),
        prompts,
        encoder == null ? null : encoder.at(adapter("the image encoder", encoder)),
        moving(adapters.motion()));
  }

  private @Nullable MotionSettings moving(@Nullable MotionSettings motion) {
    return motion == null
        ? null
        : motion.at(motion.model().at(adapter("the motion adapter", motion.model())));
  }

  private List<ControlSettings> controls(AdapterSettings adapters) {
    List<ControlSettings> found = new ArrayList<>();
    for (ControlSettings c : adapters.controls()) {
      InputFile hint = c.hint().file();
      HintNetwork network = c.hint().network();
      found.add(
          c.with(
              c.model().at(adapter("the ControlNet", c.model())),
              c.hint()
                  .at(hint.at(files.hint(hint)))
                  .withNetwork(network == null ? null : network.at(place(network)))));
    }
    return found;
  }

  private Path place(HintNetwork network) {
    return adapter("the " + network.kind().what(), network.model());
  }

  /** A file or folder. */
  private Path adapter(String what, AdapterModel recorded) {
    String name = FileName.of(recorded.name());
    List<Path> there = new ArrayList<>();
    files.inputs().stream().filter(i -> ReplayFiles.fileName(i).equals(name)).forEach(there::add);
    files.candidates(recorded.name(), List.of()).forEach(there::add);
    there.addAll(own.named(name));
    return ReplayFiles.best(
            there.stream().filter(Files::exists),
            path -> AdapterModel.hashNow(path).equals(recorded.sha256()))
        .orElseThrow(
            () -> files.missing(what, recorded.name(), ReplayFiles.OWN, "--input PATH names it"));
  }
}
