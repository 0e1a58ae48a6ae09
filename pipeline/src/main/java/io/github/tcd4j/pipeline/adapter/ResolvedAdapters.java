package io.github.tcd4j.pipeline.adapter;

import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.resize.PassOrder;
import io.github.tcd4j.images.resize.Resample;
import io.github.tcd4j.images.resize.Resizer;
import io.github.tcd4j.models.unet.UNet2DConditionConfig;
import java.util.ArrayList;
import java.util.List;

/**
 * The adapters of a request, checked against its model; no weights are read yet.
 *
 * @param controls the ControlNets in order
 * @param guess whether in guess mode, also where the first ControlNet pools its residuals
 */
public record ResolvedAdapters(List<Control> controls, boolean guess) {
  /** No adapter. */
  public static final ResolvedAdapters NONE = new ResolvedAdapters(List.of(), false);

  /** Diffusers' image processor. */
  private static final Resizer LANCZOS = new Resizer(Resample.LANCZOS, PassOrder.PILLOW_13);

  /**
   * A ControlNet and its hint.
   *
   * @param settings as requested
   * @param source where it is read from
   * @param hint of the size of the generated picture
   */
  public record Control(ControlSettings settings, ControlSource source, Image hint) {}

  public ResolvedAdapters {
    controls = List.copyOf(controls);
  }

  /**
   * The hints at their own sizes, in order.
   *
   * @throws io.github.tcd4j.files.InvalidRequestException if one is no picture
   */
  public static List<Image> hints(AdapterSettings settings) {
    return settings.controls().stream().map(c -> c.hint().read()).toList();
  }

  /**
   * Looks at the files of all adapters.
   *
   * @param hints of {@link #hints}
   * @param base the model's U-Net
   * @param pixels that one latent element stands for
   * @param width of the generated picture; hints of another size are resized without cropping
   * @param height likewise
   * @throws io.github.tcd4j.files.InvalidRequestException if one does not fit the model
   */
  public static ResolvedAdapters of(
      AdapterSettings settings,
      List<Image> hints,
      UNet2DConditionConfig base,
      int pixels,
      int width,
      int height) {
    List<Control> controls = new ArrayList<>();
    for (int i = 0; i < hints.size(); i++) {
      ControlSettings c = settings.controls().get(i);
      ControlSource source = ControlSource.of(c.model(), base, pixels);
      Image hint = hints.get(i);
      boolean same = hint.width() == width && hint.height() == height;
      controls.add(new Control(c, source, same ? hint : LANCZOS.resize(hint, width, height)));
    }
    boolean pooled = !controls.isEmpty() && controls.get(0).source().config().globalPool();
    return new ResolvedAdapters(controls, settings.guess() || pooled);
  }
}
