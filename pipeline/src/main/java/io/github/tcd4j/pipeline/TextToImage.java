package io.github.tcd4j.pipeline;

import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.models.files.Component;
import io.github.tcd4j.pipeline.checkpoint.ModelException;
import io.github.tcd4j.pipeline.checkpoint.ModelFolder;
import io.github.tcd4j.pipeline.internal.UNetEvaluator;
import io.github.tcd4j.pipeline.internal.sampling.EncodedInput;
import io.github.tcd4j.pipeline.internal.sampling.ImagePromptTokens;
import io.github.tcd4j.pipeline.metadata.BatchPosition;
import io.github.tcd4j.pipeline.metadata.GenerationSettings;
import io.github.tcd4j.pipeline.preview.LatentPreview;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Engine;
import io.github.tcd4j.tensor.Scope;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A model that generates pictures: prompt in, pictures out.
 *
 * <pre>{@code
 * try (TextToImage model = TextToImage.load(Path.of("emoji"))) {
 *   Request request = Request.builder("red apple, fluent 3d style").seed(42).build();
 *   model.generate(request).get(0).write(Path.of("apple.png"));
 * }
 * }</pre>
 *
 * <p>Generates one request at a time; a second caller waits, also while the listener and the
 * consumer of the pictures handle the first's. An interrupt of the generating thread, or a {@link
 * CancellationException} that the listener throws, stops it at the next step; the model can then be
 * used for the next request. Each network is read when the first picture needs it, and belongs to
 * this object, whatever scope is open, until the {@link #close}; after it every call is an {@link
 * IllegalStateException}.
 */
public final class TextToImage implements AutoCloseable {
  final ModelFolder folder;
  private final boolean keep;
  private final GenerationNetworks networks;

  /** Held by whoever uses the networks. */
  private final ReentrantLock exclusive = new ReentrantLock();

  /** Notes about the files, reported with the first picture. */
  private final Set<String> reported = new HashSet<>();

  private @Nullable LatentPreview preview;

  private volatile boolean closed;

  private TextToImage(ModelFolder folder, Device device, boolean keep) {
    this.folder = folder;
    this.keep = keep;
    networks = new GenerationNetworks(folder, device, keep);
  }

  /**
   * A model on the CPU whose networks stay in memory from picture to picture, until the close.
   *
   * @param model a folder of diffusers' layout, or a single file
   * @throws ModelException if it is none that can generate
   */
  public static TextToImage load(Path model) {
    return load(model, Device.CPU);
  }

  /**
   * The same on another device.
   *
   * @throws io.github.tcd4j.files.InvalidRequestException if the device is not available
   */
  public static TextToImage load(Path model, Device device) {
    return load(ModelFolder.open(model), device);
  }

  /** A model whose networks stay in memory from picture to picture, until the close. */
  public static TextToImage load(ModelFolder folder, Device device) {
    return new TextToImage(folder, device, true);
  }

  /**
   * A model that reads its networks for each request anew and frees each as soon as it is not
   * needed any more, so that no two are in memory together: for one request, or where memory is
   * short.
   */
  public static TextToImage inTurn(ModelFolder folder, Device device) {
    return new TextToImage(folder, device, false);
  }

  /** A hash of all files that decide a picture: weights by samples, the small ones whole. */
  public String identity() {
    requireOpen();
    return folder.identity();
  }

  /** Completes a request with this model's defaults; see {@link ResolvedRequest#of}. */
  public ResolvedRequest resolve(Request request) {
    requireOpen();
    return ResolvedRequest.of(folder, request, networks.device());
  }

  /**
   * Reads now, to the last page, all networks that such a request needs, so that its first picture
   * does not wait for them.
   *
   * @throws IllegalStateException if the networks are read {@link #inTurn}
   */
  public void prepare(Request request, Progress progress) {
    try (Held held = hold()) {
      readAll(request, progress);
    }
  }

  private void readAll(Request request, Progress progress) {
    requireOpen();
    if (!keep) {
      throw new IllegalStateException(
          "networks that are read in turn cannot be read in advance; use TextToImage.load");
    }
    ResolvedRequest resolution = resolve(request);
    try (Scope scope = Scope.inference()) {
      networks.use(resolution, progress);
      networks.readAll(resolution.adapters());
    } finally {
      networks.endRequest();
    }
  }

