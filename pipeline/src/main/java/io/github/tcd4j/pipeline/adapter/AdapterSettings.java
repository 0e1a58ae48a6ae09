package io.github.tcd4j.pipeline.adapter;

import io.github.tcd4j.files.InvalidRequestException;
import java.util.List;

/**
 * The adapters of a request.
 *
 * @param controls ControlNets, whose residuals are added up
 * @param guess whether ControlNets act on the rows with the prompt alone, shallow residuals less
 *     than deep ones (diffusers' guess mode)
 */
public record AdapterSettings(List<ControlSettings> controls, boolean guess) {
  /** No adapter. */
  public static final AdapterSettings NONE = new AdapterSettings(List.of(), false);

  public AdapterSettings {
    controls = List.copyOf(controls);
    if (guess && controls.isEmpty()) {
      throw new InvalidRequestException("guess mode has no effect without a ControlNet");
    }
  }

  /** Whether there is any. */
  public boolean present() {
    return !controls.isEmpty();
  }

  public AdapterSettings withControls(List<ControlSettings> others) {
    return new AdapterSettings(others, guess && !others.isEmpty());
  }

  public AdapterSettings withGuess(boolean on) {
    return new AdapterSettings(controls, on);
  }

  /** With the files as they are now, whatever a picture remembers of them. */
  public AdapterSettings current() {
    return new AdapterSettings(controls.stream().map(ControlSettings::current).toList(), guess);
  }
}
