package io.github.tcd4j.training.adapter;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.tcd4j.diffusion.objective.Losses;
import io.github.tcd4j.images.png.PngWriter;
import io.github.tcd4j.images.sheet.ContactSheet;
import io.github.tcd4j.models.config.ConfigFields;
import io.github.tcd4j.models.layers.InitializedWeights;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.models.vae.AutoencoderKL;
import io.github.tcd4j.models.vae.AutoencoderTiny;
import io.github.tcd4j.models.vae.AutoencoderTinyConfig;
import io.github.tcd4j.pipeline.internal.ImageTensors;
import io.github.tcd4j.tensor.Autograd;
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
import org.jspecify.annotations.Nullable;

/**
 * Distillation of a model's autoencoder into a tiny one. With x the pictures, z the latents that
 * the full one draws for them, scaled as the diffusion sees them, and D its decoder,
 *
 * <pre>
 * loss = latents |encode(x) - mean(z)|^2 + pictures d(decode(z), x) + decoder d(decode(z), D(z))
 * d(y, x) = L1 + L2 of the pixels + edges L1 of their differences to the right and lower neighbour
 * </pre>
 *
 * <p>Its latents are those of the diffusion, so that its scaling factor is 1, as TAESD's.
 */
public final class TinyAutoencoderTask implements CorpusTask {
  private static final int GRID = 8;

  /** Held-out pictures that a sample decodes. */
  private static final int HELD_OUT = 256;

  /** Pixels that are decoded together. */
  private static final int AREA = 4 * 512 * 512;

  /**
   * @param base the model whose autoencoder is distilled: a folder in diffusers' layout or a single
   *     file
   * @param validation held-out pictures
   * @param start folder of an AutoencoderTiny to start from; absent for a fresh one
   * @param latents weight of the encoder's error, at least 0; ignored without an encoder
   * @param pictures weight of the decoder's error against the pictures, at least 0
   * @param decoder weight of the same against what the full decoder gives, at least 0
   * @param edges weight of the L1 of differences, at least 0
   * @param model the network, as diffusers' AutoencoderTiny config.json
   */
  public record Settings(
      String base,
      String validation,
      @Nullable String start,
      double latents,
      double pictures,
      double decoder,
      double edges,
      JsonNode model) {
    public Settings {
      if (!(latents >= 0 && pictures >= 0 && decoder >= 0 && edges >= 0)
          || pictures + decoder == 0) {
        throw new RecipeException(
            ("settings.latents, pictures, decoder and edges must be at least 0, and pictures or"
                    + " decoder above 0, but were ")
                + (latents + ", " + pictures + ", " + decoder + ", " + edges));
      }
    }
  }

  private final Recipe recipe;
  private final Settings settings;
  private final AutoencoderKL full;
  private final AutoencoderTiny tiny;
  private final Map<String, Tensor> parameters;
  private final ImageDataset corpus;
  private final ImageDataset heldOut;
  private final @Nullable Posteriors posteriors;

  public TinyAutoencoderTask(Recipe recipe, TrainingEnvironment places) throws IOException {
    this.recipe = recipe;
    settings = Recipes.settings(recipe, Settings.class);
    AutoencoderTinyConfig config =
        AutoencoderTinyConfig.of(new ConfigFields("settings.model", settings.model()));
    BaseModel base = BaseModel.open(settings.base(), places);
    full = base.autoencoder();
    requireFits(config);
    TrainableNetwork<AutoencoderTiny> network =
        settings.start() == null
            ? fresh(config, places)
            : TrainableNetwork.read(
                places.existing(settings.start()),
                places.device(),
                w -> AutoencoderTiny.of(w, config));
    tiny = network.network();
    parameters = network.parameters();
    corpus = new ImageDataset(places.dataset(recipe.data()), places.device());
    heldOut = new ImageDataset(places.dataset(settings.validation()), places.device());
    posteriors = corpus.isEndless() ? null : Posteriors.of(corpus, base, places);
  }

  private TrainableNetwork<AutoencoderTiny> fresh(
      AutoencoderTinyConfig config, TrainingEnvironment places) {
    InitializedWeights weights = new InitializedWeights(recipe.seed(), places.device());
    AutoencoderTiny network = AutoencoderTiny.of(Weights.of(weights), config);
    return new TrainableNetwork<>(network, weights.parameters());
  }

  private void requireFits(AutoencoderTinyConfig config) {
    if (config.latentChannels() != full.config().latentChannels()
        || config.downscale() != full.config().downscale()
        || config.scalingFactor() != 1) {
      throw new RecipeException(
          ("settings.model must have scaling_factor 1 and, as the autoencoder of "
                  + settings.base()
                  + ", latent_channels ")
              + (full.config().latentChannels() + " and " + full.config().downscale())
              + (" pixels to a latent element, but has scaling_factor " + config.scalingFactor())
              + (", " + config.latentChannels() + " and " + config.downscale())
              + "; with n entries in num_decoder_blocks an element has 2^(n - 1) pixels");
    }
  }

