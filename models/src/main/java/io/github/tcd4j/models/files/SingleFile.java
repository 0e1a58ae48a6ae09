package io.github.tcd4j.models.files;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.tcd4j.models.clip.ClipTextConfig;
import io.github.tcd4j.models.config.ConfigException;
import io.github.tcd4j.models.files.quantized.ScaledTensors;
import io.github.tcd4j.models.unet.UNet2DConditionConfig;
import io.github.tcd4j.models.vae.AutoencoderKLConfig;
import io.github.tcd4j.tensor.file.TensorFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A whole model in one file, as community sites hold them: its family is found from the keys, the
 * configurations of its networks from the shapes, and each network is seen under diffusers' names.
 *
 * <pre>{@code
 * SingleFile file = SingleFile.open(path);
 * UNet2DConditionConfig config = file.unet();
 * try (TensorFile weights = file.part(Component.UNET)) {
 *   ...
 * }
 * }</pre>
 *
 * <p>The file is open while a part of it is: whoever closes it, or the interrupt of a thread that
 * reads, ends one reading and not all that come later.
 */
public final class SingleFile {
  private static final int OPEN_CLIP_H_WIDTH = 1024;

  /** What files of these families hold beside the networks' parameters. */
  private static final Pattern KNOWN =
      Pattern.compile(
          "model_ema\\..*|betas|(sqrt_|log_)?(one_minus_)?(recip(m1)?_)?alphas_cumprod(_prev)?"
              + "|posterior_.*|denoiser\\.sigmas|scale_factor|logvar|v_pred|ztsnr|edm_.*"
              + "|low_scale_model\\..*"
              + "|.*\\.(position_ids|logit_scale|attn_mask)");

  private final String origin;
  private final Supplier<TensorFile> opener;

  /** Closed: names, shapes and metadata only. */
  private final TensorFile file;

  private final PredictionType predicted;
  private final Family family;
  private final Map<Component, Map<String, TensorSource>> parts = new EnumMap<>(Component.class);
  private final List<String> strays = new ArrayList<>();
  private final EmbeddedConfigs told;
  private final UNet2DConditionConfig unet;
  private @Nullable AutoencoderKLConfig vae;
  private final Map<Component, ClipTextConfig> texts = new EnumMap<>(Component.class);

  private SingleFile(
      String origin, Supplier<TensorFile> opener, TensorFile file, @Nullable String asked) {
    this.origin = origin;
    this.opener = opener;
    this.file = file;
    family = Family.of(origin, file);
    boolean xl = family == Family.SDXL;
    told = EmbeddedConfigs.of(origin, file.metadata());
    predicted = PredictionType.of(asked, family, file, told.scheduler());
    Map<Component, KeyLayout> layouts = new EnumMap<>(Component.class);
    text(layouts, Component.TEXT_ENCODER, prefix(Family.CLIP_XL, Family.CLIP), false);
    Component open = xl ? Component.TEXT_ENCODER_2 : Component.TEXT_ENCODER;
    text(layouts, open, openPrefix(xl), true);
    ClipTextConfig second = texts.get(Component.TEXT_ENCODER_2);
    int size = xl || upscales() ? 128 : family == Family.SD2 && predicted.velocity() ? 96 : 64;
    int pooled = second == null ? 1280 : second.projectionDim();
    UNet2DConditionConfig toldUnet = told.unet();
    unet =
        toldUnet == null ? UNetShapes.of(file, Family.UNET).config(family, size, pooled) : toldUnet;
    layouts.put(Component.UNET, new KeyLayout(Family.UNET, UNetKeys.of(unet), false));
    CheckpointShapes vaeShapes = new CheckpointShapes(file, Family.VAE);
    if (vaeShapes.has("encoder.conv_in.weight")) {
      AutoencoderKLConfig toldVae = told.vae();
      vae = toldVae == null ? VaeShapes.config(vaeShapes, family, upscales()) : toldVae;
      layouts.put(Component.VAE, new KeyLayout(Family.VAE, VaeKeys.of(vae), false));
    }
    place(layouts);
  }

  /** Sgm's prefix where the file has it, else ldm's. */
  private String prefix(String sgm, String ldm) {
    return Family.any(file, sgm) ? sgm : ldm;
  }

  private String openPrefix(boolean xl) {
    return xl ? Family.OPEN_CLIP_XL : prefix(Family.OPEN_CLIP_SGM, Family.OPEN_CLIP);
  }

  private void text(
      Map<Component, KeyLayout> layouts, Component component, String prefix, boolean open) {
    CheckpointShapes s = new CheckpointShapes(file, prefix);
    if (open && s.has("token_embedding.weight")) {
      ClipTextConfig config = told.text(component);
      if (config == null) {
        config = ClipShapes.openClip(s, used(s, s.count("transformer.resblocks.", ".ln_1.weight")));
      }
      texts.put(component, config);
      KeyMapping table = OpenClipKeys.of(config.numHiddenLayers());
      layouts.put(component, new KeyLayout(prefix, table, true));
    } else if (!open && file.names().stream().anyMatch(n -> n.startsWith(prefix))) {
      ClipTextConfig config = told.text(component);
      texts.put(component, config == null ? ClipShapes.clip(s, family) : config);
      layouts.put(component, new KeyLayout(prefix, null, false));
    }
  }

