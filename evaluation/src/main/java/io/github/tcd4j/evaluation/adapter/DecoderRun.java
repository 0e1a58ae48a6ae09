package io.github.tcd4j.evaluation.adapter;

import io.github.tcd4j.evaluation.metric.Bootstrap;
import io.github.tcd4j.evaluation.report.Column;
import io.github.tcd4j.evaluation.report.Table;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.resize.Resize;
import io.github.tcd4j.models.vae.Autoencoder;
import io.github.tcd4j.models.vae.AutoencoderKL;
import io.github.tcd4j.pipeline.adapter.AdapterSettings;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;

/**
 * What a tiny decoder loses and saves next to the full one: PSNR of both against the pictures whose
 * latents they decode, and of the tiny one's pictures against the full one's where the latents were
 * generated; times of one picture, taken in turn. As a control, the pictures scaled down to the
 * latents' size and up again, which needs no network.
 */
record DecoderRun(
    AdapterPictures pictures, AutoencoderKL full, Autoencoder tiny, AdapterGenerator generator) {
  private static final String FULL = "full decoder";
  private static final String TINY = "tiny decoder";
  private static final String SCALED = "scaled to the latents' size";
  private static final double NANOS = 1e-6;

  /** Decodings before times count. */
  private static final int WARM = 5;

  private static final List<Column> COLUMNS =
      List.of(
          new Column(
              "psnr",
              "PSNR, dB",
              Column.Better.HIGHER,
              2,
              "mean over pictures, of the decoded mean of the full encoder's latents"),
          new Column(
              "psnr_generated",
              "PSNR to the full, generated, dB",
              Column.Better.HIGHER,
              2,
              "mean over generated latents, against what the full decoder makes of them"),
          new Column(
              "milliseconds",
              "ms a picture",
              Column.Better.LOWER,
              2,
              "time of decoding one alone"));

  Table run(Bootstrap bootstrap, IntConsumer done) {
    int n = pictures.size();
    Map<String, List<double[]>> rows = new LinkedHashMap<>();
    double[] none = {};
    rows.put(FULL, List.of(new double[n], none, new double[n]));
    rows.put(TINY, List.of(new double[n], new double[n], new double[n]));
    rows.put(SCALED, List.of(new double[n], none, none));
    for (int i = -WARM; i < n; i++) {
      try (Scope scope = Scope.inference()) {
        Image image = pictures.images().get(Math.max(i, 0));
        Tensor x = signed(image);
        Tensor z = full.encode(x).mean();
        double scale = full.config().scalingFactor();
        Timed large = decode(full, z);
        Timed small = decode(tiny, z.times(scale).div(tiny.config().scalingFactor()));
        if (i >= 0) {
          put(rows, FULL, 0, i, psnr(large.pixels, x));
          put(rows, FULL, 2, i, large.milliseconds);
          put(rows, TINY, 0, i, psnr(small.pixels, x));
          put(rows, TINY, 1, i, generated(i));
          put(rows, TINY, 2, i, small.milliseconds);
          put(rows, SCALED, 0, i, psnr(signed(scaled(image, z)), x));
          done.accept(i + 1);
        }
      }
    }
    return new ControlledTable("decoder", COLUMNS, rows)
        .table(
            bootstrap,
            List.of(
                new ControlledTable.Difference(TINY, FULL),
                new ControlledTable.Difference(TINY, SCALED)));
  }

  private static void put(
      Map<String, List<double[]>> rows, String row, int column, int i, double value) {
    rows.getOrDefault(row, List.of()).get(column)[i] = value;
  }

  private record Timed(Tensor pixels, double milliseconds) {}

  private static Timed decode(Autoencoder decoder, Tensor z) {
    long start = System.nanoTime();
    Tensor pixels = decoder.decode(z);
    return new Timed(pixels, (System.nanoTime() - start) * NANOS);
  }

  /** Mean over seeds. */
  private double generated(int i) {
    return generator.generate(pictures.captions().get(i), AdapterSettings.NONE).stream()
        .mapToDouble(
            picture -> {
              try (Scope scope = Scope.inference()) {
                Tensor scaled = picture.latents().tensor();
                Tensor truth = full.decode(scaled.div(full.config().scalingFactor()));
                Tensor small = tiny.decode(scaled.div(tiny.config().scalingFactor()));
                return psnr(small, truth.clamp(-1, 1));
              }
            })
        .average()
        .orElse(0);
  }

  private static Image scaled(Image image, Tensor z) {
    int width = Math.toIntExact(z.size(3));
    int height = Math.toIntExact(z.size(2));
    return Resize.bicubic(Resize.bicubic(image, width, height), image.width(), image.height());
  }

  private static Tensor signed(Image image) {
    return AdapterPictures.pixels(List.of(image)).to(DType.F32).div(127.5).minus(1).channelsLast();
  }

  private static double psnr(Tensor pixels, Tensor truth) {
    double mse = pixels.clamp(-1, 1).minus(truth).div(2).square().mean().item();
    return -10 * Math.log10(Math.max(mse, 1e-12));
  }
}
