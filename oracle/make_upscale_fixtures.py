"""A tiny random x4 upscaler (StableDiffusionUpscalePipeline), and what diffusers makes of pictures with it.

    python oracle/make_upscale_fixtures.py pipeline/src/test/resources

Writes `upscale/`: the model folder `x4/`, two pictures (`source.png` of a size that has to be cut down, `even.png`
of one that fits), `cases.json` with all runs, and `x4.safetensors` (float32):

    run N         final latents of run N
    image N       its pictures (N, 3, H, W), 0 to 255, of every fourth run, as the autoencoder makes them
    noised        the small picture of run 0 with its noise, as the U-Net reads it

The U-Net has the blocks of the published one: no attention at the top, then three blocks of which two attend to
the text in both attentions, 7 channels, a table of noise levels. The pictures of a run are made one by one, each
with its own generator.
"""

import inspect
import json
import shutil
import sys
from pathlib import Path

import numpy
import torch
from diffusers import DDIMScheduler, DDPMScheduler, StableDiffusionUpscalePipeline
from PIL import Image
from safetensors.torch import save_file

from make_fidelity_fixtures import CROSS, NEGATIVE, PLAIN, PROMPT, STEADY, picture, second, text, unet, unsteady, vae, weather
from make_pipeline_fixture import randomise, tokenizer
from make_scheduler_fixtures import CLASSES, NAMED

torch.set_num_threads(1)

BETAS = dict(beta_schedule="scaled_linear", beta_start=0.0001, beta_end=0.02)
LEVELS = (20, 0, 350, 100, 250)
SEEDS = (42, 7, 2**33 + 5)
GAMMAS = (0.3, 0.0, 1.0)
SOURCES = ("source", "even")


def source():
    """Smooth with edges, RGB, 19x14, of which 16x12 is used."""
    y, x = numpy.mgrid[0:14, 0:19]
    red = 127 + 120 * numpy.sin(x / 2.0) * numpy.cos(y / 3.0)
    green = 13.0 * x + (y > 7) * 25
    blue = numpy.where((x - 8) ** 2 + (y - 6) ** 2 < 20, 230, 40 + 8 * y)
    return Image.fromarray(numpy.stack([red, green, blue], -1).clip(0, 255).astype(numpy.uint8))


def even():
    """8x20: both sides are multiples of 4, and odd where the U-Net is deepest."""
    y, x = numpy.mgrid[0:20, 0:8]
    return Image.fromarray(numpy.stack([30 * x, 12 * y, 255 - 10 * (x + y)], -1).clip(0, 255).astype(numpy.uint8))


def build(out):
    """The folder in half precision, as diffusers writes it, and the pipeline in float32."""
    tok, size = tokenizer(out)
    shutil.rmtree(out)
    parts = dict(
        text_encoder=text(size, 24, 2, 3, "gelu"),
        unet=unet([PLAIN, CROSS, CROSS, CROSS], (4, 8, 8, 8), 24, 2, in_channels=7, use_linear_projection=True,
                  only_cross_attention=[True, True, True, False], num_class_embeds=400),
        vae=vae(4, 8, 8, scaling_factor=0.08333))
    generator = torch.Generator().manual_seed(4)
    for part in parts.values():
        randomise(part, generator)
    pipe = StableDiffusionUpscalePipeline(
        tokenizer=second(tok), low_res_scheduler=DDPMScheduler(**BETAS),
        scheduler=DDIMScheduler(**BETAS, steps_offset=1, prediction_type="v_prediction", clip_sample=False, set_alpha_to_one=False),
        **parts)
    pipe.to(torch.float16).save_pretrained(out)
    pipe = StableDiffusionUpscalePipeline.from_pretrained(out, dtype=torch.float32)
    pipe.set_progress_bar_config(disable=True)
    pipe.text_encoder.__dict__.setdefault("text_model", pipe.text_encoder)
    weather(out, "x4")
    return pipe


