package io.github.tcd4j.evaluation.network;

import io.github.tcd4j.evaluation.picture.PictureFile;
import io.github.tcd4j.evaluation.preprocess.PicturePrep;
import io.github.tcd4j.files.InvalidRequestException;
import io.github.tcd4j.files.Sha256;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * One network at work on pictures. Rows that the cache has are taken from there, and the network is
 * read only when one is missing. Pictures are decoded and resized on threads of their own while the
 * network computes.
 *
 * <p>The network belongs to it and is freed when it is closed; rows belong to the caller. It is
 * used on one thread.
 */
public final class RowExtractor implements AutoCloseable {
  /**
   * What all networks of a run share.
   *
   * @param weights folder of the weights
   * @param cache folder of rows that are known
   * @param batch pictures at once, at least 1
   */
  public record Settings(Path weights, Path cache, Device device, int batch) {
    public Settings {
      if (batch < 1) {
        throw new InvalidRequestException("a batch is at least 1 picture but was " + batch);
      }
    }
  }

  private static final int MOST_READERS = 8;

  private final NetworkSource source;
  private final Settings settings;
  private final ExtractionListener listener;
  private final String identity;
  private RowCache cache;
  private final Scope scope = Scope.inference();
  private @Nullable PictureNetwork network;

  public RowExtractor(NetworkSource source, Settings settings, ExtractionListener listener) {
    this.source = source;
    this.settings = settings;
    this.listener = listener;
    identity = source.identity(settings.weights());
    cache = new RowCache(settings.cache(), identity);
  }

  /** The network, its weights and its preprocessing, for protocols. */
  public String identity() {
    return identity;
  }

  /**
   * Goes on with another folder of rows that are known, and forgets those of the one before: what
   * is in memory is then bounded by one set of pictures.
   */
  public void use(Path folder) {
    cache = new RowCache(folder, identity);
  }

  /** Reads the network now, which shows whether its weights are those of the network. */
  public void open() {
    network();
  }

  /**
   * The same, if nothing is known of these weights: who has rows of theirs has read them before.
   */
  public void openIfUnknown() {
    if (cache.isEmpty()) {
      network();
    }
  }

  /**
   * Rows of pictures; those that cannot be read are left out, and named.
   *
   * @param label what to call them where progress is shown
   * @param captions one a picture, or none
   * @param prep what is done to the pictures first
   */
  public PictureRows pictures(
      String label, List<PictureFile> pictures, List<String> captions, PicturePrep prep) {
    Work work = new Work(source.name() + " on " + label, pictures, captions, prep);
    int readers = Math.min(MOST_READERS, Runtime.getRuntime().availableProcessors());
    ExecutorService threads = Executors.newFixedThreadPool(readers, RowExtractor::daemon);
    try {
      work.run(threads);
    } finally {
      threads.shutdownNow();
    }
    if (work.keys.isEmpty()) {
      PictureFile first = work.broken.get(0).picture();
      throw new InvalidRequestException(
          "none of "
              + pictures.size()
              + " pictures can be read, of "
              + first.path()
              + " "
              + work.broken.get(0).fault());
    }
    return new PictureRows(
        work.read, work.readCaptions, work.hashes, work.broken, collect(work.keys));
  }

  /** Rows (captions, P) of captions, which the caller closes. */
  public Tensor texts(List<String> captions) {
    List<String> keys = captions.stream().map(c -> "text-" + Sha256.of(c)).toList();
    List<Integer> missing = new ArrayList<>();
    for (int i = 0; i < keys.size(); i++) {
      if (cache.get(keys.get(i)) == null) {
        missing.add(i);
      }
    }
    for (int start = 0; start < missing.size(); start += settings.batch()) {
      List<Integer> part =
          missing.subList(start, Math.min(start + settings.batch(), missing.size()));
      PictureNetwork opened = network();
      try (Scope batch = Scope.inference()) {
        Tensor rows = opened.texts(part.stream().map(captions::get).toList());
        cache.add(part.stream().map(keys::get).toList(), rows.to(Device.CPU));
      }
    }
    return collect(keys);
  }

  private PictureNetwork network() {
    PictureNetwork opened = network;
    if (opened == null) {
      opened = source.opener().open(source.require(settings.weights()), settings.device());
      network = opened;
    }
    return opened;
  }

