"""Tiny random pipelines of every model class, and what diffusers makes of them.

    python oracle/make_fidelity_fixtures.py pipeline/src/test/resources/fidelity

For each case a model folder NAME and its expected tensors NAME.safetensors (float32):

    tokens, pooled            encodings of the prompt, then of the negative prompt
    unet                      one U-Net call on random latents, not square, two rows of times
    moments, pixels           the autoencoder both ways, on random pixels and latents
    run N                     final latents of run N of cases.json
    image N                   its pictures (N, 3, H, W), 0 to 255

Networks of random weights can be chaotic. A run whose latents diffusers itself moves by more than STEADY when
its steps are rounded otherwise (see `unsteady`) would compare rounding errors: it gets another seed, said aloud.

Random inputs are one torch.Generator each: INPUT_SEED for latents, + 1 for pixels. Folders differ in
how their files are written, as those in the wild do: see `weather`.
"""

import functools
import inspect
import json
import shutil
import sys
from pathlib import Path

import torch
from diffusers import (
    AutoencoderKL, DDIMScheduler, EulerAncestralDiscreteScheduler, EulerDiscreteScheduler, LatentConsistencyModelPipeline,
    LCMScheduler, PNDMScheduler, StableDiffusionInpaintPipeline, StableDiffusionPipeline, StableDiffusionXLPipeline,
    UNet2DConditionModel,
)
from safetensors.torch import load_file, save_file
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

from make_pipeline_fixture import randomise, tokenizer
from make_scheduler_fixtures import CLASSES, NAMED

torch.set_num_threads(1)

PROMPT = "red apple, fluent 3d style!"
NEGATIVE = "green"
INPUT_SEED = 77
LATENT_SIZE = (12, 10)
ROUNDING = 1e-7  # of float32 in a sum, relative
NETWORK_ROUNDING = 5e-7  # of a guided network's answer, relative to its largest value
STEADY = 3e-5
BETAS = dict(beta_schedule="scaled_linear", beta_start=0.00085, beta_end=0.012, steps_offset=1)
CROSS, PLAIN = "CrossAttnDownBlock2D", "DownBlock2D"


def text(size, hidden, layers, heads, act="quick_gelu", projection=None):
    config = CLIPTextConfig(
        vocab_size=size, hidden_size=hidden, intermediate_size=2 * hidden, num_hidden_layers=layers,
        num_attention_heads=heads, max_position_embeddings=24, hidden_act=act, bos_token_id=size - 2,
        eos_token_id=size - 1, pad_token_id=size - 1, projection_dim=projection or hidden)
    return CLIPTextModelWithProjection(config) if projection else CLIPTextModel(config)


def unet(down, channels, cross, heads, **more):
    up = [kind.replace("Down", "Up") for kind in reversed(down)]
    return UNet2DConditionModel(**dict(
        dict(sample_size=8, in_channels=4, out_channels=4, block_out_channels=channels, layers_per_block=1,
             down_block_types=down, up_block_types=up, attention_head_dim=heads, cross_attention_dim=cross,
             norm_num_groups=4), **more))


def vae(*channels, **more):
    n = len(channels)
    return AutoencoderKL(**dict(
        dict(block_out_channels=channels, down_block_types=["DownEncoderBlock2D"] * n,
             up_block_types=["UpDecoderBlock2D"] * n, layers_per_block=1, latent_channels=4, norm_num_groups=4,
             sample_size=8 * 2 ** (n - 1)), **more))


def sd1(tok, size):
    return StableDiffusionPipeline, dict(
        text_encoder=text(size, 16, 2, 2), unet=unet([CROSS, PLAIN], (4, 8), 16, 2, layers_per_block=2),
        vae=vae(4, 8, layers_per_block=2), scheduler=PNDMScheduler(**BETAS, skip_prk_steps=True))


