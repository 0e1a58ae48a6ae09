package io.github.tcd4j.diffusion;

import io.github.tcd4j.tensor.Tensor;

/**
 * The two guidances of InstructPix2Pix (Brooks et al. 2023, eq. 3) as one pass over three sets of
 * rows, on outputs of whatever parameterisation:
 *
 * <pre>  none + g (text - picture) + g_I (picture - none)</pre>
 *
 * @param triple a network with its conditioning for 3B rows: B with text and picture, then the same
 *     B with the picture alone, then B with neither
 * @param scale g, above 1
 * @param imageScale g_I, at least 1
 */
public record EditGuidance(Denoiser triple, double scale, double imageScale) implements Denoiser {
  public EditGuidance {
    if (!(scale > 1) || !(imageScale >= 1)) {
      throw new IllegalArgumentException(
          "guidance must be above 1 and image guidance at least 1 but were "
              + scale
              + " and "
              + imageScale);
    }
  }

  @Override
  public Prediction at(Tensor x, Tensor t, Tensor s) {
    Prediction all = triple.at(thrice(x), thrice(t), thrice(s));
    Tensor[] thirds = all.output().chunk(3, 0);
    Tensor ofText = thirds[0].minus(thirds[1]);
    Tensor ofPicture = thirds[1].minus(thirds[2]);
    Tensor output = thirds[2].plus(ofText.times(scale)).plus(ofPicture.times(imageScale));
    return new Prediction(all.kind(), output);
  }

  private static Tensor thrice(Tensor rows) {
    return Tensor.cat(0, rows, rows, rows);
  }
}
