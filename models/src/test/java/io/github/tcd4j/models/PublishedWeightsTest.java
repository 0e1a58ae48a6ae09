package io.github.tcd4j.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.github.tcd4j.models.efficientnet.EfficientNetLite0;
import io.github.tcd4j.models.icnet.IcNet;
import io.github.tcd4j.models.inception.InceptionV3;
import io.github.tcd4j.models.layers.WeightsException;
import io.github.tcd4j.models.reward.AestheticPredictor;
import io.github.tcd4j.models.text.WordPieceTokenizer;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Functional;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.TensorFile;
import io.github.tcd4j.tensor.file.TensorFileException;
import java.awt.Image;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import javax.imageio.ImageIO;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The files that their authors published, of those that lie in the folder {@code -Dtcd4j.weights};
 * see docs/measures-weights.md for where each is from. Skipped where there is none.
 */
class PublishedWeightsTest {
  private static final Path FOLDER = Path.of(System.getProperty("tcd4j.weights", "none"));

  @TempDir Path temporary;

  private static Path file(String name) {
    Path file = FOLDER.resolve(name);
    assumeThat(file).exists();
    return file;
  }

  /** Marks of two features by PyTorch. */
  @ParameterizedTest
  @CsvSource({
    "sac+logos+ava1-l14-linearMSE.pth, 5.618419170379639, 4.990833759307861",
    "ava+logos-l14-linearMSE.pth, 5.209283351898193, 4.7230224609375",
    "ava+logos-l14-reluMSE.pth, 4.417510032653809, 4.49761438369751",
    "sa_0_4_vit_l_14_linear.pth, 3.8340094089508057, 1.579391360282898"
  })
  void aestheticMarksAreThoseOfPyTorch(String name, double first, double second) {
    try (Scope scope = Scope.inference()) {
      AestheticPredictor predictor = AestheticPredictor.open(file(name), Device.CPU);
      Tensor marks = predictor.scores(FormulaWeights.noise("aesthetic", 2, 768));
      assertThat(marks.item(0)).isCloseTo(first, Offset.offset(1e-5));
      assertThat(marks.item(1)).isCloseTo(second, Offset.offset(1e-5));
    }
  }

  /** The sums that the sheet of the package's file gives. */
  @Test
  void efficientNetsFileIsTheOneOfTheSums() {
    try (Scope scope = Scope.inference();
        TensorFile file = TensorFile.open(file("efficientnet-lite0-57934424.pth"))) {
      assertThat(file.names()).hasSize(296);
      assertThat(sum(file.get("_conv_stem.weight")))
          .isCloseTo(-26.811376610887237, Offset.offset(1e-9));
      assertThat(sum(file.get("_fc.bias"))).isCloseTo(-0.04981697298353538, Offset.offset(1e-9));
    }
  }

  private static double sum(Tensor t) {
    return Arrays.stream(t.reshape(-1).to(io.github.tcd4j.tensor.DType.F64).toDoubleArray()).sum();
  }

  /** Pictures of scikit-image and scikit-learn, in the folder {@code photos} of the weights. */
  @ParameterizedTest
  @CsvSource({
    "coffee.png, 967, espresso",
    "chelsea.png, 285, Egyptian cat or tabby or tiger cat",
    "flower.jpg, 985, daisy",
    "china.jpg, 698, palace",
    "motorcycle_left.png, 665, moped"
  })
  void efficientNetKnowsRealPictures(String picture, long expected, String name)
      throws IOException {
    Path photo = file("photos").resolve(picture);
    assumeThat(photo).exists();
    try (Scope scope = Scope.inference()) {
      EfficientNetLite0 network =
          EfficientNetLite0.open(file("efficientnet-lite0-57934424.pth"), Device.CPU);
      Tensor logits = network.logits(network.features(pixels(photo)));
      long[] order = logits.argsort(1, true).toLongArray();
      List<Long> best = List.of(order[0], order[1], order[2]);
      assertThat(best).as("%s should be %s", picture, name).contains(expected);
    }
  }

