package io.github.tcd4j.pipeline;

import io.github.tcd4j.diffusion.Denoiser;
import io.github.tcd4j.diffusion.Guidance;
import io.github.tcd4j.diffusion.Prediction;
import io.github.tcd4j.diffusion.sampler.NoiseSource;
import io.github.tcd4j.diffusion.sampler.StepHook;
import io.github.tcd4j.models.layers.Adapters;
import io.github.tcd4j.models.unet.Conditioning;
import io.github.tcd4j.models.unet.SEmbedding;
import io.github.tcd4j.pipeline.image.Image;
import io.github.tcd4j.tensor.Autograd;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Engine;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * A model that stands ready to paint: prompt in, pictures out.
 *
 * <pre>{@code
 * try (TextToImage model = TextToImage.load(ModelFolder.open("emoji", folder), Device.CPU)) {
 *   Request request = Request.of("red apple, fluent 3d style").seed(42).build();
 *   model.generate(request, Progress.SILENT).get(0).write(Path.of("apple.png"));
 * }
 * }</pre>
 *
 * <p>Paints one request at a time; a second caller waits. The networks belong to this object,
 * whatever scope is open, until it is closed.
 */
public final class TextToImage implements AutoCloseable {
  private final ModelFolder folder;
  private final Networks networks;
  private final ActiveLoras loras;

  private TextToImage(ModelFolder folder, Networks networks) {
    this.folder = folder;
    this.networks = networks;
    loras = new ActiveLoras(folder, networks);
  }

  /** Reads the networks of a model. */
  public static TextToImage load(ModelFolder folder, Device device) {
    return new TextToImage(folder, new Networks(folder, device));
  }

  /** What was odd about the files: keys that nobody reads, by name. */
  public List<String> notes() {
    return Collections.unmodifiableList(networks.notes);
  }

  /** Completes a request with this model's defaults; see {@link Resolution#of}. */
  public Resolution resolve(Request request) {
    return Resolution.of(folder, request, networks.device);
  }

  /** Paints the pictures of a request, in order, batch by batch. */
  public List<Picture> generate(Request request, Progress progress) {
    Resolution resolution = resolve(request);
    return paint(Collections.nCopies(request.count(), request.prompt()), resolution, progress);
  }

  /**
   * Paints one picture for each prompt with the settings of a resolution: the first with its seed,
   * the next with seed + 1, and so on.
   */
  public synchronized List<Picture> paint(
      List<String> texts, Resolution resolution, Progress progress) {
    Settings settings = resolution.settings();
    Engine.threads(settings.threads());
    resolution.notes().forEach(progress::note);
    loras.use(settings.loras(), resolution.strict(), progress);
    progress.started(settings);
    List<Picture> pictures = new ArrayList<>();
    int batches = (texts.size() + resolution.batch() - 1) / resolution.batch();
    for (int b = 0; b < batches; b++) {
      int start = b * resolution.batch();
      int end = Math.min(texts.size(), start + resolution.batch());
      List<String> some = texts.subList(start, end);
      long seed = settings.batchSeed() + start;
      Settings first = settings.placed(some.get(0), seed, some.size(), 0);
      int stepsBefore = b * settings.steps();
      int stepsInAll = batches * settings.steps();
      Batch batch = new Batch(first, resolution, some, progress);
      pictures.addAll(batch.paint(stepsBefore, stepsInAll));
    }
    return pictures;
  }

  /** Pictures that are painted together. */
  private final class Batch {
    private final Settings settings;
    private final Resolution resolution;
    private final List<String> texts;
    private final Progress progress;

    Batch(Settings settings, Resolution resolution, List<String> texts, Progress progress) {
      this.settings = settings;
      this.resolution = resolution;
      this.texts = texts;
      this.progress = progress;
    }

