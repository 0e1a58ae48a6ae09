package io.github.tcd4j.pipeline;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.tcd4j.diffusion.Prediction;
import io.github.tcd4j.diffusion.sampler.Sampler;
import io.github.tcd4j.diffusion.sampler.SamplerSettings;
import io.github.tcd4j.diffusion.sampler.SamplingPlan;
import io.github.tcd4j.diffusion.sampler.SchedulerConfig;
import io.github.tcd4j.diffusion.sampler.StepHook;
import io.github.tcd4j.diffusion.sampler.consistency.TcdSampler;
import io.github.tcd4j.diffusion.sampler.registry.SamplerDescriptor;
import io.github.tcd4j.diffusion.sampler.registry.Samplers;
import io.github.tcd4j.files.Hint;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.files.Note;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.models.files.Component;
import io.github.tcd4j.models.lora.LoraMetadata;
import io.github.tcd4j.models.lora.MatchPolicy;
import io.github.tcd4j.models.unet.UNet2DConditionConfig;
import io.github.tcd4j.models.vae.AutoencoderConfig;
import io.github.tcd4j.pipeline.adapter.AdapterSettings;
import io.github.tcd4j.pipeline.adapter.ResolvedAdapters;
import io.github.tcd4j.pipeline.checkpoint.DistilledGuidance;
import io.github.tcd4j.pipeline.checkpoint.FamilyDefaults;
import io.github.tcd4j.pipeline.checkpoint.FileErrors;
import io.github.tcd4j.pipeline.checkpoint.ModelException;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import io.github.tcd4j.pipeline.checkpoint.SingleFileModel;
import io.github.tcd4j.pipeline.input.InputPictures;
import io.github.tcd4j.pipeline.input.InputSettings;
import io.github.tcd4j.pipeline.input.Upscaling;
import io.github.tcd4j.pipeline.internal.sampling.InputRole;
import io.github.tcd4j.pipeline.lora.LoraResolver;
import io.github.tcd4j.pipeline.metadata.BatchPosition;
import io.github.tcd4j.pipeline.metadata.ComputeSettings;
import io.github.tcd4j.pipeline.metadata.GenerationSettings;
import io.github.tcd4j.pipeline.metadata.ImageSize;
import io.github.tcd4j.pipeline.metadata.Machine;
import io.github.tcd4j.pipeline.metadata.ModelIdentity;
import io.github.tcd4j.pipeline.metadata.SamplingSettings;
import io.github.tcd4j.pipeline.metadata.SizeConditioning;
import io.github.tcd4j.pipeline.prompt.EmbeddingFile;
import io.github.tcd4j.pipeline.prompt.PromptSettings;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Engine;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A request that a model has completed: every default filled in, every value checked against what
 * the model can generate. Needs the folder's small files only, so that a mistake is reported before
 * any weights are read.
 *
 * <p>Defaults: where a LoRA says that it was distilled (its metadata, never a guess), its method's
 * sampler, steps and gamma, guidance off; else DDIM, 25 steps, guidance 7.5 (SDXL: Euler, 5; an
 * upscaler: 75 steps, 9); TCD and LCM without such a LoRA 4 steps and guidance off; networks that
 * embed their guidance the middle of what their weights say they were distilled with, else 8.5.
 * Models whose own scheduler is that of LCM or TCD are distilled as a whole and have its sampler.
 *
 * @param settings of the first picture, with {@code count} as its batch
 * @param plan sampler and grid, from where the picture is diffused to
 * @param role how a picture enters the U-Net
 * @param pictures the picture and mask at the size of the result, of an upscaler at that of its
 *     latents; null for none
 * @param adapters ControlNets and their like, checked against the model
 * @param prediction what the network predicts
 * @param hook of the request, called after every step
 * @param batch most pictures to generate together
 * @param policy whether a key of a LoRA that finds no layer is an error
 * @param notes what the user should know
 */
