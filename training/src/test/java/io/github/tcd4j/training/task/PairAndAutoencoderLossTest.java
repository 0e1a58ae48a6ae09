package io.github.tcd4j.training.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.tcd4j.diffusion.objective.Losses;
import io.github.tcd4j.models.clip.ClipConfig;
import io.github.tcd4j.models.clip.ClipModel;
import io.github.tcd4j.models.clip.ClipTokenizer;
import io.github.tcd4j.models.layers.Checkpoint;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.models.vae.AutoencoderKL;
import io.github.tcd4j.models.vae.AutoencoderKLConfig;
import io.github.tcd4j.models.vae.Posterior;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.SafeTensors;
import io.github.tcd4j.training.Task;
import io.github.tcd4j.training.dataset.ImageDataset;
import io.github.tcd4j.training.recipe.Recipe;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The losses of the text-image pair and of the autoencoder, element by element in float64. */
class PairAndAutoencoderLossTest {
  private static final int[] ROWS = {3, 0, 5, 1};

  @TempDir Path work;
  private Scope scope;
  private TinyModel tiny;

  @BeforeEach
  void prepare() throws IOException {
    scope = Scope.open();
    tiny = TinyModel.data(work);
  }

  @AfterEach
  void end() {
    scope.close();
  }

  private ImageDataset corpus() throws IOException {
    return new ImageDataset(tiny.places().dataset(tiny.data().toString()), Device.CPU);
  }

  private static Weights weights(Task task) {
    Map<String, Tensor> all = task.parameters();
    return Weights.of(
        new Checkpoint(
            "the task", all.keySet(), n -> Objects.requireNonNull(all.get(n)).detach(), false));
  }

  private static Losses losses(Task task, long seed) {
    return task.losses(ROWS, new RandomSource(seed), 0, 12);
  }

  private static double value(Losses losses) {
    return losses.of(Losses.STUDENT).detach().item();
  }

  @Test
  void everyCaptionLooksForItsPictureAndEveryPictureForItsCaption() throws IOException {
    double[] both = byHand("settings.shift=0", corpus().pictures(ROWS));
    assertThat(both[0]).isNotCloseTo(both[1], within(1e-3));
    Task task = Tasks.create(tiny.recipe("text-image", "settings.shift=0"), tiny.places());
    assertThat(value(losses(task, 1))).isCloseTo((both[0] + both[1]) / 2, within(1e-4));
  }

  @Test
  void theBatchMovesByOneOffsetAndWhatAppearsIsWhite() throws IOException {
    Task task = Tasks.create(tiny.recipe("text-image", "settings.shift=5"), tiny.places());
    for (long seed : new long[] {1, 2}) {
      long[] drawn = new RandomSource(seed).integers(11, 2).toLongArray();
      int dx = (int) drawn[0] - 5;
      int dy = (int) drawn[1] - 5;
      assertThat(dx).isNotEqualTo(dy).isNotZero();
      double[] both = byHand("settings.shift=5", moved(corpus().pictures(ROWS), dx, dy));
      assertThat(value(losses(task, seed))).isCloseTo((both[0] + both[1]) / 2, within(1e-4));
    }
  }

  private static Tensor moved(Tensor pictures, int dx, int dy) {
    float[] from = pictures.contiguous().toFloatArray();
    float[] to = new float[from.length];
    for (int k = 0; k < to.length; k++) {
      int x = k % 64 - dx;
      int y = k / 64 % 64 - dy;
      boolean inside = x >= 0 && x < 64 && y >= 0 && y < 64;
      to[k] = inside ? from[k / 4096 * 4096 + y * 64 + x] : 1;
    }
    return Tensor.of(to, pictures.shape());
  }

