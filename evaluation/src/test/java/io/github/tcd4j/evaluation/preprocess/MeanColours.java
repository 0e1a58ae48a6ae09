package io.github.tcd4j.evaluation.preprocess;

import io.github.tcd4j.images.Image;

/** For stand-ins of networks: a picture becomes its mean red, green and blue, each in [0, 1]. */
public record MeanColours(String id) implements Preprocessor {
  @Override
  public int side() {
    return 1;
  }

  @Override
  public float[] apply(Image image) {
    float[] mean = new float[3];
    for (int i = 0; i < image.rgb().length; i++) {
      mean[i % 3] += (image.rgb()[i] & 0xff) / 255f / (image.rgb().length / 3);
    }
    return mean;
  }
}
