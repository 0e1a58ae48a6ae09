package io.github.tcd4j.training.dataset;

import io.github.tcd4j.data.CaptionedImage;
import io.github.tcd4j.data.DataException;
import io.github.tcd4j.data.Dataset;
import io.github.tcd4j.data.EpochOrder;
import io.github.tcd4j.files.Sha256;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.pipeline.metadata.SizeConditioning;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Images of one size with their captions. The pixels stay in the data set: a tensor is made of
 * those of one batch only, so that their number is not limited by the length of an array.
 *
 * @param data at least one image; all have one size
 * @param device where the images of a batch are required
 */
public record ImageDataset(Dataset data, Device device) implements Corpus {
  /** Images whose pixels are hashed as one part. */
  private static final int PORTION = 64;

  @Override
  public int size() {
    return data.size();
  }

  /** The images {@code rows} as float32 (B, 3, H, W) in [-1, 1], channels last. */
  public Tensor pictures(int[] rows) {
    List<CaptionedImage> images = images(rows);
    CaptionedImage first = images.get(0);
    Tensor chosen = Tensor.of(pixels(images), rows.length, 3, first.height(), first.width());
    return chosen.to(device).to(DType.F32).div(127.5).minus(1).channelsLast();
  }

  /** The images {@code rows} as they are in the data set. */
  public List<Image> originals(int[] rows) {
    return images(rows).stream().map(ImageDataset::image).toList();
  }

  private static Image image(CaptionedImage captioned) {
    byte[] planes = captioned.pixels();
    byte[] rgb = new byte[planes.length];
    int area = planes.length / 3;
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = planes[i % 3 * area + i / 3];
    }
    return new Image(captioned.width(), captioned.height(), rgb);
  }

  /**
   * Each is read once. Those of an endless data set are made by all processors at once, batch after
   * batch: of several that are wanted together the first can be computed with while the next is
   * made.
   */
  private List<CaptionedImage> images(int[] rows) {
    IntStream chosen = Arrays.stream(rows);
    if (!data.isEndless()) {
      return chosen.mapToObj(data::get).toList();
    }
    synchronized (data) {
      return chosen.parallel().mapToObj(data::get).toList();
    }
  }

  private static byte[] pixels(List<CaptionedImage> images) {
    int bytes = images.get(0).pixels().length;
    byte[] all = new byte[Math.multiplyExact(bytes, images.size())];
    for (int i = 0; i < images.size(); i++) {
      System.arraycopy(images.get(i).pixels(), 0, all, i * bytes, bytes);
    }
    return all;
  }

  /** Whether there are always more images, so that what follows from all of them does not exist. */
  public boolean isEndless() {
    return data.isEndless();
  }

  @Override
  public EpochOrder order(long seed) {
    return EpochOrder.of(seed, data);
  }

  public List<String> captions() {
    return captions(range(0, size()));
  }

  public List<String> captions(int[] rows) {
    return Arrays.stream(rows).mapToObj(data::caption).toList();
  }

  /**
   * What SDXL is conditioned on besides the captions, as diffusers' training scripts do: the size
   * that an image had before it was scaled, from the entries {@code original_width} and {@code
   * original_height} of its JSON as img2dataset writes them, where its upper left corner was cut,
   * from {@code crop_top} and {@code crop_left}, and its own size. Without these entries it is an
   * uncropped image of its own size.
   *
   * @return (B, 6) float32
   */
  public Tensor timeIds(int[] rows) {
    float[] all = new float[6 * rows.length];
    for (int i = 0; i < rows.length; i++) {
      CaptionedImage image = data.get(rows[i]);
      int width = entry(image, "original_width");
      int height = entry(image, "original_height");
      SizeConditioning sizes =
          SizeConditioning.OWN.withCrop(entry(image, "crop_left"), entry(image, "crop_top"));
      if (width > 0 && height > 0) {
        sizes = sizes.withOriginal(width, height);
      }
      float[] ids = sizes.timeIds(image.width(), image.height());
      System.arraycopy(ids, 0, all, 6 * i, 6);
    }
    return Tensor.of(all, rows.length, 6);
  }

  private static int entry(CaptionedImage image, String name) {
    String text = image.fields().getOrDefault(name, "0");
    try {
      return Math.toIntExact(Math.round(Double.parseDouble(text)));
    } catch (NumberFormatException | ArithmeticException e) {
      throw new DataException(
          image.key() + ": " + name + " must be a whole number of pixels but was " + text);
    }
  }

  public void addPixelsTo(Sha256 sha) {
    int portion = portion();
    for (int from = 0; from < size(); from += portion) {
      sha.add(pixels(images(range(from, Math.min(from + portion, size())))));
    }
  }

  /** Fewer than usual where so many would be more than an array can hold. */
  private int portion() {
    return Math.max(1, Math.min(PORTION, Integer.MAX_VALUE / 2 / data.get(0).pixels().length));
  }

  public static Tensor indices(int[] rows) {
    return Tensor.of(Arrays.stream(rows).asLongStream().toArray());
  }

  /** The integers from {@code from} to {@code to}, the latter not included. */
  public static int[] range(int from, int to) {
    return IntStream.range(from, to).toArray();
  }
}
