package io.github.tcd4j.pipeline.internal.sampling;

import io.github.tcd4j.models.ipadapter.ImageEncoder;
import io.github.tcd4j.models.ipadapter.ImageFeatures;
import io.github.tcd4j.models.ipadapter.IpAdapter;
import io.github.tcd4j.models.unet.ImagePrompts;
import io.github.tcd4j.pipeline.adapter.PromptMask;
import io.github.tcd4j.pipeline.adapter.ResolvedAdapters;
import io.github.tcd4j.pipeline.internal.AdapterNetworks;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * What IP-Adapters make of the pictures of a request, once for all its batches.
 *
 * @param prompts in their order
 */
public record ImagePromptTokens(List<Prompt> prompts) {
  /** No picture. */
  public static final ImagePromptTokens NONE = new ImagePromptTokens(List.of());

  /**
   * Of one IP-Adapter.
   *
   * @param network whose projections each layer has
   * @param pictures (N, T, C), the tokens of each picture
   * @param nothing (1, T, C), what the rows without the prompt see in the place of each picture
   */
  public record Prompt(
      IpAdapter network, Tensor pictures, Tensor nothing, double scale, List<PromptMask> masks) {}

  public ImagePromptTokens {
    prompts = List.copyOf(prompts);
  }

  /**
   * Encodes the pictures; the tokens belong to the open scope.
   *
   * @param channels of each cross-attention layer of the U-Net
   */
  public static ImagePromptTokens of(
      ResolvedAdapters adapters, AdapterNetworks networks, List<Integer> channels, Device device) {
    List<Prompt> prompts = new ArrayList<>();
    if (adapters.imagePrompts().isEmpty()) {
      return NONE;
    }
    ImageEncoder encoder = networks.imageEncoder(Objects.requireNonNull(adapters.imageEncoder()));
    int side = encoder.vision().config().imageSize();
    try (Scope scope = Scope.inference()) {
      ImageFeatures nothing = encoder.nothing();
      for (ResolvedAdapters.ImagePrompt p : adapters.imagePrompts()) {
        IpAdapter network = networks.imagePrompt(p.source(), channels);
        Tensor[] pixels =
            p.pixels().stream()
                .map(values -> Tensor.of(values, 1, 3, side, side))
                .toArray(Tensor[]::new);
        ImageFeatures features = encoder.forward(Tensor.cat(0, pixels).to(device));
        prompts.add(
            new Prompt(
                network,
                scope.keep(network.tokens(features)),
                scope.keep(network.tokens(nothing)),
                p.settings().scale(),
                p.masks()));
      }
    }
    return new ImagePromptTokens(prompts);
  }

  /**
   * Their keys and values for the rows of a U-Net.
   *
   * @param conditioned rows with the prompt, which come first
   * @param rows in all
   */
  public ImagePrompts rows(long conditioned, long rows, Device device) {
    if (prompts.isEmpty()) {
      return ImagePrompts.NONE;
    }
    List<List<LongFunction<Tensor>>> masks = new ArrayList<>();
    for (Prompt p : prompts) {
      masks.add(p.masks.stream().map(m -> weights(m, device)).toList());
    }
    return layer -> {
      List<ImagePrompts.Branch> branches = new ArrayList<>();
      for (int k = 0; k < prompts.size(); k++) {
        Prompt p = prompts.get(k);
        if (p.scale != 0) {
          add(branches, p, layer, conditioned, rows, masks.get(k));
        }
      }
      return branches;
    };
  }

  private static void add(
      List<ImagePrompts.Branch> branches,
      Prompt p,
      int layer,
      long conditioned,
      long rows,
      List<LongFunction<Tensor>> masks) {
    int n = Math.toIntExact(p.pictures.size(0));
    if (masks.isEmpty()) {
      // All pictures in one softmax.
      Tensor seen = p.pictures.reshape(1, -1, p.pictures.size(2));
      Tensor none = Tensor.cat(1, nCopies(p.nothing, n));
      branches.add(branch(p, layer, spread(seen, none, conditioned, rows), null));
    } else {
      for (int i = 0; i < n; i++) {
        Tensor seen = p.pictures.narrow(0, i, 1);
        Tensor tokens = spread(seen, p.nothing, conditioned, rows);
        branches.add(branch(p, layer, tokens, masks.get(i)));
      }
    }
  }

  /** Computed once for each size of a feature map. */
  private static LongFunction<Tensor> weights(PromptMask mask, Device device) {
    Map<Long, float[]> known = new HashMap<>();
    return pixels -> {
      float[] weights = known.computeIfAbsent(pixels, n -> mask.weights(Math.toIntExact(n)));
      return Tensor.of(weights, 1, pixels, 1).to(device);
    };
  }

  private static Tensor[] nCopies(Tensor t, int n) {
    return Collections.nCopies(n, t).toArray(Tensor[]::new);
  }

  private static Tensor spread(Tensor seen, Tensor none, long conditioned, long rows) {
    Tensor with = seen.expand(conditioned, seen.size(1), seen.size(2));
    return rows == conditioned
        ? with
        : Tensor.cat(0, with, none.expand(rows - conditioned, none.size(1), none.size(2)));
  }

  private static ImagePrompts.Branch branch(
      Prompt p, int layer, Tensor tokens, @Nullable LongFunction<Tensor> mask) {
    return new ImagePrompts.Branch(
        p.network.keys(layer, tokens), p.network.values(layer, tokens), p.scale, mask);
  }
}
