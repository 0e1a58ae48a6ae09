"""Makes the fixtures of the ControlNet, T2I-Adapter and U-Net residual tests (models/src/test/resources/control).

Run from the repository root with the packages of oracle/requirements.txt:

    python oracle/make_control_fixtures.py

Weights, inputs and files are made as by make_unet_vae_fixtures.py; zero convolutions are random too. For each
ControlNet the residuals are stored plain and in guess mode, of scale 0.7; for `sd1` also the keys under ldm's names,
which diffusers' own conversion is asked to confirm.
"""

import json
import re

import torch
from diffusers import ControlNetModel, ControlNetUnionModel, UNet2DConditionModel
from diffusers.loaders.single_file_utils import convert_controlnet_checkpoint
from safetensors.torch import save_file

from make_unet_vae_fixtures import CROSS_DOWN, CROSS_UP, DOWN, RESOURCES, UP, loss, normal, randomise, write

SCALE = 0.7

# name -> (configuration, size of x (B, H, W), number of text tokens, network times)
CONTROLNETS = {
    "sd1": (
        dict(down_block_types=[CROSS_DOWN, DOWN], block_out_channels=[8, 12], layers_per_block=2,
             attention_head_dim=2, cross_attention_dim=10, norm_num_groups=4,
             conditioning_embedding_out_channels=[4, 4, 6, 8]),
        (2, 6, 4), 5, [981, 17]),
    "sdxl": (
        dict(down_block_types=[DOWN, CROSS_DOWN, CROSS_DOWN], block_out_channels=[8, 12, 16], layers_per_block=2,
             attention_head_dim=[2, 3, 4], cross_attention_dim=10, norm_num_groups=4, use_linear_projection=True,
             transformer_layers_per_block=[1, 1, 2], addition_embed_type="text_time", addition_time_embed_dim=6,
             projection_class_embeddings_input_dim=6 * 6 + 7, conditioning_embedding_out_channels=[4, 6]),
        (2, 8, 4), 6, [500, 1]),
    "pooled-bgr-heads": (
        dict(down_block_types=[CROSS_DOWN, CROSS_DOWN], block_out_channels=[8, 16], layers_per_block=1,
             attention_head_dim=8, num_attention_heads=[2, 4], cross_attention_dim=6, norm_num_groups=4,
             global_pool_conditions=True, controlnet_conditioning_channel_order="bgr",
             conditioning_embedding_out_channels=[4, 6]),
        (1, 6, 8), 3, [700]),
    "small": (
        dict(down_block_types=[DOWN, DOWN], block_out_channels=[8, 16], layers_per_block=1,
             mid_block_type="UNetMidBlock2D", attention_head_dim=4, cross_attention_dim=6, norm_num_groups=4,
             conditioning_embedding_out_channels=[4, 6]),
        (1, 4, 6), 3, [99]),
    "no-blocks-in-transformers": (
        dict(down_block_types=[DOWN, CROSS_DOWN, CROSS_DOWN], block_out_channels=[8, 8, 16], layers_per_block=1,
             transformer_layers_per_block=[0, 0, 1], attention_head_dim=4, cross_attention_dim=6, norm_num_groups=4,
             use_linear_projection=True, conditioning_embedding_out_channels=[4, 6]),
        (1, 4, 8), 3, [42]),
}


def controlnet(case, name, config, size, tokens, times):
    model = randomise(ControlNetModel(**config), case)
    b, h, w = size
    c = model.config
    factor = 2 ** (len(c.conditioning_embedding_out_channels) - 1)
    x = normal(1, b, 4, h, w)
    text = normal(2, b, tokens, c.cross_attention_dim)
    t = torch.tensor(times)
    hint = normal(4, b, 3, factor * h, factor * w).sigmoid()
    tensors = {"x": x, "t": t, "tokens": text, "hint": hint}
    more = {}
    if c.addition_embed_type == "text_time":
        pooled = normal(3, b, c.projection_class_embeddings_input_dim - 6 * c.addition_time_embed_dim)
        ids = torch.tensor([[64.0 + r, 48, 0, 8 * r, 64, 64] for r in range(b)])
        tensors.update(pooled=pooled, time_ids=ids)
        more["added_cond_kwargs"] = {"text_embeds": pooled.double(), "time_ids": ids}
    outputs = []
    for mode in ("plain", "guess"):
        skips, mid = model(x.double(), t, text.double(), hint.double(), conditioning_scale=SCALE,
                           guess_mode=mode == "guess", return_dict=False, **more)
        outputs += [*skips, mid]
        tensors |= {f"{mode}.{i}": s for i, s in enumerate([*skips, mid])}
    loss(case, *outputs).backward()
    write("control", name, model, case, tensors)
    if name == "sd1":
        ldm_names(model, c)


