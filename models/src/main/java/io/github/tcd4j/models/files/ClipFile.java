package io.github.tcd4j.models.files;

import io.github.tcd4j.models.clip.Activation;
import io.github.tcd4j.models.clip.ClipConfig;
import io.github.tcd4j.models.clip.ClipModel;
import io.github.tcd4j.models.config.ConfigException;
import io.github.tcd4j.models.config.ConfigFields;
import io.github.tcd4j.models.files.ClipShapes.OpenClipHeads;
import io.github.tcd4j.models.files.TensorSource.Piece;
import io.github.tcd4j.models.files.quantized.ScaledTensors;
import io.github.tcd4j.models.layers.NetworkFile;
import io.github.tcd4j.tensor.Device;
import io.github.tcd4j.tensor.file.TensorFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A whole CLIP model, text and vision, out of what people have:
 *
 * <ul>
 *   <li>a folder of transformers: {@code config.json} with {@code model.safetensors} or {@code
 *       pytorch_model.bin}, or an index of shards;
 *   <li>a folder of OpenCLIP: {@code open_clip_config.json} with {@code
 *       open_clip_model.safetensors} or {@code open_clip_pytorch_model.bin};
 *   <li>a file alone, of safetensors, {@code torch.save} or {@code torch.jit.save}, under the names
 *       of OpenAI and OpenCLIP, such as {@code ViT-L-14.pt} or {@code HPS_v2.1_compressed.pt}; or
 *       under transformers', next to a {@code config.json}.
 * </ul>
 *
 * <p>In OpenCLIP's layout shapes give all sizes but the heads, which follow from the width for
 * every published model (B/32, B/16, L/14, L/14-336, H/14, g/14, bigG/14). The activation is quick
 * GELU where a configuration says so, or where the file is OpenAI's own; else GELU.
 */
public final class ClipFile {
  private static final List<String> TRANSFORMERS =
      List.of(
          "model.safetensors",
          "model.safetensors.index.json",
          "pytorch_model.bin",
          "pytorch_model.bin.index.json");
  private static final List<String> OPEN_CLIP =
      List.of("open_clip_model.safetensors", "open_clip_pytorch_model.bin");

  private static final String CONFIG = "config.json";
  private static final String OPEN_CLIP_CONFIG = "open_clip_config.json";
  private static final String DATA_PARALLEL = "module.";

  /** What files of OpenAI and of training runs hold beside the network. */
  private static final Pattern BESIDE =
      Pattern.compile(
          "input_resolution|context_length|vocab_size|attn_mask|(optimizer|scaler|scheduler)\\..*");

  private ClipFile() {}

  /**
   * Opens a model in float32; its parameters belong to the scope that is open.
   *
   * @throws io.github.tcd4j.models.layers.WeightsException if it is another network
   * @throws ConfigException if files are missing or say what no CLIP is
   * @throws io.github.tcd4j.tensor.file.TensorFileException if a file cannot be read
   */
  public static ClipModel open(Path path, Device device) {
    if (!Files.isDirectory(path)) {
      return ofFile(path, path.resolveSibling(CONFIG), null, device);
    }
    Path weights = first(path, TRANSFORMERS);
    Path config = path.resolve(CONFIG);
    if (weights != null && Files.exists(config)) {
      return ofFile(weights, config, null, device);
    }
    Path open = first(path, OPEN_CLIP);
    if (open != null) {
      Path settings = path.resolve(OPEN_CLIP_CONFIG);
      return ofFile(open, config, Files.exists(settings) ? settings : null, device);
    }
    throw new ConfigException(
        path
            + " holds no CLIP model; expected "
            + CONFIG
            + " with one of "
            + String.join(", ", TRANSFORMERS)
            + ", or one of "
            + String.join(", ", OPEN_CLIP));
  }

  private static @Nullable Path first(Path folder, List<String> names) {
    return names.stream().map(folder::resolve).filter(Files::exists).findFirst().orElse(null);
  }

  private static ClipModel ofFile(
      Path weights, Path config, @Nullable Path openClipConfig, Device device) {
    String origin = weights.toString();
    try (TensorFile file = withoutPrefix(ScaledTensors.open(weights))) {
      if (file.names().contains("visual.conv1.weight")) {
        ClipConfig c = openClip(file, openClipConfig);
        return build(origin, openClipView(file, c), c, device);
      }
      if (!Files.exists(config)) {
        throw new ConfigException(
            origin + " has no " + CONFIG + " in its folder, which says what its CLIP model is");
      }
      return build(origin, file, ClipConfig.read(config), device);
    }
  }

  private static ClipModel build(String origin, TensorFile file, ClipConfig c, Device device) {
    return NetworkFile.build(
        origin, "a CLIP model of text and pictures", file, device, w -> ClipModel.of(w, c));
  }

  private static TensorFile withoutPrefix(TensorFile file) {
    boolean prefixed = file.names().stream().allMatch(n -> n.startsWith(DATA_PARALLEL));
    return prefixed ? NetworkFile.renamed(file, n -> n.substring(DATA_PARALLEL.length())) : file;
  }

  private static ClipConfig openClip(TensorFile file, @Nullable Path settings) {
    CheckpointShapes shapes = new CheckpointShapes(file, "");
    if (settings == null) {
      // OpenAI's own files, and only these, say for which pictures they are.
      boolean quick = shapes.has("input_resolution");
      Activation activation = quick ? Activation.QUICK_GELU : Activation.GELU;
      return ClipShapes.openClip(shapes, activation, new OpenClipHeads(0, 0));
    }
    ConfigFields all = ConfigFields.read(settings);
    ConfigFields model =
        all.has("model_cfg")
            ? new ConfigFields(all.origin() + ", model_cfg", all.node().get("model_cfg"))
            : all;
    boolean quick = model.flag("quick_gelu", false);
    int text = model.node().path("text_cfg").path("heads").asInt(0);
    int headWidth = model.node().path("vision_cfg").path("head_width").asInt(0);
    int vision = headWidth > 0 ? shapes.size("visual.conv1.weight", 0) / headWidth : 0;
    return ClipShapes.openClip(
        shapes, quick ? Activation.QUICK_GELU : Activation.GELU, new OpenClipHeads(text, vision));
  }

  /** Under transformers' names; what is in neither layout keeps its own, so that it is reported. */
  private static TensorFile openClipView(TensorFile file, ClipConfig c) {
    KeyMapping table = OpenClipKeys.both(c.text().numHiddenLayers(), c.vision().numHiddenLayers());
    KeyLayout layout = new KeyLayout("", table, true);
    Map<String, TensorSource> places = new TreeMap<>();
    for (String key : file.names()) {
      Map<String, TensorSource> found = layout.places(key, file.shape(key).length);
      if (!found.isEmpty()) {
        places.putAll(found);
      } else if (!BESIDE.matcher(key).matches()) {
        places.put(key, new TensorSource(key, Piece.WHOLE));
      }
    }
    return new ComponentView(file, places, file.metadata());
  }
}
