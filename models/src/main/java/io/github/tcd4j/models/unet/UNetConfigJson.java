package io.github.tcd4j.models.unet;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tcd4j.models.config.ConfigException;
import io.github.tcd4j.models.config.ConfigFields;
import java.util.ArrayList;
import java.util.List;

/** {@link UNet2DConditionConfig} from and to diffusers' {@code config.json}. */
final class UNetConfigJson {
  private static final String CROSS_DOWN = "CrossAttnDownBlock2D";
  private static final String DOWN = "DownBlock2D";
  private static final String CROSS_UP = "CrossAttnUpBlock2D";
  private static final String UP = "UpBlock2D";
  private static final String MID = "UNetMidBlock2DCrossAttn";

  private UNetConfigJson() {}

  static UNet2DConditionConfig parse(ConfigFields f) {
    refuseUnsupported(f);
    List<Integer> channels = f.integers("block_out_channels", 320, 640, 1280, 1280);
    int n = channels.size();
    UNetTimeConfig time =
        new UNetTimeConfig(
            f.flag("flip_sin_to_cos", true),
            f.number("freq_shift", 0),
            f.optionalInteger("time_embedding_dim"),
            f.optionalInteger("time_cond_proj_dim"),
            f.has("addition_embed_type") && !f.isNull("addition_embed_type"),
            f.optionalInteger("addition_time_embed_dim"),
            f.optionalInteger("projection_class_embeddings_input_dim"),
            f.optionalInteger("num_class_embeds"));
    UNetBlocksConfig blocks =
        new UNetBlocksConfig(
            types(
                f, "down_block_types", CROSS_DOWN, DOWN, CROSS_DOWN, CROSS_DOWN, CROSS_DOWN, DOWN),
            types(f, "up_block_types", CROSS_UP, UP, UP, CROSS_UP, CROSS_UP, CROSS_UP),
            !f.isNull("mid_block_type"),
            channels,
            f.integerOrList("layers_per_block", n, 2),
            f.integerOrList("transformer_layers_per_block", n, 1),
            f.integerOrList("attention_head_dim", n, 8),
            f.integerOrList("cross_attention_dim", n, 1280),
            f.flagOrList("only_cross_attention", n, false));
    return new UNet2DConditionConfig(
        sampleSize(f),
        f.integer("in_channels", 4),
        f.integer("out_channels", 4),
        time,
        blocks,
        f.flag("use_linear_projection", false),
        f.flag("upcast_attention", false),
        f.integer("downsample_padding", 1),
        f.number("mid_block_scale_factor", 1),
        f.integer("norm_num_groups", 32),
        f.number("norm_eps", 1e-5),
        f.integer("conv_in_kernel", 3),
        f.integer("conv_out_kernel", 3));
  }

  private static void refuseUnsupported(ConfigFields f) {
    f.requireUnquantized();
    f.require("_class_name", "UNet2DConditionModel");
    f.require("num_attention_heads"); // diffusers refuses it as well and reads attention_head_dim
    f.require("mid_block_type", MID);
    f.require("act_fn", "silu", "swish");
    f.require("addition_embed_type", "text_time");
    f.require("attention_type", "default");
    f.require("center_input_sample", false);
    f.require("class_embed_type");
    f.require("class_embeddings_concat", false);
    f.require("cross_attention_norm");
    f.require("dropout", 0);
    f.require("dual_cross_attention", false);
    f.require("encoder_hid_dim");
    f.require("encoder_hid_dim_type");
    f.require("resnet_out_scale_factor", 1);
    f.require("resnet_skip_time_act", false);
    f.require("resnet_time_scale_shift", "default");
    f.require("reverse_transformer_layers_per_block");
    f.require("time_embedding_act_fn");
    f.require("time_embedding_type", "positional");
    f.require("timestep_post_act");
  }

  private static int sampleSize(ConfigFields f) {
    return f.node().path("sample_size").isArray()
        ? f.node().get("sample_size").path(0).asInt()
        : f.optionalInteger("sample_size");
  }

  private static List<Boolean> types(
      ConfigFields f, String key, String cross, String plain, String... absent) {
    List<Boolean> result = new ArrayList<>();
    for (String type : f.texts(key, absent)) {
      if (!type.equals(cross) && !type.equals(plain)) {
        throw new ConfigException(
            f.origin()
                + ": "
                + key
                + " must be of "
                + cross
                + " and "
                + plain
                + " but has "
                + type);
      }
      result.add(type.equals(cross));
    }
    return result;
  }

  static String write(UNet2DConditionConfig c) {
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode o = mapper.createObjectNode();
    o.put("_class_name", "UNet2DConditionModel");
    o.put("_diffusers_version", "0.42.1");
    o.put("act_fn", "silu");
    if (c.textTime()) {
      o.put("addition_embed_type", "text_time");
      o.put("addition_time_embed_dim", c.additionTimeEmbedDim());
    }
    o.set("attention_head_dim", oneOrList(mapper, c.heads()));
    o.set("block_out_channels", mapper.valueToTree(c.blockOutChannels()));
    o.put("conv_in_kernel", c.convInKernel());
    o.put("conv_out_kernel", c.convOutKernel());
    o.set("cross_attention_dim", oneOrList(mapper, c.crossAttentionDim()));
    o.set("down_block_types", names(mapper, c.downCrossAttention(), CROSS_DOWN, DOWN));
    o.put("downsample_padding", c.downsamplePadding());
    o.put("flip_sin_to_cos", c.flipSinToCos());
    if (c.freqShift() == Math.rint(c.freqShift())) {
      o.put("freq_shift", (int) c.freqShift());
    } else {
      o.put("freq_shift", c.freqShift());
    }
    o.put("in_channels", c.inChannels());
    o.set("layers_per_block", oneOrList(mapper, c.layersPerBlock()));
    o.put("mid_block_scale_factor", c.midBlockScaleFactor());
    o.put("mid_block_type", c.midBlock() ? MID : null);
    o.put("norm_eps", c.normEps());
    o.put("norm_num_groups", c.normNumGroups());
    o.put("out_channels", c.outChannels());
    putOptional(o, "num_class_embeds", c.numClassEmbeds());
    if (c.onlyCrossAttention().contains(true)) {
      o.set("only_cross_attention", mapper.valueToTree(c.onlyCrossAttention()));
    }
    putOptional(o, "projection_class_embeddings_input_dim", c.projectionClassEmbeddingsInputDim());
    putOptional(o, "sample_size", c.sampleSize());
    putOptional(o, "time_cond_proj_dim", c.timeCondProjDim());
    putOptional(o, "time_embedding_dim", c.timeEmbeddingDim());
    o.set("transformer_layers_per_block", oneOrList(mapper, c.transformerLayersPerBlock()));
    o.set("up_block_types", names(mapper, c.upCrossAttention(), CROSS_UP, UP));
    o.put("upcast_attention", c.upcastAttention());
    o.put("use_linear_projection", c.useLinearProjection());
    return o.toPrettyString() + "\n";
  }

  private static JsonNode oneOrList(ObjectMapper mapper, List<Integer> values) {
    boolean one = values.stream().distinct().count() == 1;
    return mapper.valueToTree(one ? values.get(0) : values);
  }

  private static JsonNode names(ObjectMapper mapper, List<Boolean> cross, String yes, String no) {
    return mapper.valueToTree(cross.stream().map(b -> b ? yes : no).toList());
  }

  private static void putOptional(ObjectNode o, String key, int value) {
    if (value != 0) {
      o.put(key, value);
    }
  }
}