  /** SD2 reads what the last layer but one gives, so the last is of no use. */
  private int used(CheckpointShapes s, int layers) {
    if (family != Family.SD2) {
      return layers;
    }
    return s.size("token_embedding.weight", 1) == OPEN_CLIP_H_WIDTH
        ? Math.min(layers, ClipShapes.OPEN_CLIP_H_LAYERS)
        : layers - 1;
  }

  private void place(Map<Component, KeyLayout> layouts) {
    layouts.keySet().forEach(c -> parts.put(c, new TreeMap<>()));
    for (String key : file.names()) {
      boolean known = KNOWN.matcher(key).matches();
      for (Map.Entry<Component, KeyLayout> e : layouts.entrySet()) {
        Component component = e.getKey();
        KeyLayout layout = e.getValue();
        if (known || !key.startsWith(layout.prefix())) {
          continue;
        }
        if (unused(component, layout, key)) {
          known = true;
          continue;
        }
        Map<String, TensorSource> places = layout.places(key, file.shape(key).length);
        known = !places.isEmpty();
        parts.computeIfAbsent(component, c -> new TreeMap<>()).putAll(places);
      }
      if (!known) {
        strays.add(key);
      }
    }
  }

  /** The last layer and the projection of SD2's text encoder, which nothing reads. */
  private boolean unused(Component component, KeyLayout layout, String key) {
    ClipTextConfig config = texts.get(component);
    if (family != Family.SD2 || !layout.openClip() || config == null) {
      return false;
    }
    String rest = key.substring(layout.prefix().length());
    return rest.equals(OpenClipKeys.PROJECTION)
        || rest.startsWith(OpenClipKeys.layer(config.numHiddenLayers()) + ".");
  }

  /**
   * Opens a safetensors file, or a pickle of {@code torch.save}.
   *
   * @throws ConfigException if it is no checkpoint of a known family
   */
  public static SingleFile open(Path path) {
    return of(path.toString(), () -> ScaledTensors.open(path));
  }

  /** Of a file that can be opened again and again. */
  static SingleFile of(String origin, Supplier<TensorFile> opener) {
    try (TensorFile file = opener.get()) {
      return new SingleFile(origin, opener, file, null);
    }
  }

  /**
   * The same file as that of a network which predicts something else, on which the size that SD2
   * was trained for depends.
   *
   * @param prediction by diffusers' names
   */
  public SingleFile predicting(String prediction) {
    return new SingleFile(origin, opener, file, prediction);
  }

  public Family family() {
    return family;
  }

  /** Keys that belong to no network, sorted. */
  public List<String> strays() {
    return Collections.unmodifiableList(strays);
  }

  public boolean has(Component component) {
    return parts.containsKey(component);
  }

  /** The parameters of one network under diffusers' names, from the file opened anew. */
  public TensorFile part(Component component) {
    Map<String, TensorSource> places = parts.get(component);
    if (places == null) {
      throw missing(component);
    }
    return new ComponentView(
        opener.get(), places, component == Component.UNET ? notes(file.metadata()) : Map.of());
  }

  /** What this program noted in the header of a network's weights, configurations aside. */
  public static Map<String, String> notes(Map<String, String> header) {
    return EmbeddedConfigs.notes(header);
  }

  private ConfigException missing(Component component) {
    return new ConfigException(origin + " holds no " + component.folder());
  }

  public UNet2DConditionConfig unet() {
    return unet;
  }

  public AutoencoderKLConfig vae() {
    if (vae == null) {
      throw missing(Component.VAE);
    }
    return vae;
  }

  public ClipTextConfig text(Component component) {
    ClipTextConfig config = texts.get(component);
    if (config == null) {
      throw missing(component);
    }
    return config;
  }

  /**
   * What the network predicts, by diffusers' names: what the user or the file says, else the
   * family's custom.
   */
  public String prediction() {
    return predicted.kind();
  }

  /** Whether the network reads a mask and a masked picture beside the latents. */
  public boolean inpainting() {
    return predicted.inpainting();
  }

  /** Whether it is an upscaler, which reads a small picture and its noise level. */
  public boolean upscales() {
    return Family.upscales(file);
  }

  /**
   * The configuration of an upscaler's second scheduler that the file itself tells; null where it
   * tells none.
   */
  public @Nullable JsonNode lowResScheduler() {
    return told.lowResScheduler();
  }

  /** The folder's {@code model_index.json} that the file itself tells; null where it tells none. */
  public @Nullable JsonNode index() {
    return told.index();
  }

  /** The scheduler's configuration that the file itself tells; null where it tells none. */
  public @Nullable JsonNode scheduler() {
    return told.scheduler();
  }

  /** Whether the noise schedule ends in pure noise, which files say by a key {@code ztsnr}. */
  public boolean zeroTerminalSnr() {
    return file.names().contains("ztsnr");
  }

  /** One sentence for the user: what the file was detected as. */
  public String sentence() {
    Set<Component> held = parts.keySet();
    StringBuilder s = new StringBuilder(origin + " was detected as " + family.title());
    s.append(inpainting() ? " (inpainting)" : upscales() ? " (upscaler)" : "");
    s.append(" with ").append(String.join(", ", held.stream().map(Component::folder).toList()));
    s.append(", ").append(predicted.clause());
    if (!strays.isEmpty()) {
      s.append("; ").append(strays.size()).append(" keys are of none of these: ");
      s.append(String.join(", ", strays.subList(0, Math.min(5, strays.size()))));
      s.append(strays.size() > 5 ? ", ..." : "");
    }
    return s.toString();
  }
}