def sd2(tok, size):
    return StableDiffusionPipeline, dict(
        text_encoder=text(size, 20, 3, 2, "gelu"),
        unet=unet([CROSS, PLAIN], (8, 8), 20, [2, 4], use_linear_projection=True),
        vae=vae(4, 8), scheduler=PNDMScheduler(**BETAS, skip_prk_steps=True))


def sd2v(tok, size):
    return StableDiffusionPipeline, dict(
        text_encoder=text(size, 24, 3, 3, "gelu"),
        unet=unet([CROSS, CROSS, PLAIN], (4, 8, 8), 24, [1, 2, 4], use_linear_projection=True),
        vae=vae(4, 4, 8), scheduler=DDIMScheduler(**BETAS, prediction_type="v_prediction", clip_sample=False,
                                                  set_alpha_to_one=False))


def sdxl(tok, size):
    return StableDiffusionXLPipeline, dict(
        text_encoder=text(size, 16, 2, 2), text_encoder_2=text(size, 24, 3, 4, "gelu", projection=12),
        unet=unet([PLAIN, CROSS, CROSS], (4, 8, 16), 40, [1, 2, 4], transformer_layers_per_block=[1, 2, 3],
                  use_linear_projection=True, addition_embed_type="text_time", addition_time_embed_dim=4,
                  projection_class_embeddings_input_dim=36),
        vae=vae(4, 8, scaling_factor=0.13025), scheduler=EulerDiscreteScheduler(**BETAS))


def turbo(tok, size):
    return StableDiffusionXLPipeline, dict(
        text_encoder=text(size, 24, 3, 3), text_encoder_2=text(size, 16, 2, 2, "gelu", projection=16),
        unet=unet([PLAIN, CROSS], (4, 8), 40, [2, 4], transformer_layers_per_block=[1, 2], layers_per_block=2,
                  use_linear_projection=True, addition_embed_type="text_time", addition_time_embed_dim=8,
                  projection_class_embeddings_input_dim=64),
        vae=vae(4, 8, 8, scaling_factor=0.13025),
        scheduler=EulerAncestralDiscreteScheduler(**BETAS, timestep_spacing="trailing"))


def lcm(tok, size):
    return LatentConsistencyModelPipeline, dict(
        text_encoder=text(size, 16, 3, 4), unet=unet([CROSS, CROSS], (8, 8), 16, 4, time_cond_proj_dim=12),
        vae=vae(4, 8), scheduler=LCMScheduler(**BETAS))


def inpaint(tok, size):
    return StableDiffusionInpaintPipeline, dict(
        text_encoder=text(size, 16, 1, 2), unet=unet([CROSS, PLAIN], (4, 8), 16, 2, in_channels=9),
        vae=vae(4, 4), scheduler=PNDMScheduler(**BETAS, skip_prk_steps=True))


GUIDANCE = 5.0
FEW = [dict(sampler="tcd", steps=4, gamma=g) for g in (0.0, 0.3, 1.0)] + [
    dict(sampler="lcm", steps=3), dict(sampler="consistency", steps=3)]
MANY = [dict(sampler=s, steps=4) for s in sorted(CLASSES) if s not in ("tcd", "lcm", "consistency")]
SKIPS = [dict(sampler="ddim", steps=2, clip_skip=1, count=1)]
GUIDED_SKIPS = [dict(SKIPS[0], guidance=GUIDANCE, negative=NEGATIVE)]  # whose negative prompt skips nothing
# Their lengths share no factor, so that a sampler meets other ones in every model.
SIZES = ((24, 16), (16, 32), (16, 16), (16, 24))
COUNTS = (2, 1, 3, 1, 1)
SEEDS = (42, 7, 2**33 + 5)


def guided(runs):
    return [dict(run, guidance=GUIDANCE, negative=NEGATIVE) for run in runs]


def rotated(runs, shift):
    """Each run with a size, a number of pictures and a seed that the one before has not."""
    return [dict(dict(width=SIZES[i % 4][0], height=SIZES[i % 4][1], count=COUNTS[i % 5], seed=SEEDS[i % 3]), **run)
            for i, run in enumerate(runs, shift)]


