package io.github.tcd4j.training.task;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.tcd4j.diffusion.objective.Losses;
import io.github.tcd4j.models.clip.ClipConfig;
import io.github.tcd4j.models.clip.ClipModel;
import io.github.tcd4j.models.clip.ClipTokenizer;
import io.github.tcd4j.models.layers.InitializedWeights;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Functional;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.training.ParameterGroup;
import io.github.tcd4j.training.dataset.Corpus;
import io.github.tcd4j.training.dataset.CorpusTask;
import io.github.tcd4j.training.dataset.ImageDataset;
import io.github.tcd4j.training.dataset.TrainingEnvironment;
import io.github.tcd4j.training.network.ModelExport;
import io.github.tcd4j.training.recipe.Recipe;
import io.github.tcd4j.training.recipe.RecipeException;
import io.github.tcd4j.training.recipe.Recipes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Contrastive training of a text and an image encoder (Radford et al. 2021): among the pictures of
 * a batch, each caption should be nearest to its own, and the other way round.
 */
public final class TextImageTask implements CorpusTask {
  private static final double MAX_LOGIT_SCALE = Math.log(100);

  /** How transformers' CLIPImageProcessor comes to the pixels that the pair was trained on. */
  private static final String PREPROCESSOR =
      """
      {
        "do_center_crop": false,
        "do_convert_rgb": true,
        "do_normalize": true,
        "do_rescale": true,
        "do_resize": true,
        "image_mean": [0.5, 0.5, 0.5],
        "image_processor_type": "CLIPImageProcessor",
        "image_std": [0.5, 0.5, 0.5],
        "resample": 3,
        "rescale_factor": 0.00392156862745098,
        "size": {"height": %d, "width": %d}
      }
      """;

  /**
   * @param validation folder of held-out shards
   * @param tokenizer folder with vocab.json and merges.txt
   * @param shift largest random shift of a picture in pixels, at least 0
   * @param model the networks, as transformers' CLIPModel config.json
   */
  public record Settings(String validation, String tokenizer, int shift, JsonNode model) {
    public Settings {
      if (shift < 0) {
        throw new RecipeException("settings.shift must be at least 0 but was " + shift);
      }
    }
  }

  private final Recipe recipe;
  private final Settings settings;
  private final TrainingEnvironment places;
  private final ClipConfig config;
  private final InitializedWeights weights;
  private final ClipModel model;
  private final ImageDataset corpus;
  private final ClipTokenizer tokenizer;

  /** Of all captions; null where they have no end. */
  private final @Nullable Tensor ids;

  private final ImageDataset heldOut;
  private final Tensor heldOutIds;

  public TextImageTask(Recipe recipe, TrainingEnvironment places) throws IOException {
    this.recipe = recipe;
    this.places = places;
    settings = Recipes.settings(recipe, Settings.class);
    config = ClipConfig.of(settings.model());
    weights = new InitializedWeights(recipe.seed(), places.device());
    model = ClipModel.of(Weights.of(weights), config);
    corpus = new ImageDataset(places.dataset(recipe.data()), places.device());
    heldOut = new ImageDataset(places.dataset(settings.validation()), places.device());
    tokenizer = ClipTokenizer.load(places.existing(settings.tokenizer()));
    ids = corpus.isEndless() ? null : tokenizer.encode(corpus.captions()).to(places.device());
    heldOutIds = tokenizer.encode(heldOut.captions()).to(places.device());
  }

  @Override
  public List<ParameterGroup> groups() {
    return List.of(ParameterGroup.of(recipe, Losses.STUDENT, weights.parameters()));
  }

  @Override
  public Corpus corpus() {
    return corpus;
  }

  @Override
  public Losses losses(int[] rows, RandomSource random, long step, long total) {
    Tensor pictures = shifted(corpus.pictures(rows), random);
    Tensor image = unit(model.imageFeatures(pictures));
    Tensor text = unit(model.textFeatures(ids(rows)));
    Tensor logits = image.matmul(text.transpose(0, 1)).times(model.logitScale().exp());
    Tensor labels = Tensor.arange(rows.length).to(logits.device());
    Tensor loss =
        Functional.crossEntropy(logits, labels)
            .plus(Functional.crossEntropy(logits.transpose(0, 1), labels))
            .times(0.5);
    return Losses.student(loss);
  }

  private Tensor ids(int[] rows) {
    return ids == null
        ? tokenizer.encode(corpus.captions(rows)).to(places.device())
        : ids.indexSelect(0, ImageDataset.indices(rows).to(ids.device()));
  }

  /** All pictures of a batch move by one random offset; the border that appears is white. */
  private Tensor shifted(Tensor pictures, RandomSource random) {
    if (settings.shift() == 0) {
      return pictures;
    }
    long[] offset = random.integers(2L * settings.shift() + 1, 2).toLongArray();
    long dx = offset[0] - settings.shift();
    long dy = offset[1] - settings.shift();
    return Functional.pad(pictures, 1, dx, -dx, dy, -dy).channelsLast();
  }

  private static Tensor unit(Tensor features) {
    return Functional.normalize(features.to(DType.F32), -1);
  }

  @Override
  public void stepped(long step, long total) {
    try (Scope scope = Scope.inference()) {
      Tensor scale = model.logitScale();
      scale.copyFrom_(scale.clamp(0, MAX_LOGIT_SCALE));
    }
  }

  /** Held-out captions found by their picture among all held-out ones. */
  @Override
  public Map<String, Double> sample(Path png) {
    try (Scope scope = Scope.inference()) {
      Tensor image =
          unit(model.imageFeatures(heldOut.pictures(ImageDataset.range(0, heldOut.size()))));
      Tensor text = unit(model.textFeatures(heldOutIds));
      Tensor order = image.matmul(text.transpose(0, 1)).argsort(1, true);
      return Map.of("top1", hits(order, 1), "top5", hits(order, 5));
    }
  }

  private static double hits(Tensor order, int most) {
    long n = order.size(0);
    int k = Math.toIntExact(Math.min(most, n));
    long[] best = order.narrow(1, 0, k).toLongArray();
    long found = 0;
    for (int i = 0; i < n; i++) {
      long own = i;
      found += Arrays.stream(best, i * k, (i + 1) * k).filter(j -> j == own).count();
    }
    return found / (double) n;
  }

  /** Writes a folder that transformers' CLIPModel and CLIPProcessor open. */
  @Override
  public void export(Path folder) throws IOException {
    ModelExport.writeModel(
        folder, config.toJson().toPrettyString(), weights.parameters(), DType.F16);
    ModelExport.copyTokenizer(places.existing(settings.tokenizer()), folder);
    int size = config.vision().imageSize();
    Files.writeString(
        folder.resolve("preprocessor_config.json"), PREPROCESSOR.formatted(size, size));
  }
}
