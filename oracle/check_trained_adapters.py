"""Loads what the tasks controlnet, ip-adapter and tiny-autoencoder wrote in diffusers, and generates with it there and here.

    for kind in control prompt tiny; do rm -f WORK/$kind*; done
    ./tcd4j generate "red apple, fluent 3d style" -l none --sampler ddim --steps 4 --guidance off --seed 3 -o WORK/base.png
    ./tcd4j generate "green apple, noto style" -l none --sampler ddim --steps 4 --guidance off --seed 5 \\
        --control ADAPTERS/controlnet=canny:WORK/base.png -o WORK/control.png --latents-out WORK/control.safetensors
    ./tcd4j generate "" -l none --sampler ddim --steps 4 --guidance off --seed 5 \\
        --image-encoder ENCODER --ip-adapter ADAPTERS/ip-adapter/ip-adapter.safetensors=WORK/base.png \\
        -o WORK/prompt.png --latents-out WORK/prompt.safetensors
    ./tcd4j preprocess canny WORK/base.png WORK/edges.png
    ./tcd4j generate "red apple, fluent 3d style" -l none --sampler ddim --steps 4 --guidance off --seed 3 \\
        --vae ADAPTERS/tiny-autoencoder -o WORK/tiny.png
    python oracle/check_trained_adapters.py MODEL ADAPTERS WORK

ENCODER is ADAPTERS/ip-adapter/image_encoder where a run has written one; else MODEL/pair, whose vision half and
preprocessing diffusers takes too. Final latents must agree to 1e-4 and the tiny autoencoder's picture within one level in 99.9 % of values. Exits with 1 if not.
"""

import sys
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderTiny, ControlNetModel, DDIMScheduler, StableDiffusionControlNetPipeline, StableDiffusionPipeline
from PIL import Image
from safetensors.torch import load_file
from transformers import CLIPImageProcessor, CLIPVisionModelWithProjection


def pipeline(cls, model, **more):
    pipe = cls.from_pretrained(model, safety_checker=None, dtype=torch.float32, **more)
    pipe.scheduler = DDIMScheduler.from_config(pipe.scheduler.config)
    pipe.set_progress_bar_config(disable=True)
    return pipe


def common(seed):
    return dict(num_inference_steps=4, guidance_scale=1.0, generator=torch.Generator().manual_seed(seed))


def main(model, adapters, work):
    failed = False

    def compare(name, theirs):
        nonlocal failed
        ours = load_file(work / f"{name}.safetensors")["latents"]
        error = (ours - theirs).abs().max().item()
        failed |= not error <= 1e-4
        print(f"{name}: largest difference of final latents {error:.2g}")

    control = ControlNetModel.from_pretrained(adapters / "controlnet", dtype=torch.float32)
    pipe = pipeline(StableDiffusionControlNetPipeline, model, controlnet=control)
    hint = Image.open(work / "edges.png").convert("RGB")
    compare("control", pipe("green apple, noto style", image=hint, width=hint.width, height=hint.height,
                            output_type="latent", **common(5)).images)

    own = adapters / "ip-adapter" / "image_encoder"
    folder = own if own.exists() else model / "pair"
    encoder = CLIPVisionModelWithProjection.from_pretrained(folder, dtype=torch.float32)
    pixels = CLIPImageProcessor.from_pretrained(folder)
    pipe = pipeline(StableDiffusionPipeline, model, image_encoder=encoder, feature_extractor=pixels)
    pipe.load_ip_adapter(str(adapters / "ip-adapter"), subfolder="", weight_name="ip-adapter.safetensors",
                         image_encoder_folder=None)
    compare("prompt", pipe("", ip_adapter_image=Image.open(work / "base.png").convert("RGB"), output_type="latent",
                           **common(5)).images)

    tiny = AutoencoderTiny.from_pretrained(adapters / "tiny-autoencoder", dtype=torch.float32)
    pipe = pipeline(StableDiffusionPipeline, model, vae=tiny)
    theirs = pipe("red apple, fluent 3d style", output_type="np", width=64, height=64, **common(3)).images[0]
    ours = np.asarray(Image.open(work / "tiny.png").convert("RGB")).astype(int)
    near = (np.abs(ours - np.round(theirs * 255)) <= 1).mean()
    failed |= not near >= 0.999
    print(f"tiny: {100 * near:.2f} % of values within one level")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main(*(Path(a) for a in sys.argv[1:4]))
