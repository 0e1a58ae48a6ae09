package io.github.tcd4j.models.controlnet;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tcd4j.models.config.ConfigException;
import io.github.tcd4j.models.config.ConfigFields;
import io.github.tcd4j.models.unet.UNet2DConditionConfig;
import java.nio.file.Path;
import java.util.List;

/**
 * The shape of a {@link ControlNetModel}; names and defaults are those of diffusers' {@code
 * config.json}.
 *
 * @param encoder the encoder half, as that of a U-Net; its up blocks have no meaning
 * @param middleAttention whether the middle block attends to the text; else it is one resnet
 * @param conditioningChannels channels of the hint
 * @param embeddingChannels of the hint's embedding ({@code conditioning_embedding_out_channels})
 * @param bgr whether the hint's channels are blue, green, red inside the network
 * @param globalPool whether residuals are means over their feature maps
 */
public record ControlNetConfig(
    UNet2DConditionConfig encoder,
    boolean middleAttention,
    int conditioningChannels,
    List<Integer> embeddingChannels,
    boolean bgr,
    boolean globalPool) {
  /** Diffusers' default of {@code conditioning_embedding_out_channels}: 8 pixels to a latent. */
  public static final List<Integer> EMBEDDING = List.of(16, 32, 96, 256);

  private static final String CLASS = "ControlNetModel";
  private static final String CROSS_DOWN = "CrossAttnDownBlock2D";
  private static final String DOWN = "DownBlock2D";
  private static final String MID = "UNetMidBlock2DCrossAttn";
  private static final String PLAIN_MID = "UNetMidBlock2D";
  private static final String ORDER = "controlnet_conditioning_channel_order";
  private static final String EMBEDDING_KEY = "conditioning_embedding_out_channels";

  public ControlNetConfig {
    embeddingChannels = List.copyOf(embeddingChannels);
    if (conditioningChannels < 1) {
      throw new ConfigException(
          "conditioning_channels must be at least 1 but is " + conditioningChannels);
    }
    if (embeddingChannels.isEmpty() || embeddingChannels.stream().anyMatch(n -> n < 1)) {
      throw new ConfigException(
          EMBEDDING_KEY + " must be positive numbers, at least one, but is " + embeddingChannels);
    }
  }

  /** Pixels of the hint that one latent element stands for. */
  public int downscale() {
    return 1 << (embeddingChannels.size() - 1);
  }

  /**
   * Checks that residuals fit a U-Net, and the U-Net's text this network.
   *
   * @throws ConfigException if not, as a ControlNet of another base model
   */
  public void requireFits(UNet2DConditionConfig base) {
    requireSame("blocks", encoder.blockOutChannels(), base.blockOutChannels());
    requireSame("layers in them", encoder.layersPerBlock(), base.layersPerBlock());
    int n = base.crossAttentionDim().size();
    List<Integer> text = encoder.crossAttentionDim().subList(n - 1, n);
    if (attends()) {
      requireSame("text channels", text, base.crossAttentionDim().subList(n - 1, n));
    }
    if (encoder.textTime() && !base.textTime()) {
      throw new ConfigException(
          "the ControlNet is one of SDXL, which is conditioned on sizes, but the model is not; use"
              + " one that was trained for this model");
    }
    if (encoder.inChannels() > base.inChannels()) {
      throw new ConfigException(
          ("the ControlNet reads " + encoder.inChannels() + " channels but the model's U-Net ")
              + (base.inChannels() + "; use one that was trained for this model"));
    }
  }

  private boolean attends() {
    return middleAttention || encoder.downCrossAttention().contains(true);
  }

  static void requireSame(String what, List<Integer> own, List<Integer> base) {
    if (!own.equals(base)) {
      throw new ConfigException(
          ("the ControlNet has other " + what + " (" + text(own) + ") than the model's U-Net (")
              + (text(base) + "); use one that was trained for this model"));
    }
  }

  private static String text(List<Integer> numbers) {
    return String.join(", ", numbers.stream().map(String::valueOf).toList());
  }

  public static ControlNetConfig read(Path configJson) {
    return of(ConfigFields.read(configJson));
  }

  public static ControlNetConfig of(JsonNode config) {
    return of(new ConfigFields("ControlNet config", config));
  }

  private static ControlNetConfig of(ConfigFields f) {
    return of(f, CLASS, EMBEDDING);
  }

  /** The same of a network that has more besides, whose class is another. */
  static ControlNetConfig of(ConfigFields f, String type, List<Integer> usualEmbedding) {
    f.requireUnquantized();
    f.require("_class_name", type);
    f.require("mid_block_type", MID, PLAIN_MID);
    f.require(ORDER, "rgb", "bgr");
    ObjectNode unet = f.node().deepCopy();
    unet.put("_class_name", "UNet2DConditionModel");
    unet.put("mid_block_type", MID);
    if (!f.isNull("num_attention_heads") && f.has("num_attention_heads")) {
      unet.set("attention_head_dim", f.node().get("num_attention_heads"));
    }
    unet.remove(List.of("num_attention_heads", "encoder_hid_dim", "encoder_hid_dim_type"));
    ArrayNode up = unet.putArray("up_block_types");
    List<String> down = f.texts("down_block_types", CROSS_DOWN, CROSS_DOWN, CROSS_DOWN, DOWN);
    for (int i = down.size() - 1; i >= 0; i--) {
      up.add(down.get(i).equals(CROSS_DOWN) ? "CrossAttnUpBlock2D" : "UpBlock2D");
    }
    return new ControlNetConfig(
        UNet2DConditionConfig.of(f.origin(), unet),
        f.text("mid_block_type", MID).equals(MID),
        f.integer("conditioning_channels", 3),
        f.isNull(EMBEDDING_KEY)
            ? usualEmbedding
            : f.integers(EMBEDDING_KEY, usualEmbedding.toArray(Integer[]::new)),
        f.text(ORDER, "rgb").equals("bgr"),
        f.flag("global_pool_conditions", false));
  }

  /**
   * The same without attention, as the small ones of SDXL have it: its resnets alone, and one in
   * the middle block. It reads no text, and has about a third of the weights.
   */
  public ControlNetConfig withoutAttention() {
    ObjectNode o = json();
    ArrayNode down = o.putArray("down_block_types");
    encoder.blockOutChannels().forEach(n -> down.add(DOWN));
    o.put("mid_block_type", PLAIN_MID);
    return of(o);
  }

  /** A {@code config.json} that diffusers loads too. */
  public String toJson() {
    return json().toPrettyString() + "\n";
  }

  private ObjectNode json() {
    try {
      ObjectMapper mapper = new ObjectMapper();
      ObjectNode o = (ObjectNode) mapper.readTree(encoder.toJson());
      o.put("_class_name", CLASS);
      o.remove(
          List.of(
              "conv_in_kernel",
              "conv_out_kernel",
              "out_channels",
              "sample_size",
              "time_cond_proj_dim",
              "time_embedding_dim",
              "up_block_types"));
      o.put("layers_per_block", encoder.layersPerBlock().get(0));
      o.put("mid_block_type", middleAttention ? MID : PLAIN_MID);
      o.put("conditioning_channels", conditioningChannels);
      o.set(EMBEDDING_KEY, mapper.valueToTree(embeddingChannels));
      o.put(ORDER, bgr ? "bgr" : "rgb");
      o.put("global_pool_conditions", globalPool);
      return o;
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("our own configuration is valid JSON", e);
    }
  }
}
