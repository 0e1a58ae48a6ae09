"""A tiny Stable Diffusion folder with a LoRA, and what diffusers paints with it.

    python oracle/make_pipeline_fixture.py pipeline/src/test/resources/tiny

Everything is random and seeded. `expected.safetensors` holds the final latents of two pictures,
seeds 42 and 43, float32 (2, 4, 8, 8), under a key that says how they were made; `pixels` are those
of `tcd gamma 0.3` decoded, in [-1, 1].
"""

import json
import shutil
import sys
from pathlib import Path

import torch
from diffusers import (
    AutoencoderKL, DDIMScheduler, DPMSolverMultistepScheduler, EulerDiscreteScheduler, LCMScheduler,
    PNDMScheduler, StableDiffusionPipeline, TCDScheduler, UNet2DConditionModel,
)
from peft import LoraConfig
from peft.utils import get_peft_model_state_dict
from safetensors.torch import save_file
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from make_lora_fixtures import UNET_TARGETS

torch.set_num_threads(1)

PROMPT = "red apple, fluent 3d style"
NEGATIVE = "green"
SEEDS = [42, 43]


def tokenizer(out):
    """CLIP's byte alphabet and the merges that spell two words."""
    from transformers.convert_slow_tokenizer import bytes_to_unicode

    symbols = list(bytes_to_unicode().values())
    vocab = symbols + [s + "</w>" for s in symbols]
    merges = ["r e", "re d</w>", "a p", "p l", "ap pl", "appl e</w>"]
    vocab += [m.replace(" ", "") for m in merges] + ["<|startoftext|>", "<|endoftext|>"]
    folder = out / "tokenizer"
    folder.mkdir(parents=True)
    (folder / "vocab.json").write_text(json.dumps({t: i for i, t in enumerate(vocab)}, ensure_ascii=False))
    (folder / "merges.txt").write_text("#version: 0.2\n" + "\n".join(merges) + "\n")
    (folder / "tokenizer_config.json").write_text(json.dumps({
        "tokenizer_class": "CLIPTokenizer", "model_max_length": 24, "bos_token": "<|startoftext|>",
        "eos_token": "<|endoftext|>", "pad_token": "<|endoftext|>", "unk_token": "<|endoftext|>"}, indent=1))
    return CLIPTokenizer.from_pretrained(str(folder)), len(vocab)


def randomise(model, generator):
    """Default initialisation hides swapped norms and biases."""
    with torch.no_grad():
        for p in model.parameters():
            if p.dim() < 2:
                p.add_(torch.randn(p.shape, generator=generator) * 0.1)
            else:
                p.copy_(torch.randn(p.shape, generator=generator) * p[0].numel() ** -0.5)


def build(out):
    tok, size = tokenizer(out)
    generator = torch.Generator().manual_seed(0)
    text = CLIPTextModel(CLIPTextConfig(
        vocab_size=size, hidden_size=16, intermediate_size=32, num_hidden_layers=2,
        num_attention_heads=2, max_position_embeddings=24, bos_token_id=size - 2,
        eos_token_id=size - 1, pad_token_id=size - 1))
    unet = UNet2DConditionModel(
        sample_size=8, in_channels=4, out_channels=4, block_out_channels=(8, 16), layers_per_block=1,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        attention_head_dim=2, cross_attention_dim=16, norm_num_groups=4)
    vae = AutoencoderKL(
        block_out_channels=(4, 8), down_block_types=["DownEncoderBlock2D"] * 2,
        up_block_types=["UpDecoderBlock2D"] * 2, layers_per_block=1, latent_channels=4,
        norm_num_groups=4, sample_size=16, scaling_factor=0.5, mid_block_add_attention=False)
    for model in (text, unet, vae):
        randomise(model, generator)
    scheduler = PNDMScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", skip_prk_steps=True,
        steps_offset=1, set_alpha_to_one=False)
    pipe = StableDiffusionPipeline(
        vae=vae, text_encoder=text, tokenizer=tok, unet=unet, scheduler=scheduler,
        safety_checker=None, feature_extractor=None, requires_safety_checker=False)
    pipe.to(torch.float16).save_pretrained(out)
    # As in the files of Stable Diffusion, which PNDM itself does not know.
    config = out / "scheduler" / "scheduler_config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"clip_sample": False}, indent=1) + "\n")
    add_lora(out, unet, generator)