  private Tensor collect(List<String> keys) {
    int width = row(keys.get(0)).length;
    float[] all = new float[Math.multiplyExact(keys.size(), width)];
    for (int i = 0; i < keys.size(); i++) {
      System.arraycopy(row(keys.get(i)), 0, all, i * width, width);
    }
    try (Scope own = Scope.inference()) {
      return own.disown(Tensor.of(all, keys.size(), width));
    }
  }

  private float[] row(String key) {
    float[] row = cache.get(key);
    if (row == null) {
      throw new IllegalStateException("row " + key + " was not computed");
    }
    return row;
  }

  @Override
  public void close() {
    scope.close();
  }

  private static Thread daemon(Runnable task) {
    Thread thread = new Thread(task, "pictures");
    thread.setDaemon(true);
    return thread;
  }

  /** The pictures of one call on their way. */
  private final class Work {
    private final String label;
    private final List<PictureFile> pictures;
    private final List<String> captions;
    private final PicturePrep prep;
    private final List<PictureFile> read = new ArrayList<>();
    private final List<String> readCaptions = new ArrayList<>();
    private final List<String> hashes = new ArrayList<>();
    private final List<String> keys = new ArrayList<>();
    private final List<BrokenPicture> broken = new ArrayList<>();

    private final List<String> pendingKeys = new ArrayList<>();
    private final List<String> pendingCaptions = new ArrayList<>();
    private final List<float[]> pendingPixels = new ArrayList<>();
    private int known;

    Work(String label, List<PictureFile> pictures, List<String> captions, PicturePrep prep) {
      this.prep = prep;
      this.label = label;
      this.pictures = pictures;
      this.captions = captions;
    }

    void run(ExecutorService threads) {
      Deque<Future<PicturePreparation>> ahead = new ArrayDeque<>();
      int submitted = 0;
      for (int i = 0; i < pictures.size(); i++) {
        for (; submitted < pictures.size() && submitted <= i + 2 * settings.batch(); submitted++) {
          ahead.add(submit(threads, submitted));
        }
        take(i, result(ahead.remove()));
        if (pendingKeys.size() == settings.batch()) {
          flush();
        }
        int done = i + 1 - pendingKeys.size();
        if (done < pictures.size()) {
          listener.progress(label, done, pictures.size(), known);
        }
      }
      flush();
      listener.progress(label, pictures.size(), pictures.size(), known);
    }

    private Future<PicturePreparation> submit(ExecutorService threads, int i) {
      return threads.submit(
          () ->
              PicturePreparation.of(
                  pictures.get(i),
                  source.preprocessor(),
                  prep,
                  hash -> cache.get(key(i, hash)) != null));
    }

    private String key(int i, String hash) {
      String picture = prep.equals(PicturePrep.NONE) ? hash : hash + "-" + prep.id();
      return source.readsCaptions() ? picture + "-" + Sha256.of(captions.get(i)) : picture;
    }

    private void take(int i, PicturePreparation p) {
      if (p.fault() != null) {
        broken.add(new BrokenPicture(p.picture(), p.fault()));
        return;
      }
      String key = key(i, p.hash());
      read.add(p.picture());
      hashes.add(p.hash());
      keys.add(key);
      String caption = captions.isEmpty() ? "" : captions.get(i);
      if (!captions.isEmpty()) {
        readCaptions.add(caption);
      }
      if (p.pixels() == null) {
        known++;
      } else {
        pendingKeys.add(key);
        pendingCaptions.add(caption);
        pendingPixels.add(p.pixels());
      }
    }

    private void flush() {
      if (pendingKeys.isEmpty()) {
        return;
      }
      PictureNetwork opened = network();
      try (Scope batch = Scope.inference()) {
        int side = source.preprocessor().side();
        int size = 3 * side * side;
        float[] all = new float[pendingPixels.size() * size];
        for (int i = 0; i < pendingPixels.size(); i++) {
          System.arraycopy(pendingPixels.get(i), 0, all, i * size, size);
        }
        Tensor pixels = Tensor.of(all, pendingPixels.size(), 3, side, side).to(settings.device());
        List<String> texts = source.readsCaptions() ? pendingCaptions : List.of();
        cache.add(pendingKeys, opened.rows(pixels, texts).to(Device.CPU));
      }
      pendingKeys.clear();
      pendingCaptions.clear();
      pendingPixels.clear();
    }

    private PicturePreparation result(Future<PicturePreparation> future) {
      try {
        return future.get();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new CancellationException("interrupted");
      } catch (ExecutionException e) {
        throw new IllegalStateException("a picture could not be prepared", e.getCause());
      }
    }
  }
}
