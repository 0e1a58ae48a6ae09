"""LoRA files of every key style that all hold one and the same change of a tiny U-Net.

    python oracle/make_lora_fixtures.py models/src/test/resources/lora

`deltas.safetensors` holds the change of each layer, scale x B A, by layer path; the other files
must give exactly that when they are read. PEFT-diffusers is written by diffusers itself, with and
without its header of alphas; peft raw by peft; kohya with another alpha in every layer.
"""

import json
import sys
import tempfile
from pathlib import Path

import torch
from diffusers import StableDiffusionPipeline, UNet2DConditionModel
from peft import LoraConfig
from peft.utils import get_peft_model_state_dict
from safetensors.torch import save_file
from transformers import CLIPTextConfig, CLIPTextModel

RANK = 2
ALPHA = 4.0
UNET_TARGETS = [
    "to_q", "to_k", "to_v", "to_out.0", "proj_in", "proj_out", "ff.net.0.proj", "ff.net.2", "conv1",
    "conv2", "conv_shortcut", "downsamplers.0.conv", "upsamplers.0.conv", "time_emb_proj",
]


def tiny_unet():
    return UNet2DConditionModel(
        sample_size=8, in_channels=4, out_channels=4, block_out_channels=(4, 8), layers_per_block=1,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        attention_head_dim=2, cross_attention_dim=6, norm_num_groups=2,
    )


def tiny_text():
    return CLIPTextModel(CLIPTextConfig(
        vocab_size=20, hidden_size=6, intermediate_size=8, num_hidden_layers=1,
        num_attention_heads=2, max_position_embeddings=8))


def randomise(model, generator):
    for name, p in model.named_parameters():
        if "lora_" in name:
            p.data = torch.randn(p.shape, generator=generator) * 0.2


def factors(model):
    """Layer path -> (A, B) of a model with one peft adapter."""
    state = get_peft_model_state_dict(model, adapter_name="default")
    paths = sorted({k.split(".lora_")[0] for k in state})
    return {p: (state[p + ".lora_A.weight"], state[p + ".lora_B.weight"]) for p in paths}


def delta(a, b, scale):
    d = scale * (b.flatten(1) @ a.flatten(1))
    return d.reshape(b.shape[0], *a.shape[1:])


def main(out):
    out.mkdir(parents=True, exist_ok=True)
    generator = torch.Generator().manual_seed(0)
    unet, text = tiny_unet(), tiny_text()
    unet_config = LoraConfig(r=RANK, lora_alpha=ALPHA, target_modules=UNET_TARGETS)
    text_config = LoraConfig(r=RANK, lora_alpha=ALPHA, target_modules=["q_proj", "k_proj", "v_proj", "out_proj"])
    unet.add_adapter(unet_config)
    text.add_adapter(text_config)
    randomise(unet, generator)
    randomise(text, generator)
    scale = ALPHA / RANK
    parts = {"unet": factors(unet), "text_encoder": factors(text)}
    deltas = {
        f"{c}/{path}": delta(a, b, scale) for c, layers in parts.items() for path, (a, b) in layers.items()
    }
    save_file(deltas, out / "deltas.safetensors")

    # 1. diffusers, whose header tells alpha; and the same without, the scale multiplied into B.
    with tempfile.TemporaryDirectory() as tmp:
        StableDiffusionPipeline.save_lora_weights(
            tmp,
            unet_lora_layers=get_peft_model_state_dict(unet),
            text_encoder_lora_layers=get_peft_model_state_dict(text),
            unet_lora_adapter_metadata=unet.peft_config["default"].to_dict(),
            text_encoder_lora_adapter_metadata=text.peft_config["default"].to_dict(),
        )
        (out / "peft-diffusers-with-alpha.safetensors").write_bytes(
            (Path(tmp) / "pytorch_lora_weights.safetensors").read_bytes())
    plain = {}
    for c, layers in parts.items():
        for path, (a, b) in layers.items():
            plain[f"{c}.{path}.lora_A.weight"] = a.contiguous()
            plain[f"{c}.{path}.lora_B.weight"] = (b * scale).contiguous()
    save_file(plain, out / "peft-diffusers.safetensors")

    # 2. peft raw, alpha in adapter_config.json beside it.
    raw = out / "peft-raw"
    raw.mkdir(exist_ok=True)
    save_file(
        {f"base_model.model.{k}": v.contiguous() for k, v in get_peft_model_state_dict(unet).items()},
        raw / "adapter_model.safetensors")
    (raw / "adapter_config.json").write_text(json.dumps(
        {"peft_type": "LORA", "r": RANK, "lora_alpha": ALPHA, "target_modules": UNET_TARGETS,
         "alpha_pattern": {}, "rank_pattern": {}, "use_rslora": False}, indent=1) + "\n")

    # 3. kohya, another alpha in every layer, powers of two so that the change stays exact.
    kohya = {}
    for c, layers in parts.items():
        prefix = {"unet": "lora_unet_", "text_encoder": "lora_te_"}[c]
        for i, (path, (a, b)) in enumerate(layers.items()):
            alpha = [0.5, 1.0, 2.0, 4.0][i % 4]
            if c == "text_encoder" and not path.startswith("text_model."):
                path = "text_model." + path
            key = prefix + path.replace(".", "_")
            kohya[key + ".lora_down.weight"] = a.contiguous()
            kohya[key + ".lora_up.weight"] = (b * scale / (alpha / RANK)).contiguous()
            kohya[key + ".alpha"] = torch.tensor(alpha)
    save_file(kohya, out / "kohya.safetensors")

    # 4. diffusers of 2023: attention processors, scale 1.
    old = {}
    names = {"to_q": "to_q_lora", "to_k": "to_k_lora", "to_v": "to_v_lora", "to_out.0": "to_out_lora"}
    for path, (a, b) in parts["unet"].items():
        for end, lora in names.items():
            if path.endswith("." + end):
                key = f"unet.{path.removesuffix(end)}processor.{lora}"
                old[key + ".down.weight"] = a.contiguous()
                old[key + ".up.weight"] = (b * scale).contiguous()
    save_file(old, out / "diffusers-old.safetensors")
    for file in sorted(out.rglob("*")):
        if file.is_file():
            print(f"{file.relative_to(out)}: {file.stat().st_size} bytes")
    print(f"{len(parts['unet'])} layers of the U-Net, {len(parts['text_encoder'])} of the text encoder")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
