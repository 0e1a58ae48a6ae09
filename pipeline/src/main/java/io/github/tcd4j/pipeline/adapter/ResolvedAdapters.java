package io.github.tcd4j.pipeline.adapter;

import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.resize.PassOrder;
import io.github.tcd4j.images.resize.Resample;
import io.github.tcd4j.images.resize.Resizer;
import io.github.tcd4j.models.unet.UNet2DConditionConfig;
import io.github.tcd4j.pipeline.input.InputPictures;
import java.util.ArrayList;
import java.util.List;
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
   * @param hints of the size of the generated picture: one, or one for each frame of an animation
   */
  public record Control(ControlSettings settings, ControlSource source, List<Image> hints) {
    public Control {
      hints = List.copyOf(hints);
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
   * The hints of each ControlNet at their own sizes, in order.
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
   * @throws io.github.tcd4j.files.InvalidRequestException if one does not fit the model
   */
  public static ResolvedAdapters of(
      AdapterSettings settings,
      List<List<Image>> hints,
      UNet2DConditionConfig base,
      int pixels,
      int width,
      int height) {
    Motion motion = FrameCount.motion(settings, hints, base);
    List<Control> controls = new ArrayList<>();
    for (int i = 0; i < hints.size(); i++) {
      ControlSettings c = settings.controls().get(i);
      ControlSource source = ControlSource.of(c.model(), base, pixels, width, height);
      List<Image> fitted = new ArrayList<>();
      for (Image picture : hints.get(i)) {
        Image hint = source.grey() ? grey(picture) : picture;
        boolean same = hint.width() == width && hint.height() == height;
        fitted.add(same ? hint : LANCZOS.resize(hint, width, height));
      }
      controls.add(new Control(c, source, fitted));
    }
    boolean pooled =
        !controls.isEmpty()
            && controls.get(0).source() instanceof ControlSource.OfControlNet net
            && net.config().globalPool();
    AdapterModel encoder = settings.imageEncoder();
    ImageEncoderSource images = encoder == null ? null : ImageEncoderSource.of(encoder);
    List<ImagePrompt> prompts = new ArrayList<>();
    if (images != null) {
      for (ImagePromptSettings p : settings.imagePrompts()) {
        ImagePromptSource source = ImagePromptSource.of(p.model(), base, images.config());
        int side = images.config().imageSize();
        List<float[]> seen =
            p.pictures().stream().map(f -> ClipPixels.of(f.decode("picture"), side)).toList();
        List<PromptMask> masks =
            p.masks().stream().map(f -> PromptMask.of(f.decode("mask"), width, height)).toList();
        prompts.add(new ImagePrompt(p, source, seen, masks));
      }
    }
    return new ResolvedAdapters(controls, settings.guess() || pooled, prompts, images, motion);
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