  private static Tensor pixels(Path photo) throws IOException {
    BufferedImage image = ImageIO.read(photo.toFile());
    int side = Math.min(image.getWidth(), image.getHeight());
    BufferedImage square =
        image.getSubimage(
            (image.getWidth() - side) / 2, (image.getHeight() - side) / 2, side, side);
    int size = EfficientNetLite0.SIDE;
    BufferedImage small = new BufferedImage(size, size, BufferedImage.TYPE_INT_RGB);
    Image averaged = square.getScaledInstance(size, size, Image.SCALE_AREA_AVERAGING);
    small.getGraphics().drawImage(averaged, 0, 0, null);
    float[] values = new float[3 * size * size];
    for (int i = 0; i < size * size; i++) {
      int rgb = small.getRGB(i % size, i / size);
      for (int c = 0; c < 3; c++) {
        values[c * size * size + i] = ((rgb >> 16 - 8 * c & 255) - 127) / 128f;
      }
    }
    return Tensor.of(values, 1, 3, size, size);
  }

  @Test
  void inceptionTellsTwoPicturesApart() {
    try (Scope scope = Scope.inference()) {
      InceptionV3 network =
          InceptionV3.open(file("pt_inception-2015-12-05-6726825d.pth"), Device.CPU);
      Tensor a = FormulaWeights.blocks("inc.a", 299, 299, 23).div(127.5).minus(1);
      Tensor b = FormulaWeights.blocks("inc.b", 299, 299, 60).div(127.5).minus(1);
      Tensor features = network.features(Tensor.cat(0, a, b));
      Tensor unit = Functional.normalize(features, 1);
      assertThat(features.min().item()).isNotNegative();
      double cosine = unit.select(0, 0).times(unit.select(0, 1)).sum().item();
      assertThat(cosine).isBetween(0.1, 0.999);
    }
  }

  @Test
  void anotherNetworksFileIsRefusedInOneSentence() {
    Path other = file("efficientnet-lite0-57934424.pth");
    assertThatThrownBy(() -> InceptionV3.open(other, Device.CPU))
        .isInstanceOf(WeightsException.class)
        .hasMessage(
            other
                + " is not the Inception network of FID: the file lacks"
                + " Conv2d_1a_3x3.conv.weight");
    assertThatThrownBy(() -> IcNet.open(other, Device.CPU))
        .isInstanceOf(WeightsException.class)
        .hasMessageStartingWith(other + " is not ICNet of IC9600: the file lacks b1_1.0.weight");
  }

  @Test
  void aFileCutShortIsRefusedInOneSentence() throws IOException {
    byte[] whole = Files.readAllBytes(file("efficientnet-lite0-57934424.pth"));
    Path cut = temporary.resolve("cut.pth");
    Files.write(cut, Arrays.copyOf(whole, whole.length / 2));
    assertThatThrownBy(() -> EfficientNetLite0.open(cut, Device.CPU))
        .isInstanceOf(TensorFileException.class)
        .hasMessageMatching(
            "cannot read .*: it ends inside the data of a tensor; was it cut short\\?");
  }

  /** Ids by BertTokenizer with the real vocabulary. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "A woman holding a Hello Kitty phone on her hands"
            + "| 101 1037 2450 3173 1037 7592 14433 3042 2006 2014 2398 102",
        "Café naïve 東京 🙂 don't-stop"
            + "| 101 7668 15743 1879 1755 100 2123 1005 1056 1011 2644 102",
        "photo\u200bgraph of 3.5mm “quotes” — dash"
            + "| 101 9982 1997 1017 1012 1019 7382 1523 16614 1524 1517 11454 102"
      })
  void wordPiecesOfTheRealVocabulary(String text, String ids) {
    WordPieceTokenizer tokenizer = WordPieceTokenizer.load(file("bert-base-uncased"));
    assertThat(Arrays.toString(tokenizer.encode(text, 35)).replaceAll("[\\[\\],]", ""))
        .isEqualTo(ids);
    assertThat(tokenizer.encode("cat ".repeat(60), 35)).hasSize(35).endsWith(4937, 102);
    assertThat(tokenizer.encode("x".repeat(101) + " end", 35)).containsExactly(101, 100, 2203, 102);
  }
}
