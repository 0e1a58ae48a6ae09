package io.github.tcd4j.evaluation.preprocess;

import io.github.tcd4j.images.Image;
import io.github.tcd4j.pipeline.adapter.PixelNormalization;
import java.util.List;

/** Pixels as numbers, and from channels side by side to one plane after the other. */
final class Planes {
  /** CLIP's mean and deviation of each channel. */
  static final float[] CLIP_MEAN = floats(PixelNormalization.CLIP.mean());

  static final float[] CLIP_STD = floats(PixelNormalization.CLIP.deviation());

  static final float[] IMAGENET_MEAN = {0.485f, 0.456f, 0.406f};
  static final float[] IMAGENET_STD = {0.229f, 0.224f, 0.225f};

  private Planes() {}

  private static float[] floats(List<Double> channels) {
    float[] floats = new float[channels.size()];
    for (int c = 0; c < floats.length; c++) {
      floats[c] = channels.get(c).floatValue();
    }
    return floats;
  }

  /** Levels from 0 to 255. */
  static float[] levels(Image image) {
    float[] levels = new float[image.rgb().length];
    for (int i = 0; i < levels.length; i++) {
      levels[i] = image.rgb()[i] & 0xff;
    }
    return levels;
  }

  /** From 0 to 1, divided in single precision as torchvision's {@code ToTensor}. */
  static float[] shares(Image image) {
    float[] shares = levels(image);
    for (int i = 0; i < shares.length; i++) {
      shares[i] /= 255;
    }
    return shares;
  }

  /** (v - mean) / std of a channel, planes one after the other. */
  static float[] normalized(float[] pixels, float[] mean, float[] std) {
    int area = pixels.length / 3;
    float[] planes = new float[pixels.length];
    for (int c = 0; c < 3; c++) {
      for (int i = 0; i < area; i++) {
        planes[c * area + i] = (pixels[3 * i + c] - mean[c]) / std[c];
      }
    }
    return planes;
  }

  /** (v - shift) / scale of all. */
  static float[] scaled(float[] pixels, float shift, float scale) {
    float[] one = {shift, shift, shift};
    float[] other = {scale, scale, scale};
    return normalized(pixels, one, other);
  }

  /** A part of a picture. */
  static Image crop(Image image, int left, int top, int width, int height) {
    byte[] rgb = new byte[3 * width * height];
    for (int y = 0; y < height; y++) {
      int from = 3 * ((top + y) * image.width() + left);
      System.arraycopy(image.rgb(), from, rgb, 3 * y * width, 3 * width);
    }
    return new Image(width, height, rgb);
  }
}
