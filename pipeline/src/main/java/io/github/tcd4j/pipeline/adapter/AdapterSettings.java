package io.github.tcd4j.pipeline.adapter;

import io.github.tcd4j.files.Hint;
import io.github.tcd4j.files.InvalidRequestException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The adapters of a request.
 *
 * @param controls ControlNets, whose residuals are added up
 * @param guess whether ControlNets act on the rows with the prompt alone, shallow residuals less
 *     than deep ones (diffusers' guess mode)
 * @param imagePrompts IP-Adapters, whose contributions are added up
 * @param imageEncoder the CLIP vision encoder of the IP-Adapters; null without any
 * @param motion the motion adapter; null for pictures, which do not move
 */
public record AdapterSettings(
    List<ControlSettings> controls,
    boolean guess,
    List<ImagePromptSettings> imagePrompts,
    @Nullable AdapterModel imageEncoder,
    @Nullable MotionSettings motion) {
  /** No adapter. */
  public static final AdapterSettings NONE = new AdapterSettings(List.of(), false, List.of(), null);

  /**
   * Checks what depends on each other.
   *
   * @throws InvalidRequestException if something has no effect, or an IP-Adapter has no encoder
   */
  public AdapterSettings {
    controls = List.copyOf(controls);
    imagePrompts = List.copyOf(imagePrompts);
    if (guess && controls.isEmpty()) {
      throw new InvalidRequestException("guess mode has no effect without a ControlNet");
    }
    if (!imagePrompts.isEmpty() && imageEncoder == null) {
      throw new InvalidRequestException(
          ("IP-Adapter "
                  + imagePrompts.get(0).model().name()
                  + " needs the image encoder that it was")
              + " trained with, a folder with config.json and model.safetensors",
          Hint.IMAGE_ENCODER);
    }
    if (imagePrompts.isEmpty() && imageEncoder != null) {
      throw new InvalidRequestException("an image encoder has no effect without an IP-Adapter");
    }
  }

  /** Of pictures, which do not move. */
  public AdapterSettings(
      List<ControlSettings> controls,
      boolean guess,
      List<ImagePromptSettings> imagePrompts,
      @Nullable AdapterModel imageEncoder) {
    this(controls, guess, imagePrompts, imageEncoder, null);
  }

  /** ControlNets alone. */
  public static AdapterSettings ofControls(List<ControlSettings> controls, boolean guess) {
    return new AdapterSettings(controls, guess, List.of(), null);
  }

  /** Whether there is any. */
  public boolean present() {
    return !controls.isEmpty() || !imagePrompts.isEmpty() || motion != null;
  }

  /** Bytes of the files of all its networks, each counted once. */
  public long bytes() {
    Set<AdapterModel> networks = new HashSet<>();
    controls.forEach(c -> networks.add(c.model()));
    imagePrompts.forEach(p -> networks.add(p.model()));
    if (imageEncoder != null) {
      networks.add(imageEncoder);
    }
    if (motion != null) {
      networks.add(motion.model());
    }
    return networks.stream().mapToLong(AdapterModel::bytes).sum();
  }

  /** The same with a motion adapter in the place of another; null for none. */
  public AdapterSettings withMotion(@Nullable MotionSettings other) {
    return new AdapterSettings(controls, guess, imagePrompts, imageEncoder, other);
  }

  /**
   * The same with the motion adapter of a file or folder as it is used as a rule; null for none.
   */
  public AdapterSettings withMotionOf(@Nullable Path file) {
    return withMotion(file == null ? null : new MotionSettings(MotionSource.model(file)));
  }

  /**
   * The same with changed settings of its motion adapter.
   *
   * @param what only an animation has, for the message
   * @throws InvalidRequestException if there is none
   */
  public AdapterSettings moving(String what, UnaryOperator<MotionSettings> change) {
    if (motion == null) {
      throw new InvalidRequestException(what + " only an animation has; give a motion adapter");
    }
    return withMotion(change.apply(motion));
  }

  /** With the files as they are now, whatever a picture remembers of them. */
  public AdapterSettings current() {
    return new AdapterSettings(
        controls.stream().map(ControlSettings::current).toList(),
        guess,
        imagePrompts.stream().map(ImagePromptSettings::current).toList(),
        imageEncoder == null ? null : imageEncoder.current("image encoder"),
        motion == null ? null : motion.current());
  }
}
