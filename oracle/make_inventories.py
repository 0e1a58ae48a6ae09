"""Key inventories of the real SD1.5, SD2.1, SDXL and x4 upscaler single files: name, type, shape, one a line.

    python oracle/make_inventories.py models/src/test/resources/inventories

The keys follow from the original configurations (v1-inference, v2-inference-v, sd_xl_base, x4-upscaling), whose
module lists are built here; no weights are needed. They are checked twice: parameter counts against
the published ones, and names and shapes against what diffusers' own converter makes of them.
"""

import gzip
import sys
from pathlib import Path

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from diffusers.loaders import single_file_utils as theirs

torch.set_num_threads(1)


def conv(keys, name, i, o, k=3, bias=True):
    keys[name + ".weight"] = (o, i, k, k)
    if bias:
        keys[name + ".bias"] = (o,)


def linear(keys, name, i, o, bias=True):
    keys[name + ".weight"] = (o, i)
    if bias:
        keys[name + ".bias"] = (o,)


def norm(keys, name, c):
    keys[name + ".weight"] = keys[name + ".bias"] = (c,)


def resnet(keys, name, i, o, emb):
    norm(keys, name + ".in_layers.0", i)
    conv(keys, name + ".in_layers.2", i, o)
    linear(keys, name + ".emb_layers.1", emb, o)
    norm(keys, name + ".out_layers.0", o)
    conv(keys, name + ".out_layers.3", o, o)
    if i != o:
        conv(keys, name + ".skip_connection", i, o, 1)


def transformer(keys, name, c, depth, context, flat, text_only=False):
    norm(keys, name + ".norm", c)
    for p in ("proj_in", "proj_out"):
        (linear(keys, f"{name}.{p}", c, c) if flat else conv(keys, f"{name}.{p}", c, c, 1))
    for d in range(depth):
        block = f"{name}.transformer_blocks.{d}"
        for attn, width in (("attn1", context if text_only else c), ("attn2", context)):
            linear(keys, f"{block}.{attn}.to_q", c, c, False)
            linear(keys, f"{block}.{attn}.to_k", width, c, False)
            linear(keys, f"{block}.{attn}.to_v", width, c, False)
            linear(keys, f"{block}.{attn}.to_out.0", c, c)
        linear(keys, f"{block}.ff.net.0.proj", c, 8 * c)
        linear(keys, f"{block}.ff.net.2", 4 * c, c)
        for n in ("norm1", "norm2", "norm3"):
            norm(keys, f"{block}.{n}", c)


def unet(width, mult, depths, context, flat, adm=0, mid_depth=1, channels=4, classes=0, text_only=(False,) * 4):
    """openaimodel.UNetModel with two resnets a level."""
    keys, emb = {}, 4 * width
    linear(keys, "time_embed.0", width, emb)
    linear(keys, "time_embed.2", emb, emb)
    if adm:
        linear(keys, "label_emb.0.0", adm, emb)
        linear(keys, "label_emb.0.2", emb, emb)
    if classes:
        keys["label_emb.weight"] = (classes, emb)
    conv(keys, "input_blocks.0.0", channels, width)
    stack, c, i = [width], width, 1
    for level, m in enumerate(mult):
        for _ in range(2):
            resnet(keys, f"input_blocks.{i}.0", c, m * width, emb)
            c = m * width
            if depths[level]:
                transformer(keys, f"input_blocks.{i}.1", c, depths[level], context, flat, text_only[level])
            stack.append(c)
            i += 1
        if level < len(mult) - 1:
            conv(keys, f"input_blocks.{i}.0.op", c, c)
            stack.append(c)
            i += 1
    resnet(keys, "middle_block.0", c, c, emb)
    transformer(keys, "middle_block.1", c, mid_depth, context, flat)
    resnet(keys, "middle_block.2", c, c, emb)
    i = 0
    for level, m in reversed(list(enumerate(mult))):
        for layer in range(3):
            resnet(keys, f"output_blocks.{i}.0", c + stack.pop(), m * width, emb)
            c, sub = m * width, 1
            if depths[level]:
                transformer(keys, f"output_blocks.{i}.1", c, depths[level], context, flat, text_only[level])
                sub = 2
            if level and layer == 2:
                conv(keys, f"output_blocks.{i}.{sub}.conv", c, c)
            i += 1
    norm(keys, "out.0", c)
    conv(keys, "out.2", c, 4)
    return {"model.diffusion_model." + k: v for k, v in keys.items()}


def vae_resnet(keys, name, i, o):
    norm(keys, name + ".norm1", i)
    conv(keys, name + ".conv1", i, o)
    norm(keys, name + ".norm2", o)
    conv(keys, name + ".conv2", o, o)
    if i != o:
        conv(keys, name + ".nin_shortcut", i, o, 1)


