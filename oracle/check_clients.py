"""One real client of each direction: what ./tcd4j writes opened by diffusers, and the other way round.

    python oracle/check_clients.py [--model emoji] [--seed 7]

Compares final latents of TCD, 4 steps, gamma 0.3, relative to their scale, and fails above 1e-4:

    a LoRA that was trained here, in diffusers by load_lora_weights
    the same in each of the styles of `convert --lora-style`
    the model, written by `convert` as a folder, in diffusers by from_pretrained
    the model, written by `convert` as a single file and back as a folder
    the model with the LoRA written into its weights
    a LoRA that peft wrote (random, rank 4, alpha 6), and a DoRA, here

With diffusers 0.42.1 and peft 0.21.2 the largest of the nine differences was 1.4e-06.
"""

import argparse
import pathlib
import subprocess
import sys
import tempfile

import torch
from diffusers import StableDiffusionPipeline, TCDScheduler
from peft import LoraConfig
from peft.utils import get_peft_model_state_dict
from safetensors.torch import load_file

ROOT = pathlib.Path(__file__).resolve().parent.parent
LIMIT = 1e-4
PROMPT = "red apple, fluent 3d style"
TARGETS = ["to_q", "to_k", "to_v", "to_out.0", "proj_in", "ff.net.2", "conv1", "conv2", "time_emb_proj"]


def tcd4j(*arguments):
    subprocess.run([str(ROOT / "tcd4j"), *map(str, arguments)], check=True, cwd=ROOT,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def ours(model, seed, lora, out):
    file = out / "latents.safetensors"
    tcd4j("generate", PROMPT, "-m", model, "--lora", lora, "--sampler", "tcd", "--steps", 4, "--gamma", 0.3,
          "--guidance", "off", "--seed", seed, "-o", out / "x.png", "--latents-out", file)
    return load_file(file)["latents"]


def pipeline(model):
    pipe = StableDiffusionPipeline.from_pretrained(model, dtype=torch.float32)
    pipe.set_progress_bar_config(disable=True)
    pipe.scheduler = TCDScheduler.from_config(pipe.scheduler.config)
    return pipe


def theirs(pipe, seed):
    size = pipe.unet.config.sample_size * pipe.vae_scale_factor
    with torch.inference_mode():
        return pipe(PROMPT, num_inference_steps=4, guidance_scale=1.0, eta=0.3, height=size, width=size,
                    generator=torch.Generator().manual_seed(seed), output_type="latent").images


def with_lora(model, file):
    pipe = pipeline(model)
    pipe.load_lora_weights(str(file.parent), weight_name=file.name)
    return pipe


def peft_file(model, file, dora):
    pipe = pipeline(model)
    pipe.unet.add_adapter(LoraConfig(r=4, lora_alpha=6, use_dora=dora, target_modules=TARGETS))
    generator = torch.Generator().manual_seed(1)
    for name, p in pipe.unet.named_parameters():
        if "lora_A" in name or "lora_B" in name:
            p.data = 0.05 * torch.randn(p.shape, generator=generator)
        elif "magnitude" in name:
            p.data = p.data * (1 + 0.05 * torch.randn(p.shape, generator=generator))
    StableDiffusionPipeline.save_lora_weights(
        str(file.parent), weight_name=file.name, unet_lora_layers=get_peft_model_state_dict(pipe.unet),
        unet_lora_adapter_metadata=pipe.unet.peft_config["default"].to_dict())


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="emoji")
    parser.add_argument("--seed", type=int, default=7)
    args = parser.parse_args()
    model, worst = (ROOT / args.model), 0.0

    def compare(what, a, b):
        nonlocal worst
        difference = ((a - b).abs().max() / b.abs().max()).item()
        worst = max(worst, difference)
        print(f"{what}: {difference:.1e}", flush=True)

    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder)
        trained = model / "loras/tcd.safetensors"
        lora = ours(model, args.seed, trained, out)
        compare("LoRA trained here, in diffusers", lora, theirs(with_lora(model, trained), args.seed))
        for style in ("peft", "kohya", "diffusers-old"):
            file = out / f"{style}.safetensors"
            tcd4j("convert", trained, file, "--lora-style", style, "-m", model)
            compare(f"the same as {style}, in diffusers", lora, theirs(with_lora(model, file), args.seed))
        plain = ours(model, args.seed, "none", out)
        tcd4j("convert", model, out / "folder", "--dtype", "f32")
        compare("model written as a folder", plain, theirs(pipeline(out / "folder"), args.seed))
        tcd4j("convert", model, out / "single.safetensors")
        tcd4j("convert", out / "single.safetensors", out / "back", "--tokenizer", model / "tokenizer")
        compare("model as a single file and back", plain, theirs(pipeline(out / "back"), args.seed))
        tcd4j("convert", model, out / "fused", "--lora", trained, "--dtype", "f32")
        compare("model with the LoRA in its weights", ours(out / "fused", args.seed, "none", out),
                theirs(pipeline(out / "fused"), args.seed))
        for dora in (False, True):
            file = out / "peft-wrote.safetensors"
            peft_file(model, file, dora)
            compare("DoRA that peft wrote" if dora else "LoRA that peft wrote",
                    ours(model, args.seed, file, out), theirs(with_lora(model, file), args.seed))
    return 0 if worst <= LIMIT else f"largest difference {worst:.1e} is above {LIMIT}"


if __name__ == "__main__":
    sys.exit(main())