EVERY = FEW + MANY + guided(FEW + MANY)
ZERO = dict(BETAS, _class_name="DDIMScheduler", prediction_type="v_prediction", rescale_betas_zero_snr=True,
            timestep_spacing="trailing", set_alpha_to_one=False, clip_sample=False)

# Samplers whose classes in diffusers start without signal where the configuration says so.
TERMINAL = ("ddim", "dpm++2m", "dpm++2s", "heun", "euler-ancestral", "sde-dpm++2m")

# name: how to build the folder, scheduler configuration in its place, runs
CASES = {
    "sd1": (sd1, None, rotated(EVERY, 0) + SKIPS + GUIDED_SKIPS),
    "sd2": (sd2, None, rotated(EVERY, 1)),
    "sd2-v": (sd2v, None, rotated([dict(r, guidance=3.0) if "guidance" in r else r for r in EVERY], 2)),
    "sd2-zero-snr": ("sd2-v", ZERO, rotated(
        [dict(run, **more) for more in ({}, dict(guidance=2.0))
         for run in FEW[1:] + [dict(sampler=s, steps=5) for s in TERMINAL]], 3)),
    "sdxl": (sdxl, None, rotated(EVERY, 4) + SKIPS + [
        dict(sampler="euler", steps=3, guidance=4.0), dict(sampler="euler", steps=3, guidance=4.0, negative=""),
        dict(sampler="euler", steps=2, original_size=(20, 30), crop=(3, 5), target_size=(18, 10)),
    ] + GUIDED_SKIPS),
    "sdxl-turbo": (turbo, None, [dict(sampler="euler-ancestral", steps=n) for n in (1, 2)] + rotated(EVERY, 5)),
    "lcm": (lcm, None, [dict(sampler="lcm", steps=n, guidance=g) for n in (2, 4) for g in (1.5, 8.5)] + rotated(
        FEW + MANY + [dict(run, guidance=8.5) for run in FEW + MANY], 6)),
    "inpaint": (inpaint, None, []),
}


def build(out, case, factory):
    """The folder in half precision, as diffusers writes it, and the pipeline in float32."""
    tok, size = tokenizer(out)
    shutil.rmtree(out)
    cls, parts = factory(tok, size)
    generator = torch.Generator().manual_seed(len(case))
    for name in ("text_encoder", "text_encoder_2", "unet", "vae"):
        if name in parts:
            randomise(parts[name], generator)
    accepted = inspect.signature(cls.__init__).parameters
    for name in ("safety_checker", "feature_extractor"):
        if name in accepted:
            parts[name] = None
    if "requires_safety_checker" in accepted:
        parts["requires_safety_checker"] = False
    if cls is StableDiffusionXLPipeline:
        parts["force_zeros_for_empty_prompt"] = case == "sdxl"
        parts["tokenizer_2"] = second(tok)
    pipe = cls(tokenizer=second(tok) if case == "sd2-v" else tok, **parts)
    pipe.to(torch.float16).save_pretrained(out, variant="fp16" if case == "sd2-v" else None,
                                           max_shard_size="100KB" if case == "sdxl" else "1GB")
    more = {"variant": "fp16"} if case == "sd2-v" else {}
    pipe = cls.from_pretrained(out, dtype=torch.float32, **more)
    pipe.set_progress_bar_config(disable=True)
    # Where diffusers 0.42 looks for the final norm under clip_skip, and transformers 5 has it no more.
    pipe.text_encoder.__dict__.setdefault("text_model", pipe.text_encoder)
    weather(out, case)
    return pipe


def second(tok):
    """OpenCLIP's tokenizer fills rows with exclamation marks."""
    import copy

    other = copy.deepcopy(tok)
    other.pad_token = "!"
    return other


def rename(file, change):
    save_file({change(k): v for k, v in load_file(file).items()}, file, {"format": "pt"})