    List<Picture> paint(int stepsBefore, int stepsInAll) {
      try (Scope scope = Scope.inference()) {
        Tensor latents = sample(stepsBefore, stepsInAll);
        List<Image> images = decode(latents);
        List<Picture> pictures = new ArrayList<>();
        for (int i = 0; i < images.size(); i++) {
          Latents own = Latents.of(latents.narrow(0, i, 1));
          pictures.add(new Picture(images.get(i), named(i), own));
        }
        return pictures;
      }
    }

    private Settings named(int i) {
      return settings.placed(texts.get(i), settings.batchSeed(), texts.size(), i);
    }

    private Tensor sample(int stepsBefore, int stepsInAll) {
      int[] done = {stepsBefore};
      StepHook hook =
          (node, next, latents, x0) -> {
            if (!latents.isFinite()) {
              throw new PipelineException(notFinite(done[0] - stepsBefore + 1));
            }
            progress.step(++done[0], stepsInAll);
            return latents;
          };
      int scale = networks.vae.config().downscale();
      long channels = networks.vae.config().latentChannels();
      NoiseSource noise = NoiseSource.seeded(settings.batchSeed(), texts.size());
      Tensor start =
          noise
              .draw(texts.size(), channels, settings.height() / scale, settings.width() / scale)
              .to(networks.device);
      Denoiser denoiser = denoiser();
      if (settings.dtype() != DType.BF16) {
        return resolution.plan().sample(denoiser, start, noise, hook);
      }
      try (Autograd.Autocast mixed = Autograd.bf16()) {
        return resolution.plan().sample(denoiser, start, noise, hook);
      }
    }

    private Denoiser denoiser() {
      PromptEncoder prompts = new PromptEncoder(networks, folder, settings.reading(), progress);
      Prediction.Kind kind = resolution.prediction();
      if (networks.unet.config().timeCondProjDim() > 0) {
        Tensor w = Tensor.full(settings.guidance() - 1, DType.F32, texts.size());
        Conditioning told = framed(prompts.encode(texts));
        return denoiser(told, kind).told(w.to(networks.device));
      }
      if (!settings.guided()) {
        return denoiser(framed(prompts.encode(texts)), kind);
      }
      Conditioning both = framed(prompts.encodePairs(texts, settings.negative()));
      return new Guidance(denoiser(both, kind)).scaled(settings.guidance());
    }

    private UNetDenoiser denoiser(Conditioning rows, Prediction.Kind kind) {
      List<SEmbedding> destinations = new ArrayList<>(networks.destinations);
      destinations.addAll(loras.destinations());
      return new UNetDenoiser(networks.unet, rows, Adapters.NONE, destinations, kind);
    }

    private Conditioning framed(Conditioning rows) {
      if (!networks.unet.config().textTime()) {
        return rows;
      }
      float[] ids = settings.framing().timeIds(settings.width(), settings.height());
      Tensor one = Tensor.of(ids, 1, ids.length).to(networks.device);
      return rows.withTimeIds(one.repeat(rows.rows(), 1));
    }

    private List<Image> decode(Tensor latents) {
      Tensor pixels = networks.vae.decode(latents.div(networks.vae.config().scalingFactor()));
      if (!pixels.isFinite()) {
        throw new PipelineException(
            "the autoencoder made numbers that are not finite; its weights are damaged, or the"
                + " latents are far outside of what it knows");
      }
      return Image.of(pixels);
    }

    private String notFinite(int step) {
      return "the latents are not finite after step " + step + "; the likely cause: " + cause();
    }

    private String cause() {
      if (settings.dtype() == DType.BF16) {
        return "bf16 overflowed; use --dtype f32";
      }
      if (settings.loras().stream().anyMatch(l -> Math.abs(l.weight()) > 2)) {
        return "the weight of a LoRA is too great; take one near 1";
      }
      if (settings.guidance() > 20) {
        return "guidance " + settings.guidance() + " is too strong; take one below 20";
      }
      return "the weights of the model or of a LoRA are damaged, or the network predicts something"
          + " else than its scheduler says; try --prediction v_prediction";
    }
  }

  /** Frees the networks. */
  @Override
  public synchronized void close() {
    loras.close();
    networks.close();
  }
}
