"""The peer of ./tcd4j generate: the same picture with diffusers, as a whole process."""

import sys

import torch
from diffusers import StableDiffusionPipeline, TCDScheduler

model, prompt, out, threads = sys.argv[1:5]
torch.set_num_threads(int(threads))
pipe = StableDiffusionPipeline.from_pretrained(model, torch_dtype=torch.float32)
pipe.scheduler = TCDScheduler.from_config(pipe.scheduler.config)
pipe.load_lora_weights(f"{model}/loras", weight_name="tcd.safetensors")
size = pipe.unet.config.sample_size * pipe.vae_scale_factor
with torch.inference_mode():
    image = pipe(
        prompt, num_inference_steps=4, guidance_scale=1.0, eta=0.3, height=size, width=size,
        generator=torch.Generator("cpu").manual_seed(1),
    ).images[0]
image.save(out)
