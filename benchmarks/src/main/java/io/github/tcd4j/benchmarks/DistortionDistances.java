package io.github.tcd4j.benchmarks;

import io.github.tcd4j.evaluation.metric.FrechetDistance;
import io.github.tcd4j.evaluation.metric.KernelDistance;
import io.github.tcd4j.evaluation.metric.MaximumMeanDiscrepancy;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.decode.ImageDecoder;
import io.github.tcd4j.images.decode.ImageFormatException;
import io.github.tcd4j.images.decode.Reading;
import io.github.tcd4j.images.resize.Resize;
import io.github.tcd4j.models.efficientnet.EfficientNetLite0;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Functional;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Distances of folders of pictures to the first of them, by features of EfficientNet-Lite0, for
 * {@code oracle/check_distortions.py}. Arguments: WEIGHTS FOLDER.... Prints a line for each folder:
 * its name, the Fréchet distance, the unbiased kernel distance, the discrepancy of normalised
 * features as CMMD has it.
 */
public final class DistortionDistances {
  private static final int BATCH = 16;

  private DistortionDistances() {}

  public static void main(String[] args) throws IOException, ImageFormatException {
    try (Scope scope = Scope.inference()) {
      EfficientNetLite0 network = EfficientNetLite0.open(Path.of(args[0]), Device.CPU);
      Tensor reference = features(network, Path.of(args[1]));
      KernelDistance kernel = KernelDistance.to(reference);
      MaximumMeanDiscrepancy discrepancy =
          MaximumMeanDiscrepancy.to(Functional.normalize(reference, 1));
      for (int i = 2; i < args.length; i++) {
        Path folder = Path.of(args[i]);
        Tensor x = features(network, folder);
        System.out.println(
            folder.getFileName()
                + " "
                + FrechetDistance.between(x, reference)
                + " "
                + kernel.from(x)
                + " "
                + discrepancy.from(Functional.normalize(x, 1)));
      }
    }
  }

  private static Tensor features(EfficientNetLite0 network, Path folder)
      throws IOException, ImageFormatException {
    List<Path> files;
    try (var all = Files.list(folder)) {
      files = all.sorted().toList();
    }
    int side = EfficientNetLite0.SIDE;
    int size = 3 * side * side;
    List<Tensor> rows = new ArrayList<>();
    for (int start = 0; start < files.size(); start += BATCH) {
      List<Path> batch = files.subList(start, Math.min(start + BATCH, files.size()));
      float[] pixels = new float[batch.size() * size];
      for (int i = 0; i < batch.size(); i++) {
        Image image = ImageDecoder.decode(Files.readAllBytes(batch.get(i)), Reading.AS_STORED);
        byte[] rgb = Resize.bilinear(image, side, side).rgb();
        for (int k = 0; k < size; k++) {
          pixels[i * size + k % 3 * side * side + k / 3] = ((rgb[k] & 0xff) - 127) / 128f;
        }
      }
      try (Scope step = Scope.inference()) {
        rows.add(step.keep(network.features(Tensor.of(pixels, batch.size(), 3, side, side))));
      }
    }
    return Tensor.cat(0, rows.toArray(Tensor[]::new));
  }
}