  /** The mean cross entropy of pictures among captions, and of captions among pictures. */
  private double[] byHand(String override, Tensor pixels) throws IOException {
    Recipe recipe = tiny.recipe("text-image", override);
    ClipModel model =
        ClipModel.of(
            weights(Tasks.create(recipe, tiny.places())),
            ClipConfig.of(recipe.settings().required("model")));
    List<String> captions = corpus().captions(ROWS);
    Tensor ids = ClipTokenizer.load(Path.of("../emoji/tokenizer")).encode(captions);
    double[] image = model.imageFeatures(pixels.channelsLast()).toDoubleArray();
    double[] text = model.textFeatures(ids).toDoubleArray();
    int n = ROWS.length;
    double[][] logits = new double[n][n];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        logits[i][j] = Math.exp(2.6592) * cosine(image, i, text, j);
      }
    }
    double pictures =
        IntStream.range(0, n).mapToDouble(i -> missed(logits[i], i)).average().orElseThrow();
    double words =
        IntStream.range(0, n)
            .mapToDouble(
                j -> missed(IntStream.range(0, n).mapToDouble(i -> logits[i][j]).toArray(), j))
            .average()
            .orElseThrow();
    return new double[] {pictures, words};
  }

  private static double cosine(double[] a, int i, double[] b, int j) {
    int d = a.length / ROWS.length;
    double dot = 0;
    double aa = 0;
    double bb = 0;
    for (int k = 0; k < d; k++) {
      double p = a[i * d + k];
      double q = b[j * d + k];
      dot += p * q;
      aa += p * p;
      bb += q * q;
    }
    return dot / Math.sqrt(aa * bb);
  }

  /** Cross entropy: -log softmax(logits)[own]. */
  private static double missed(double[] logits, int own) {
    double sum = 0;
    for (double l : logits) {
      sum += Math.exp(l);
    }
    return Math.log(sum) - logits[own];
  }

  @Test
  void theLogitScaleStaysBetweenOneAndAHundred() throws IOException {
    Task task = Tasks.create(tiny.recipe("text-image"), tiny.places());
    Tensor scale = Objects.requireNonNull(task.parameters().get("logit_scale"));
    double[][] cases = {{4.7, Math.log(100)}, {-0.1, 0}, {3, 3}};
    for (double[] beforeAndAfter : cases) {
      scale.detach().copyFrom_(scale.detach().zerosLike().plus(beforeAndAfter[0]));
      task.stepped(0, 12);
      assertThat(scale.detach().item()).isCloseTo(beforeAndAfter[1], within(1e-6));
    }
  }

  @Test
  void theAutoencodersLossIsPixelsEdgesAndTheDivergenceFromTheStandardNormal() throws IOException {
    Recipe recipe = tiny.recipe("autoencoder", "settings.edges=0.5", "settings.kl=0.25");
    Task task = Tasks.create(recipe, tiny.places());
    TinyModel.disturb(task.parameters(), 0.05, 3);
    AutoencoderKL model =
        AutoencoderKL.of(
            weights(task), AutoencoderKLConfig.of(recipe.settings().required("model")));
    Tensor x = corpus().pictures(ROWS);
    Posterior posterior = model.encode(x);
    double[] error =
        model.decode(posterior.sample(new RandomSource(7))).minus(x).contiguous().toDoubleArray();
    double[] mean = posterior.mean().contiguous().toDoubleArray();
    double[] logVariance = posterior.logVariance().contiguous().toDoubleArray();
    double kl =
        mean(
            mean.length,
            k -> (mean[k] * mean[k] + Math.expm1(logVariance[k]) - logVariance[k]) / 2);
    double pixels = mean(error.length, k -> Math.abs(error[k]) + error[k] * error[k]);
    // 64 x 64 pixels: the next element is the right neighbour, the 64th the lower one.
    double right = edges(error, k -> k % 64 < 63, 1);
    double lower = edges(error, k -> k / 64 % 64 < 63, 64);
    Losses losses = losses(task, 7);
    assertThat(kl).isPositive();
    assertThat(losses.metrics().get("kl").item()).isCloseTo(kl, within(1e-5));
    assertThat(losses.metrics().get("pixels").item()).isCloseTo(pixels, within(1e-5));
    assertThat(value(losses)).isCloseTo(pixels + 0.5 * (right + lower) + 0.25 * kl, within(1e-5));
  }

  @Test
  void edgesAndDivergenceMayCountNothing() throws IOException {
    Task task =
        Tasks.create(
            tiny.recipe("autoencoder", "settings.edges=0", "settings.kl=0"), tiny.places());
    Losses losses = losses(task, 7);
    assertThat(losses.metrics().get("kl").item()).isPositive();
    assertThat(value(losses)).isCloseTo(losses.metrics().get("pixels").item(), within(1e-6));
  }

  @Test
  void latentsOfTheProductAreNormalOverAllPicturesNotThoseOfOneBatch() throws IOException {
    // Two batches: 64 dark pictures, then six bright ones.
    Path data = work.resolve("seventy.tar");
    try (TestShard shard = new TestShard(data)) {
      for (int i = 0; i < 70; i++) {
        shard.add("p" + i + ".png", shade(i < 64 ? i : 185 + i)).add("p" + i + ".txt", "grey");
      }
    }
    String override = "data=" + data;
    Task task = Tasks.create(tiny.recipe("autoencoder", override), tiny.places());
    TinyModel.disturb(task.parameters(), 0.05, 3);
    task.export(work.resolve("product"));
    try (SafeTensors file =
        SafeTensors.open(work.resolve("product/diffusion_pytorch_model.safetensors"))) {
      AutoencoderKL product =
          AutoencoderKL.of(
              Weights.of(
                  new Checkpoint(
                      "the product",
                      new LinkedHashSet<>(file.names()),
                      name -> file.get(name).copy(),
                      false)),
              AutoencoderKLConfig.read(work.resolve("product/config.json")));
      ImageDataset all = new ImageDataset(tiny.places().dataset(data.toString()), Device.CPU);
      Tensor z = product.encode(all.pictures(ImageDataset.range(0, 70))).mean();
      double[] mean = z.mean(false, 0, 2, 3).toDoubleArray();
      double[] square = z.square().mean(false, 0, 2, 3).toDoubleArray();
      assertThat(mean).containsExactly(new double[4], within(1e-3));
      assertThat(square).containsExactly(new double[] {1, 1, 1, 1}, within(5e-3));
    }
  }

  private static byte[] shade(int grey) throws IOException {
    BufferedImage image = new BufferedImage(16, 16, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < 256; i++) {
      int value = Math.min(255, grey / 2 + i / 2);
      image.setRGB(i % 16, i / 16, value * 0x10101);
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ImageIO.write(image, "png", bytes);
    return bytes.toByteArray();
  }

  @Test
  void theSignalToNoiseRatioIsOfPixelsFromZeroToOne() throws IOException {
    Recipe recipe = tiny.recipe("autoencoder", "settings.validation=" + tiny.data());
    Task task = Tasks.create(recipe, tiny.places());
    TinyModel.disturb(task.parameters(), 0.05, 3);
    AutoencoderKL model =
        AutoencoderKL.of(
            weights(task), AutoencoderKLConfig.of(recipe.settings().required("model")));
    Tensor x = corpus().pictures(IntStream.range(0, corpus().size()).toArray());
    double[] pixels = x.contiguous().toDoubleArray();
    double[] copies = model.decode(model.encode(x).mean()).contiguous().toDoubleArray();
    double squares =
        mean(
            pixels.length,
            k -> Math.pow((Math.max(-1, Math.min(1, copies[k])) - pixels[k]) / 2, 2));
    assertThat(task.sample(work.resolve("sample.png")).get("psnr"))
        .isCloseTo(-10 * Math.log10(squares), within(1e-4));
    assertThat(task.size()).isEqualTo(corpus().size());
  }

  private static double mean(int n, java.util.function.IntToDoubleFunction of) {
    return IntStream.range(0, n).mapToDouble(of).average().orElseThrow();
  }

  private static double edges(double[] e, java.util.function.IntPredicate has, int ahead) {
    return IntStream.range(0, e.length)
        .filter(has)
        .mapToDouble(k -> Math.abs(e[k + ahead] - e[k]))
        .average()
        .orElseThrow();
  }
}
