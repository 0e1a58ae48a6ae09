package io.github.tcd4j.evaluation.score.output;

import io.github.tcd4j.evaluation.picture.PictureFile;
import io.github.tcd4j.evaluation.report.Column.Better;
import io.github.tcd4j.evaluation.score.PictureScores;
import io.github.tcd4j.evaluation.score.Score;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.decode.ImageDecoder;
import io.github.tcd4j.images.decode.ImageFormatException;
import io.github.tcd4j.images.resize.Resize;
import io.github.tcd4j.images.sheet.ContactSheet;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** A sheet of the pictures with the highest and the lowest value of a figure. */
final class ExtremePictures {
  private static final int COLUMNS = 6;
  private static final int SIDE = 192;

  private ExtremePictures() {}

  /** Null where no picture has a figure, or all have the same. */
  static @Nullable Image sheet(PictureScores folder, Score score) {
    double[] values = score.pictures();
    if (values == null || values.length < 2) {
      return null;
    }
    List<Integer> order =
        IntStream.range(0, values.length)
            .boxed()
            .sorted(Comparator.comparingDouble((Integer i) -> values[i]).reversed())
            .toList();
    if (values[order.get(0)] == values[order.get(order.size() - 1)]) {
      return null;
    }
    boolean lower = score.column().better() == Better.LOWER;
    int count = Math.min(COLUMNS, (values.length + 1) / 2);
    List<Integer> low = new ArrayList<>(order.subList(order.size() - count, order.size()));
    Collections.reverse(low);
    List<ContactSheet.Row> rows =
        List.of(
            row(name(score, true, lower), folder, score, order.subList(0, count)),
            row(name(score, false, lower), folder, score, low));
    return new ContactSheet(score.column().title(), List.of(), rows).render();
  }

  private static String name(Score score, boolean highest, boolean lower) {
    if (score.column().better() == Better.NEITHER) {
      return highest ? "highest" : "lowest";
    }
    return highest == lower ? "worst" : "best";
  }

  private static ContactSheet.Row row(
      String name, PictureScores folder, Score score, List<Integer> chosen) {
    List<@Nullable Image> images = new ArrayList<>();
    StringBuilder label = new StringBuilder(name);
    double[] values = score.pictures();
    for (int i : chosen) {
      images.add(thumbnail(folder.pictures().get(i)));
      if (values != null) {
        String format = "%n%." + score.column().digits() + "f";
        label.append(String.format(Locale.ROOT, format, values[i] * score.factor()));
      }
    }
    return new ContactSheet.Row(label.toString(), images);
  }

  /** The whole picture in the middle of a white square. */
  private static @Nullable Image thumbnail(PictureFile picture) {
    try {
      Image image = ImageDecoder.decode(Files.readAllBytes(picture.path()));
      double scale = SIDE / (double) Math.max(image.width(), image.height());
      int width = Math.max(1, (int) Math.round(image.width() * scale));
      int height = Math.max(1, (int) Math.round(image.height() * scale));
      Image small = Resize.lanczos(image, width, height);
      byte[] square = new byte[3 * SIDE * SIDE];
      Arrays.fill(square, (byte) 255);
      for (int y = 0; y < height; y++) {
        int at = 3 * (((SIDE - height) / 2 + y) * SIDE + (SIDE - width) / 2);
        System.arraycopy(small.rgb(), 3 * y * width, square, at, 3 * width);
      }
      return new Image(SIDE, SIDE, square);
    } catch (ImageFormatException e) {
      return null;
    } catch (IOException e) {
      return null;
    }
  }
}
