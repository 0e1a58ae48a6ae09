package io.github.tcd4j.models.blip;

import io.github.tcd4j.models.config.ConfigException;

/**
 * Sizes of both transformers.
 *
 * @param imageSize side of the pictures in pixels, a multiple of the patch
 * @param patchSize side of a patch
 * @param vision channels, layers, heads and inner channels of the vision transformer
 * @param text the same of the text transformer
 * @param vocabulary rows of the word embedding
 * @param positions most tokens of a text
 */
public record BlipConfig(
    int imageSize, int patchSize, Stack vision, Stack text, int vocabulary, int positions) {
  /** A stack of layers. */
  public record Stack(int width, int layers, int heads, int inner) {
    public Stack {
      if (width < 1 || layers < 1 || heads < 1 || inner < 1 || width % heads != 0) {
        throw new ConfigException(
            String.format(
                "BLIP: width must be a multiple of heads, and all be at least 1, but were %d"
                    + " channels, %d heads, %d layers, %d inner channels",
                width, heads, layers, inner));
      }
    }
  }

  public BlipConfig {
    if (patchSize < 1 || imageSize < patchSize || imageSize % patchSize != 0) {
      throw new ConfigException(
          String.format(
              "BLIP: the image size must be a multiple of the patch size (%d) but was %d",
              patchSize, imageSize));
    }
    if (vocabulary < 1 || positions < 1) {
      throw new ConfigException(
          "BLIP: vocabulary and positions must be at least 1 but were "
              + (vocabulary + " and " + positions));
    }
  }

  /** ImageReward's: ViT-L/16 at 224 and BERT base with two more tokens. */
  public static BlipConfig large() {
    return new BlipConfig(
        224, 16, new Stack(1024, 24, 16, 4096), new Stack(768, 12, 12, 3072), 30_524, 512);
  }

  /** Tokens of a picture: its patches and the class token. */
  public int tokens() {
    int side = imageSize / patchSize;
    return side * side + 1;
  }
}