def add_lora(out, unet, generator):
    """A TCD LoRA as this project writes them, and a foreign one without our metadata."""
    unet.add_adapter(LoraConfig(r=2, lora_alpha=2, target_modules=UNET_TARGETS))
    with torch.no_grad():
        for name, p in unet.named_parameters():
            if "lora_" in name:
                p.data = (torch.randn(p.shape, generator=generator) * 0.2).to(torch.float16)
    state = {f"unet.{k}": v.contiguous() for k, v in get_peft_model_state_dict(unet).items()}
    (out / "loras").mkdir()
    save_file(state, out / "loras" / "tcd.safetensors", {
        "format": "pt", "tcd4j.method": "tcd", "tcd4j.base": "tiny", "tcd4j.rank": "2",
        "tcd4j.alpha": "2.0", "tcd4j.gamma": "0.25", "tcd4j.steps": "3", "tcd4j.recipe": "none"})


def paint(pipe, scheduler, steps, guidance=1.0, pixels=False, **more):
    pipe.scheduler = scheduler
    generators = [torch.Generator().manual_seed(s) for s in SEEDS]
    negative = [NEGATIVE] * len(SEEDS) if guidance > 1 else None
    latents = pipe(
        [PROMPT] * len(SEEDS), negative_prompt=negative, num_inference_steps=steps, guidance_scale=guidance,
        generator=generators, output_type="latent", **more).images
    return latents


def main(out):
    shutil.rmtree(out, ignore_errors=True)
    build(out)
    pipe = StableDiffusionPipeline.from_pretrained(out, safety_checker=None, dtype=torch.float32)
    pipe.set_progress_bar_config(disable=True)
    config = dict(pipe.scheduler.config)
    expected = {}
    solvers = {
        "ddim": DDIMScheduler, "euler": EulerDiscreteScheduler, "dpm++2m": DPMSolverMultistepScheduler,
    }
    for name, cls in solvers.items():
        for guidance in (1.0, 5.0):
            expected[f"{name} guidance {guidance:g}"] = paint(pipe, cls.from_config(config), 7, guidance)
        trailing = cls.from_config(config, timestep_spacing="trailing")
        expected[f"{name} trailing"] = paint(pipe, trailing, 5, 5.0)
    for gamma in (0.0, 0.3, 1.0):
        expected[f"tcd gamma {gamma:g} no lora"] = paint(pipe, TCDScheduler.from_config(config), 4, eta=gamma)
    pipe.load_lora_weights(str(out / "loras"), weight_name="tcd.safetensors")
    for gamma in (0.0, 0.3, 1.0):
        expected[f"tcd gamma {gamma:g}"] = paint(pipe, TCDScheduler.from_config(config), 4, eta=gamma)
    expected["lcm"] = paint(pipe, LCMScheduler.from_config(config), 4)
    pipe.set_adapters(pipe.get_active_adapters(), [0.5])
    expected["tcd weight 0.5"] = paint(pipe, TCDScheduler.from_config(config), 4, eta=0.3)
    with torch.no_grad():
        latents = expected["tcd gamma 0.3"]
        expected["pixels"] = pipe.vae.decode(latents / pipe.vae.config.scaling_factor).sample
    save_file({k: v.contiguous() for k, v in expected.items()}, out / "expected.safetensors")
    for k, v in expected.items():
        print(f"{k}: {tuple(v.shape)}, standard deviation {v.std():.3f}, greatest {v.abs().max():.3f}")
    print(sum(f.stat().st_size for f in out.rglob("*") if f.is_file()), "bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
