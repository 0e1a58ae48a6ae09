"""Full-size models and adapters with random weights, to measure time and memory with. Never committed.

    python oracle/make_full_size.py FOLDER [sd15-f32] [sd15-f16] [sdxl-bf16] [sdxl-f16]
    python oracle/make_full_size.py FOLDER sd15-control-f32 sdxl-control-bf16 sd15-ip-f16
    python oracle/make_full_size.py FOLDER NAME... --divided 5

Writes FOLDER/NAME in diffusers' layout (the first four take 28 GB): the configurations of Stable Diffusion
1.5 and XL base 1.0, a tokenizer of some hundred tokens, and weights whose variance lets a signal pass
through, so that nothing overflows or fades. sd15-control (1.4 GB) and sdxl-control (2.5 GB) are ControlNets; sd15-ip
(1.3 GB) is a plain IP-Adapter, ip-adapter.safetensors, and its encoder, ViT-H, in image_encoder. A part is written and
freed before the next. --divided divides widths and makes encoders of two layers, to try what is to be measured.
"""

import argparse
from pathlib import Path

import torch
from diffusers import (
    AutoencoderKL, ControlNetModel, DDIMScheduler, EulerDiscreteScheduler, StableDiffusionPipeline, StableDiffusionXLPipeline,
    UNet2DConditionModel,
)
from safetensors.torch import save_file
from transformers import (
    CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPVisionConfig, CLIPVisionModelWithProjection,
)

from make_pipeline_fixture import tokenizer

CROSS_DOWN, DOWN = "CrossAttnDownBlock2D", "DownBlock2D"
CROSS_UP, UP = "CrossAttnUpBlock2D", "UpBlock2D"
SCHEDULE = dict(
    beta_schedule="scaled_linear", beta_start=0.00085, beta_end=0.012, steps_offset=1, timestep_spacing="leading")
TYPES = {"f32": torch.float32, "f16": torch.float16, "bf16": torch.bfloat16}


def shape(xl, divided):
    """What a U-Net and its ControlNets have in common."""
    widths = [n // divided for n in ([320, 640, 1280] if xl else [320, 640, 1280, 1280])]
    if xl:
        return dict(
            block_out_channels=widths, down_block_types=[DOWN, CROSS_DOWN, CROSS_DOWN], transformer_layers_per_block=[1, 2, 10],
            attention_head_dim=[n // divided for n in (5, 10, 20)], cross_attention_dim=2048, use_linear_projection=True,
            addition_embed_type="text_time", addition_time_embed_dim=256, projection_class_embeddings_input_dim=2816)
    return dict(block_out_channels=widths, down_block_types=[CROSS_DOWN, CROSS_DOWN, CROSS_DOWN, DOWN], attention_head_dim=8,
                cross_attention_dim=768)


def unet(xl, divided):
    up = [CROSS_UP, CROSS_UP, UP] if xl else [UP, CROSS_UP, CROSS_UP, CROSS_UP]
    return UNet2DConditionModel(sample_size=128 if xl else 64, up_block_types=up, **shape(xl, divided))


def ip_adapter(divided):
    """The tensors of a plain IP-Adapter of SD1.5 under its authors' names: down, up, middle."""
    widths = [320] * 2 + [640] * 2 + [1280] * 2 + [1280] * 3 + [640] * 3 + [320] * 3 + [1280]
    generator = torch.Generator().manual_seed(6)
    tensors = {"image_proj.proj.weight": (4 * 768, 1024), "image_proj.proj.bias": (4 * 768,),
               "image_proj.norm.weight": (768,), "image_proj.norm.bias": (768,)}
    for i, width in enumerate(widths):
        for part in ("to_k_ip", "to_v_ip"):
            tensors[f"ip_adapter.{2 * i + 1}.{part}.weight"] = (width // divided, 768)
    return {k: torch.randn(s, generator=generator).mul_(0.5 * s[-1] ** -0.5) for k, s in tensors.items()}


def image_encoder(divided):
    return CLIPVisionModelWithProjection(CLIPVisionConfig(
        hidden_size=1280, intermediate_size=5120, num_hidden_layers=32 if divided == 1 else 2, num_attention_heads=16,
        image_size=224, patch_size=14, projection_dim=1024, hidden_act="gelu"))


def vae(xl, divided):
    return AutoencoderKL(
        sample_size=1024 if xl else 512, block_out_channels=[n // min(divided, 4) for n in (128, 256, 512, 512)],
        down_block_types=["DownEncoderBlock2D"] * 4, up_block_types=["UpDecoderBlock2D"] * 4, layers_per_block=2,
        latent_channels=4, scaling_factor=0.13025 if xl else 0.18215)


def text(big, xl, end, divided):
    config = CLIPTextConfig(
        vocab_size=49408, bos_token_id=end - 1, eos_token_id=end, pad_token_id=end, max_position_embeddings=77,
        hidden_act="gelu" if big else "quick_gelu", hidden_size=1280 if big else 768,
        intermediate_size=5120 if big else 3072, num_hidden_layers=2 if divided > 1 else 32 if big else 12,
        num_attention_heads=20 if big else 12, projection_dim=1280 if big else 768)
    return (CLIPTextModelWithProjection if big else CLIPTextModel)(config)


def randomised(network, seed):
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for p in network.parameters():
            if p.dim() >= 2:
                p.normal_(0, 0.5 * p[0].numel() ** -0.5, generator=generator)
    return network


def base(folder, xl, divided):
    words, size = tokenizer(folder)
    words.model_max_length = 77
    parts = dict(
        unet=randomised(unet(xl, divided), 1), vae=randomised(vae(xl, divided), 2), tokenizer=words,
        text_encoder=randomised(text(False, xl, size - 1, divided), 3))
    if xl:
        parts.update(
            text_encoder_2=randomised(text(True, xl, size - 1, divided), 4), tokenizer_2=words,
            scheduler=EulerDiscreteScheduler(**SCHEDULE))
        pipe = StableDiffusionXLPipeline(**parts)
    else:
        pipe = StableDiffusionPipeline(
            **parts, scheduler=DDIMScheduler(**SCHEDULE, clip_sample=False, set_alpha_to_one=False),
            safety_checker=None, feature_extractor=None, requires_safety_checker=False)
    pipe.save_pretrained(str(folder))
    print(folder, sum(p.numel() for p in pipe.unet.parameters()), "parameters in the U-Net")


def control(folder, xl, divided):
    net = randomised(ControlNetModel(**shape(xl, divided)), 5)
    net.save_pretrained(str(folder))
    print(folder, sum(p.numel() for p in net.parameters()), "parameters")


def image_prompt(folder, divided):
    folder.mkdir(parents=True, exist_ok=True)
    save_file({k: v.contiguous() for k, v in ip_adapter(divided).items()}, folder / "ip-adapter.safetensors")
    randomised(image_encoder(divided), 7).save_pretrained(str(folder / "image_encoder"))
    print(folder)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*", default=["sd15-f32", "sd15-f16", "sdxl-bf16", "sdxl-f16"])
    parser.add_argument("--divided", type=int, default=1)
    args = parser.parse_args()
    for name in args.names:
        family, *part, kind = name.split("-")
        xl = family == "sdxl"
        torch.set_default_dtype(TYPES[kind])
        if part == ["control"]:
            control(args.folder / name, xl, args.divided)
        elif part == ["ip"]:
            image_prompt(args.folder / name, args.divided)
        else:
            base(args.folder / name, xl, args.divided)
        torch.set_default_dtype(torch.float32)


if __name__ == "__main__":
    main()
