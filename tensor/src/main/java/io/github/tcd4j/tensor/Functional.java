package io.github.tcd4j.tensor;

import static io.github.tcd4j.tensor.NativeCall.op;

import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * The stateless operations of neural networks, as in {@code torch.nn.functional}. Images are (B, C,
 * H, W), sequences (B, L, C).
 */
public final class Functional {
  private Functional() {}

  /**
   * x (..., in) times weight (out, in) transposed, plus bias (out). The weight may be one of {@link
   * ConvolutionKernel#packLinear}.
   */
  public static Tensor linear(Tensor x, Tensor weight, @Nullable Tensor bias) {
    if (ConvolutionKernel.isPacked(weight)) {
      refuseGradient("linear", "weight", x, weight);
      return op("linear", () -> ConvolutionKernel.linear(x, weight, bias).handle(), x, weight);
    }
    return op("linear", () -> torch.linear(x.handle(), weight.handle(), optional(bias)), x, weight);
  }

  /** Along dimension {@code d}. */
  public static Tensor softmax(Tensor x, long d) {
    return op("softmax", () -> torch.softmax(x.handle(), d), x);
  }

  /**
   * 2-D convolution, weight (out, in, kh, kw), the same stride and zero padding on both axes. The
   * weight may be a {@link ConvolutionKernel}, for maps with channels last and without gradients.
   */
  public static Tensor conv2d(
      Tensor x, Tensor weight, @Nullable Tensor bias, int stride, int padding) {
    return conv2d(x, weight, bias, ConvolutionGeometry.of(stride, padding), false);
  }

  /**
   * 2-D convolution, weight (out, in / groups, kh, kw), and where {@code relu} max(0, .) of what
   * comes out. The weight may be a {@link ConvolutionKernel}, packed for the same geometry.
   */
  public static Tensor conv2d(
      Tensor x, Tensor weight, @Nullable Tensor bias, ConvolutionGeometry geometry, boolean relu) {
    if (ConvolutionKernel.isPacked(weight)) {
      refuseGradient("conv2d", "kernel", x, weight);
      String then = relu ? "relu" : "none";
      return op(
          "conv2d",
          () -> ConvolutionKernel.convolve(x, weight, bias, geometry, then).handle(),
          x,
          weight);
    }
    return op(
        "conv2d",
        () -> {
          var y =
              torch.conv2d(
                  x.handle(),
                  weight.handle(),
                  optional(bias),
                  geometry.strides(),
                  geometry.paddings(),
                  new long[] {1, 1},
                  geometry.groups());
          return relu ? torch.relu_(y) : y;
        },
        x,
        weight);
  }

  /**
   * Maximum in windows of {@code kernel} x {@code kernel}; what lies outside of the picture counts
   * as minus infinity.
   */
  public static Tensor maxPool2d(Tensor x, int kernel, int stride, int padding) {
    return op(
        "maxPool2d",
        () ->
            torch.max_pool2d(
                x.handle(),
                new long[] {kernel, kernel},
                new long[] {stride, stride},
                new long[] {padding, padding},
                new long[] {1, 1},
                false),
        x);
  }

  /**
   * Mean in windows of {@code kernel} x {@code kernel}; of those that lie partly outside of the
   * picture, the mean of what is inside.
   */
  public static Tensor averagePool2d(Tensor x, int kernel, int stride, int padding) {
    return op(
        "averagePool2d",
        () ->
            torch.avg_pool2d(
                x.handle(),
                new long[] {kernel, kernel},
                new long[] {stride, stride},
                new long[] {padding, padding},
                false,
                false,
                new LongOptional()),
        x);
  }

  /**
   * Bilinear resize to height and width without antialiasing.
   *
   * @param alignCorners whether the outermost pixel centres of both pictures coincide; else their
   *     edges do
   */
  public static Tensor upsampleBilinear(Tensor x, long height, long width, boolean alignCorners) {
    return op(
        "upsampleBilinear",
        () ->
            torch.upsample_bilinear2d(
                x.handle(),
                new long[] {height, width},
                alignCorners,
                new DoubleOptional(),
                new DoubleOptional()),
        x);
  }

  /** Bicubic resize to height and width without antialiasing, a = -0.75; edges coincide. */
  public static Tensor upsampleBicubic(Tensor x, long height, long width) {
    return op(
        "upsampleBicubic",
        () ->
            torch.upsample_bicubic2d(
                x.handle(),
                new long[] {height, width},
                false,
                new DoubleOptional(),
                new DoubleOptional()),
        x);
  }

