"""What diffusers makes of a picture, with the tiny pipelines of make_fidelity_fixtures.py.

    python oracle/make_input_fixtures.py pipeline/src/test/resources

Reads the folders in `fidelity/` and writes `input/`: a picture and a mask, neither of a size that any run
has, `cases.json` with all runs, and for each case NAME.safetensors (float32):

    run N         final latents of run N
    image N       its pictures (N, 3, H, W), 0 to 255, of every sixth run, as the autoencoder makes them
    conv_in       of the U-Net that reads more channels, for the cases that have one; the rest is the base's

The pictures of a run are made one by one, each with its own generator: in a batch, diffusers' inpainting
samples the encoder with those of the given pictures only.
"""

import inspect
import json
import shutil
import sys
from pathlib import Path

import numpy
import torch
from diffusers import (
    StableDiffusionImg2ImgPipeline, StableDiffusionInpaintPipeline, StableDiffusionInstructPix2PixPipeline,
    StableDiffusionPipeline, StableDiffusionXLImg2ImgPipeline, StableDiffusionXLInpaintPipeline,
    StableDiffusionXLInstructPix2PixPipeline, StableDiffusionXLPipeline, UNet2DConditionModel,
)
from PIL import Image
from safetensors.torch import save_file

from make_fidelity_fixtures import NEGATIVE, PROMPT, SIZES, STEADY, picture, unsteady
from make_scheduler_fixtures import CLASSES, NAMED

torch.set_num_threads(1)

# base folder, input channels of the U-Net, factor on guidance
CASES = {
    "sd1": ("sd1", 4, 5.0), "sd2": ("sd2", 4, 5.0), "sd2-v": ("sd2-v", 4, 3.0), "sdxl": ("sdxl", 4, 5.0),
    "sdxl-turbo": ("sdxl-turbo", 4, 4.0), "lcm": ("lcm", 4, 8.5),
    "inpaint": ("inpaint", 9, 5.0), "inpaint-xl": ("sdxl-turbo", 9, 4.0),
    "edit": ("sd1", 8, 4.0), "edit-xl": ("sdxl-turbo", 8, 3.0),
}
STRENGTHS = (0.5, 0.8, 1.0, 0.35, 0.99)
SEEDS = (42, 7, 2**33 + 5)
GAMMAS = (0.3, 0.0, 1.0)


def source():
    """Smooth with edges, RGB, 45x38."""
    y, x = numpy.mgrid[0:38, 0:45]
    red = 127 + 120 * numpy.sin(x / 5.0) * numpy.cos(y / 7.0)
    green = 5.0 * x + (y > 20) * 25
    blue = numpy.where((x - 20) ** 2 + (y - 18) ** 2 < 120, 230, 40 + 3 * y)
    return Image.fromarray(numpy.stack([red, green, blue], -1).clip(0, 255).astype(numpy.uint8))


def mask():
    """Grey levels on both sides of one half, a thin stroke, and colour, 31x27."""
    y, x = numpy.mgrid[0:27, 0:31]
    ramp = (9 * x + 2 * y).clip(0, 255)
    ramp[12, :] = 255
    ramp[:, 25] = 0
    return Image.fromarray(numpy.stack([ramp, (ramp + 30).clip(0, 255), ramp], -1).astype(numpy.uint8))