def ldm_names(model, config):
    """The same keys as the authors of ControlNet store them, by a table of our own."""
    blocks = config.block_out_channels
    table = {"conv_in": "input_blocks.0.0", "time_embedding.linear_1": "time_embed.0",
             "time_embedding.linear_2": "time_embed.2", "mid_block.resnets.0": "middle_block.0",
             "mid_block.attentions.0": "middle_block.1", "mid_block.resnets.1": "middle_block.2",
             "controlnet_mid_block": "middle_block_out.0", "controlnet_cond_embedding.conv_in": "input_hint_block.0"}
    entry = 1
    for b in range(len(blocks)):
        for layer in range(config.layers_per_block):
            table[f"down_blocks.{b}.resnets.{layer}"] = f"input_blocks.{entry}.0"
            table[f"down_blocks.{b}.attentions.{layer}"] = f"input_blocks.{entry}.1"
            entry += 1
        table[f"down_blocks.{b}.downsamplers.0.conv"] = f"input_blocks.{entry}.0.op"
        entry += 1
    for i in range(entry - 1):
        table[f"controlnet_down_blocks.{i}"] = f"zero_convs.{i}.0"
    layers = 2 * len(config.conditioning_embedding_out_channels) - 2
    for i in range(layers):
        table[f"controlnet_cond_embedding.blocks.{i}"] = f"input_hint_block.{2 * i + 2}"
    table["controlnet_cond_embedding.conv_out"] = f"input_hint_block.{2 * layers + 2}"
    resnet = {"norm1": "in_layers.0", "conv1": "in_layers.2", "time_emb_proj": "emb_layers.1", "norm2": "out_layers.0",
              "conv2": "out_layers.3", "conv_shortcut": "skip_connection"}
    names = {}
    for ours in model.state_dict():
        prefix = max((p for p in table if ours.startswith(p + ".")), key=len)
        rest = ours[len(prefix) + 1:]
        if ".resnets." in ours:
            part, kind = rest.split(".")
            rest = resnet[part] + "." + kind
        names[ours] = "control_model." + table[prefix] + "." + rest
    state = model.state_dict()
    back = convert_controlnet_checkpoint({theirs: state[ours] for ours, theirs in names.items()}, dict(config))
    assert back.keys() == state.keys() and all(torch.equal(back[k], state[k]) for k in back)
    (RESOURCES / "control" / "sd1-ldm.json").write_text(json.dumps(names, indent=0) + "\n")


UNION = dict(CONTROLNETS["sdxl"][0], conditioning_embedding_out_channels=[4, 6, 8], num_control_type=8, num_trans_channel=8,
             num_trans_head=2, num_trans_layer=2, num_proj_channel=8)


def union(case):
    """One hint and three of other weights, plain and in guess mode; the rows have the same hints."""
    model = randomise(ControlNetUnionModel(**UNION), case)
    b, h, w = 2, 8, 4
    x, text, t = normal(1, b, 4, h, w), normal(2, b, 6, 10), torch.tensor([500, 1])
    pooled = normal(3, b, 7)
    ids = torch.tensor([[64.0 + r, 48, 0, 8 * r, 64, 64] for r in range(b)])
    hints = [normal(4 + i, 1, 3, 4 * h, 4 * w).sigmoid() for i in range(3)]
    tensors = {"x": x, "t": t, "tokens": text, "pooled": pooled, "time_ids": ids}
    tensors |= {f"hint.{i}": v for i, v in enumerate(hints)}
    for name, kinds, scales in (("one", [3], [0.7]), ("three", [6, 1, 3], [0.7, 0.0, 1.3])):
        flags = torch.zeros(b, 8, dtype=torch.double)
        flags[:, kinds] = 1
        for mode in ("plain", "guess"):
            skips, mid = model(x.double(), t, text.double(), [v.double().repeat(b, 1, 1, 1) for v in hints[:len(kinds)]], flags, kinds,
                               list(scales), added_cond_kwargs={"text_embeds": pooled.double(), "time_ids": ids},
                               guess_mode=mode == "guess", return_dict=False)
            tensors |= {f"{name}.{mode}.{i}": s for i, s in enumerate([*skips, mid])}
    loss(case, *skips, mid).backward()
    write("control", "union", model, case, tensors)


UNET = dict(down_block_types=[DOWN, CROSS_DOWN, CROSS_DOWN, DOWN], up_block_types=[UP, CROSS_UP, CROSS_UP, UP],
            block_out_channels=[4, 8, 12, 12], layers_per_block=2, attention_head_dim=2, cross_attention_dim=6,
            norm_num_groups=2, sample_size=8)


def residuals(case):
    """A U-Net to whose features others add: at the skip connections, in the blocks, both."""
    model = randomise(UNet2DConditionModel(**UNET), case)
    x, text, t = normal(1, 2, 4, 16, 8), normal(2, 2, 3, 6), torch.tensor([800, 3])
    tensors = {"x": x, "t": t, "tokens": text}
    with torch.no_grad():
        shapes = []
        hooks = [m.register_forward_hook(lambda m, a, out: shapes.extend(
            s.shape for s in (out[1] if isinstance(out, tuple) else [out]))) for m in [model.conv_in, *model.down_blocks]]
        hooks.append(model.mid_block.register_forward_hook(lambda m, a, out: shapes.append(out.shape)))
        model(x.double(), t, text.double())
        for hook in hooks:
            hook.remove()
    skips = [normal(20 + i, *s) for i, s in enumerate(shapes[:-1])]
    mid = normal(50, *shapes[-1])
    sizes = [(2, 4, 8, 4), (2, 8, 8, 4), (2, 12, 4, 2), (2, 12, 2, 1), (2, 12, 2, 1)]
    blocks = [normal(60 + i, *s) for i, s in enumerate(sizes)]
    tensors |= {f"skip.{i}": s for i, s in enumerate(skips)} | {f"block.{i}": s for i, s in enumerate(blocks)}
    tensors["mid"] = mid
    control = dict(down_block_additional_residuals=[s.double() for s in skips], mid_block_additional_residual=mid.double())

    def adapter():
        return dict(down_intrablock_additional_residuals=[b.double() for b in blocks])

    out = {"control": model(x.double(), t, text.double(), **control).sample,
           "adapter": model(x.double(), t, text.double(), **adapter()).sample,
           "both": model(x.double(), t, text.double(), **control, **adapter()).sample}
    loss(case, *out.values()).backward()
    write("control", "residuals", model, case, tensors | {f"out.{k}": v for k, v in out.items()})


def main():
    torch.set_num_threads(1)
    for case, (name, row) in enumerate(CONTROLNETS.items(), start=200):
        controlnet(case, name, *row)
    residuals(220)
    union(230)


if __name__ == "__main__":
    main()
