"""img2img and inpainting of a full-size model with random weights, final latents against diffusers.

    python oracle/make_full_size.py FOLDER sd15-f32
    python oracle/check_pictures_in.py FOLDER/sd15-f32 SCRATCH [--size 512] [--steps 4] [--strength 0.5] [--threads 2]

Two steps of DDIM without guidance, float32. What diffusers made stays in SCRATCH for the next call. Prints the largest
difference of the final latents, as it is and as a share of the largest value. Exits with 1 where it is more than 1e-4.
"""

import argparse
import os
import pathlib
import subprocess
import sys

import numpy
import torch
from diffusers import StableDiffusionImg2ImgPipeline, StableDiffusionInpaintPipeline
from PIL import Image
from safetensors.torch import load_file, save_file

ROOT = pathlib.Path(__file__).resolve().parent.parent


def picture(size):
    """Smooth, with edges."""
    y, x = numpy.mgrid[0:size, 0:size] * (512 / size)
    planes = [127 + 120 * numpy.sin(x / 50) * numpy.cos(y / 70), x / 2, numpy.where((x - 250) ** 2 + (y - 230) ** 2 < 20000, 230, y / 3)]
    return Image.fromarray(numpy.stack(planes, -1).clip(0, 255).astype(numpy.uint8))


def mask(size):
    m = numpy.zeros((size, size), numpy.uint8)
    m[size // 4: size * 3 // 4, size // 8: size * 5 // 8] = 255
    return Image.fromarray(m)


def theirs(args, kind, image, area, out):
    if out.exists():
        return load_file(out)["latents"]
    pipe = kind.from_pretrained(args.model, torch_dtype=torch.float32, safety_checker=None)
    more = dict(mask_image=area, height=args.size, width=args.size) if area else {}
    with torch.inference_mode():
        latents = pipe(
            "red apple", image=image, strength=args.strength, num_inference_steps=args.steps, guidance_scale=1.0,
            generator=torch.Generator().manual_seed(1), output_type="latent", **more).images
    save_file({"latents": latents.contiguous()}, out)
    return latents


def ours(args, files, out):
    command = [args.tcd4j, "generate", "red apple", "-m", args.model, "-l", "none", "--sampler", "ddim", "--steps", args.steps, "--seed",
               1, "--guidance", "off", "--strength", args.strength, "--threads", args.threads, "--latents-out", out, "-o",
               out.with_suffix(".png"), *files]
    subprocess.run([str(c) for c in command], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return load_file(out)["latents"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("scratch", type=pathlib.Path)
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--strength", type=float, default=0.5)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--tcd4j", default=ROOT / "tcd4j", help="another build's launcher")
    parser.add_argument("--only", choices=["img2img", "inpainting"])
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    args.scratch.mkdir(parents=True, exist_ok=True)
    image, area = args.scratch / "picture.png", args.scratch / "mask.png"
    picture(args.size).save(image)
    mask(args.size).save(area)
    worst = 0
    for name, kind, files in (("img2img", StableDiffusionImg2ImgPipeline, ["--image", image]),
                              ("inpainting", StableDiffusionInpaintPipeline, ["--image", image, "--mask", area])):
        if args.only not in (None, name):
            continue
        expected = theirs(args, kind, Image.open(image), Image.open(area) if name == "inpainting" else None,
                          args.scratch / f"{name}-{args.size}.safetensors")
        actual = ours(args, files, args.scratch / f"{name}-ours.safetensors")
        difference = (actual - expected).abs().max().item()
        worst = max(worst, difference)
        print(f"{name}: {difference:.1e}, of the largest value {difference / expected.abs().max().item():.1e}", flush=True)
    sys.exit(worst > 1e-4)


main()