  /**
   * A map from this model's latents to small pictures, for previews in a hook. The first call may
   * read the autoencoder.
   */
  public LatentPreview preview() {
    try (Held held = hold()) {
      requireOpen();
      if (preview == null) {
        try {
          preview = LatentPreview.of(networks.model().autoencoder(), networks.device());
        } finally {
          networks.done(Component.VAE);
        }
      }
      return preview;
    }
  }

  /**
   * Runs several requests at the same time, whose rows share the evaluations of the U-Net.
   *
   * @param threads gives each request a thread; must not make one wait for another
   * @param mostRows in one call of the network, two for a picture with guidance
   * @throws IllegalStateException if the networks are read {@link #inTurn}
   */
  public ContinuousBatch continuousBatch(Executor threads, int mostRows) {
    requireOpen();
    if (!keep) {
      throw new IllegalStateException(
          "requests can share only networks that stay in memory; use TextToImage.load");
    }
    return new ContinuousBatch(this, threads, mostRows);
  }

  /** The exclusive use of the networks, until the same thread closes it. */
  interface Held extends AutoCloseable {
    @Override
    void close();
  }

  /** Waits for whoever uses the networks. */
  Held hold() {
    exclusive.lock();
    return exclusive::unlock;
  }

  /** Generates the pictures of a request, in order, batch by batch. */
  public List<Picture> generate(Request request) {
    return generate(request, Progress.SILENT);
  }

  /** Generates the pictures of a request, in order, batch by batch. */
  public List<Picture> generate(Request request, Progress progress) {
    List<Picture> pictures = new ArrayList<>();
    generate(List.of(request.prompt().text()), request, progress, pictures::add);
    return pictures;
  }

  /**
   * Generates the pictures of a request for each of several prompts instead of its own: each has
   * the seeds, and the batches, that it would have alone. A network is read once for all of them.
   *
   * @param made receives each picture as soon as it is decoded, in order
   */
  public void generate(
      List<String> prompts, Request request, Progress progress, Consumer<Picture> made) {
    ResolvedRequest resolution = resolve(request);
    requireStill(resolution);
    generate(
        prompts.stream().map(p -> Collections.nCopies(request.count(), p)).toList(),
        resolution,
        progress,
        batch -> batch.decode().forEach(made));
  }

  private static void requireStill(ResolvedRequest resolution) {
    if (resolution.adapters().motion() != null) {
      throw new InvalidRequestException(
          "a request with a motion adapter makes animations, not pictures; call animate");
    }
  }

  /** Generates the animations of a request with a motion adapter, in order. */
  public List<Animation> animate(Request request) {
    return animate(request, Progress.SILENT);
  }

  /** Generates the animations of a request with a motion adapter, in order. */
  public List<Animation> animate(Request request, Progress progress) {
    List<Animation> animations = new ArrayList<>();
    animate(List.of(request.prompt().text()), request, progress, animations::add);
    return animations;
  }

  /**
   * Generates the animations of a request for each of several prompts instead of its own.
   *
   * @param made receives each animation as soon as it is decoded, in order
   * @throws InvalidRequestException if the request has no motion adapter
   */
  public void animate(
      List<String> prompts, Request request, Progress progress, Consumer<Animation> made) {
    ResolvedRequest resolution = resolve(request);
    if (resolution.adapters().motion() == null) {
      throw new InvalidRequestException(
          "an animation needs a motion adapter, which the request does not have");
    }
    generate(
        prompts.stream().map(p -> Collections.nCopies(request.count(), p)).toList(),
        resolution,
        progress,
        batch -> batch.decodeAnimations().forEach(made));
  }

  /**
   * Generates the pictures of a request whose U-Net somebody else runs, who {@link #hold holds}
   * this.
   */
  void generate(
      Request request,
      ResolvedRequest resolution,
      Progress progress,
      Consumer<Picture> made,
      UNetEvaluator evaluator) {
    requireStill(resolution);
    generateHeld(
        List.of(Collections.nCopies(request.count(), request.prompt().text())),
        resolution,
        progress,
        batch -> batch.decode().forEach(made),
        evaluator);
  }