def runs():
    made = []
    for guided in (False, True):
        for sampler in CLASSES:
            n = len(made)
            run = dict(sampler=sampler, steps=4 + n % 3, seed=SEEDS[n % 3], count=1 + (n % 5 == 0), image=SOURCES[n % 2])
            if n % 4:  # else the default
                run["noise_level"] = LEVELS[n % 5]
            if sampler == "tcd":
                run["gamma"] = GAMMAS[n % 3]
            if guided:
                run |= dict(guidance=(3.0, 2.0, 4.0)[n % 3], negative=NEGATIVE)
            made.append(run)
    return made + [dict(sampler="tcd", steps=4, gamma=g, seed=3, count=2, image="source") for g in GAMMAS] + [
        dict(sampler="ddim", steps=5, seed=11, count=1, image="even", guidance=9.0)]


def generate(pipe, config, run, pictures, step=lambda own: own):
    name = run["sampler"]
    if name.endswith("-karras"):
        config = dict(config, use_karras_sigmas=True)
    rows = []
    for i in range(run["count"]):
        pipe.scheduler = CLASSES[name].from_config({**config, **NAMED.get(name, {})})
        pipe.scheduler.step = step(pipe.scheduler.step)
        arguments = dict(
            image=pictures[run["image"]], num_inference_steps=run["steps"], guidance_scale=run.get("guidance", 1.0),
            generator=torch.Generator().manual_seed(run["seed"] + i), output_type="latent")
        if "noise_level" in run:
            arguments["noise_level"] = run["noise_level"]
        if "gamma" in run:
            arguments["eta"] = run["gamma"]
        if "negative" in run:
            arguments["negative_prompt"] = run["negative"]
        rows.append(pipe(PROMPT, **arguments).images)
    return torch.cat(rows)


def steady(pipe, config, run, pictures):
    for _ in range(40):
        latents = generate(pipe, config, run, pictures)
        moved = (generate(pipe, config, run, pictures, unsteady) - latents).abs().max().item() / latents.abs().max().item()
        if moved <= STEADY:
            return run, latents
        print("rounding moves", run, "by", moved)
        run = dict(run, seed=run["seed"] + 100)
    raise SystemExit("no seed is steady")


def noised(pipe, run, image):
    """What the pipeline puts next to the latents."""
    seen = []
    forward = pipe.unet.forward

    def looking(sample, *arguments, **more):
        seen.append(sample[:1, 4:].clone())
        return forward(sample, *arguments, **more)

    pipe.unet.forward = looking
    generate(pipe, dict(pipe.scheduler.config), dict(run, count=1), {run["image"]: image})
    pipe.unet.forward = forward
    return seen[0]


def main(resources):
    out = resources / "upscale"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    pictures = {"source": source(), "even": even()}
    for name, image in pictures.items():
        image.save(out / f"{name}.png")
    pipe = build(out / "x4")
    assert "noise_level" in inspect.signature(pipe.__call__).parameters
    config = dict(pipe.scheduler.config)
    expected, written = {}, []
    with torch.inference_mode():
        for i, run in enumerate(runs()):
            run, latents = steady(pipe, config, run, pictures)
            expected[f"run {i}"] = latents
            if i % 4 == 0:
                expected[f"image {i}"] = picture(pipe, latents)
            written.append(run)
        pipe.scheduler = DDIMScheduler.from_config(config)
        expected["noised"] = noised(pipe, dict(written[0], sampler="ddim"), pictures[written[0]["image"]])
    save_file({k: v.contiguous() for k, v in expected.items()}, out / "x4.safetensors")
    whole = {"prompt": PROMPT, "cases": [{"case": "x4", "runs": written}]}
    (out / "cases.json").write_text(json.dumps(whole, separators=(",", ":")) + "\n")
    for file in out.rglob("*.safetensors"):
        file.chmod(0o644)
    print(len(written), "runs; greatest latent", max(v.abs().max().item() for k, v in expected.items() if k[:3] == "run"))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
