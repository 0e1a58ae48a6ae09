package io.github.tcd4j.pipeline;

import io.github.tcd4j.diffusion.Denoiser;
import io.github.tcd4j.diffusion.sampler.NoiseSource;
import io.github.tcd4j.diffusion.sampler.SamplingPlan;
import io.github.tcd4j.diffusion.sampler.StepHook;
import io.github.tcd4j.diffusion.schedule.Grid;
import io.github.tcd4j.files.Hint;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.models.files.Component;
import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.motion.FrameWindows;
import io.github.tcd4j.models.motion.MotionAdapter;
import io.github.tcd4j.models.unet.Conditioning;
import io.github.tcd4j.models.unet.DestinationEmbedding;
import io.github.tcd4j.models.unet.ImagePrompts;
import io.github.tcd4j.models.unet.UNet2DConditionModel;
import io.github.tcd4j.models.vae.AutoencoderConfig;
import io.github.tcd4j.pipeline.adapter.ResolvedAdapters;
import io.github.tcd4j.pipeline.checkpoint.LowResScheduler;
import io.github.tcd4j.pipeline.checkpoint.ModelException;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import io.github.tcd4j.pipeline.input.InputPictures;
import io.github.tcd4j.pipeline.input.Upscaling;
import io.github.tcd4j.pipeline.internal.AdapterNetworks;
import io.github.tcd4j.pipeline.internal.LatentDecoder;
import io.github.tcd4j.pipeline.internal.LoadedModel;
import io.github.tcd4j.pipeline.internal.ResidualSource;
import io.github.tcd4j.pipeline.internal.UNetDenoiser;
import io.github.tcd4j.pipeline.internal.UNetEvaluator;
import io.github.tcd4j.pipeline.internal.UNetRows;
import io.github.tcd4j.pipeline.internal.sampling.ControlResiduals;
import io.github.tcd4j.pipeline.internal.sampling.EncodedInput;
import io.github.tcd4j.pipeline.internal.sampling.FrameRange;
import io.github.tcd4j.pipeline.internal.sampling.FreeNoise;
import io.github.tcd4j.pipeline.internal.sampling.GuidanceScale;
import io.github.tcd4j.pipeline.internal.sampling.ImagePromptTokens;
import io.github.tcd4j.pipeline.internal.sampling.InputDraws;
import io.github.tcd4j.pipeline.internal.sampling.InputRole;
import io.github.tcd4j.pipeline.internal.sampling.MaskBlend;
import io.github.tcd4j.pipeline.internal.sampling.VideoDenoiser;
import io.github.tcd4j.pipeline.internal.sampling.Window;
import io.github.tcd4j.pipeline.internal.sampling.WindowedDenoiser;
import io.github.tcd4j.pipeline.metadata.BatchPosition;
import io.github.tcd4j.pipeline.metadata.GenerationSettings;
import io.github.tcd4j.pipeline.prompt.PromptEncoder;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.RandomSource;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Pictures that are generated together, in three phases, each of which needs other networks: {@link
 * #encode}, {@link #sample}, {@link #decode}. What passes from one to the next belongs to the scope
 * that is open around them.
 */
final class GenerationBatch {
  /** Beyond it, guidance is the likely cause of latents that are not finite. */
  private static final double MOST_GUIDANCE = 20;

  private final LoadedModel networks;
  private final AdapterNetworks adapters;
  private final List<DestinationEmbedding> loraDestinations;
  private final ImagePromptTokens imagePrompts;
  private final ModelFolder folder;
  private final ResolvedRequest resolution;
  private final GenerationSettings settings;
  private final List<String> texts;
  private final @Nullable EncodedInput input;
  private final Progress progress;
  private final int stepsBefore;
  private final int stepsInAll;
  private final UNetEvaluator evaluator;

  /** Whether rows of other requests were in a call of the network. */
  private boolean shared;

  private @Nullable Conditioning conditioning;
  private @Nullable Tensor latents;

  /**
   * @param networks in use for the request
   * @param imagePrompts what IP-Adapters made of the request's pictures
   * @param settings of its first picture
   * @param input what the autoencoder made of the request's picture; null for none
   * @param stepsBefore that others took before it
   * @param evaluator runs the U-Net
   */
  GenerationBatch(
      GenerationNetworks networks,
      ImagePromptTokens imagePrompts,
      ModelFolder folder,
      ResolvedRequest resolution,
      GenerationSettings settings,
      List<String> texts,
      @Nullable EncodedInput input,
      Progress progress,
      int stepsBefore,
      int stepsInAll,
      UNetEvaluator evaluator) {
    this.networks = networks.model();
    adapters = networks.adapters();
    loraDestinations = networks.loraDestinations();
    this.imagePrompts = imagePrompts;
    this.folder = folder;
    this.resolution = resolution;
    this.settings = settings;
    this.texts = texts;
    this.input = input;
    this.progress = progress;
    this.stepsBefore = stepsBefore;
    this.stepsInAll = stepsInAll;
    this.evaluator = evaluator;
  }

  /** Reads the prompts. */
  void encode() {
    try (Scope scope = Scope.inference()) {
      PromptEncoder prompts = new PromptEncoder(networks, folder, settings.prompt(), progress);
      float[] sizes = settings.size().conditioning().timeIds(settings.width(), settings.height());
      conditioning =
          guidance().rows(prompts, texts, settings.prompt().negative(), sizes).keptBy(scope);
    }
  }

  private GuidanceScale guidance() {
    Upscaling up = settings.input().upscaling();
    return new GuidanceScale(
        folder.unet(),
        settings.guidance(),
        settings.input().imageGuidance(),
        up == null ? null : up.noiseLevel());
  }

  /** Samples: from noise, or from the picture, to latents. */
  void sample() {
    AutoencoderConfig vae = folder.autoencoder();
    SamplingPlan plan = resolution.plan();
    try (Scope scope = Scope.inference()) {
      List<RandomSource> random =
          IntStream.range(0, texts.size())
              .mapToObj(i -> new RandomSource(settings.position().batchSeed() + i))
              .toList();
      NoiseSource noise = NoiseSource.of(random);
      InputDraws draws = draws(noise, vae.scalingFactor(), shape(vae));
      if (freeNoise() != null) {
        draws = draws.from(FreeNoise.shuffled(draws.noise(), random, freeNoise()));
      }
      Denoiser denoiser = denoiser(draws.channels());
      StepHook hook = hook(draws);
      Tensor clean = settings.input().startsFromNoise() ? null : draws.clean();
      latents =
          scope.keep(
              clean == null
                  ? plan.sample(denoiser, draws.noise(), noise, hook)
                  : plan.denoise(denoiser, plan.start(clean, draws.noise()), noise, hook));
    }
  }

  /** Of the latents: (B, C, h, w), of animations (B, C, F, h, w). */
  private long[] shape(AutoencoderConfig vae) {
    long n = texts.size();
    long h = settings.height() / vae.downscale();
    long w = settings.width() / vae.downscale();
    ResolvedAdapters.Motion motion = resolution.adapters().motion();
    return motion == null
        ? new long[] {n, vae.latentChannels(), h, w}
        : new long[] {n, vae.latentChannels(), motion.settings().count(), h, w};
  }

  /** The windows of FreeNoise; null where there are none. */
  private @Nullable FrameWindows freeNoise() {
    ResolvedAdapters.Motion motion = resolution.adapters().motion();
    return motion != null && motion.windowed() && motion.settings().freeNoise()
        ? motion.settings().windows()
        : null;
  }

  private InputDraws draws(NoiseSource noise, double factor, long[] shape) {
    if (input == null) {
      return InputDraws.noise(noise, networks.device, shape);
    }
    LowResScheduler lowRes = folder.lowResScheduler();
    if (lowRes != null) {
      int level = ResolvedInput.noiseLevel(settings.input());
      return InputDraws.upscaling(
          lowRes, level, input.picture().mean(), noise, networks.device, shape);
    }
    boolean fromNoise = settings.input().startsFromNoise();
    return InputDraws.of(
        resolution.role(), input, fromNoise, factor, noise, networks.device, shape);
  }

  /** Checks, reports and passes on every step; with a mask, of the blended latents. */
  private StepHook hook(InputDraws draws) {
    StepHook reporting = reporting();
    Tensor mask = input == null ? null : input.mask();
    if (mask == null || draws.clean() == null || resolution.role() != InputRole.START) {
      return reporting;
    }
    Grid grid = resolution.plan().grid();
    return new MaskBlend(
        draws.clean(),
        draws.noise(),
        mask,
        grid.node(grid.steps() - 1),
        grid.terminal(),
        reporting);
  }

  private StepHook reporting() {
    int[] done = {stepsBefore};
    return (node, next, x, x0) -> {
      if (!x.isFinite()) {
        throw new ModelException(notFinite(done[0] - stepsBefore + 1), hint());
      }
      progress.step(++done[0], stepsInAll);
      if (Thread.currentThread().isInterrupted()) {
        throw new CancellationException("the generating thread was interrupted");
      }
      return resolution.hook().after(node, next, x, x0);
    };
  }

  private Denoiser denoiser(@Nullable Tensor channels) {
    if (conditioning == null) {
      throw new IllegalStateException("the prompts have not been read");
    }
    UNet2DConditionModel unet = networks.unet();
    List<DestinationEmbedding> destinations = new ArrayList<>(networks.destinations());
    destinations.addAll(loraDestinations);
    UNetDenoiser network =
        new UNetDenoiser(
            unet, conditioning, networks.unetAdapters(), destinations, resolution.prediction());
    ImagePrompts images = imagePrompts.rows(texts.size(), conditioning.rows(), networks.device);
    ResolvedAdapters.Motion motion = resolution.adapters().motion();
    ResidualSource residuals =
        motion == null ? residuals(conditioning, FrameRange.PICTURE) : ResidualSource.NONE;
    Denoiser plain =
        motion == null
            ? network.prepared(images, residuals, this::evaluate)
            : moving(network, images, conditioning, motion);
    progress.samplingStarted();
    return windowed(plain, channels, residuals);
  }

  private UNetEvaluator.Evaluated evaluate(UNetRows rows, Tensor x, Tensor t, Tensor s) {
    UNetEvaluator.Evaluated evaluated = evaluator.evaluate(rows, x, t, s);
    shared |= evaluated.shared();
    return evaluated;
  }

  /** Guided; of an upscaled picture the network sees a window at a time, with its channels. */
  private Denoiser windowed(Denoiser network, @Nullable Tensor channels, ResidualSource residuals) {
    Upscaling up = settings.input().upscaling();
    if (up == null || !up.windowed()) {
      return guided(network, channels);
    }
    List<Window> windows = windows();
    List<Denoiser> parts =
        windows.stream()
            .map(w -> guided(network, channels == null ? null : w.of(channels, 1)))
            .toList();
    return new WindowedDenoiser(
        i -> {
          residuals.lookAt(i);
          return parts.get(i);
        },
        windows,
        up.shared() / folder.autoencoder().downscale());
  }

  private Denoiser guided(Denoiser network, @Nullable Tensor channels) {
    return guidance().of(channels == null ? network : guidance().reading(network, channels));
  }

  /** What the network sees at once. */
  private List<Window> windows() {
    int scale = folder.autoencoder().downscale();
    int height = settings.height() / scale;
    int width = settings.width() / scale;
    Upscaling up = settings.input().upscaling();
    return up == null || !up.windowed()
        ? List.of(new Window(0, 0, height, width))
        : WindowedDenoiser.windows(up.window() / scale, up.shared() / scale, height, width);
  }

  /** All frames at once, or in windows, of which each has its share of the hints. */
  private Denoiser moving(
      UNetDenoiser network,
      ImagePrompts images,
      Conditioning rows,
      ResolvedAdapters.Motion motion) {
    int all = motion.settings().count();
    FrameWindows free = freeNoise();
    FrameWindows windows = motion.windowed() && free == null ? motion.settings().windows() : null;
    MotionAdapter modules = adapters.motion(motion.source());
    Adapters loras = adapters.motionAdapters(motion.source());
    int together = windows == null ? all : windows.length();
    List<UNetDenoiser.Frames> groups = new ArrayList<>();
    for (int start : windows == null ? List.of(0) : windows.starts(all)) {
      groups.add(
          new UNetDenoiser.Frames(
              together,
              modules.layers(together, free, loras),
              residuals(rows, new FrameRange(start, together))));
    }
    return new VideoDenoiser(network.prepared(images, groups), windows);
  }

  private ResidualSource residuals(Conditioning rows, FrameRange frames) {
    if (resolution.adapters().controls().isEmpty()) {
      return ResidualSource.NONE;
    }
    SamplingPlan plan = resolution.plan();
    return new ControlResiduals(
        resolution.adapters(),
        adapters,
        rows,
        texts.size(),
        frames,
        plan.sampler().evaluations(plan.grid()),
        windows(),
        folder.autoencoder().downscale(),
        networks.device);
  }

  /** Makes the pictures of the latents. */
  List<Picture> decode() {
    List<Latents> all = latents();
    List<Image> images = images();
    return IntStream.range(0, images.size())
        .mapToObj(i -> new Picture(pasted(images.get(i)), settings(i), all.get(i)))
        .toList();
  }

  /** Makes the animations of the latents. */
  List<Animation> decodeAnimations() {
    List<Latents> all = latents();
    List<Image> images = images();
    int n = images.size() / texts.size();
    return IntStream.range(0, texts.size())
        .mapToObj(
            i ->
                new Animation(
                    images.subList(i * n, (i + 1) * n),
                    settings(i),
                    all.subList(i * n, (i + 1) * n)))
        .toList();
  }

  /** Of number i of the batch. */
  private GenerationSettings settings(int i) {
    BatchPosition position =
        new BatchPosition(settings.position().batchSeed(), texts.size(), i, shared);
    return settings.withPrompt(settings.prompt().withText(texts.get(i))).withPosition(position);
  }

  private List<Image> images() {
    try (Scope scope = Scope.inference()) {
      return new LatentDecoder(
              networks, folder.autoencoder(), settings.compute().tiling(), progress)
          .images(rows());
    }
  }

  private List<Latents> latents() {
    try (Scope scope = Scope.inference()) {
      Tensor rows = rows();
      List<Latents> all = new ArrayList<>();
      for (long i = 0; i < rows.size(0); i++) {
        all.add(Latents.of(rows.narrow(0, i, 1)));
      }
      return all;
    }
  }

  /** Pictures, or the frames of all animations, (N, C, h, w). */
  private Tensor rows() {
    if (latents == null) {
      throw new IllegalStateException("there are no latents yet");
    }
    return latents.dim() == 4 ? latents : VideoDenoiser.rows(latents);
  }

  private Image pasted(Image generated) {
    InputPictures given = resolution.pictures();
    return given == null || given.mask() == null || !settings.input().paste()
        ? generated
        : given.pasted(generated);
  }

  private String notFinite(int step) {
    return "the latents are not finite after step " + step + "; the likely cause: " + cause();
  }

  private Hint hint() {
    if (settings.compute().dtype() != DType.F32) {
      return Hint.FULL_PRECISION;
    }
    return unusualLora() || settings.guidance() > MOST_GUIDANCE ? Hint.NONE : Hint.PREDICTION_TYPE;
  }

  private boolean unusualLora() {
    return settings.loras().stream().anyMatch(l -> Math.abs(l.weight()) > 2);
  }

  private String cause() {
    Optional<String> damage =
        networks.damage(Component.UNET, Component.TEXT_ENCODER, Component.TEXT_ENCODER_2);
    if (damage.isPresent()) {
      return damage.get();
    }
    if (settings.compute().dtype() != DType.F32) {
      String type = settings.compute().dtype().name().toLowerCase(Locale.ROOT);
      return type + " overflowed; compute in float32";
    }
    if (unusualLora()) {
      return "the weight of a LoRA is too great; use one near 1";
    }
    if (settings.guidance() > MOST_GUIDANCE) {
      return "guidance " + settings.guidance() + " is too strong; use one below 20";
    }
    return "all weights are finite, so the network predicts something else than its scheduler says,"
        + " such as v_prediction";
  }
}
