package io.github.tcd4j.training.adapter;

import io.github.tcd4j.diffusion.Denoiser;
import io.github.tcd4j.diffusion.objective.DiffusionLoss;
import io.github.tcd4j.diffusion.objective.DistillationNetworks;
import io.github.tcd4j.diffusion.objective.LossWeight;
import io.github.tcd4j.diffusion.objective.Losses;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.canny.EdgeAgreement;
import io.github.tcd4j.images.png.PngWriter;
import io.github.tcd4j.images.sheet.ContactSheet;
import io.github.tcd4j.models.controlnet.ControlNetConfig;
import io.github.tcd4j.models.controlnet.ControlNetModel;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.models.unet.Conditioning;
import io.github.tcd4j.models.unet.ImagePrompts;
import io.github.tcd4j.models.unet.PreparedConditioning;
import io.github.tcd4j.models.unet.UNet2DConditionConfig;
import io.github.tcd4j.pipeline.internal.ImageTensors;
import io.github.tcd4j.pipeline.internal.UNetDenoiser;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.training.ParameterGroup;
import io.github.tcd4j.training.TrainingException;
import io.github.tcd4j.training.dataset.Corpus;
import io.github.tcd4j.training.dataset.CorpusTask;
import io.github.tcd4j.training.dataset.ImageDataset;
import io.github.tcd4j.training.dataset.LatentSource;
import io.github.tcd4j.training.dataset.TrainingEnvironment;
import io.github.tcd4j.training.network.FrozenComponents;
import io.github.tcd4j.training.network.ModelExport;
import io.github.tcd4j.training.network.SamplePicture;
import io.github.tcd4j.training.network.Teacher;
import io.github.tcd4j.training.recipe.Recipe;
import io.github.tcd4j.training.recipe.RecipeException;
import io.github.tcd4j.training.recipe.Recipes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Training of a ControlNet (Zhang et al. 2023): a copy of the model's encoder, or of its resnets
 * alone, that sees a hint made of the picture as well, and learns what to add to the frozen U-Net's
 * features so that it predicts the noise better. All that it adds goes through convolutions that
 * start at zero.
 *
 * <p>Random draws of a batch, in this order: latents, which captions are dropped, times, noise.
 */
public final class ControlNetTask implements CorpusTask {
  /** Edges that are this many pixels apart agree in the figures of a sample. */
  private static final int TOLERANCE = 1;

  /**
   * @param base the model that is steered: a folder in diffusers' layout or a single file
   * @param validation held-out pictures, for samples
   * @param start folder of a ControlNet to start from; absent for one that starts from the U-Net
   * @param hint how hints are made of pictures, see {@link HintPreprocessor#parse}
   * @param embedding channels of the hint's embedding at each resolution; absent for diffusers'
   * @param attention whether it attends to the text as the U-Net does; absent for yes. Without, it
   *     is small, and the hint has to say all
   * @param captionDropout share of captions that are replaced by the empty one, in [0, 1): what the
   *     caption does not say must be read from the hint
   * @param lossWeight how much each time's error counts, see {@link LossWeight#parse}
   * @param samples what is generated for the sample picture
   */
  public record Settings(
      String base,
      String validation,
      @Nullable String start,
      String hint,
      @Nullable List<Integer> embedding,
      @Nullable Boolean attention,
      double captionDropout,
      String lossWeight,
      AdapterSamples.Settings samples) {
    public Settings {
      if (!(captionDropout >= 0 && captionDropout < 1)) {
        throw new RecipeException(
            "settings.caption_dropout must be in [0, 1) but was " + captionDropout);
      }
      HintPreprocessor.parse(hint);
      LossWeight.parse(lossWeight);
    }
  }

  private final Recipe recipe;
  private final Settings settings;
  private final HintPreprocessor preprocessor;
  private final Teacher teacher;
  private final ControlNetModel control;
  private final Map<String, Tensor> parameters;
  private final ImageDataset corpus;
  private final LatentSource latents;
  private final DiffusionLoss loss;
  private final AdapterSamples samples;
  private @Nullable List<Image> without;

  public ControlNetTask(Recipe recipe, TrainingEnvironment places) throws IOException {
    this.recipe = recipe;
    settings = Recipes.settings(recipe, Settings.class);
    preprocessor = HintPreprocessor.parse(settings.hint());
    BaseModel base = BaseModel.open(settings.base(), places);
    FrozenComponents parts = base.components();
    teacher = base.teacher();
    ControlNetConfig config =
        config(teacher.unet().config(), base.autoencoder().config().downscale());
    TrainableNetwork<ControlNetModel> network =
        settings.start() == null
            ? ofUNet(config, places)
            : TrainableNetwork.read(
                places.existing(settings.start()),
                places.device(),
                w -> ControlNetModel.of(w, config));
    control = network.network();
    parameters = network.parameters();
    loss = new DiffusionLoss(LossWeight.parse(settings.lossWeight()));
    corpus = new ImageDataset(places.dataset(recipe.data()), places.device());
    ImageDataset heldOut = new ImageDataset(places.dataset(settings.validation()), places.device());
    samples = AdapterSamples.of(settings.samples(), heldOut, parts, teacher);
    latents = parts.latents(corpus, places);
  }

