package io.github.tcd4j.training.adapter;

import io.github.tcd4j.diffusion.Denoiser;
import io.github.tcd4j.diffusion.objective.DiffusionLoss;
import io.github.tcd4j.diffusion.objective.DistillationNetworks;
import io.github.tcd4j.diffusion.objective.LossWeight;
import io.github.tcd4j.diffusion.objective.Losses;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.png.PngWriter;
import io.github.tcd4j.images.sheet.ContactSheet;
import io.github.tcd4j.models.ipadapter.ImageFeatures;
import io.github.tcd4j.models.ipadapter.IpAdapter;
import io.github.tcd4j.models.ipadapter.IpAdapterShape;
import io.github.tcd4j.models.layers.Checkpoint;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.models.unet.Conditioning;
import io.github.tcd4j.pipeline.internal.ResidualSource;
import io.github.tcd4j.pipeline.internal.UNetDenoiser;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Functional;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.SafeTensorsWriter;
import io.github.tcd4j.tensor.file.TensorFile;
import io.github.tcd4j.training.ParameterGroup;
import io.github.tcd4j.training.dataset.Corpus;
import io.github.tcd4j.training.dataset.CorpusTask;
import io.github.tcd4j.training.dataset.ImageDataset;
import io.github.tcd4j.training.dataset.LatentSource;
import io.github.tcd4j.training.dataset.TrainingEnvironment;
import io.github.tcd4j.training.network.FrozenComponents;
import io.github.tcd4j.training.network.SamplePicture;
import io.github.tcd4j.training.network.Teacher;
import io.github.tcd4j.training.recipe.Recipe;
import io.github.tcd4j.training.recipe.RecipeException;
import io.github.tcd4j.training.recipe.Recipes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Training of an IP-Adapter (Ye et al. 2023): a projection of pictures to tokens, and for each
 * cross-attention layer a second pair of key and value projections, which start as copies of the
 * text's. The frozen U-Net predicts the noise in a picture's latents with the picture itself as
 * prompt.
 *
 * <p>Random draws of a batch, in this order: latents, which captions are dropped, which pictures,
 * times, noise.
 */
public final class IpAdapterTask implements CorpusTask {
  private static final String FILE = "ip-adapter.safetensors";
  private static final String ENCODER = "image_encoder";

  /** What a U-Net's cross-attention calls the text's keys; values alike. */
  private static final String KEY = ".attn2.to_k.weight";

  private static final String VALUE = ".attn2.to_v.weight";

  private final Recipe recipe;
  private final IpAdapterSettings settings;
  private final Teacher teacher;
  private final PictureEncoder encoder;
  private final IpAdapter adapter;
  private final Map<String, Tensor> parameters;
  private final ImageDataset corpus;
  private final LatentSource latents;
  private final PicturePrompts prompts;
  private final DiffusionLoss loss;
  private final AdapterSamples samples;
  private @Nullable List<Image> without;

  public IpAdapterTask(Recipe recipe, TrainingEnvironment places) throws IOException {
    this.recipe = recipe;
    settings = Recipes.settings(recipe, IpAdapterSettings.class);
    BaseModel base = BaseModel.open(settings.base(), places);
    FrozenComponents parts = base.components();
    teacher = base.teacher();
    encoder = PictureEncoder.open(places.existing(settings.imageEncoder()), places.device());
    IpAdapterShape shape = settings.shape(teacher.unet().config(), encoder.config());
    List<Integer> channels = teacher.unet().config().crossAttentionChannels();
    if (settings.start() == null) {
      StartingWeights weights =
          new StartingWeights(projections(channels.size()), recipe.seed(), places.device());
      adapter = IpAdapter.of(Weights.of(weights), shape, channels);
      parameters = weights.parameters();
    } else {
      Checkpoint saved = saved(places.existing(settings.start()), places);
      adapter = IpAdapter.of(Weights.of(saved), shape, channels);
      parameters = saved.parameters();
    }
    loss = new DiffusionLoss(LossWeight.parse(settings.lossWeight()));
    corpus = new ImageDataset(places.dataset(recipe.data()), places.device());
    ImageDataset heldOut = new ImageDataset(places.dataset(settings.validation()), places.device());
    samples = AdapterSamples.of(settings.samples(), heldOut, parts, teacher);
    prompts = PicturePrompts.of(corpus, encoder, shape.kind().hidden(), places);
    latents = parts.latents(corpus, places);
  }