  @Override
  public List<ParameterGroup> groups() {
    return List.of(ParameterGroup.of(recipe, Losses.STUDENT, parameters));
  }

  @Override
  public Corpus corpus() {
    return corpus;
  }

  @Override
  public Losses losses(int[] rows, RandomSource random, long step, long total) {
    Tensor x = corpus.pictures(rows);
    ScaledPosterior z =
        posteriors == null ? ScaledPosterior.encode(full, x) : posteriors.rows(rows);
    Tensor drawn = z.sample(random);
    Tensor y = tiny.decode(drawn).to(DType.F32);
    Tensor pictures = distance(y, x);
    Tensor loss = pictures.times(settings.pictures());
    if (settings.decoder() > 0) {
      loss = loss.plus(distance(y, decoded(drawn)).times(settings.decoder()));
    }
    if (!tiny.config().hasEncoder()) {
      return new Losses(Map.of(Losses.STUDENT, loss), Map.of("pictures", pictures.detach()));
    }
    Tensor latents = tiny.encode(x).minus(z.mean()).square().mean();
    return new Losses(
        Map.of(Losses.STUDENT, loss.plus(latents.times(settings.latents()))),
        Map.of("pictures", pictures.detach(), "latents", latents.detach()));
  }

  /** What the full decoder gives, always in float32 and without gradients. */
  private Tensor decoded(Tensor scaled) {
    try (Scope scope = Scope.inference();
        Autograd.FullPrecision precision = Autograd.fullPrecision()) {
      return scope.keep(full.decode(scaled.div(full.config().scalingFactor())));
    }
  }

  private Tensor distance(Tensor y, Tensor x) {
    Tensor error = y.minus(x);
    Tensor pixels = error.abs().mean().plus(error.square().mean());
    Tensor edges = difference(error, 2).abs().mean().plus(difference(error, 3).abs().mean());
    return pixels.plus(edges.times(settings.edges()));
  }

  private static Tensor difference(Tensor x, int dim) {
    long n = x.size(dim) - 1;
    return x.narrow(dim, 1, n).minus(x.narrow(dim, 0, n));
  }

  /**
   * Peak signal-to-noise ratios in dB on held-out pictures: {@code psnr} of what the tiny decoder
   * gives for the full encoder's latents, against the pictures; {@code psnr_full} the same of the
   * full decoder; {@code psnr_alone} of the tiny one's own latents. Some of the pictures stand
   * above what the full and the tiny decoder make of them.
   */
  @Override
  public Map<String, Double> sample(Path png) throws IOException {
    SquaredErrors own = new SquaredErrors();
    SquaredErrors complete = new SquaredErrors();
    SquaredErrors alone = new SquaredErrors();
    int n = Math.min(heldOut.size(), HELD_OUT);
    try (Scope scope = Scope.inference()) {
      int pixels = Math.toIntExact(heldOut.pictures(new int[] {0}).numel() / 3);
      int together = Math.max(1, AREA / pixels);
      for (int from = 0; from < n; from += together) {
        try (Scope part = Scope.inference()) {
          Tensor x = heldOut.pictures(ImageDataset.range(from, Math.min(n, from + together)));
          Tensor z = ScaledPosterior.encode(full, x).mean();
          Tensor large = decoded(z);
          Tensor small = tiny.decode(z);
          own.add(small, x);
          complete.add(large, x);
          if (tiny.config().hasEncoder()) {
            alone.add(tiny.decode(tiny.encode(x)), x);
          }
          if (from == 0) {
            show(png, x, large, small);
          }
        }
      }
    }
    return tiny.config().hasEncoder()
        ? Map.of("psnr", own.psnr(), "psnr_full", complete.psnr(), "psnr_alone", alone.psnr())
        : Map.of("psnr", own.psnr(), "psnr_full", complete.psnr());
  }

  private static void show(Path png, Tensor x, Tensor large, Tensor small) throws IOException {
    int shown = Math.toIntExact(Math.min(GRID, x.size(0)));
    Tensor rows =
        Tensor.cat(0, x.narrow(0, 0, shown), large.narrow(0, 0, shown), small.narrow(0, 0, shown));
    Files.createDirectories(png.toAbsolutePath().getParent());
    PngWriter.write(png, ContactSheet.of(ImageTensors.toImages(rows), shown).render(), Map.of());
  }

  /** Writes a folder that diffusers' AutoencoderTiny opens, float16. */
  @Override
  public void export(Path folder) throws IOException {
    ModelExport.writeNetwork(folder, tiny.config().toJson(), parameters, DType.F16, Map.of());
    String text =
        """
        # A tiny autoencoder for %s

        Distilled with tcd4j from the model's own autoencoder.

            ./tcd4j generate PROMPT -m %s --vae FOLDER

        In diffusers: `pipe.vae = AutoencoderTiny.from_pretrained("FOLDER")`.
        """;
    Files.writeString(
        folder.resolve("README.md"), text.formatted(settings.base(), settings.base()));
  }
}
