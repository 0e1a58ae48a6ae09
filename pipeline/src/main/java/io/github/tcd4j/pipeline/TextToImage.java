package io.github.tcd4j.pipeline;

import io.github.tcd4j.models.layers.Precision;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Engine;
import io.github.tcd4j.tensor.Scope;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * A model that paints: prompt in, pictures out.
 *
 * <pre>{@code
 * try (TextToImage model = TextToImage.load(ModelFolder.open("emoji", folder), Device.CPU)) {
 *   Request request = Request.of("red apple, fluent 3d style").seed(42).build();
 *   model.generate(request, Progress.SILENT).get(0).write(Path.of("apple.png"));
 * }
 * }</pre>
 *
 * <p>Paints one request at a time; a second caller waits. Each network is read when the first
 * picture needs it, and belongs to this object, whatever scope is open.
 */
public final class TextToImage implements AutoCloseable {
  private final ModelFolder folder;
  private final boolean keep;
  private final Networks networks;
  private final ActiveLoras loras;

  /** Of the files; said with the first picture. */
  private final Set<String> told = new HashSet<>();

  private TextToImage(ModelFolder folder, Device device, boolean keep) {
    this.folder = folder;
    this.keep = keep;
    networks = new Networks(folder, device, keep);
    loras = new ActiveLoras(folder, device);
  }

  /** A model whose networks stay in memory from picture to picture, until the close. */
  public static TextToImage load(ModelFolder folder, Device device) {
    return new TextToImage(folder, device, true);
  }

  /**
   * A model that reads its networks for each request anew and lets each go as soon as it has done
   * its part, so that no two are there together: for one request, or where memory is short.
   */
  public static TextToImage inTurn(ModelFolder folder, Device device) {
    return new TextToImage(folder, device, false);
  }

  /** Completes a request with this model's defaults; see {@link Resolution#of}. */
  public Resolution resolve(Request request) {
    return Resolution.of(folder, request, networks.device);
  }

  /**
   * Reads now, to the last page, all networks that such a request needs, so that its first picture
   * does not wait for them.
   *
   * @throws IllegalStateException if the networks are read {@link #inTurn}
   */
  public synchronized void prepare(Request request, Progress progress) {
    if (!keep) {
      throw new IllegalStateException(
          "networks that are read in turn cannot stand ready; use TextToImage.load");
    }
    Resolution resolution = resolve(request);
    try (Scope scope = Scope.inference()) {
      use(resolution.settings(), resolution.strict(), progress);
      networks.readAll();
    }
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
    List<String> known = folder.predicting(settings.prediction()).notes();
    known.stream().filter(told::add).forEach(progress::note);
    resolution.notes().forEach(progress::note);
    List<Picture> pictures = new ArrayList<>();
    try (Scope scope = Scope.inference()) {
      use(settings, resolution.strict(), progress);
      progress.started(settings);
      List<Batch> batches = batches(texts, resolution, progress);
      for (List<Batch> together :
          keep ? batches.stream().map(List::of).toList() : List.of(batches)) {
        pictures.addAll(painted(together));
      }
      return pictures;
    } finally {
      networks.done(ModelFolder.Part.values());
      if (!keep) {
        loras.close();
      }
    }
  }

  /** Each network is read once for all of these, and done before the next is read. */
  private List<Picture> painted(List<Batch> batches) {
    try (Scope scope = Scope.inference()) {
      batches.forEach(Batch::encode);
      networks.done(ModelFolder.Part.TEXT_ENCODER, ModelFolder.Part.TEXT_ENCODER_2);
      batches.forEach(Batch::sample);
      networks.done(ModelFolder.Part.UNET);
      List<Picture> pictures = new ArrayList<>();
      batches.forEach(batch -> pictures.addAll(batch.decode()));
      return pictures;
    }
  }

  private void use(Settings settings, boolean strict, Progress progress) {
    Precision precision = precision(settings.dtype(), progress);
    boolean stand = !strict && loras.are(settings.loras()) && networks.stand(precision);
    networks.use(precision, stand ? null : loras.use(settings.loras(), strict, progress), progress);
  }

  private Precision precision(DType dtype, Progress progress) {
    if (dtype == DType.F32) {
      return Precision.FULL;
    }
    boolean cpu = networks.device.equals(Device.CPU);
    if (dtype == DType.BF16 && cpu && !Bf16Probe.faster()) {
      progress.note(
          String.format(
              Locale.ROOT,
              "bf16 takes %.1f times as long as f32 on this processor, so it only stores the"
                  + " weights, in half the memory, and f32 computes",
              Bf16Probe.ratio()));
      return new Precision(dtype, DType.F32);
    }
    return new Precision(dtype, cpu && dtype == DType.F16 ? DType.F32 : dtype);
  }

  private List<Batch> batches(List<String> texts, Resolution resolution, Progress progress) {
    Settings settings = resolution.settings();
    int n = (texts.size() + resolution.batch() - 1) / resolution.batch();
    List<Batch> batches = new ArrayList<>();
    for (int b = 0; b < n; b++) {
      int start = b * resolution.batch();
      List<String> some = texts.subList(start, Math.min(texts.size(), start + resolution.batch()));
      Settings first = settings.placed(some.get(0), settings.batchSeed() + start, some.size(), 0);
      int before = b * settings.steps();
      batches.add(
          new Batch(
              networks,
              loras.destinations(),
              folder,
              resolution,
              first,
              some,
              progress,
              before,
              n * settings.steps()));
    }
    return batches;
  }

  /** Frees the networks. */
  @Override
  public synchronized void close() {
    loras.close();
    networks.close();
  }
}