public record ResolvedRequest(
    GenerationSettings settings,
    SamplingPlan plan,
    InputRole role,
    @Nullable InputPictures pictures,
    ResolvedAdapters adapters,
    Prediction.Kind prediction,
    StepHook hook,
    int batch,
    MatchPolicy policy,
    List<Note> notes) {
  /** Samplers of models whose own scheduler declares how they were distilled. */
  private static final Map<String, String> DISTILLED =
      Map.of("LCMScheduler", "lcm", "TCDScheduler", "tcd");

  private static final double EMBEDDED_GUIDANCE = 8.5;

  /** Latent positions that a batch may have together: four pictures of 512x512. */
  private static final int BATCH_AREA = 4 * 64 * 64;

  private static final int LARGEST_BATCH = 16;

  /** Frames from which a motion adapter moves anything. */
  private static final int FEW_FRAMES = 8;

  public ResolvedRequest {
    notes = List.copyOf(notes);
  }

  /**
   * Completes a request.
   *
   * @throws io.github.tcd4j.files.InvalidRequestException if it asks for what this model or sampler
   *     cannot do, or names a LoRA that does not exist
   */
  public static ResolvedRequest of(ModelFolder model, Request request, Device device) {
    ModelFolder folder = model.predicting(request.sampling().prediction());
    List<Note> notes = new ArrayList<>();
    LoraResolver.Chosen loras = LoraResolver.choose(folder, request.loras());
    LoraMetadata hint = loras.hint();
    FamilyDefaults family = FamilyDefaults.of(folder);
    SamplerDescriptor entry = Samplers.named(sampler(request, hint, folder, family));
    UNet2DConditionConfig unet = folder.unet();
    AutoencoderConfig vae = folder.autoencoder();
    InputRole role = InputRole.of(unet, vae.latentChannels(), folder.root().toString());
    requireThatTheyFit(folder, role);
    role.check(request.input(), request.adapters().present());
    SchedulerConfig config = scheduler(folder, request.sampling().spacing());
    SamplerSettings sampling = sampling(request, entry, hint, family);
    SamplingPlan whole = plan(folder, entry, config, sampling);
    InputSettings chosenInput = ResolvedInput.defaults(request.input(), role);
    SamplingPlan plan =
        role.cutsSteps(chosenInput)
            ? entry.plan(config, sampling.withStrength(chosenInput.strength()))
            : whole;
    plan.notes().forEach(n -> notes.add(Note.of(n)));

    int scale = vae.downscale();
    AdapterSettings chosen = request.adapters().current();
    List<List<Image>> hints = ResolvedAdapters.hints(chosen);
    ResolvedInput resolved =
        ResolvedInput.of(
            request, chosenInput, folder.lowResScheduler(), family.side(unet, vae), scale, hints);
    InputSettings input = resolved.settings();
    int width = resolved.width();
    int height = resolved.height();
    ResolvedAdapters adapters =
        ResolvedAdapters.of(chosen, hints, unet, scale, width, height, resolved.window());
    ResolvedAdapters.Motion motion = adapters.motion();
    if (motion != null) {
      chosen = chosen.withMotion(motion.settings());
      notes.addAll(notes(motion, input));
    }
    boolean embeds = unet.timeCondProjDim() > 0;
    DistilledGuidance embedded =
        embeds ? FileErrors.in(folder.weights(Component.UNET), folder::guidance) : null;
    double standard = embedded == null ? EMBEDDED_GUIDANCE : embedded.middle();
    double guidance = guidance(request, entry, hint, embeds ? standard : null, family);
    if (embedded != null && !embedded.contains(guidance)) {
      notes.add(
          Note.of(
              ("guidance " + guidance + " is outside of what this model was distilled with, ")
                  + (embedded.min() + " to " + embedded.max())));
    }
    if (!unet.textTime() && !request.size().conditioning().equals(SizeConditioning.OWN)) {
      notes.add(Note.of("original size, crop and target size have no effect: only SDXL uses them"));
    }
    String negative = request.prompt().negative();
    if (negative != null && !negative.isEmpty() && (embeds || guidance <= 1)) {
      notes.add(
          embeds
              ? Note.of("the negative prompt has no effect: this model embeds its guidance")
              : new Note(
                  "the negative prompt has no effect: guidance is off; 5 is a usual value",
                  Hint.GUIDANCE));
    }
    if (request.input().imageGuidance() != null && (embeds || guidance <= 1)) {
      notes.add(
          new Note(
              "image guidance has no effect: guidance is off; 7.5 is a usual value",
              embeds ? Hint.NONE : Hint.GUIDANCE));
    }
    if (loras.own() && hint != null && !entry.name().equals(hint.sampler())) {
      notes.add(
          new Note(
              "the model's " + hint.method() + " LoRA is active with the sampler " + entry.name(),
              Hint.NO_LORA));
    }
    if (hint == null
        && request.sampling().sampler() == null
        && request.customSampler() == null
        && !loras.applied().isEmpty()) {
      notes.add(
          new Note(
              ("the LoRA "
                      + loras.applied().get(0).name()
                      + " does not say whether it distils; the")
                  + (" sampler is " + entry.name() + ", " + plan.grid().steps() + " steps (for a")
                  + " LoRA of TCD or LCM choose the sampler tcd or lcm)",
              Hint.OTHER_SAMPLER));
    }
    if (entry.distilledAs() != null && loras.applied().isEmpty() && !distilled(folder, unet)) {
      notes.add(
          Note.of(
              ("the sampler " + entry.name() + " is for distilled networks, and no LoRA is active")
                  + " nor does the model say that it is one"));
    }
    int area = width / scale * (height / scale);
    area *= motion == null ? 1 : motion.settings().count();
    int batch =
        Math.min(request.count(), request.batch() == null ? fitting(area) : request.batch());
    boolean listed = sampling.timesteps() != null;
    SamplingSettings filled =
        new SamplingSettings(
            request.customSampler() == null ? entry.name() : SamplingSettings.CUSTOM,
            listed ? sampling : sampling.withSteps(whole.grid().steps()),
            guidance,
            request.sampling().spacing(),
            folder.prediction(),
            request.hook() != null);
    GenerationSettings settings =
        new GenerationSettings(
            new ModelIdentity(folder.name(), folder.fingerprint(), folder.others()),
            prompt(request),
            filled,
            sized(request.size(), width, height, unet.textTime() ? input.upscaling() : null),
            input,
            chosen,
            loras.applied(),
            new BatchPosition(request.seed(), request.count(), 0),
            compute(request, resolved.large()),
            new Machine(device.toString(), Engine.version()),
            Version.TCD4J);
    Prediction.Kind prediction = FileErrors.in(schedulerFile(folder), config::prediction);
    Sampler own = request.customSampler();
    return new ResolvedRequest(
        settings,
        own == null ? plan : new SamplingPlan(own, plan.grid(), plan.notes()),
        role,
        resolved.pictures(),
        adapters,
        prediction,
        request.hook() == null ? StepHook.NONE : request.hook(),
        batch,
        request.policy(),
        notes);
  }

  private static void requireThatTheyFit(ModelFolder folder, InputRole role) {
    if ((role == InputRole.UPSCALE) != (folder.lowResScheduler() != null)) {
      throw new ModelException(
          role == InputRole.UPSCALE
              ? "the U-Net of "
                  + folder.name()
                  + " is an upscaler's, but its model_index.json does not name"
                  + " StableDiffusionUpscalePipeline"
              : folder.name()
                  + " is of a StableDiffusionUpscalePipeline, but its U-Net does not read a small"
                  + " picture and its noise level (in_channels 7, num_class_embeds)");
    }
  }

  /** Pictures of so many latent positions that a batch may have together. */
  static int fitting(int area) {
    return Math.max(1, Math.min(LARGEST_BATCH, BATCH_AREA / area));
  }

  /** What an animation cannot be, and what has no effect in it. */
  private static List<Note> notes(ResolvedAdapters.Motion motion, InputSettings input) {
    if (input.present()) {
      throw new InvalidRequestException(
          "an animation starts from noise, where a picture cannot be used; leave out the picture or"
              + " the motion adapter");
    }
    List<Note> notes = new ArrayList<>();
    int frames = motion.settings().count();
    if (frames < FEW_FRAMES) {
      notes.add(
          Note.of(
              ("motion adapters are trained with 16 frames, and with " + frames)
                  + (" there is hardly any motion; " + FEW_FRAMES + " or more are usual")));
    }
    if (motion.settings().windows() != null && !motion.windowed()) {
      notes.add(
          Note.of(
              ("windows of " + motion.settings().windows().length())
                  + (" frames have no effect: the animation has " + frames)));
    }
    return notes;
  }

  private static String sampler(
      Request request, @Nullable LoraMetadata hint, ModelFolder folder, FamilyDefaults family) {
    if (request.sampling().sampler() != null) {
      return request.sampling().sampler();
    }
    String own = hint == null ? "" : hint.sampler();
    if (Samplers.all().stream().anyMatch(e -> e.name().equals(own))) {
      return own;
    }
    String scheduler = folder.schedulerConfig().path("_class_name").asText();
    return DISTILLED.getOrDefault(scheduler, family.sampler());
  }

  private static boolean distilled(ModelFolder folder, UNet2DConditionConfig unet) {
    String scheduler = folder.schedulerConfig().path("_class_name").asText();
    return DISTILLED.containsKey(scheduler) || unet.timeCondProjDim() > 0;
  }

  /** With the embeddings as they are now, whatever a picture remembers of them. */
  private static PromptSettings prompt(Request request) {
    PromptSettings prompt = request.prompt();
    return prompt.withEmbeddings(
        prompt.embeddings().stream().map(e -> EmbeddingFile.of(e.file())).toList());
  }

  /** Where a network sees windows, SDXL's is conditioned on their size. */
  private static ImageSize sized(
      ImageSize chosen, int width, int height, @Nullable Upscaling upscaling) {
    ImageSize size = chosen.withSides(width, height);
    boolean own = chosen.conditioning().equals(SizeConditioning.OWN);
    if (upscaling == null || upscaling.tile() == null || !own) {
      return size;
    }
    int w = Math.min(width, upscaling.tile());
    int h = Math.min(height, upscaling.tile());
    return size.withConditioning(SizeConditioning.OWN.withOriginal(w, h).withTarget(w, h));
  }

  /** An upscaled picture is decoded in tiles where it is large. */
  private static ComputeSettings compute(Request request, boolean large) {
    Integer threads = request.compute().threads();
    return request
        .compute()
        .withTiling(large || request.compute().tiling())
        .withThreads(threads == null ? Engine.usualThreads() : threads);
  }

  /** What fails with a single step too, and nothing that the user chose, is the file's fault. */
  private static SamplingPlan plan(
      ModelFolder folder,
      SamplerDescriptor entry,
      SchedulerConfig config,
      SamplerSettings sampling) {
    try {
      return entry.plan(config, sampling);
    } catch (IllegalArgumentException | InvalidRequestException e) {
      SchedulerConfig own = scheduler(asItIs(folder), null);
      FileErrors.in(schedulerFile(folder), () -> entry.plan(own, SamplerSettings.ofSteps(1)));
      throw e;
    }
  }

  private static ModelFolder asItIs(ModelFolder m) {
    return new ModelFolder(m.name(), m.root(), m.file(), m.others(), m.otherVae(), null);
  }

  /** The file that declares the noise schedule, or for a single file that file itself. */
  private static Path schedulerFile(ModelFolder folder) {
    SingleFileModel file = folder.file();
    return file == null ? folder.root().resolve("scheduler/scheduler_config.json") : file.path();
  }

  private static SchedulerConfig scheduler(ModelFolder folder, @Nullable String spacing) {
    Map<String, Object> entries =
        new ObjectMapper().convertValue(folder.schedulerConfig(), new TypeReference<>() {});
    SchedulerConfig config = SchedulerConfig.of(entries);
    if (spacing != null) {
      config = config.with("timestep_spacing", spacing);
    }
    return config;
  }

  /** All set explicitly: the defaults of the registry must be recorded in the picture too. */
  private static SamplerSettings sampling(
      Request request,
      SamplerDescriptor entry,
      @Nullable LoraMetadata hint,
      FamilyDefaults family) {
    SamplerSettings sampling = request.sampling().knobs();
    if (!sampling.hasLength()) {
      int usual =
          family.steps() == null || entry.distilledAs() != null
              ? entry.defaultSteps()
              : family.steps();
      sampling = sampling.withSteps(hint == null ? usual : hint.steps());
    }
    boolean named = request.customSampler() == null;
    if (named && sampling.gamma() == null && entry.parameters().contains("gamma")) {
      Double gamma = hint == null ? null : hint.gamma();
      sampling = sampling.withGamma(gamma == null ? TcdSampler.DEFAULT_GAMMA : gamma);
    }
    return sampling;
  }

  private static double guidance(
      Request request,
      SamplerDescriptor entry,
      @Nullable LoraMetadata hint,
      @Nullable Double embedded,
      FamilyDefaults family) {
    if (request.sampling().guidance() != null) {
      return request.sampling().guidance();
    }
    if (embedded != null) {
      return embedded;
    }
    // Distilled networks have their guidance in them.
    return hint != null || entry.distilledAs() != null ? 1 : family.guidance();
  }
}
