"""Full-size models with random weights, to measure time and memory with. Never committed.

    python oracle/make_full_size.py FOLDER [sd15-f32] [sd15-f16] [sdxl-bf16] [sdxl-f16]

Writes FOLDER/NAME in diffusers' layout (all four take 28 GB): the configurations of Stable Diffusion
1.5 and XL base 1.0, a tokenizer of some hundred tokens, and weights whose variance lets a signal pass
through, so that nothing overflows or fades.
"""

import sys
from pathlib import Path

import torch
from diffusers import (
    AutoencoderKL, DDIMScheduler, EulerDiscreteScheduler, StableDiffusionPipeline, StableDiffusionXLPipeline,
    UNet2DConditionModel,
)
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

from make_pipeline_fixture import tokenizer

CROSS_DOWN, DOWN = "CrossAttnDownBlock2D", "DownBlock2D"
CROSS_UP, UP = "CrossAttnUpBlock2D", "UpBlock2D"
SCHEDULE = dict(
    beta_schedule="scaled_linear", beta_start=0.00085, beta_end=0.012, steps_offset=1, timestep_spacing="leading")
TYPES = {"f32": torch.float32, "f16": torch.float16, "bf16": torch.bfloat16}


def unet(xl):
    if xl:
        return UNet2DConditionModel(
            sample_size=128, block_out_channels=[320, 640, 1280], down_block_types=[DOWN, CROSS_DOWN, CROSS_DOWN],
            up_block_types=[CROSS_UP, CROSS_UP, UP], transformer_layers_per_block=[1, 2, 10],
            attention_head_dim=[5, 10, 20], cross_attention_dim=2048, use_linear_projection=True,
            addition_embed_type="text_time", addition_time_embed_dim=256, projection_class_embeddings_input_dim=2816)
    return UNet2DConditionModel(
        sample_size=64, block_out_channels=[320, 640, 1280, 1280],
        down_block_types=[CROSS_DOWN, CROSS_DOWN, CROSS_DOWN, DOWN],
        up_block_types=[UP, CROSS_UP, CROSS_UP, CROSS_UP], attention_head_dim=8, cross_attention_dim=768)


def vae(xl):
    return AutoencoderKL(
        sample_size=1024 if xl else 512, block_out_channels=[128, 256, 512, 512],
        down_block_types=["DownEncoderBlock2D"] * 4, up_block_types=["UpDecoderBlock2D"] * 4, layers_per_block=2,
        latent_channels=4, scaling_factor=0.13025 if xl else 0.18215)


def text(big, xl, end):
    config = CLIPTextConfig(
        vocab_size=49408, bos_token_id=end - 1, eos_token_id=end, pad_token_id=end, max_position_embeddings=77,
        hidden_act="gelu" if big else "quick_gelu", hidden_size=1280 if big else 768,
        intermediate_size=5120 if big else 3072, num_hidden_layers=32 if big else 12,
        num_attention_heads=20 if big else 12, projection_dim=1280 if big else 768)
    return (CLIPTextModelWithProjection if big else CLIPTextModel)(config)


def randomised(network, seed):
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for p in network.parameters():
            if p.dim() >= 2:
                p.normal_(0, 0.5 * p[0].numel() ** -0.5, generator=generator)
    return network


def main():
    out = Path(sys.argv[1])
    for name in sys.argv[2:] or ["sd15-f32", "sd15-f16", "sdxl-bf16", "sdxl-f16"]:
        family, kind = name.split("-")
        xl = family == "sdxl"
        folder = out / name
        words, size = tokenizer(folder)
        words.model_max_length = 77
        torch.set_default_dtype(TYPES[kind])
        parts = dict(
            unet=randomised(unet(xl), 1), vae=randomised(vae(xl), 2), tokenizer=words,
            text_encoder=randomised(text(False, xl, size - 1), 3))
        if xl:
            parts.update(
                text_encoder_2=randomised(text(True, xl, size - 1), 4), tokenizer_2=words,
                scheduler=EulerDiscreteScheduler(**SCHEDULE))
            pipe = StableDiffusionXLPipeline(**parts)
        else:
            pipe = StableDiffusionPipeline(
                **parts, scheduler=DDIMScheduler(**SCHEDULE, clip_sample=False, set_alpha_to_one=False),
                safety_checker=None, feature_extractor=None, requires_safety_checker=False)
        torch.set_default_dtype(torch.float32)
        pipe.save_pretrained(str(folder))
        print(folder, sum(p.numel() for p in pipe.unet.parameters()), "parameters in the U-Net")
        del pipe, parts


if __name__ == "__main__":
    main()