def runs(case):
    base, channels, guidance = CASES[case]
    made = []
    kinds = {4: ("image", "mask"), 9: ("mask",), 8: ("edit",)}[channels]
    for kind in kinds:
        for i, sampler in enumerate(CLASSES):
            n = len(made) + len(case)
            run = dict(sampler=sampler, steps=4 + n % 3, seed=SEEDS[n % 3], count=1 + (n % 5 == 0))
            if kind != "edit":
                run["strength"] = STRENGTHS[(n // 2) % 5]
            if sampler == "tcd":
                run["gamma"] = GAMMAS[n % 3]
            if n % 8 or kind == "mask":  # whose pipelines have another size of their own
                run["width"], run["height"] = SIZES[n % 4]
            if kind == "mask":
                run["mask"] = True
            if n % 2:
                run |= dict(guidance=guidance, negative=NEGATIVE)
                if kind == "edit":
                    run["image_guidance"] = (1.5, 1.0, 2.0)[n % 3]
            made.append(run)
    if channels == 4:
        # Both ways, whatever the rotation gives.
        for strength in (0.6, 1.0):
            for more in ({}, {"mask": True}):
                made.append(dict(sampler="tcd", steps=4, gamma=0.3, seed=3, count=2, strength=strength, width=24, height=16,
                                 **more))
        if case in ("sd1", "sdxl"):
            for more in ({}, {"mask": True}):
                made.append(dict(sampler="tcd", timesteps=[999, 700, 420, 130, 0], gamma=0.3, strength=0.85, width=16, height=32, **more))
    return made


def pipeline(root, case):
    base, channels, _ = CASES[case]
    xl = base.startswith("sdxl")
    more = {"variant": "fp16"} if base == "sd2-v" else {}
    more["dtype"] = torch.float32
    cls = StableDiffusionXLPipeline if xl else StableDiffusionPipeline
    unet = UNet2DConditionModel.from_pretrained(root / base / "unet", **more)
    if not xl:
        more |= dict(safety_checker=None, requires_safety_checker=False)
    pipe = cls.from_pretrained(root / base, unet=unet, **more)
    stored = {}
    if channels != unet.config.in_channels:
        wide = UNet2DConditionModel.from_config(dict(unet.config, in_channels=channels))
        state = unet.state_dict()
        first = torch.randn(state["conv_in.weight"].shape[0], channels, 3, 3,
                            generator=torch.Generator().manual_seed(len(case))) * (9 * channels) ** -0.5
        stored["conv_in"] = first.half().float()
        wide.load_state_dict({**state, "conv_in.weight": stored["conv_in"]})
        pipe.register_modules(unet=wide)
        pipe.unet = wide.eval()
    return pipe, stored


def form(pipe, kind):
    xl = isinstance(pipe, StableDiffusionXLPipeline)
    cls = {
        "image": StableDiffusionXLImg2ImgPipeline if xl else StableDiffusionImg2ImgPipeline,
        "mask": StableDiffusionXLInpaintPipeline if xl else StableDiffusionInpaintPipeline,
        "edit": StableDiffusionXLInstructPix2PixPipeline if xl else StableDiffusionInstructPix2PixPipeline,
    }[kind]
    accepted = inspect.signature(cls.__init__).parameters
    parts = {k: v for k, v in pipe.components.items() if k in accepted}
    if "requires_safety_checker" in accepted:
        parts["requires_safety_checker"] = False
    if xl:
        parts["force_zeros_for_empty_prompt"] = pipe.config.force_zeros_for_empty_prompt
    made = cls(**parts)
    made.set_progress_bar_config(disable=True)
    return made


def generate(pipe, config, kind, run, step=lambda own: own):
    name = run["sampler"]
    config = dict(config, clip_sample=False)
    if name.endswith("-karras"):
        config["use_karras_sigmas"] = True
    rows = []
    for i in range(run.get("count", 1)):
        pipe.scheduler = CLASSES[name].from_config({**config, **NAMED.get(name, {})})
        pipe.scheduler.step = step(pipe.scheduler.step)
        rows.append(one(pipe, kind, run, run.get("seed", 42) + i))
    return torch.cat(rows)


def one(pipe, kind, run, seed):
    image, hole = source(), mask()
    scale = 2 ** (len(pipe.vae.config.block_out_channels) - 1)
    size = (run.get("width", image.width // scale * scale), run.get("height", image.height // scale * scale))
    arguments = dict(guidance_scale=run.get("guidance", 1.0), output_type="latent",
                     generator=torch.Generator().manual_seed(seed))
    if "timesteps" in run:
        arguments["timesteps"] = run["timesteps"]
    else:
        arguments["num_inference_steps"] = run["steps"]
    if "gamma" in run:
        arguments["eta"] = run["gamma"]
    if "negative" in run:
        arguments["negative_prompt"] = [run["negative"]]
    if "strength" in run:
        arguments["strength"] = run["strength"]
    if kind == "mask":
        arguments |= dict(image=image, mask_image=hole, width=size[0], height=size[1])
    else:
        # These pipelines have no size of their own, and no resize of the user's is different.
        arguments["image"] = image.resize(size, Image.LANCZOS) if "width" in run else image
    if kind == "edit":
        arguments["image_guidance_scale"] = run.get("image_guidance", 1.5)
        if isinstance(pipe, StableDiffusionXLInstructPix2PixPipeline):
            arguments |= dict(width=size[0], height=size[1])
    return pipe([PROMPT], **arguments).images


def steady(pipe, config, kind, run):
    for _ in range(40):
        latents = generate(pipe, config, kind, run)
        moved = (generate(pipe, config, kind, run, unsteady) - latents).abs().max().item() / latents.abs().max().item()
        if moved <= STEADY:
            return run, latents
        print("rounding moves", run, "by", moved)
        run = dict(run, seed=run.get("seed", 42) + 100)
    raise SystemExit("no seed is steady")


def main(resources):
    out = resources / "input"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    source().save(out / "source.png")
    mask().save(out / "mask.png")
    described = []
    for case, (base, _, _) in CASES.items():
        pipe, expected = pipeline(resources / "fidelity", case)
        pipe.text_encoder.__dict__.setdefault("text_model", pipe.text_encoder)
        config = dict(pipe.scheduler.config)
        known, written = {}, []
        for i, run in enumerate(runs(case)):
            kind = "mask" if "mask" in run else "image" if "strength" in run else "edit"
            if kind not in known:
                known[kind] = form(pipe, kind)
            used = known[kind]
            with torch.inference_mode():
                run, latents = steady(used, config, kind, run)
                expected[f"run {i}"] = latents
                if i % 6 == 0:
                    expected[f"image {i}"] = picture(pipe, latents)
            written.append(run)
        save_file({k: v.contiguous() for k, v in expected.items()}, out / f"{case}.safetensors")
        described.append({"case": case, "base": base, "runs": written})
        print(case, len(written), "runs")
    whole = {"prompt": PROMPT, "cases": described}
    (out / "cases.json").write_text(json.dumps(whole, separators=(",", ":")) + "\n")
    for file in out.rglob("*.safetensors"):
        file.chmod(0o644)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