  /** Normalises groups of channels to mean 0 and variance 1, then scales and shifts. */
  public static Tensor groupNorm(Tensor x, int groups, Tensor weight, Tensor bias, double eps) {
    boolean recorded = GradMode.is_enabled();
    boolean learned = recorded && (weight.requiresGrad() || bias.requiresGrad());
    if (ChannelsLastGroupNorm.suits(x, groups) && (x.requiresGrad() || !learned)) {
      boolean wanted = recorded && x.requiresGrad();
      return op(
          "groupNorm",
          () -> ChannelsLastGroupNorm.forward(x, groups, weight, bias, eps, wanted).handle(),
          x,
          weight);
    }
    // For channels last, libtorch writes a gradient of x even where none is wanted: it crashes.
    return op(
        "groupNorm",
        () ->
            torch.group_norm(
                (learned && !x.requiresGrad() ? x.contiguous() : x).handle(),
                groups,
                optional(weight),
                optional(bias),
                eps,
                true),
        x,
        weight);
  }

  /** Normalises the last dimension to mean 0 and variance 1, then scales and shifts. */
  public static Tensor layerNorm(Tensor x, Tensor weight, Tensor bias, double eps) {
    return op(
        "layerNorm",
        () ->
            torch.layer_norm(
                x.handle(), weight.shape(), optional(weight), optional(bias), eps, true),
        x,
        weight);
  }

  public static Tensor silu(Tensor x) {
    return op("silu", () -> torch.silu(x.handle()), x);
  }

  public static Tensor relu(Tensor x) {
    return op("relu", () -> torch.relu(x.handle()), x);
  }

  public static Tensor tanh(Tensor x) {
    return op("tanh", () -> torch.tanh(x.handle()), x);
  }

  /** GELU by the error function. */
  public static Tensor gelu(Tensor x) {
    return op("gelu", () -> torch.gelu(x.handle()), x);
  }

  /** CLIP's approximation x * sigmoid(1.702 x). */
  public static Tensor quickGelu(Tensor x) {
    return x.times(x.times(1.702).sigmoid());
  }

  /**
   * softmax(q k' / sqrt(d)) v over heads, q (B, heads, L, d), k and v (B, heads, M, d); each
   * position sees only itself and those before it where {@code causal}.
   */
  public static Tensor attention(Tensor q, Tensor k, Tensor v, boolean causal) {
    return op(
        "attention",
        () ->
            torch.scaled_dot_product_attention(
                q.handle(),
                k.handle(),
                v.handle(),
                new TensorOptional(),
                0.0,
                causal,
                new DoubleOptional(),
                false),
        q,
        k,
        v);
  }

  /** Rows of table (N, C) named by int64 ids of any shape. */
  public static Tensor embedding(Tensor table, Tensor ids) {
    return op("embedding", () -> torch.embedding(table.handle(), ids.handle()), table, ids);
  }

  /** Nearest-neighbour resize to height and width. */
  public static Tensor upsampleNearest(Tensor x, long height, long width) {
    return op(
        "upsampleNearest",
        () ->
            torch.upsample_nearest2d(
                x.handle(), new long[] {height, width}, new DoubleOptional(), new DoubleOptional()),
        x);
  }

  /** Pads the last two dimensions with a constant: left, right, top, bottom; negative crops. */
  public static Tensor pad(Tensor x, double value, long... leftRightTopBottom) {
    return op(
        "pad",
        () ->
            torch.constant_pad_nd(
                x.handle(), leftRightTopBottom, new org.bytedeco.pytorch.Scalar(value)),
        x);
  }

  /** Mean over the rows of minus the log-softmax of logits (B, N) at labels (B) int64. */
  public static Tensor crossEntropy(Tensor logits, Tensor labels) {
    return op(
        "crossEntropy",
        () -> torch.cross_entropy_loss(logits.handle(), labels.handle()),
        logits,
        labels);
  }

  /**
   * Scaled to Euclidean length 1 along dimension {@code d}; lengths below 1e-12 count as 1e-12, so
   * that zeros stay zeros.
   */
  public static Tensor normalize(Tensor x, long d) {
    return x.div(x.square().sum(true, d).sqrt().clamp(1e-12, Double.POSITIVE_INFINITY));
  }

  /** log softmax along dimension {@code d}. */
  public static Tensor logSoftmax(Tensor x, long d) {
    return op("logSoftmax", () -> torch.log_softmax(x.handle(), d, new ScalarTypeOptional()), x);
  }

  private static void refuseGradient(String operation, String kind, Tensor x, Tensor packed) {
    if (GradMode.is_enabled() && x.requiresGrad()) {
      throw new TensorException(
          operation + ": no gradient goes through the packed " + kind + " " + packed);
    }
  }

  private static TensorOptional optional(@Nullable Tensor t) {
    return t == null ? new TensorOptional() : new TensorOptional(t.handle());
  }
}