def vae_middle(keys, name, c):
    vae_resnet(keys, name + ".block_1", c, c)
    norm(keys, name + ".attn_1.norm", c)
    for p in ("q", "k", "v", "proj_out"):
        conv(keys, f"{name}.attn_1.{p}", c, c, 1)
    vae_resnet(keys, name + ".block_2", c, c)


def vae(width=128, mult=(1, 2, 4, 4)):
    keys = {}
    conv(keys, "encoder.conv_in", 3, width)
    c = width
    for level, m in enumerate(mult):
        for block in range(2):
            vae_resnet(keys, f"encoder.down.{level}.block.{block}", c, m * width)
            c = m * width
        if level < len(mult) - 1:
            conv(keys, f"encoder.down.{level}.downsample.conv", c, c)
    vae_middle(keys, "encoder.mid", c)
    norm(keys, "encoder.norm_out", c)
    conv(keys, "encoder.conv_out", c, 8)
    conv(keys, "quant_conv", 8, 8, 1)
    conv(keys, "post_quant_conv", 4, 4, 1)
    conv(keys, "decoder.conv_in", 4, c)
    vae_middle(keys, "decoder.mid", c)
    for level, m in reversed(list(enumerate(mult))):
        for block in range(3):
            vae_resnet(keys, f"decoder.up.{level}.block.{block}", c, m * width)
            c = m * width
        if level:
            conv(keys, f"decoder.up.{level}.upsample.conv", c, c)
    norm(keys, "decoder.norm_out", c)
    conv(keys, "decoder.conv_out", c, 3)
    return {"first_stage_model." + k: v for k, v in keys.items()}


def clip(prefix, width=768, layers=12):
    keys = {"embeddings.token_embedding.weight": (49408, width), "embeddings.position_embedding.weight": (77, width)}
    for i in range(layers):
        layer = f"encoder.layers.{i}"
        for p in ("k_proj", "v_proj", "q_proj", "out_proj"):
            linear(keys, f"{layer}.self_attn.{p}", width, width)
        norm(keys, layer + ".layer_norm1", width)
        linear(keys, layer + ".mlp.fc1", width, 4 * width)
        linear(keys, layer + ".mlp.fc2", 4 * width, width)
        norm(keys, layer + ".layer_norm2", width)
    norm(keys, "final_layer_norm", width)
    return {f"{prefix}text_model.{k}": v for k, v in keys.items()}


def open_clip(prefix, width, layers):
    keys = {"positional_embedding": (77, width), "text_projection": (width, width), "logit_scale": (),
            "token_embedding.weight": (49408, width)}
    for i in range(layers):
        block = f"transformer.resblocks.{i}"
        norm(keys, block + ".ln_1", width)
        keys[block + ".attn.in_proj_weight"] = (3 * width, width)
        keys[block + ".attn.in_proj_bias"] = (3 * width,)
        linear(keys, block + ".attn.out_proj", width, width)
        norm(keys, block + ".ln_2", width)
        linear(keys, block + ".mlp.c_fc", width, 4 * width)
        linear(keys, block + ".mlp.c_proj", 4 * width, width)
    norm(keys, "ln_final", width)
    return {prefix + k: v for k, v in keys.items()}


def buffers():
    names = ("betas alphas_cumprod alphas_cumprod_prev sqrt_alphas_cumprod sqrt_one_minus_alphas_cumprod "
             "log_one_minus_alphas_cumprod sqrt_recip_alphas_cumprod sqrt_recipm1_alphas_cumprod "
             "posterior_variance posterior_log_variance_clipped posterior_mean_coef1 posterior_mean_coef2")
    return {n: (1000,) for n in names.split()} | {"model_ema.decay": (), "model_ema.num_updates": ()}


def count(keys):
    return sum(torch.Size(s).numel() for s in keys.values())


def check(keys, expected, what):
    assert count(keys) == expected, f"{what}: {count(keys)} parameters, not {expected}"


def same(ours, model, what):
    """What diffusers' converter makes of the keys is the state of diffusers' model."""
    state = {k: tuple(v.shape) for k, v in model.state_dict().items()}
    made = {k: tuple(v.shape) for k, v in ours.items()}
    made = {k: v[:2] if len(v) == 4 and "mid_block.attentions" in k and what == "vae" else v for k, v in made.items()}
    assert made == state, f"{what}: {set(made) ^ set(state)}"


def meta(keys):
    with torch.device("meta"):
        return {k: torch.empty(s) for k, s in keys.items()}


