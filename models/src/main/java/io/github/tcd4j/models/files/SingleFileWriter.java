package io.github.tcd4j.models.files;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tcd4j.models.clip.Activation;
import io.github.tcd4j.models.clip.ClipTextConfig;
import io.github.tcd4j.models.config.ConfigException;
import io.github.tcd4j.models.unet.UNet2DConditionConfig;
import io.github.tcd4j.models.vae.AutoencoderKLConfig;
import io.github.tcd4j.tensor.Scope;
import io.github.tcd4j.tensor.Tensor;
import io.github.tcd4j.tensor.file.SafeTensorsWriter;
import io.github.tcd4j.tensor.file.TensorFile;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Writes the networks of a model as one safetensors file with ldm's or sgm's key names. The
 * configurations go into the header, so that {@link SingleFile} gives back what was put in.
 */
public final class SingleFileWriter {
  private static final String[][] OLD_ATTENTION = {
    {".query.", ".to_q."}, {".key.", ".to_k."}, {".value.", ".to_v."}, {".proj_attn.", ".to_out.0."}
  };

  private final Map<String, Tensor> tensors = new TreeMap<>();
  private final Map<String, String> header = new TreeMap<>(Map.of("format", "pt"));
  private final boolean xl;

  /**
   * @param xl whether it is an SDXL model
   */
  public SingleFileWriter(boolean xl) {
    this.xl = xl;
  }

  /** Adds a U-Net with its weights under diffusers' names, and what their header says of it. */
  public void unet(UNet2DConditionConfig config, TensorFile weights) {
    KeyMapping table = UNetKeys.of(config);
    for (String name : weights.names()) {
      put(Family.UNET, table.theirs(name), name, weights.get(name));
    }
    header.putAll(EmbeddedConfigs.notes(weights.metadata()));
  }

  public void vae(AutoencoderKLConfig config, TensorFile weights) {
    KeyMapping table = VaeKeys.of(config);
    for (String name : weights.names()) {
      String ours = name;
      for (String[] pair : OLD_ATTENTION) {
        ours = ours.replace(pair[0], pair[1]);
      }
      Tensor t = weights.get(name);
      boolean flat = t.dim() == 2 && ours.contains(".mid_block.attentions.");
      put(Family.VAE, table.theirs(ours), name, flat ? t.reshape(t.size(0), t.size(1), 1, 1) : t);
    }
  }

  /** Adds a text encoder: in transformers' names OpenAI's, in OpenCLIP's the others. */
  public void text(Component component, ClipTextConfig config, TensorFile weights) {
    boolean second = component == Component.TEXT_ENCODER_2;
    Map<String, Tensor> named = new LinkedHashMap<>();
    for (String name : weights.names()) {
      boolean bare = name.startsWith("embeddings.") || name.startsWith("encoder.");
      boolean norm = name.startsWith("final_layer_norm.");
      if (!name.endsWith("position_ids")) {
        named.put(bare || norm ? "text_model." + name : name, weights.get(name));
      }
    }
    if (!second && (xl || config.hiddenAct() == Activation.QUICK_GELU)) {
      String prefix = xl ? Family.CLIP_XL : Family.CLIP;
      named.forEach((name, t) -> put(prefix, name, name, t));
    } else {
      openClip(second ? Family.OPEN_CLIP_XL : Family.OPEN_CLIP, config, named);
    }
  }

  private void openClip(String prefix, ClipTextConfig config, Map<String, Tensor> named) {
    KeyMapping table = OpenClipKeys.of(config.numHiddenLayers());
    named.forEach(
        (name, t) -> {
          int q = name.indexOf(".self_attn.q_proj.");
          if (q >= 0) {
            String fused = OpenClipKeys.FUSED + name.substring(q + ".self_attn.q_proj.".length());
            String layer = table.theirs(name.substring(0, q) + ".layer_norm1");
            Tensor all = Tensor.cat(0, t, part(named, name, "k_proj"), part(named, name, "v_proj"));
            String theirs =
                layer == null ? null : layer.substring(0, layer.lastIndexOf('.') + 1) + fused;
            put(prefix, theirs, name, all);
          } else if (!name.contains(".self_attn.k_proj.") && !name.contains(".self_attn.v_proj.")) {
            boolean transposed = name.equals("text_projection.weight");
            put(prefix, table.theirs(name), name, transposed ? t.transpose(0, 1) : t);
          }
        });
  }

  private static Tensor part(Map<String, Tensor> named, String query, String other) {
    Tensor t = named.get(query.replace("q_proj", other));
    if (t == null) {
      throw new ConfigException("the text encoder has " + query + " but no " + other);
    }
    return t;
  }

  private void put(String prefix, @Nullable String theirs, String name, Tensor t) {
    if (theirs == null) {
      throw new ConfigException(
          name + " has no place in a single file; only SD1, SD2 and SDXL have such a layout");
    }
    tensors.put(prefix + theirs, t);
  }

  /**
   * Writes what was added.
   *
   * @param configs the configurations by folder, {@code scheduler} among them, and {@code
   *     model_index}
   */
  public void write(Path file, ObjectNode configs) {
    header.put(EmbeddedConfigs.ENTRY, configs.toString());
    try (Scope scope = Scope.inference()) {
      SafeTensorsWriter.write(file, tensors, header);
    }
  }
}
