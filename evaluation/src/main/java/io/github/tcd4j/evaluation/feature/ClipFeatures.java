package io.github.tcd4j.evaluation.feature;

import io.github.tcd4j.evaluation.dataset.EvaluationException;
import io.github.tcd4j.files.Sha256;
import io.github.tcd4j.images.Image;
import io.github.tcd4j.images.resize.Resize;
import io.github.tcd4j.models.clip.ClipConfig;
import io.github.tcd4j.models.clip.ClipModel;
import io.github.tcd4j.models.clip.ClipTokenizer;
import io.github.tcd4j.models.layers.Checkpoint;
import io.github.tcd4j.models.layers.Weights;
import io.github.tcd4j.tensor.DType;
import io.github.tcd4j.tensor.Functional;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.SafeTensors;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The feature space of a text-image pair in transformers' layout: {@code config.json} of a {@code
 * CLIPModel}, {@code model.safetensors}, and the tokenizer's files beside them or in {@code
 * tokenizer/}.
 *
 * <p>Features are scaled to the length sqrt(P), so that a coordinate is about 1: contrastive
 * training gives a meaning to their direction alone. The kernel of the kernel distance is then
 * (cosine + 1)^3.
 *
 * <p>Pixels are prepared as {@code preprocessor_config.json} says; without one they are scaled to
 * [-1, 1], as the pairs that this project trains want them. Square pictures of another size than
 * the network's are resized first by Pillow's bicubic filter, as transformers' {@code
 * CLIPImageProcessor} does.
 */
public final class ClipFeatures implements TextFeatureSpace, AutoCloseable {
  private static final long TEXTS = 256;

  private final SafeTensors file;
  private final ClipModel model;
  private final ClipTokenizer tokenizer;
  private final ImageTransform preprocessor;
  private final String identity;
  private final List<String> unread;

  private ClipFeatures(
      SafeTensors file,
      ClipModel model,
      ClipTokenizer tokenizer,
      ImageTransform preprocessor,
      String identity,
      List<String> unread) {
    this.file = file;
    this.model = model;
    this.tokenizer = tokenizer;
    this.preprocessor = preprocessor;
    this.identity = identity;
    this.unread = unread;
  }

  /** Loads a pair; its tensors belong to the open scope, its file to the returned object. */
  public static ClipFeatures load(Path folder) {
    Path weights = folder.resolve("model.safetensors");
    if (!Files.isRegularFile(weights)) {
      throw new EvaluationException(
          "there is no text-image pair at "
              + (folder + ": it needs config.json, model.safetensors and a tokenizer"));
    }
    ClipConfig config = ClipConfig.read(folder.resolve("config.json"));
    Path own = folder.resolve("tokenizer");
    ClipTokenizer tokenizer = ClipTokenizer.load(Files.isDirectory(own) ? own : folder);
    ImageTransform preprocessor = ImageTransform.read(folder.resolve("preprocessor_config.json"));
    SafeTensors file = SafeTensors.open(weights);
    Checkpoint checkpoint = new Checkpoint(weights.toString(), file.names(), file::get, false);
    ClipModel model = ClipModel.of(Weights.of(checkpoint), config);
    String identity = "clip " + new Sha256().add(weights).add(preprocessor.toString()).brief();
    return new ClipFeatures(file, model, tokenizer, preprocessor, identity, checkpoint.unread());
  }

  /** Parameters in the file that the network has no use for. */
  public List<String> unread() {
    return unread;
  }

  @Override
  public String identity() {
    return identity;
  }

  @Override
  public Tensor images(Tensor pictures) {
    int size = model.config().vision().imageSize();
    if (pictures.size(2) != pictures.size(3)) {
      throw new EvaluationException(
          "the text-image pair reads square pictures, best of %dx%d, but these have %dx%d"
              .formatted(size, size, pictures.size(3), pictures.size(2)));
    }
    try (Scope scope = Scope.inference()) {
      Tensor whole = pictures.size(2) == size ? pictures : resized(pictures, size);
      Tensor pixels = preprocessor.apply(whole).channelsLast();
      return scope.keep(scaled(model.imageFeatures(pixels)));
    }
  }

  private static Tensor resized(Tensor pictures, int size) {
    int count = Math.toIntExact(pictures.size(0));
    int side = Math.toIntExact(pictures.size(2));
    byte[] from = pictures.contiguous().toByteArray();
    byte[] to = new byte[3 * count * size * size];
    for (int n = 0; n < count; n++) {
      byte[] rgb = new byte[3 * side * side];
      for (int i = 0; i < rgb.length; i++) {
        rgb[i] = from[n * rgb.length + i % 3 * side * side + i / 3];
      }
      byte[] larger = Resize.bicubic(new Image(side, side, rgb), size, size).rgb();
      for (int i = 0; i < larger.length; i++) {
        to[n * larger.length + i % 3 * size * size + i / 3] = larger[i];
      }
    }
    return Tensor.of(to, count, 3, size, size);
  }

  @Override
  public Tensor texts(List<String> captions) {
    try (Scope scope = Scope.inference()) {
      Tensor ids = tokenizer.encode(captions);
      List<Tensor> parts = new ArrayList<>();
      for (long start = 0; start < captions.size(); start += TEXTS) {
        long count = Math.min(TEXTS, captions.size() - start);
        parts.add(scaled(model.textFeatures(ids.narrow(0, start, count))));
      }
      return scope.keep(Tensor.cat(0, parts.toArray(Tensor[]::new)));
    }
  }

  private static Tensor scaled(Tensor features) {
    Tensor f = features.to(DType.F32);
    return Functional.normalize(f, 1).times(Math.sqrt(f.size(1)));
  }

  @Override
  public void close() {
    file.close();
  }
}
