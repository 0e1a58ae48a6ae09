package io.github.tcd4j.pipeline.adapter;

import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.resize.PassOrder;
import io.github.tcd4j.images.resize.Resample;
import io.github.tcd4j.images.resize.Resizer;
import io.github.tcd4j.models.unet.UNet2DConditionConfig;
import io.github.tcd4j.pipeline.input.InputPictures;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The adapters of a request, checked against its model; no weights are read yet.
 *
 * @param controls the ControlNets and T2I-Adapters in order
 * @param guess whether in guess mode, also where the first ControlNet pools its residuals
 * @param imagePrompts the IP-Adapters in order
 * @param imageEncoder of the IP-Adapters; null without any
 * @param motion the motion adapter; null for pictures, which do not move
 */
public record ResolvedAdapters(
    List<Control> controls,
    boolean guess,
    List<ImagePrompt> imagePrompts,
    @Nullable ImageEncoderSource imageEncoder,
    @Nullable Motion motion) {
  /** No adapter. */
  public static final ResolvedAdapters NONE =
      new ResolvedAdapters(List.of(), false, List.of(), null, null);

  /** Diffusers' image processor. */
  private static final Resizer LANCZOS = new Resizer(Resample.LANCZOS, PassOrder.PILLOW_13);

  /**
   * A ControlNet or T2I-Adapter and its hint.
   *
   * @param settings as requested
   * @param source where it is read from
   * @param kind what the hint shows, of a network for several kinds; null of others
   * @param pictures the hint at its own size, or one for each frame of an animation; where a
   *     network computes it, the pictures to compute it of
   * @param network that computes the hints; null where they are there
   * @param width of the generated picture
   * @param height likewise
   */
  public record Control(
      ControlSettings settings,
      ControlSource source,
      @Nullable ControlType kind,
      List<Image> pictures,
      @Nullable HintSource network,
      int width,
      int height) {
    public Control {
      pictures = List.copyOf(pictures);
    }

    /** What the hint shows, of a network for several kinds. */
    public ControlType type() {
      return Objects.requireNonNull(kind);
    }

    /** A hint of any size as the network sees it: at the size of the generated picture. */
    public Image fitted(Image hint) {
      Image seen = source.grey() ? grey(hint) : hint;
      boolean same = seen.width() == width && seen.height() == height;
      return same ? seen : LANCZOS.resize(seen, width, height);
    }
  }

  /**
   * A motion adapter.
   *
   * @param settings as requested, the number of frames filled in
   * @param source where it is read from
   */
  public record Motion(MotionSettings settings, MotionSource source) {
    /** Whether frames are seen in windows at all. */
    public boolean windowed() {
      return settings.windows() != null && settings.count() > settings.windows().length();
    }
  }

  /**
   * An IP-Adapter and its pictures.
   *
   * @param settings as requested
   * @param source where it is read from
   * @param pixels of each picture (3, side, side), as its encoder sees them
   * @param masks as many as pictures, or none
   */
  public record ImagePrompt(
      ImagePromptSettings settings,
      ImagePromptSource source,
      List<float[]> pixels,
      List<PromptMask> masks) {}

  public ResolvedAdapters {
    controls = List.copyOf(controls);
    imagePrompts = List.copyOf(imagePrompts);
  }

  /**
   * The hints of each ControlNet at their own sizes, in order; where a network computes them, the
   * pictures to compute them of.
   *
   * @throws io.github.tcd4j.files.InvalidRequestException if one is no picture
   */
  public static List<List<Image>> hints(AdapterSettings settings) {
    return settings.controls().stream().map(c -> c.hint().read()).toList();
  }

  /**
   * Looks at the files of all adapters.
   *
   * @param hints of {@link #hints}
   * @param base the model's U-Net
   * @param pixels that one latent element stands for
   * @param width of the generated picture; hints and masks of another size are resized without
   *     cropping
   * @param height likewise
   * @param window most that networks see at once of a side of the picture
   * @throws io.github.tcd4j.files.InvalidRequestException if one does not fit the model
   */
  public static ResolvedAdapters of(
      AdapterSettings settings,
      List<List<Image>> hints,
      UNet2DConditionConfig base,
      int pixels,
      int width,
      int height,
      int window) {
    Motion motion = FrameCount.motion(settings, hints, base);
    List<Control> controls = new ArrayList<>();
    for (int i = 0; i < hints.size(); i++) {
      ControlSettings c = settings.controls().get(i);
      ControlSource source =
          ControlSource.of(
              c.model(), base, pixels, Math.min(width, window), Math.min(height, window));
      if (motion != null && source instanceof ControlSource.OfUnion) {
        throw new InvalidRequestException(
            ("ControlNet-union " + c.model().name() + " is for single pictures, not for")
                + " animations; use a ControlNet for one kind of hints");
      }
      HintSource network = network(c.hint(), hints.get(i));
      controls.add(new Control(c, source, kind(c, source), hints.get(i), network, width, height));
    }
    boolean pooled = !controls.isEmpty() && pools(controls.get(0).source());
    AdapterModel encoder = settings.imageEncoder();
    ImageEncoderSource images = encoder == null ? null : ImageEncoderSource.of(encoder);
    List<ImagePrompt> prompts = new ArrayList<>();
    if (images != null) {
      for (ImagePromptSettings p : settings.imagePrompts()) {
        ImagePromptSource source = ImagePromptSource.of(p.model(), base, images.config());
        int side = images.config().imageSize();
        List<float[]> seen =
            p.pictures().stream()
                .map(f -> ClipPixels.of(f.decode("picture"), side, images.normalization()))
                .toList();
        List<PromptMask> masks =
            p.masks().stream().map(f -> PromptMask.of(f.decode("mask"), width, height)).toList();
        prompts.add(new ImagePrompt(p, source, seen, masks));
      }
    }
    return new ResolvedAdapters(controls, settings.guess() || pooled, prompts, images, motion);
  }

  private static @Nullable ControlType kind(ControlSettings c, ControlSource source) {
    if (!(source instanceof ControlSource.OfUnion union)) {
      if (c.type() != null) {
        throw new InvalidRequestException(
            (c.model().name() + " is for one kind of hints, so that " + c.type().key())
                + " has no effect; leave it out");
      }
      return null;
    }
    ControlType type = c.shown();
    if (type == null || type.ordinal() >= union.config().types()) {
      int n = Math.min(union.config().types(), ControlType.values().length);
      throw new InvalidRequestException(
          ("ControlNet-union " + c.model().name() + " needs to know what its hint shows, one of ")
              + Stream.of(ControlType.values())
                  .limit(n)
                  .map(ControlType::key)
                  .collect(Collectors.joining(", "))
              + (type == null ? "; write it after the network and @" : ", but was " + type.key()));
    }
    return type;
  }

  /** The hints of one network, in order. */
  public List<Control> sharing(ControlSource source) {
    return controls.stream().filter(c -> c.source().equals(source)).toList();
  }

  private static @Nullable HintSource network(HintPicture hint, List<Image> pictures) {
    if (hint.network() == null) {
      return null;
    }
    HintSource source = hint.network().source();
    pictures.forEach(source::requireReads);
    return source;
  }

  private static boolean pools(ControlSource source) {
    return source instanceof ControlSource.OfControlNet net && net.config().globalPool()
        || source instanceof ControlSource.OfUnion union && union.config().network().globalPool();
  }

  /** Three equal channels, as Pillow's mode L. */
  private static Image grey(Image image) {
    byte[] levels = new InputPictures(image, image).greyMask();
    byte[] rgb = new byte[3 * levels.length];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = levels[i / 3];
    }
    return new Image(image.width(), image.height(), rgb);
  }
}