  private ControlNetConfig config(UNet2DConditionConfig unet, int pixels) {
    if (!unet.midBlock()
        || unet.timeCondProjDim() > 0
        || unet.layersPerBlock().stream().distinct().count() > 1) {
      throw new TrainingException(
          ("the U-Net of " + settings.base())
              + " has no ControlNet: it must have a middle block, as many layers in each block, and"
              + " no embedding of the guidance; use the model that it was distilled from");
    }
    List<Integer> embedding =
        settings.embedding() == null ? ControlNetConfig.EMBEDDING : settings.embedding();
    ControlNetConfig config = new ControlNetConfig(unet, true, 3, embedding, false, false);
    if (config.downscale() != pixels) {
      throw new RecipeException(
          ("settings.embedding must halve the hint to a " + pixels)
              + ("th, as the autoencoder of " + settings.base() + " does the picture, but has ")
              + (embedding.size() + " entries; n entries halve it n - 1 times"));
    }
    return Boolean.FALSE.equals(settings.attention()) ? config.withoutAttention() : config;
  }

  private TrainableNetwork<ControlNetModel> ofUNet(
      ControlNetConfig config, TrainingEnvironment places) {
    StartingWeights weights =
        new StartingWeights(teacher.weights(), recipe.seed(), places.device());
    ControlNetModel network = ControlNetModel.of(Weights.of(weights), config);
    return new TrainableNetwork<>(network, weights.parameters());
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
    Tensor x0 = latents.latents(rows, random);
    Conditioning captions = latents.conditioning(rows, settings.captionDropout(), random);
    ControlledDenoiser steered =
        new ControlledDenoiser(
            teacher.unet(), teacher.kind(), captions, control, hints(corpus.originals(rows)));
    return loss.losses(
        x0, DistillationNetworks.alone(steered), teacher.schedule(), random, step, total);
  }

  /** The hints of pictures (B, 3, H, W). */
  private Tensor hints(List<Image> pictures) {
    return Tensor.cat(
            0,
            pictures.stream()
                .map(picture -> ImageTensors.unit(preprocessor.apply(picture)))
                .toArray(Tensor[]::new))
        .to(teacher.device())
        .channelsLast();
  }

  /**
   * Held-out pictures, their hints, and what is generated for caption and hint, and for the caption
   * alone. Figures: F1 of Canny edges within a pixel, {@code edges} of the hint's picture and the
   * generated, {@code edges_without} the same without the ControlNet.
   */
  @Override
  public Map<String, Double> sample(Path png) throws IOException {
    List<Image> pictures = samples.pictures();
    List<Image> with = samples.sampler().images(this::bind);
    if (without == null) {
      without = samples.sampler().images(SamplePicture.Binding.NONE);
    }
    List<Image> sheet = new ArrayList<>();
    int shown = Math.min(AdapterSamples.COLUMNS, pictures.size());
    sheet.addAll(pictures.subList(0, shown));
    pictures.subList(0, shown).forEach(p -> sheet.add(preprocessor.apply(p)));
    sheet.addAll(with.subList(0, shown));
    sheet.addAll(without.subList(0, shown));
    Files.createDirectories(png.toAbsolutePath().getParent());
    PngWriter.write(png, ContactSheet.of(sheet, shown).render(), Map.of());
    EdgeAgreement agreement = EdgeAgreement.within(TOLERANCE);
    return Map.of(
        "edges", agreement.mean(pictures, with),
        "edges_without", agreement.mean(pictures, without));
  }

  private Denoiser bind(UNetDenoiser network, int from, int n) {
    Conditioning rows = network.conditioning();
    Tensor features = control.embed(hints(samples.pictures().subList(from, from + n)));
    Tensor all = rows.rows() == n ? features : Tensor.cat(0, features, features);
    PreparedConditioning text = control.prepare(rows);
    return network.prepared(
        ImagePrompts.NONE, (x, t) -> control.forward(x, t, text, all, 1, false));
  }

  /** Writes a folder that diffusers' ControlNetModel opens, float16. */
  @Override
  public void export(Path folder) throws IOException {
    ModelExport.writeNetwork(folder, control.config().toJson(), parameters, DType.F16, Map.of());
    String hint = settings.hint().startsWith("canny") ? settings.hint() + ":FILE" : "HINT";
    String text =
        """
        # A ControlNet for %1$s

        Trained with tcd4j from the model's own U-Net; its hints are `%2$s` of pictures.

            ./tcd4j generate PROMPT -m %1$s --control FOLDER=%3$s

        In diffusers: `ControlNetModel.from_pretrained("FOLDER")`.
        """;
    Files.writeString(
        folder.resolve("README.md"), text.formatted(settings.base(), settings.hint(), hint));
  }
}
