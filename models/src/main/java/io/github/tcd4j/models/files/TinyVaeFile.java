package io.github.tcd4j.models.files;

import io.github.tcd4j.models.config.ConfigException;
import io.github.tcd4j.models.files.quantized.ScaledTensors;
import io.github.tcd4j.models.vae.AutoencoderTinyConfig;
import io.github.tcd4j.tensor.file.JoinedFiles;
import io.github.tcd4j.tensor.file.TensorFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A tiny autoencoder in files of its own: diffusers' names; ComfyUI's, {@code taesd_encoder.} and
 * {@code taesd_decoder.} in one file; or those of the authors, who number the layers of decoder and
 * encoder in two files. There the decoder counts its clamp as layer 0. The encoder's file lies next
 * to the decoder's and has {@code encoder} in its name instead; it may be missing.
 *
 * @param path of the file, which holds the decoder
 * @param encoder the encoder's file; null where it is in the same or missing
 * @param config what the shapes tell; the scaling factor is 1
 * @param decoderPrefix what the decoder's keys start with, perhaps empty
 * @param encoderPrefix likewise, in its file
 * @param shift what the decoder's layer numbers are greater by than diffusers'
 */
public record TinyVaeFile(
    Path path,
    @Nullable Path encoder,
    AutoencoderTinyConfig config,
    String decoderPrefix,
    String encoderPrefix,
    int shift) {
  /** A tiny decoder and its encoder, under one of the names in use. */
  private record Naming(String decoder, String encoder, int shift) {}

  private static final List<Naming> NAMINGS =
      List.of(
          new Naming("decoder.layers.", "encoder.layers.", 0),
          new Naming("taesd_decoder.", "taesd_encoder.", 1),
          new Naming("", "", 1));

  /** Looks at a file; null where it holds no tiny decoder. */
  public static @Nullable TinyVaeFile of(Path path) {
    try (TensorFile file = ScaledTensors.open(path)) {
      for (Naming naming : NAMINGS) {
        CheckpointShapes shapes = new CheckpointShapes(file, naming.decoder());
        int first = naming.shift();
        if (shapes.has(first + ".weight") && shapes.has(first + 2 + ".conv.0.weight")) {
          return of(path, naming, shapes);
        }
      }
      CheckpointShapes bare = new CheckpointShapes(file, "");
      if (bare.has("0.weight") && bare.has("1.conv.0.weight")) {
        throw new ConfigException(
            path + " is the encoder of a tiny autoencoder; use the file of its decoder");
      }
      return null;
    }
  }

  private static TinyVaeFile of(Path path, Naming naming, CheckpointShapes decoder) {
    Stages out = Stages.of(decoder, naming.shift() + 2, true);
    int latents = decoder.size(naming.shift() + ".weight", 1);
    Path other = naming.decoder().isEmpty() ? sibling(path) : null;
    if (other != null) {
      try (TensorFile file = ScaledTensors.open(other)) {
        return of(path, other, naming, out, latents, new CheckpointShapes(file, ""));
      }
    }
    CheckpointShapes same = new CheckpointShapes(decoder.file(), naming.encoder());
    return of(path, null, naming, out, latents, naming.decoder().isEmpty() ? null : same);
  }

  private static TinyVaeFile of(
      Path path,
      @Nullable Path encoder,
      Naming naming,
      Stages out,
      int latents,
      @Nullable CheckpointShapes shapes) {
    Stages in = new Stages(0, List.of());
    int pixels = 3;
    if (shapes != null && shapes.has("0.weight") && shapes.has("1.conv.0.weight")) {
      in = Stages.of(shapes, 1, false);
      pixels = shapes.size("0.weight", 1);
    }
    AutoencoderTinyConfig config =
        new AutoencoderTinyConfig(
            pixels,
            out.last(),
            latents,
            in.channelList(),
            in.blocks(),
            out.channelList(),
            out.blocks(),
            1);
    return new TinyVaeFile(
        path, encoder, config, naming.decoder(), naming.encoder(), naming.shift());
  }

  private static @Nullable Path sibling(Path path) {
    String name = String.valueOf(path.getFileName());
    Path other = path.resolveSibling(name.replace("decoder", "encoder"));
    return name.contains("decoder") && Files.isRegularFile(other) ? other : null;
  }

  /** Its parameters under diffusers' names. */
  public TensorFile open() {
    TensorFile file = ScaledTensors.open(path);
    Map<String, TensorSource> places = new TreeMap<>();
    place(places, file, decoderPrefix, "decoder.layers.", shift);
    if (config.hasEncoder() && encoder == null) {
      place(places, file, encoderPrefix, "encoder.layers.", 0);
    }
    ComponentView decoding = new ComponentView(file, places, Map.of());
    if (encoder == null) {
      return decoding;
    }
    Map<String, TensorSource> others = new TreeMap<>();
    TensorFile second = ScaledTensors.open(encoder);
    place(others, second, encoderPrefix, "encoder.layers.", 0);
    return JoinedFiles.of(decoding, new ComponentView(second, others, Map.of()));
  }

  private static void place(
      Map<String, TensorSource> places, TensorFile file, String prefix, String ours, int shift) {
    for (String key : file.names()) {
      String rest = key.startsWith(prefix) ? key.substring(prefix.length()) : "";
      int dot = rest.indexOf('.');
      if (dot > 0 && rest.substring(0, dot).chars().allMatch(Character::isDigit)) {
        int index = Integer.parseInt(rest.substring(0, dot)) - shift;
        places.put(
            ours + index + rest.substring(dot), new TensorSource(key, TensorSource.Piece.WHOLE));
      }
    }
  }

  /**
   * Blocks between the convolutions.
   *
   * @param channels of all stages
   * @param blocks of each stage
   * @param last output channels of the last convolution
   */
  private record Stages(int channels, List<Integer> blocks, int last) {
    Stages(int channels, List<Integer> blocks) {
      this(channels, blocks, 0);
    }

    List<Integer> channelList() {
      return blocks.stream().map(b -> channels).toList();
    }

    /**
     * Counts them.
     *
     * @param from index of the first layer after the first convolution
     * @param upsampled whether a layer without weights stands before each convolution but the last
     */
    static Stages of(CheckpointShapes shapes, int from, boolean upsampled) {
      List<Integer> blocks = new ArrayList<>();
      int channels = shapes.size((upsampled ? from - 2 : from - 1) + ".weight", 0);
      int at = from;
      int last = 0;
      while (true) {
        int n = 0;
        while (shapes.has(at + ".conv.0.weight")) {
          n++;
          at++;
        }
        blocks.add(n);
        // The last convolution alone has a bias.
        if (upsampled && !shapes.has(at + ".weight")) {
          at++;
        }
        if (!shapes.has(at + ".weight")) {
          throw new ConfigException("the tiny autoencoder ends without a convolution at " + at);
        }
        last = shapes.size(at + ".weight", 0);
        if (shapes.has(at + ".bias")) {
          return new Stages(channels, blocks, last);
        }
        at++;
      }
    }
  }
}
