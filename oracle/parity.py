"""Final latents of ./tcd4j generate beside diffusers', same model folder, LoRA and seed.

    python oracle/parity.py [--model emoji] [--prompt "red apple, fluent 3d style"] [--seed 7] [--device cuda]

Prints the largest difference of each sampler relative to the latents' scale; fails above 1e-3.
"""

import argparse
import pathlib
import subprocess
import sys
import tempfile

import torch
from diffusers import (
    DDIMScheduler,
    DPMSolverMultistepScheduler,
    EulerDiscreteScheduler,
    LCMScheduler,
    StableDiffusionPipeline,
    TCDScheduler,
)
from safetensors.torch import load_file

ROOT = pathlib.Path(__file__).resolve().parent.parent
LIMIT = 1e-3

# name, our options, scheduler class, steps, guidance scale, eta, LoRA
CASES = [
    ("TCD gamma 0", ["--sampler", "tcd", "--gamma", "0"], TCDScheduler, 4, 1.0, 0.0, "tcd"),
    ("TCD gamma 0.3", ["--sampler", "tcd", "--gamma", "0.3"], TCDScheduler, 4, 1.0, 0.3, "tcd"),
    ("TCD gamma 1", ["--sampler", "tcd", "--gamma", "1"], TCDScheduler, 4, 1.0, 1.0, "tcd"),
    ("LCM", ["--sampler", "lcm"], LCMScheduler, 4, 1.0, None, "lcm"),
    ("DDIM", ["--sampler", "ddim"], DDIMScheduler, 10, 4.0, 0.0, None),
    ("Euler", ["--sampler", "euler"], EulerDiscreteScheduler, 10, 4.0, None, None),
    ("DPM++ 2M", ["--sampler", "dpm++2m"], DPMSolverMultistepScheduler, 10, 4.0, None, None),
]


def ours(args, options, steps, guidance, lora, out):
    command = [str(ROOT / "tcd4j"), "generate", args.prompt, "-m", args.model, "--device", args.device]
    command += ["--steps", str(steps), "--seed", str(args.seed), "--latents-out", str(out / "x.safetensors")]
    command += ["--guidance", "off" if guidance <= 1 else str(guidance), "-o", str(out / "x.png")]
    command += ["--lora", str(pathlib.Path(args.model) / "loras" / f"{lora}.safetensors") if lora else "none"]
    subprocess.run(command + options, check=True, cwd=ROOT, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    return load_file(out / "x.safetensors")["latents"]


def theirs(args, scheduler, steps, guidance, eta, lora):
    pipe = StableDiffusionPipeline.from_pretrained(ROOT / args.model, torch_dtype=torch.float32).to(args.device)
    pipe.set_progress_bar_config(disable=True)
    pipe.scheduler = scheduler.from_config(pipe.scheduler.config)
    if lora:
        pipe.load_lora_weights(ROOT / args.model / "loras", weight_name=f"{lora}.safetensors")
    extra = {} if eta is None else {"eta": eta}
    generator = torch.Generator("cpu").manual_seed(args.seed)
    size = pipe.unet.config.sample_size * pipe.vae_scale_factor
    return pipe(
        args.prompt, num_inference_steps=steps, guidance_scale=guidance, generator=generator,
        height=size, width=size, output_type="latent", **extra,
    ).images.cpu()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="emoji")
    parser.add_argument("--prompt", default="red apple, fluent 3d style")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--device", default="cpu", help="cpu or cuda, where NVIDIA_TF32_OVERRIDE=0 keeps both in float32")
    args = parser.parse_args()
    worst = 0.0
    print("| sampler | steps | guidance | LoRA | largest difference / scale |")
    print("| --- | --- | --- | --- | --- |")
    for name, options, scheduler, steps, guidance, eta, lora in CASES:
        # A model that has no such LoRA yet: the sampler alone.
        lora = lora if lora and (ROOT / args.model / "loras" / f"{lora}.safetensors").exists() else None
        with tempfile.TemporaryDirectory() as folder:
            a = ours(args, options, steps, guidance, lora, pathlib.Path(folder))
        with torch.inference_mode():
            b = theirs(args, scheduler, steps, guidance, eta, lora)
        difference = ((a - b).abs().max() / b.abs().max()).item()
        worst = max(worst, difference)
        print(f"| {name} | {steps} | {guidance if guidance > 1 else 'off'} | {lora or 'none'} | {difference:.1e} |", flush=True)
    return 0 if worst <= LIMIT else f"largest difference {worst:.1e} is above {LIMIT}"


if __name__ == "__main__":
    sys.exit(main())