def check_with_diffusers(unet_keys, vae_keys, config, levels=(128, 256, 512, 512)):
    with torch.device("meta"):
        net, auto = UNet2DConditionModel(**config), AutoencoderKL(
            block_out_channels=levels, layers_per_block=2, down_block_types=["DownEncoderBlock2D"] * len(levels),
            up_block_types=["UpDecoderBlock2D"] * len(levels))
    full = {"layers_per_block": 2, "class_embed_type": None, "addition_embed_type": None} | config
    same(theirs.convert_ldm_unet_checkpoint(meta(unet_keys), full), net, "unet")
    same(theirs.convert_ldm_vae_checkpoint(meta(vae_keys), dict(auto.config)), auto, "vae")


def write(file, keys, dtype, integers):
    lines = [f"{k} {'I64' if k in integers else dtype} {'x'.join(map(str, s))}\n" for k, s in sorted(keys.items())]
    file.write_bytes(gzip.compress("".join(lines).encode(), 9, mtime=0))
    print(f"{file.name}: {len(lines)} tensors, {file.stat().st_size} bytes")


def main(out):
    out.mkdir(parents=True, exist_ok=True)
    sd1, sd2 = unet(320, (1, 2, 4, 4), (1, 1, 1, 0), 768, False), unet(320, (1, 2, 4, 4), (1, 1, 1, 0), 1024, True)
    xl = unet(320, (1, 2, 4), (0, 2, 10), 2048, True, 2816, 10)
    clip_l, clip_xl = clip("cond_stage_model.transformer."), clip("conditioner.embedders.0.transformer.")
    h = open_clip("cond_stage_model.model.", 1024, 24)
    g = open_clip("conditioner.embedders.1.model.", 1280, 32)
    check(sd1, 859_520_964, "SD1.5 U-Net")
    check(sd2, 865_910_724, "SD2.1 U-Net")
    check(xl, 2_567_463_684, "SDXL U-Net")
    check(vae(), 83_653_863, "VAE")
    check(clip_l, 123_060_480, "CLIP-L")
    check({k: v for k, v in g.items() if "logit_scale" not in k}, 694_659_840, "OpenCLIP bigG")
    check(h, 354_032_641, "OpenCLIP H")
    cross = dict(down_block_types=["CrossAttnDownBlock2D"] * 3 + ["DownBlock2D"],
                 up_block_types=["UpBlock2D"] + ["CrossAttnUpBlock2D"] * 3)
    check_with_diffusers(sd1, vae(), dict(cross_attention_dim=768, attention_head_dim=8, **cross))
    check_with_diffusers(sd2, vae(), dict(
        cross_attention_dim=1024, attention_head_dim=[5, 10, 20, 20], use_linear_projection=True, **cross))
    check_with_diffusers(xl, vae(), dict(
        block_out_channels=(320, 640, 1280), cross_attention_dim=2048, attention_head_dim=[5, 10, 20],
        transformer_layers_per_block=[1, 2, 10], use_linear_projection=True, addition_embed_type="text_time",
        addition_time_embed_dim=256, projection_class_embeddings_input_dim=2816,
        down_block_types=["DownBlock2D"] + ["CrossAttnDownBlock2D"] * 2,
        up_block_types=["CrossAttnUpBlock2D"] * 2 + ["UpBlock2D"]))
    only = (True, True, True, False)
    x4 = unet(256, (1, 2, 2, 4), (0, 1, 1, 1), 1024, True, channels=7, classes=1000, text_only=only)
    x4_vae = vae(mult=(1, 2, 4))
    check_with_diffusers(x4, x4_vae, dict(
        in_channels=7, block_out_channels=(256, 512, 512, 1024), cross_attention_dim=1024, attention_head_dim=8,
        use_linear_projection=True, only_cross_attention=list(only), num_class_embeds=1000,
        down_block_types=["DownBlock2D"] + ["CrossAttnDownBlock2D"] * 3,
        up_block_types=["CrossAttnUpBlock2D"] * 3 + ["UpBlock2D"]), (128, 256, 512))
    low = {f"low_scale_model.{k}": v for k, v in buffers().items() if "ema" not in k}
    ids = {"cond_stage_model.transformer.text_model.embeddings.position_ids": (1, 77)}
    ids_xl = {"conditioner.embedders.0.transformer.text_model.embeddings.position_ids": (1, 77)}
    write(out / "sd15.txt.gz", sd1 | vae() | clip_l | ids | buffers(), "F32", ids)
    write(out / "sd21.txt.gz", sd2 | vae() | h | buffers(), "F32", {})
    write(out / "x4.txt.gz", x4 | x4_vae | h | buffers() | low, "F32", {})
    print("x4:", count(x4), "parameters in the U-Net,", count(x4_vae), "in the autoencoder")
    assert len(xl | vae() | clip_xl | ids_xl | g) == 2515, "the published file has 2515 tensors"
    write(out / "sdxl.txt.gz", xl | vae() | clip_xl | ids_xl | g, "F16", ids_xl)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