  /**
   * Generates one picture for each prompt with the settings of a resolution: the first with its
   * seed, the next with seed + 1, and so on.
   */
  public List<Picture> generate(List<String> texts, ResolvedRequest resolution, Progress progress) {
    requireStill(resolution);
    List<Picture> pictures = new ArrayList<>();
    generate(List.of(texts), resolution, progress, batch -> batch.decode().forEach(pictures::add));
    return pictures;
  }

  /** Each list starts from the first seed. */
  private void generate(
      List<List<String>> lists,
      ResolvedRequest resolution,
      Progress progress,
      Consumer<GenerationBatch> sampled) {
    try (Held held = hold()) {
      generateHeld(lists, resolution, progress, sampled, UNetEvaluator.ALONE);
    }
  }

  private void generateHeld(
      List<List<String>> lists,
      ResolvedRequest resolution,
      Progress progress,
      Consumer<GenerationBatch> sampled,
      UNetEvaluator evaluator) {
    requireOpen();
    GenerationSettings settings = resolution.settings();
    List<String> known = folder.predicting(settings.sampling().prediction()).notes();
    known.stream().filter(reported::add).forEach(progress::note);
    resolution.notes().forEach(progress::note);
    try (Engine.Borrowed threads = Engine.borrow(settings.threads());
        Scope scope = Scope.inference()) {
      networks.use(resolution, progress);
      progress.started(settings);
      EncodedInput input = networks.encoded(resolution, progress);
      ImagePromptTokens images = networks.imagePrompts(resolution.adapters());
      List<GenerationBatch> batches =
          batches(lists, resolution, input, images, progress, evaluator);
      for (List<GenerationBatch> together :
          keep ? batches.stream().map(List::of).toList() : List.of(batches)) {
        generate(together, sampled);
      }
    } finally {
      networks.endRequest();
    }
  }

  /**
   * Each network is read once for all of these, and done before the next is read. Where one cannot
   * be sampled, those before it are decoded all the same.
   */
  private void generate(List<GenerationBatch> batches, Consumer<GenerationBatch> decode) {
    ModelException failure = null;
    try (Scope scope = Scope.inference()) {
      batches.forEach(GenerationBatch::encode);
      networks.done(Component.TEXT_ENCODER, Component.TEXT_ENCODER_2);
      List<GenerationBatch> sampled = new ArrayList<>();
      try {
        for (GenerationBatch batch : batches) {
          batch.sample();
          sampled.add(batch);
        }
      } catch (ModelException e) {
        failure = e;
      }
      networks.sampled();
      sampled.forEach(decode);
    }
    if (failure != null) {
      throw failure;
    }
  }

  private List<GenerationBatch> batches(
      List<List<String>> lists,
      ResolvedRequest resolution,
      @Nullable EncodedInput input,
      ImagePromptTokens images,
      Progress progress,
      UNetEvaluator evaluator) {
    int most = resolution.batch();
    int steps = resolution.plan().grid().steps();
    int n = lists.stream().mapToInt(texts -> (texts.size() + most - 1) / most).sum();
    List<GenerationBatch> batches = new ArrayList<>();
    for (List<String> texts : lists) {
      for (int start = 0; start < texts.size(); start += most) {
        List<String> some = texts.subList(start, Math.min(texts.size(), start + most));
        batches.add(
            new GenerationBatch(
                networks,
                images,
                folder,
                resolution,
                first(resolution.settings(), some, start),
                some,
                input,
                progress,
                batches.size() * steps,
                n * steps,
                evaluator));
      }
    }
    return batches;
  }

  private static GenerationSettings first(
      GenerationSettings settings, List<String> batch, int start) {
    long seed = settings.position().batchSeed() + start;
    return settings
        .withPrompt(settings.prompt().withText(batch.get(0)))
        .withPosition(new BatchPosition(seed, batch.size(), 0));
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the model " + folder.name() + " has been closed");
    }
  }

  /** Frees the networks; waits for the request that is being generated. */
  @Override
  public void close() {
    try (Held held = hold()) {
      closed = true;
      networks.close();
    }
  }
}
