package io.github.tcd4j.models.blip;

import io.github.tcd4j.models.config.ConfigException;
import io.github.tcd4j.tensor.file.TensorFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

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

  /** Channels of a head, which do not follow from shapes: 64 in every published size. */
  private static final int HEAD = 64;

  /**
   * The sizes of an ImageReward's weights, from their shapes; {@link #large} where the file lacks
   * what they are read from, so that building the network names what is missing.
   */
  public static BlipConfig of(TensorFile file) {
    String vision = "blip.visual_encoder.";
    String text = "blip.text_encoder.";
    long[] position = shape(file, vision + "pos_embed");
    long[] patch = shape(file, vision + "patch_embed.proj.weight");
    long[] words = shape(file, text + "embeddings.word_embeddings.weight");
    long[] places = shape(file, text + "embeddings.position_embeddings.weight");
    long[] pictureInner = shape(file, vision + "blocks.0.mlp.fc1.weight");
    long[] textInner = shape(file, text + "encoder.layer.0.intermediate.dense.weight");
    boolean known =
        position.length == 3
            && patch.length == 4
            && words.length == 2
            && places.length == 2
            && pictureInner.length == 2
            && textInner.length == 2;
    if (!known) {
      return large();
    }
    int across = (int) Math.round(Math.sqrt(position[1] - 1.0));
    int side = Math.toIntExact(patch[3]);
    return new BlipConfig(
        across * side,
        side,
        stack(position[2], layers(file, vision + "blocks."), pictureInner[0]),
        stack(words[1], layers(file, text + "encoder.layer."), textInner[0]),
        Math.toIntExact(words[0]),
        Math.toIntExact(places[0]));
  }

  private static Stack stack(long width, int layers, long inner) {
    int heads = (int) Math.max(1, width / HEAD);
    return new Stack(Math.toIntExact(width), layers, heads, Math.toIntExact(inner));
  }

  private static long[] shape(TensorFile file, String name) {
    return file.names().contains(name) ? file.shape(name) : new long[0];
  }

  private static int layers(TensorFile file, String prefix) {
    Pattern layer = Pattern.compile(Pattern.quote(prefix) + "(\\d{1,4})\\..*");
    int most = 0;
    for (String name : file.names()) {
      Matcher found = layer.matcher(name);
      if (found.matches()) {
        most = Math.max(most, Integer.parseInt(found.group(1)) + 1);
      }
    }
    return most;
  }

  /** Tokens of a picture: its patches and the class token. */
  public int tokens() {
    int side = imageSize / patchSize;
    return side * side + 1;
  }
}