def weather(out, case):
    """Writes files as they are found in the wild."""
    # As in the files of Stable Diffusion, whatever class wrote them. Clipped, DDIM would divide by a small
    # alpha what random networks get wrong: a rounding error of the latents ends as 3 % of their scale.
    file = out / "scheduler/scheduler_config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"clip_sample": False}, indent=1) + "\n")
    for folder in out.glob("tokenizer*"):
        if case == "sd1":
            (folder / "vocab.json").unlink(missing_ok=True)
            (folder / "merges.txt").unlink(missing_ok=True)
        else:
            (folder / "tokenizer.json").rename(folder / "whole.json")
            whole = json.loads((folder / "whole.json").read_text())
            vocab, merges = whole["model"]["vocab"], whole["model"]["merges"]
            lines = [m if isinstance(m, str) else " ".join(m) for m in merges]
            (folder / "vocab.json").write_text(json.dumps(vocab, ensure_ascii=False))
            (folder / "merges.txt").write_text("#version: 0.2\n" + "\n".join(lines) + "\n")
            (folder / "whole.json").unlink()
    if case == "sd1":
        old = {"to_q": "query", "to_k": "key", "to_v": "value", "to_out.0": "proj_attn"}

        def older(key):
            for new, name in old.items():
                key = key.replace(f"attentions.0.{new}.", f"attentions.0.{name}.")
            return key

        rename(out / "vae/diffusion_pytorch_model.safetensors", older)
        file = out / "text_encoder/model.safetensors"
        rename(file, lambda k: "text_model." + k.removeprefix("text_model."))
        tensors = load_file(file)
        tensors["text_model.embeddings.position_ids"] = torch.arange(24)[None]
        save_file(tensors, file, {"format": "pt"})
        index = json.loads((out / "model_index.json").read_text())
        index["safety_checker"] = ["stable_diffusion", "StableDiffusionSafetyChecker"]
        (out / "model_index.json").write_text(json.dumps(index, indent=1))
    if case == "lcm":
        rename(out / "text_encoder/model.safetensors", lambda k: k.removeprefix("text_model."))


def generators(seed, count):
    return [torch.Generator().manual_seed(seed + i) for i in range(count)]


def normal(seed, *shape):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def encodings(pipe):
    more = {"negative_prompt": NEGATIVE}
    encoded = pipe.encode_prompt(PROMPT, device="cpu", num_images_per_prompt=1, do_classifier_free_guidance=True, **more)
    out = {"tokens": torch.cat(encoded[:2])}
    if len(encoded) > 2:
        out["pooled"] = torch.cat(encoded[2:])
    return out


def networks(pipe, expected):
    config = pipe.unet.config
    x = normal(INPUT_SEED, 2, config.in_channels, *LATENT_SIZE)
    more = {}
    if "pooled" in expected:
        ids = torch.tensor([[16, 24, 0, 0, 16, 24], [20, 10, 3, 5, 32, 16]], dtype=torch.float32)
        more["added_cond_kwargs"] = {"text_embeds": expected["pooled"], "time_ids": ids}
    if config.time_cond_proj_dim:
        more["timestep_cond"] = pipe.get_guidance_scale_embedding(torch.tensor([0.5, 7.5]), config.time_cond_proj_dim)
    answer = pipe.unet(x, torch.tensor([999, 437]), expected["tokens"], **more).sample
    pixels = normal(INPUT_SEED + 1, 2, 3, 24, 16)
    moments = pipe.vae.encode(pixels).latent_dist
    return {"unet": answer, "moments": torch.cat([moments.mean, moments.logvar], 1),
            "pixels": pipe.vae.decode(x[:, :4]).sample}


