"""``./tcd4j upscale`` as a user runs it against diffusers' StableDiffusionUpscalePipeline, with tiny random models.

    mvn -q -pl cli -am -DskipTests package   # once
    python oracle/check_upscaler.py FOLDER [--seeds 2]

The models are other ones than those of make_upscale_fixtures.py: one predicts noise, its first attention attends to
the text in every block, its autoencoder's configuration lacks the scaling factor and its betas are linear; one has the
published blocks and three transformers in a row. Sampler x guidance x noise level x seed; the largest differences
are printed as a table. Exits with 1 where final latents differ by more than 1e-4 of the largest value, or more than
one value of a picture in a thousand by more than a level.
"""

import argparse
import json
import pathlib
import shutil
import subprocess
import sys

import numpy
import torch
from diffusers import DDIMScheduler, DDPMScheduler, EulerDiscreteScheduler, StableDiffusionUpscalePipeline
from PIL import Image
from safetensors.torch import load_file

from make_fidelity_fixtures import CROSS, NEGATIVE, PLAIN, picture, second, text, unet, vae
from make_pipeline_fixture import randomise, tokenizer
from make_scheduler_fixtures import CLASSES, NAMED

ROOT = pathlib.Path(__file__).resolve().parent.parent
LIMIT = 1e-4
SAMPLERS = ("ddim", "tcd", "lcm", "euler", "euler-ancestral", "dpm++2m", "heun")


def noise(size):
    return dict(
        text_encoder=text(size, 16, 2, 2, "gelu"),
        unet=unet([CROSS, CROSS], (8, 12), 16, 4, in_channels=7, only_cross_attention=True, num_class_embeds=1000),
        vae=vae(4, 8, 4), low_res_scheduler=DDPMScheduler(),
        scheduler=EulerDiscreteScheduler(beta_schedule="linear", beta_start=0.0002, beta_end=0.015))


def velocity(size):
    betas = dict(beta_schedule="scaled_linear", beta_start=0.0001, beta_end=0.02)
    return dict(
        text_encoder=text(size, 32, 2, 4, "gelu"),
        unet=unet([PLAIN, CROSS, CROSS], (8, 8, 16), 32, [1, 2, 4], in_channels=7, use_linear_projection=True,
                  only_cross_attention=[True, True, False], num_class_embeds=360, transformer_layers_per_block=3,
                  upcast_attention=True),
        vae=vae(8, 8, 8, scaling_factor=0.08333), low_res_scheduler=DDPMScheduler(**betas),
        scheduler=DDIMScheduler(**betas, steps_offset=1, prediction_type="v_prediction", clip_sample=False, set_alpha_to_one=False))


MODELS = {"noise": noise, "velocity": velocity}


def build(folder, name):
    shutil.rmtree(folder, ignore_errors=True)
    tok, size = tokenizer(folder)
    shutil.rmtree(folder)
    parts = MODELS[name](size)
    generator = torch.Generator().manual_seed(sum(map(ord, name)))
    for part in ("text_encoder", "unet", "vae"):
        randomise(parts[part], generator)
    StableDiffusionUpscalePipeline(tokenizer=second(tok), **parts).save_pretrained(folder)
    # As published models have it; clipped, DDIM would compare rounding errors (see make_fidelity_fixtures.py).
    file = folder / "scheduler/scheduler_config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"clip_sample": False}))
    if name == "noise":
        config = folder / "vae/config.json"
        entries = json.loads(config.read_text())
        del entries["scaling_factor"]
        config.write_text(json.dumps(entries))
    for file in (folder / "tokenizer").glob("tokenizer.json"):
        whole = json.loads(file.read_text())["model"]
        lines = [m if isinstance(m, str) else " ".join(m) for m in whole["merges"]]
        (folder / "tokenizer/vocab.json").write_text(json.dumps(whole["vocab"], ensure_ascii=False))
        (folder / "tokenizer/merges.txt").write_text("#version: 0.2\n" + "\n".join(lines) + "\n")
    pipe = StableDiffusionUpscalePipeline.from_pretrained(folder, dtype=torch.float32)
    pipe.set_progress_bar_config(disable=True)
    return pipe


def source(width, height):
    y, x = numpy.mgrid[0:height, 0:width]
    red = 127 + 120 * numpy.sin(x / 3.0) * numpy.cos(y / 4.0)
    blue = numpy.where((x - width / 2) ** 2 + (y - height / 3) ** 2 < 30, 20, 200 - 3 * y)
    return Image.fromarray(numpy.stack([red, 7.0 * x, blue], -1).clip(0, 255).astype(numpy.uint8))


def theirs(pipe, config, image, sampler, guidance, level, seed):
    pipe.scheduler = CLASSES[sampler].from_config({**config, **NAMED.get(sampler, {})})
    more = {"negative_prompt": NEGATIVE} if guidance > 1 else {}
    if sampler == "tcd":
        more["eta"] = 0.3
    with torch.inference_mode():
        latents = pipe("red apple!", image=image, num_inference_steps=5, guidance_scale=guidance, noise_level=level,
                       generator=torch.Generator().manual_seed(seed), output_type="latent", **more).images
        return latents, picture(pipe, latents)


def ours(folder, model, sampler, guidance, level, seed):
    out = folder / "out.safetensors"
    for old in folder.glob("out*"):
        old.unlink()
    command = [ROOT / "tcd4j", "upscale", folder / "source.png", "-m", model, "-p", "red apple!", "--steps", "5", "--sampler", sampler,
               "--noise-level", str(level), "--seed", str(seed), "--guidance", "off" if guidance <= 1 else str(guidance),
               "--latents-out", out, "-o", folder / "out.png"]
    if guidance > 1:
        command += ["-n", NEGATIVE]
    subprocess.run(list(map(str, command)), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    image = numpy.asarray(Image.open(folder / "out.png").convert("RGB"))
    return load_file(out)["latents"], torch.from_numpy(image.copy()).permute(2, 0, 1)[None]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--seeds", type=int, default=2)
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    bad = False
    print("| model | sampler | guidance | latents | values off by more than a level |\n| --- | --- | ---: | ---: | ---: |")
    for n, name in enumerate(MODELS):
        model = args.folder / name
        pipe = build(model, name)
        config = dict(pipe.scheduler.config) | {"clip_sample": False}
        image = source(*((21, 13), (10, 19))[n])
        image.save(args.folder / "source.png")
        for sampler in SAMPLERS:
            for guidance in (1.0, 3.0):
                most, far, values = 0.0, 0, 0
                for i in range(args.seeds):
                    level, seed = (20, 0, 300, 90)[(i + len(sampler)) % 4], 100 * i + len(sampler)
                    a, x = ours(args.folder, model, sampler, guidance, level, seed)
                    b, y = theirs(pipe, config, image, sampler, guidance, level, seed)
                    most = max(most, ((a - b).abs().max() / b.abs().max()).item())
                    far += int(((x.int() - y.int()).abs() > 1).sum())
                    values += x.numel()
                bad |= most > LIMIT or far > values / 1000
                print(f"| {name} | {sampler} | {guidance:g} | {most:.0e} | {far} of {values} |", flush=True)
    sys.exit(int(bad))


if __name__ == "__main__":
    main()
