"""The x4 upscaler at full size with random weights, to measure time and memory with. Never committed.

    python oracle/make_full_size_upscaler.py FOLDER [f16|f32]

Writes FOLDER in diffusers' layout (1.7 GB in f16, the default): the shapes of stabilityai/stable-diffusion-x4-upscaler,
a tokenizer of some hundred tokens, and weights whose variance lets a signal pass through.
"""

import sys
from pathlib import Path

import torch
from diffusers import AutoencoderKL, DDIMScheduler, DDPMScheduler, StableDiffusionUpscalePipeline, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel

from make_pipeline_fixture import tokenizer

BETAS = dict(beta_schedule="scaled_linear", beta_start=0.0001, beta_end=0.02)


def randomised(network, seed):
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for p in network.parameters():
            if p.dim() >= 2:
                p.normal_(0, 0.5 * p[0].numel() ** -0.5, generator=generator)
    return network


def main(folder, kind="f16"):
    words, size = tokenizer(folder)
    words.model_max_length = 77
    torch.set_default_dtype({"f16": torch.float16, "f32": torch.float32}[kind])
    pipe = StableDiffusionUpscalePipeline(
        unet=randomised(UNet2DConditionModel(
            sample_size=128, in_channels=7, block_out_channels=[256, 512, 512, 1024], attention_head_dim=8,
            down_block_types=["DownBlock2D"] + ["CrossAttnDownBlock2D"] * 3,
            up_block_types=["CrossAttnUpBlock2D"] * 3 + ["UpBlock2D"], cross_attention_dim=1024, use_linear_projection=True,
            only_cross_attention=[True, True, True, False], num_class_embeds=1000), 1),
        vae=randomised(AutoencoderKL(
            sample_size=256, block_out_channels=[128, 256, 512], down_block_types=["DownEncoderBlock2D"] * 3,
            up_block_types=["UpDecoderBlock2D"] * 3, layers_per_block=2, latent_channels=4, scaling_factor=0.08333), 2),
        text_encoder=randomised(CLIPTextModel(CLIPTextConfig(
            vocab_size=49408, bos_token_id=size - 2, eos_token_id=size - 1, pad_token_id=size - 1, max_position_embeddings=77,
            hidden_act="gelu", hidden_size=1024, intermediate_size=4096, num_hidden_layers=23, num_attention_heads=16,
            projection_dim=512)), 3),
        tokenizer=words, low_res_scheduler=DDPMScheduler(**BETAS),
        scheduler=DDIMScheduler(**BETAS, steps_offset=1, prediction_type="v_prediction", clip_sample=False, set_alpha_to_one=False))
    torch.set_default_dtype(torch.float32)
    pipe.save_pretrained(str(folder))
    print(folder, sum(p.numel() for p in pipe.unet.parameters()), "parameters in the U-Net")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