def unsteady(step):
    """A scheduler's step after a network, both of which round otherwise."""
    generator = torch.Generator().manual_seed(1)

    def noise(like):
        return torch.randn(like.shape, generator=generator)

    def rounded(model_output, timestep, sample, *args, **kwargs):
        model_output = model_output + NETWORK_ROUNDING * model_output.abs().max() * noise(model_output)
        first, *rest = step(model_output, timestep, sample, *args, **kwargs)
        size = torch.maximum(first.abs(), sample.abs())
        return first + ROUNDING * size * noise(first), *rest

    # Pipelines look at the signature for eta and generator.
    return functools.wraps(step)(rounded)


def steady(pipe, config, run):
    """The run with the first seed, from its own on, from which it is, and its latents."""
    for _ in range(40):
        latents = paint(pipe, config, run)
        moved = (paint(pipe, config, run, unsteady) - latents).abs().max().item() / latents.abs().max().item()
        if moved <= STEADY:
            return run, latents
        print("rounding moves", run, "by", moved)
        run = dict(run, seed=run.get("seed", 42) + 100)
    raise SystemExit("no seed is steady")


def paint(pipe, config, run, step=lambda own: own):
    name = run["sampler"]
    if name.endswith("-karras"):
        config = dict(config, use_karras_sigmas=True)
    pipe.scheduler = CLASSES[name].from_config({**config, **NAMED.get(name, {})})
    pipe.scheduler.step = step(pipe.scheduler.step)
    count = run.get("count", 2)
    arguments = {"num_inference_steps": run["steps"], "guidance_scale": run.get("guidance", 1.0)}
    accepted = inspect.signature(pipe.__call__).parameters
    for key in ("clip_skip", "original_size", "target_size", "width", "height"):
        if key in run:
            arguments[key] = run[key]
    if "crop" in run:
        arguments["crops_coords_top_left"] = run["crop"]
    if "gamma" in run:
        arguments["eta"] = run["gamma"]
    if "negative" in run:
        arguments["negative_prompt"] = [run["negative"]] * count
    arguments = {k: v for k, v in arguments.items() if k in accepted}
    return pipe([PROMPT] * count, generator=generators(run.get("seed", 42), count), output_type="latent", **arguments).images


def picture(pipe, latents):
    pixels = pipe.vae.decode(latents / pipe.vae.config.scaling_factor).sample
    return ((pixels / 2 + 0.5).clamp(0, 1) * 255).round().to(torch.uint8)


def painter(pipe, run):
    """The pipeline of LCM never passes eta; that of SD1 embeds guidance too and does."""
    if isinstance(pipe, LatentConsistencyModelPipeline) and run["sampler"] != "lcm":
        pipe = StableDiffusionPipeline(**pipe.components, requires_safety_checker=False)
        pipe.set_progress_bar_config(disable=True)
    return pipe


def main(out):
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    pipes, described = {}, []
    for case, (factory, scheduler, runs) in CASES.items():
        known = isinstance(factory, str)
        pipe = pipes[factory] if known else build(out / case, case, factory)
        pipes[case] = pipe
        config = scheduler or dict(pipe.scheduler.config, clip_sample=False)
        with torch.inference_mode():
            expected = {} if known else encodings(pipe)
            expected |= {} if known else networks(pipe, expected)
            for i, run in enumerate(runs):
                runs[i], latents = steady(painter(pipe, run), config, run)
                expected[f"run {i}"] = latents
                expected[f"image {i}"] = picture(pipe, latents)
        save_file({k: v.contiguous() for k, v in expected.items()}, out / f"{case}.safetensors")
        described.append({"case": case, "folder": factory if known else case, "scheduler": scheduler, "runs": runs})
        print(case, len(runs), "runs; greatest latent", max([v.abs().max().item() for k, v in expected.items() if k[:3] == "run"] or [0]))
    whole = {"prompt": PROMPT, "negative": NEGATIVE, "inputSeed": INPUT_SEED, "cases": described}
    (out / "cases.json").write_text(json.dumps(whole, separators=(",", ":")) + "\n")
    for file in out.rglob("*.safetensors"):
        file.chmod(0o644)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
