package io.github.tcd4j.pipeline.checkpoint;

import io.github.tcd4j.models.files.Component;
import io.github.tcd4j.models.unet.UNet2DConditionConfig;
import io.github.tcd4j.models.vae.AutoencoderConfig;
import io.github.tcd4j.models.vae.AutoencoderKLConfig;
import io.github.tcd4j.pipeline.input.Upscaling;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.file.TensorFile;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The memory that a model will need, estimated from the headers of its files before any weights are
 * read.
 *
 * @param networks in order
 * @param adapters networks that are there while the U-Net is, such as ControlNets
 * @param unet shape of its U-Net
 * @param vae shape of its autoencoder
 * @param side in pixels of the pictures that it was trained for
 * @param frames of an animation; null for pictures
 */
public record MemoryEstimate(
    List<Network> networks,
    List<Network> adapters,
    UNet2DConditionConfig unet,
    AutoencoderConfig vae,
    int side,
    @Nullable Frames frames) {
  /** The program, its libraries, its heap, and what the allocator holds back. */
  private static final long PROGRAM = 680L << 20;

  /**
   * Maps of its widest level that a U-Net has at once besides the skips: those of a feed-forward.
   */
  private static final long WORKING_MAPS = 20;

  /** Pixels of frames that are decoded together, unless one has more. */
  private static final long DECODED_TOGETHER = 512 * 512;

  /**
   * An animation.
   *
   * @param motion the motion adapter's network
   * @param count all frames
   * @param window those that the networks see at once
   */
  public record Frames(Network motion, int count, int window) {
    /** Checks the ranges. */
    public Frames {
      if (count < 1 || window < 1) {
        throw new IllegalArgumentException(
            "an animation has frames but got " + count + " in windows of " + window);
      }
    }

    /** Those that the U-Net sees at once. */
    int rows() {
      return Math.min(count, window);
    }
  }

  /**
   * One network.
   *
   * @param name its folder's
   * @param bytes in the file, by type
   * @param matrices number of elements of matrices and kernels
   * @param vectors number of elements of all others
   */
  public record Network(String name, Map<DType, Long> bytes, long matrices, long vectors) {
    public long parameters() {
      return matrices + vectors;
    }

    public long stored() {
      return bytes.values().stream().mapToLong(Long::longValue).sum();
    }

    /** Bytes in memory, with matrices of that type. */
    long held(DType type) {
      return matrices * type.bytes() + vectors * DType.F32.bytes();
    }
  }

  public MemoryEstimate {
    networks = List.copyOf(networks);
    adapters = List.copyOf(adapters);
  }

  /** Without adapters. */
  public MemoryEstimate(
      List<Network> networks, UNet2DConditionConfig unet, AutoencoderConfig vae, int side) {
    this(networks, List.of(), unet, vae, side, null);
  }

  /** The same with one more network that is there while the U-Net is. */
  public MemoryEstimate with(String name, TensorFile file) {
    List<Network> more = new ArrayList<>(adapters);
    more.add(network(name, file));
    return new MemoryEstimate(networks, more, unet, vae, side, frames);
  }

  /**
   * The same of an animation.
   *
   * @param name of its motion adapter
   * @param motion its file
   * @param count its frames
   * @param window those that the networks see at once; all where it is the same or greater
   */
  public MemoryEstimate animated(String name, TensorFile motion, int count, int window) {
    Frames moving = new Frames(network(name, motion), count, window);
    return new MemoryEstimate(networks, adapters, unet, vae, side, moving);
  }

  /** Reads the headers. */
  public static MemoryEstimate of(ModelFolder folder) {
    List<Network> networks = new ArrayList<>();
    for (Component component : folder.components()) {
      try (TensorFile file = folder.openWeights(component)) {
        networks.add(network(component.folder(), file));
      }
    }
    UNet2DConditionConfig unet = folder.unet();
    AutoencoderConfig vae = folder.autoencoder();
    return new MemoryEstimate(networks, unet, vae, FamilyDefaults.of(folder).side(unet, vae));
  }

  private static Network network(String name, TensorFile file) {
    Map<DType, Long> bytes = new EnumMap<>(DType.class);
    long matrices = 0;
    long vectors = 0;
    for (String tensor : file.names()) {
      long[] shape = file.shape(tensor);
      long n = Arrays.stream(shape).reduce(1, (a, b) -> a * b);
      bytes.merge(file.dtype(tensor), n * file.dtype(tensor).bytes(), Long::sum);
      matrices += shape.length > 1 ? n : 0;
      vectors += shape.length > 1 ? 0 : n;
    }
    return new Network(name, bytes, matrices, vectors);
  }

  /**
   * An estimate of the most memory that one picture or animation takes, its networks read in turn;
   * an upscaler's work in windows and tiles where the picture is large.
   *
   * @param type of the weights; half precision is taken to compute too, but for F16
   * @param guided whether each step evaluates the U-Net on two rows
   * @param tiling whether the autoencoder works in tiles
   */
  public long peak(DType type, int width, int height, boolean guided, boolean tiling) {
    DType arithmetic = type == DType.F16 ? DType.F32 : type;
    boolean upscaler = unet.numClassEmbeds() > 0;
    boolean large = upscaler && (long) width * height > Upscaling.LARGE;
    int window = large ? side : Integer.MAX_VALUE;
    long seen = (long) Math.min(width, window) * Math.min(height, window);
    long positions = seen / ((long) vae.downscale() * vae.downscale());
    long text = 0;
    long most = 0;
    for (Network network : networks) {
      if (network.name().equals(Component.UNET.folder())) {
        long rows = (guided ? 2L : 1) * (frames == null ? 1 : frames.rows());
        long maps = rows * positions * unetMaps() * arithmetic.bytes();
        // Each adds its own copy of the skips, which the U-Net's maps are about twice of.
        long attached = adapters.stream().mapToLong(a -> a.held(type) + maps / 2).sum();
        attached += frames == null ? 0 : frames.motion().held(type);
        most = Math.max(most, network.held(type) + maps + attached);
      } else if (network.name().equals(Component.VAE.folder())) {
        boolean tiled = tiling || large;
        long tile =
            tiled && vae instanceof AutoencoderKLConfig kl ? kl.sampleSize() : Long.MAX_VALUE;
        long pixels = Math.min(width, tile) * Math.min(height, tile);
        if (frames != null) {
          pixels = Math.max(pixels, Math.min(pixels * frames.count(), DECODED_TOGETHER));
        }
        long maps = pixels * vae.mapsPerPixel() * arithmetic.bytes();
        boolean obeyed = unet.textTime() || upscaler;
        boolean upcast = type == DType.F16 && obeyed && vae.forceUpcast();
        most = Math.max(most, network.held(upcast ? DType.F32 : type) + maps);
      } else {
        text += network.stored();
      }
    }
    // The frames that are there in the end, red, green and blue.
    long shown = frames == null ? 0 : 3L * frames.count() * width * height;
    return PROGRAM + Math.max(text, most) + shown;
  }

  /** Elements for each position of the latents: the skips of all levels, and the working maps. */
  private long unetMaps() {
    double skips = unet.blockOutChannels().get(0);
    double working = 0;
    for (int i = 0; i < unet.blockOutChannels().size(); i++) {
      double channels = unet.blockOutChannels().get(i) / Math.pow(4, i);
      skips += channels * (unet.layersPerBlock().get(i) + 1);
      working = Math.max(working, WORKING_MAPS * channels);
    }
    return Math.round(skips + working);
  }
}