  /** The text's projections under the names of those of pictures. */
  private Map<String, Tensor> projections(int layers) {
    List<String> found = new ArrayList<>();
    // The order of diffusers' attention processors, which the files count in.
    for (String section : List.of("down_blocks.", "up_blocks.", "mid_block.")) {
      teacher.weights().keySet().stream()
          .filter(name -> name.startsWith(section) && name.endsWith(KEY))
          .forEach(found::add);
    }
    if (found.size() != layers) {
      throw new IllegalStateException(
          "a U-Net of " + layers + " cross-attention layers has the keys " + found);
    }
    Map<String, Tensor> start = new LinkedHashMap<>();
    for (int i = 0; i < layers; i++) {
      String key = found.get(i);
      String value = key.substring(0, key.length() - KEY.length()) + VALUE;
      String layer = "ip_adapter." + (2 * i + 1);
      start.put(layer + ".to_k_ip.weight", weight(key));
      start.put(layer + ".to_v_ip.weight", weight(value));
    }
    return start;
  }

  private Tensor weight(String name) {
    return Objects.requireNonNull(teacher.weights().get(name), name);
  }

  private static Checkpoint saved(Path file, TrainingEnvironment places) {
    Map<String, Tensor> all = new LinkedHashMap<>();
    try (Scope scope = Scope.inference();
        TensorFile saved = TensorFile.open(file)) {
      for (String name : saved.names()) {
        all.put(name, scope.keep(saved.get(name).to(DType.F32).copy().to(places.device())));
      }
    }
    if (all.keySet().stream().noneMatch(name -> name.startsWith("ip_adapter."))) {
      throw new RecipeException("settings.start " + file + " is no IP-Adapter");
    }
    return new Checkpoint(file.toString(), all.keySet(), all::get, true);
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
    ImageFeatures pictures = prompts.features(rows, settings.imageDropout(), random);
    PromptedDenoiser prompted =
        new PromptedDenoiser(
            teacher.unet(), teacher.kind(), captions, adapter, adapter.tokens(pictures));
    return loss.losses(
        x0, DistillationNetworks.alone(prompted), teacher.schedule(), random, step, total);
  }

  /**
   * Held-out pictures, what is generated for each alone, without its caption, and for nothing.
   * Figures: cosines of the encoder's embeddings, {@code similarity} of the picture and the
   * generated, {@code similarity_without} the same without the IP-Adapter.
   */
  @Override
  public Map<String, Double> sample(Path png) throws IOException {
    List<Image> pictures = samples.pictures();
    List<Image> with = samples.uncaptioned().images(this::bind);
    if (without == null) {
      without = samples.uncaptioned().images(SamplePicture.Binding.NONE);
    }
    List<Image> sheet = new ArrayList<>();
    int shown = Math.min(AdapterSamples.COLUMNS, pictures.size());
    sheet.addAll(pictures.subList(0, shown));
    sheet.addAll(with.subList(0, shown));
    sheet.addAll(without.subList(0, shown));
    Files.createDirectories(png.toAbsolutePath().getParent());
    PngWriter.write(png, ContactSheet.of(sheet, shown).render(), Map.of());
    return Map.of(
        "similarity", similarity(pictures, with),
        "similarity_without", similarity(pictures, without));
  }

  private double similarity(List<Image> first, List<Image> second) {
    try (Scope scope = Scope.inference()) {
      Tensor a = Functional.normalize(encoder.features(first).embedding(), 1);
      Tensor b = Functional.normalize(encoder.features(second).embedding(), 1);
      return a.times(b).sum(false, 1).mean().item();
    }
  }

  private Denoiser bind(UNetDenoiser network, int from, int n) {
    Tensor seen = adapter.tokens(encoder.features(samples.pictures().subList(from, from + n)));
    long rows = network.conditioning().rows();
    if (rows > n) {
      Tensor none = adapter.tokens(prompts.nothing());
      seen = Tensor.cat(0, seen, none.expand(rows - n, none.size(1), none.size(2)));
    }
    return network.prepared(PromptedDenoiser.prompts(adapter, seen), ResidualSource.NONE);
  }

  /**
   * Writes {@code ip-adapter.safetensors} under the names of IP-Adapter's authors, float16, and the
   * encoder next to it where it is the half of a pair.
   */
  @Override
  public void export(Path folder) throws IOException {
    Files.createDirectories(folder);
    try (Scope scope = Scope.inference()) {
      Map<String, Tensor> halves = new LinkedHashMap<>();
      parameters.forEach((name, t) -> halves.put(name, t.detach().to(DType.F16).contiguous()));
      SafeTensorsWriter.write(folder.resolve(FILE), halves, Map.of("format", "pt"));
    }
    String named = settings.imageEncoder();
    if (encoder.ofPair()) {
      encoder.write(folder.resolve(ENCODER));
      named = "FOLDER/" + ENCODER;
    }
    String text =
        """
        # An IP-Adapter for %1$s

        Trained with tcd4j; its picture encoder is %2$s.

            ./tcd4j generate PROMPT -m %1$s --image-encoder %2$s --ip-adapter FOLDER/%3$s=PICTURE

        In diffusers: `pipe.load_ip_adapter("FOLDER", subfolder="", weight_name="%3$s",
        image_encoder_folder=...)`.
        """;
    Files.writeString(folder.resolve("README.md"), text.formatted(settings.base(), named, FILE));
  }
}
