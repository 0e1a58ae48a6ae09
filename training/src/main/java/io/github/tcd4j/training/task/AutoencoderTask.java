package io.github.tcd4j.training.task;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.tcd4j.diffusion.objective.Losses;
import io.github.tcd4j.images.png.PngWriter;
import io.github.tcd4j.images.sheet.ContactSheet;
import io.github.tcd4j.models.layers.InitializedWeights;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.models.vae.AutoencoderKL;
import io.github.tcd4j.models.vae.AutoencoderKLConfig;
import io.github.tcd4j.models.vae.Posterior;
import io.github.tcd4j.pipeline.internal.ImageTensors;
import io.github.tcd4j.tensor.DType;
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
import java.util.List;
import java.util.Map;

/**
 * Training of the autoencoder whose latents the diffusion works on: L1 + L2 of the pixels, L1 of
 * their differences to the right and lower neighbour (edges), and a small Kullback-Leibler term.
 */
public final class AutoencoderTask implements CorpusTask {
  private static final int GRID = 8;
  private static final int BATCH = 64;

  /** Images of an endless data set over which latents are measured. */
  private static final int FRESH = 4096;

  /**
   * @param validation folder of held-out shards
   * @param edges weight of the L1 of differences, at least 0
   * @param kl weight of the divergence to N(0, 1) per latent element, at least 0
   * @param model the network, as diffusers' AutoencoderKL config.json
   */
  public record Settings(String validation, double edges, double kl, JsonNode model) {
    public Settings {
      if (!(edges >= 0) || !(kl >= 0)) {
        throw new RecipeException(
            "settings.edges and settings.kl must be at least 0 but were " + edges + ", " + kl);
      }
    }
  }

  private final Recipe recipe;
  private final Settings settings;
  private final AutoencoderKLConfig config;
  private final InitializedWeights weights;
  private final AutoencoderKL model;
  private final ImageDataset corpus;
  private final ImageDataset heldOut;

  public AutoencoderTask(Recipe recipe, TrainingEnvironment places) throws IOException {
    this.recipe = recipe;
    settings = Recipes.settings(recipe, Settings.class);
    config = AutoencoderKLConfig.of(settings.model());
    weights = new InitializedWeights(recipe.seed(), places.device());
    model = AutoencoderKL.of(Weights.of(weights), config);
    corpus = new ImageDataset(places.dataset(recipe.data()), places.device());
    heldOut = new ImageDataset(places.dataset(settings.validation()), places.device());
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
    Tensor x = corpus.pictures(rows);
    Posterior posterior = model.encode(x);
    Tensor y = model.decode(posterior.sample(random)).to(DType.F32);
    Tensor error = y.minus(x);
    Tensor pixels = error.abs().mean().plus(error.square().mean());
    Tensor edges = difference(error, 2).abs().mean().plus(difference(error, 3).abs().mean());
    Tensor kl = posterior.kl().mean();
    Tensor loss = pixels.plus(edges.times(settings.edges())).plus(kl.times(settings.kl()));
    return new Losses(
        Map.of(Losses.STUDENT, loss), Map.of("pixels", pixels.detach(), "kl", kl.detach()));
  }

  private static Tensor difference(Tensor x, int dim) {
    long n = x.size(dim) - 1;
    return x.narrow(dim, 1, n).minus(x.narrow(dim, 0, n));
  }

  /** Peak signal-to-noise ratio on the held-out pictures, and some of them above their copies. */
  @Override
  public Map<String, Double> sample(Path png) throws IOException {
    try (Scope scope = Scope.inference()) {
      Tensor x = heldOut.pictures(ImageDataset.range(0, heldOut.size()));
      Tensor y = model.decode(model.encode(x).mean()).clamp(-1, 1);
      double mse = y.minus(x).div(2).square().mean().item();
      int shown = Math.min(GRID, heldOut.size());
      Tensor pairs = Tensor.cat(0, x.narrow(0, 0, shown), y.narrow(0, 0, shown));
      Files.createDirectories(png.toAbsolutePath().getParent());
      ContactSheet sheet = ContactSheet.of(ImageTensors.toImages(pairs), shown);
      PngWriter.write(png, sheet.render(), Map.of());
      return Map.of("psnr", -10 * Math.log10(mse));
    }
  }

  /** Writes the network with its latents made mean 0 and variance 1, channel by channel. */
  @Override
  public void export(Path folder) throws IOException {
    try (Scope scope = Scope.inference()) {
      Map<String, Tensor> whitened = LatentNormalization.of(latents()).into(weights.parameters());
      ModelExport.writeNetwork(
          folder, config.withScalingFactor(1).toJson(), whitened, DType.F32, Map.of());
    }
  }

  private Tensor latents() {
    try (Scope scope = Scope.inference()) {
      int size = corpus.isEndless() ? FRESH : corpus.size();
      Tensor[] parts = new Tensor[(size + BATCH - 1) / BATCH];
      for (int i = 0; i < parts.length; i++) {
        try (Scope part = Scope.inference()) {
          int[] rows = ImageDataset.range(i * BATCH, Math.min(size, (i + 1) * BATCH));
          parts[i] = part.keep(model.encode(corpus.pictures(rows)).mean().contiguous());
        }
      }
      return scope.keep(Tensor.cat(0, parts));
    }
  }
}
