package io.github.tcd4j.cli.doctor;

import io.github.tcd4j.cli.options.ImageSizeConverter;
import io.github.tcd4j.pipeline.checkpoint.MemoryEstimate;
import io.github.tcd4j.tensor.DType;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The memory that a model needs, as lines for the user. */
record MemoryReport(MemoryEstimate needs, @Nullable ImageSizeConverter size, boolean tiling) {
  void print(PrintWriter out) {
    List<MemoryEstimate.Network> all = new ArrayList<>(needs.networks());
    all.addAll(needs.adapters());
    MemoryEstimate.Frames frames = needs.frames();
    if (frames != null) {
      all.add(frames.motion());
    }
    for (MemoryEstimate.Network n : all) {
      String types =
          n.bytes().keySet().stream().map(MemoryReport::name).collect(Collectors.joining(" and "));
      out.println(
          String.format(
              Locale.ROOT,
              "%-15s %5.0f million parameters, %s in %s",
              n.name(),
              n.parameters() / 1e6,
              ByteSizes.of(n.stored()),
              types));
    }
    int width = size == null ? needs.side() : size.width();
    int height = size == null ? needs.side() : size.height();
    out.println();
    out.println(
        ((frames == null ? "a picture of " : frames.count() + " frames of ")
                + width
                + "x"
                + height
                + (frames == null ? " needs" : " need")
                + " about, with networks read one after another")
            + (frames == null || frames.window() >= frames.count()
                ? ""
                : ", " + frames.window() + " frames at once")
            + (tiling ? ", the autoencoder in tiles:" : ":"));
    for (DType type : List.of(DType.F32, DType.BF16, DType.F16)) {
      out.println(
          String.format(
              Locale.ROOT,
              "  --dtype %-5s %9s, with guidance %9s",
              name(type),
              ByteSizes.of(needs.peak(type, width, height, false, tiling)),
              ByteSizes.of(needs.peak(type, width, height, true, tiling))));
    }
    out.flush();
  }

  private static String name(DType type) {
    return type.name().toLowerCase(Locale.ROOT);
  }
}
