package io.github.tcd4j.evaluation.dataset;

import io.github.tcd4j.data.CaptionedImage;
import io.github.tcd4j.files.Sha256;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.png.PngWriter;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Pictures of a data set. */
public final class RealImages implements ImageSet {
  private static final int BATCH = 64;

  private final List<CaptionedImage> pictures;
  private final String identity;

  public RealImages(List<CaptionedImage> pictures) {
    this.pictures = List.copyOf(pictures);
    CaptionedImage first = pictures.get(0);
    Sha256 digest = new Sha256();
    for (CaptionedImage p : pictures) {
      if (p.width() != first.width() || p.height() != first.height()) {
        throw new EvaluationException(
            "pictures must have one size but '%s' has %dx%d and '%s' %dx%d"
                .formatted(
                    first.caption(),
                    first.width(),
                    first.height(),
                    p.caption(),
                    p.width(),
                    p.height()));
      }
      digest.add(p.caption()).add(p.pixels());
    }
    identity = "real " + pictures.size() + " " + digest.brief();
  }

  /** One picture for each caption, in their order; null where a caption has none. */
  public static @Nullable RealImages of(List<String> captions, List<CaptionedImage> all) {
    Map<String, CaptionedImage> byCaption = new HashMap<>();
    all.forEach(p -> byCaption.putIfAbsent(p.caption(), p));
    List<CaptionedImage> found = new ArrayList<>();
    for (String caption : captions) {
      CaptionedImage p = byCaption.get(caption);
      if (p == null) {
        return null;
      }
      found.add(p);
    }
    return found.isEmpty() ? null : new RealImages(found);
  }

  /**
   * What an operation makes of these pictures, rounded and clipped to bytes again.
   *
   * @param operation pictures (B, 3, H, W) in [-1, 1] to as many, as an autoencoder does
   * @param progress receives how many are done
   * @return null where the operation changes their size
   */
  public @Nullable RealImages through(UnaryOperator<Tensor> operation, IntConsumer progress) {
    List<CaptionedImage> made = new ArrayList<>();
    for (int start = 0; start < size(); start += BATCH) {
      int count = Math.min(BATCH, size() - start);
      try (Scope scope = Scope.inference()) {
        Tensor x = pixels(start, count);
        Tensor y = operation.apply(x.to(DType.F32).div(127.5).minus(1)).clamp(-1, 1);
        if (!Arrays.equals(x.shape(), y.shape())) {
          return null;
        }
        Tensor bytes = y.plus(1).times(127.5).round().to(DType.U8);
        for (int i = 0; i < count; i++) {
          CaptionedImage p = pictures.get(start + i);
          byte[] pixels = bytes.select(0, i).contiguous().toByteArray();
          made.add(
              new CaptionedImage(p.key(), pixels, p.width(), p.height(), p.caption(), p.fields()));
        }
      }
      progress.accept(start + count);
    }
    return new RealImages(made);
  }

  @Override
  public String identity() {
    return identity;
  }

  @Override
  public int size() {
    return pictures.size();
  }

  @Override
  public List<Path> files(Path folder) {
    Path own = folder.resolve(identity.replace(' ', '-'));
    List<Path> files = new ArrayList<>();
    try {
      Files.createDirectories(own);
    } catch (IOException e) {
      throw new EvaluationException("cannot make folder " + own + ": " + e.getMessage(), e);
    }
    for (int i = 0; i < pictures.size(); i++) {
      CaptionedImage p = pictures.get(i);
      Path file = own.resolve("%05d.png".formatted(i));
      files.add(file);
      if (!Files.exists(file)) {
        byte[] rgb = new byte[p.pixels().length];
        int plane = rgb.length / 3;
        for (int k = 0; k < rgb.length; k++) {
          rgb[k] = p.pixels()[k % 3 * plane + k / 3];
        }
        PngWriter.write(file, new Image(p.width(), p.height(), rgb), Map.of());
      }
    }
    return files;
  }

  @Override
  public Tensor pixels(int start, int count) {
    CaptionedImage first = pictures.get(start);
    int bytes = first.pixels().length;
    byte[] all = new byte[Math.multiplyExact(bytes, count)];
    for (int i = 0; i < count; i++) {
      System.arraycopy(pictures.get(start + i).pixels(), 0, all, i * bytes, bytes);
    }
    return Tensor.of(all, count, 3, first.height(), first.width());
  }
}
