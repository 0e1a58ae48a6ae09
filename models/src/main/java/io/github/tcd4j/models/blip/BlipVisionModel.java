package io.github.tcd4j.models.blip;

import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.layers.Attention;
import io.github.tcd4j.models.layers.Conv2d;
import io.github.tcd4j.models.layers.Init;
import io.github.tcd4j.models.layers.LayerNorm;
import io.github.tcd4j.models.layers.Linear;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.Functional;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.TensorException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** The vision transformer, by timm's names; {@code visual_encoder} in BLIP. */
public record BlipVisionModel(
    BlipConfig config,
    Tensor classToken,
    Tensor positions,
    Conv2d patches,
    List<Block> blocks,
    LayerNorm norm) {
  private static final double EPS = 1e-6;

  /** One pre-norm layer. */
  record Block(
      LayerNorm norm1,
      Linear qkv,
      Linear proj,
      LayerNorm norm2,
      Linear fc1,
      Linear fc2,
      int heads) {
    static Block of(Weights w, BlipConfig.Stack c) {
      return new Block(
          LayerNorm.of(w.at("norm1"), c.width(), EPS),
          Linear.of(w.at("attn").at("qkv"), c.width(), 3L * c.width()),
          Linear.of(w.at("attn").at("proj"), c.width(), c.width()),
          LayerNorm.of(w.at("norm2"), c.width(), EPS),
          Linear.of(w.at("mlp").at("fc1"), c.width(), c.inner()),
          Linear.of(w.at("mlp").at("fc2"), c.inner(), c.width()),
          c.heads());
    }

    Tensor forward(Tensor x) {
      Tensor attended = Scope.result(() -> x.plus(attention(norm1.forward(x))));
      return Scope.result(
          () -> {
            Tensor y = fc1.forward(norm2.forward(attended), Adapters.NONE);
            return attended.plus(fc2.forward(Functional.gelu(y), Adapters.NONE));
          });
    }

    private Tensor attention(Tensor x) {
      Tensor[] parts = qkv.forward(x, Adapters.NONE).chunk(3, 2);
      Tensor mixed = Attention.multiHead(parts[0], parts[1], parts[2], heads, false);
      return proj.forward(mixed, Adapters.NONE);
    }
  }

  static BlipVisionModel of(Weights w, BlipConfig c) {
    int width = c.vision().width();
    int side = c.patchSize();
    List<Block> blocks = new ArrayList<>();
    for (int i = 0; i < c.vision().layers(); i++) {
      blocks.add(Block.of(w.at("blocks").at(i), c.vision()));
    }
    return new BlipVisionModel(
        c,
        w.get("cls_token", Init.ZEROS, 1, 1, width),
        w.get("pos_embed", Init.ZEROS, 1, c.tokens(), width),
        Conv2d.of(w.at("patch_embed").at("proj"), 3, width, side, side, 0),
        List.copyOf(blocks),
        LayerNorm.of(w.at("norm"), width, EPS));
  }

  /** pixels (B, 3, image size, image size) to tokens (B, 1 + patches, C). */
  public Tensor forward(Tensor pixels) {
    int side = config.imageSize();
    if (pixels.dim() != 4 || pixels.size(2) != side || pixels.size(3) != side) {
      throw new TensorException(
          String.format("BLIP reads pictures (B, 3, %1$d, %1$d) but got %2$s", side, pixels));
    }
    return Scope.result(
        () -> {
          long batch = pixels.size(0);
          int width = config.vision().width();
          Tensor grid = patches.forward(pixels, Adapters.NONE);
          Tensor tokens = grid.reshape(batch, width, -1).transpose(1, 2);
          Tensor x = Tensor.cat(1, classToken.expand(batch, 1, width), tokens).plus(positions);
          List<UnaryOperator<Tensor>> steps = new ArrayList<>();
          blocks.forEach(b -> steps.add(b::forward));
          return norm.forward(Scope.inTurn(x, steps));
        });
  }
}
