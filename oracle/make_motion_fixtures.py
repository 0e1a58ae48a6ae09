"""What diffusers makes with AnimateDiff: motion adapters alone, and whole runs with the tiny pipelines of make_fidelity_fixtures.py.

    python oracle/make_motion_fixtures.py models/src/test/resources/motion pipeline/src/test/resources

The first folder gets networks of weights by formula.py (`UNetMotionModel`, no weights in the files): outputs, and that
of a network whose motion modules normalise each frame by itself. The second gets `motion/`: adapters for
the folders in `fidelity/` (float16, all random), a motion LoRA under diffusers' names and its authors', hints of each
frame, `cases.json`, and CASE.safetensors with

    run N      final latents of run N, (videos x frames, 4, h, w)
    image N    its frames (videos x frames, 3, H, W), 0 to 255, of every fourth run
"""

import functools
import inspect
import json
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy
import torch
from diffusers import (
    AnimateDiffControlNetPipeline, AnimateDiffPipeline, AnimateDiffSDXLPipeline, ControlNetModel, MotionAdapter,
    UNet2DConditionModel, UNetMotionModel,
)
from diffusers.loaders.single_file_utils import convert_animatediff_checkpoint_to_diffusers
from diffusers.models.unets.unet_motion_model import AnimateDiffTransformer3D
from PIL import Image
from safetensors.torch import save_file
from transformers import CLIPImageProcessor, CLIPVisionModelWithProjection

import formula
from make_fidelity_fixtures import CROSS, NEGATIVE, PLAIN, PROMPT, STEADY, unsteady
from make_input_fixtures import mask, pipeline, source
from make_pipeline_fixture import randomise
from make_scheduler_fixtures import CLASSES, NAMED

torch.set_num_threads(1)

UP_CROSS, UP_PLAIN = "CrossAttnUpBlock2D", "UpBlock2D"
NETWORKS = {
    "sd": (dict(down_block_types=[CROSS, PLAIN], up_block_types=[UP_PLAIN, UP_CROSS], block_out_channels=[8, 16],
                layers_per_block=2, attention_head_dim=2, cross_attention_dim=10, norm_num_groups=4),
           dict(motion_num_attention_heads=[2, 4], motion_max_seq_length=8, motion_transformer_layers_per_block=[1, 2])),
    "sdxl": (dict(down_block_types=[PLAIN, CROSS, CROSS], up_block_types=[UP_CROSS, UP_CROSS, UP_PLAIN],
                  block_out_channels=[8, 8, 16], layers_per_block=1, attention_head_dim=[1, 2, 4], cross_attention_dim=10,
                  norm_num_groups=4, use_linear_projection=True, transformer_layers_per_block=[1, 2, 1],
                  addition_embed_type="text_time", addition_time_embed_dim=4, projection_class_embeddings_input_dim=36),
             dict(motion_num_attention_heads=2, motion_max_seq_length=6, use_motion_mid_block=False)),
}
ROWS, FRAMES, HEIGHT, WIDTH = 2, 4, 6, 4


def motion_unet(unet, motion):
    c = UNet2DConditionModel(**unet)
    layers = c.config.layers_per_block
    adapter = MotionAdapter(block_out_channels=unet["block_out_channels"], motion_layers_per_block=layers,
                            motion_norm_num_groups=4, **motion)
    model = UNetMotionModel.from_unet2d(c, adapter)
    with torch.no_grad():
        for key, v in model.state_dict().items():
            if not key.endswith(".pe"):
                v.copy_(formula.value(key, tuple(v.shape)))
    return model.eval(), adapter


def answer(model, name):
    x = formula.noise(name + ".x", ROWS, 4, FRAMES, HEIGHT, WIDTH)
    text = formula.noise(name + ".tokens", ROWS, 5, 10)
    more = {}
    if name == "sdxl":
        pooled = formula.noise(name + ".pooled", ROWS, 12)
        ids = torch.tensor([[64.0 + r, 48, 0, 8 * r, 64, 64] for r in range(ROWS)])
        more["added_cond_kwargs"] = {"text_embeds": pooled, "time_ids": ids}
    with torch.inference_mode():
        out = model(x, torch.tensor([981, 17]), text.repeat_interleave(FRAMES, 0), **more).sample
    return out.permute(0, 2, 1, 3, 4).flatten(0, 1)


def frame_by_frame():
    """The answer of the network whose motion modules normalise each frame by itself."""
    def forward(self, hidden_states, *args, num_frames=1, **kwargs):
        bf, c, h, w = hidden_states.shape
        num_frames = args[3] if len(args) > 3 else num_frames
        y = self.norm(hidden_states).reshape(bf // num_frames, num_frames, c, h, w)
        y = y.permute(0, 3, 4, 1, 2).reshape(-1, num_frames, c)
        y = self.proj_in(y)
        for block in self.transformer_blocks:
            y = block(y)
        y = self.proj_out(y).reshape(-1, h, w, num_frames, c).permute(0, 3, 4, 1, 2).reshape(bf, c, h, w)
        return y + hidden_states
    kept = AnimateDiffTransformer3D.forward
    AnimateDiffTransformer3D.forward = forward
    try:
        return answer(motion_unet(*NETWORKS["sd"])[0], "sd")
    finally:
        AnimateDiffTransformer3D.forward = kept


def networks(out):
    out.mkdir(parents=True, exist_ok=True)
    tensors = {}
    for name, (unet, motion) in NETWORKS.items():
        model, adapter = motion_unet(unet, motion)
        config = dict(unet=unet, motion=json.loads(adapter.to_json_string()))
        (out / f"{name}.json").write_text(json.dumps(config, indent=1) + "\n")
        tensors[name] = answer(model, name)
    theirs = frame_by_frame()
    assert (theirs - tensors["sd"]).abs().max() > 0.01 * tensors["sd"].abs().max()
    tensors["twin: norm of each frame"] = theirs
    save_file({k: v.contiguous() for k, v in tensors.items()}, out / "expected.safetensors")
    (out / "names.json").write_text(json.dumps(authors_names(adapter), indent=0) + "\n")


def authors_names(adapter):
    """Diffusers' names to those of the authors' files, which diffusers' conversion is asked to confirm."""
    names = {}
    for ours in adapter.state_dict():
        if ours.endswith(".pe"):
            continue
        place, rest = ours.split(".motion_modules.")
        number, rest = rest.split(".", 1)
        for a, b in (("attn1", "attention_blocks.0"), ("attn2", "attention_blocks.1"), ("norm1", "norms.0"),
                     ("norm2", "norms.1"), ("norm3", "ff_norm")):
            rest = rest.replace(f".{a}.", f".{b}.")
        names[ours] = f"{place}.motion_modules.{number}.temporal_transformer.{rest}"
    back = convert_animatediff_checkpoint_to_diffusers({v: k for k, v in names.items()})
    assert all(k == v for k, v in back.items()) and len(back) == len(names)
    return names


# Of a folder in fidelity/.
ADAPTERS = {"sd1": dict(motion_num_attention_heads=2, motion_max_seq_length=8),
            "sdxl": dict(motion_num_attention_heads=[2, 4, 4], motion_max_seq_length=6, use_motion_mid_block=False)}
SIZES = ((16, 16), (24, 16), (16, 24))
SEEDS = (42, 7, 2**33 + 5)
FEW = ("tcd", "lcm", "ddim")
MANY = ("euler", "euler-ancestral", "dpm++2m", "heun", "dpm++2s")


def runs(case):
    made = []

    def add(sampler, guided, **more):
        n = len(made)
        run = dict(sampler=sampler, steps=4, frames=3 + n % 3, seed=SEEDS[n % 3], count=1 + (n % 4 == 0),
                   width=SIZES[n % 3][0], height=SIZES[n % 3][1])
        if sampler == "tcd":
            run["gamma"] = (0.3, 0.0, 1.0)[n % 3]
        if guided:
            run |= dict(guidance=5.0, negative=NEGATIVE)
        made.append(run | more)

    for guided in (False, True):
        for sampler in FEW + (MANY if case == "sd1" else MANY[:2]):
            add(sampler, guided)
    for guided in (False, True) if case == "sd1" else ():
        for sampler in FEW:
            add(sampler, guided, loras=[["motion-lora.safetensors", 1.2], ["lora.safetensors", 0.8]])
        add("tcd", guided, control=[dict(net="control-sd1", hints="hints", scale=0.8, start=0.0, end=0.75)], frames=4)
        add("ddim", guided, control=[dict(net="control-sd1", hints="hints", scale=0.5, start=0.0, end=1.0),
                                     dict(net="control-sd1-bgr", hints="hints-2", scale=1.0, start=0.25, end=1.0)], frames=4)
        add("lcm", guided, ip="ip-sd1-plain.bin", frames=4)
        add("ddim", guided, free_noise=[4, 2], frames=8)
        add("tcd", guided, free_noise=[4, 2], frames=6, count=2)
    return made


def lora(unet, names, seed):
    generator = torch.Generator().manual_seed(seed)
    tensors = {}
    for name in names:
        weight = unet.get_submodule(name).weight
        rank = 2
        tensors[f"unet.{name}.lora_A.weight"] = torch.randn(rank, weight.shape[1], generator=generator) / 3
        tensors[f"unet.{name}.lora_B.weight"] = torch.randn(weight.shape[0], rank, generator=generator) / 3
    return tensors


def loras(out, unet):
    motion = [n for n, _ in unet.named_modules() if "motion_modules" in n and n.split(".")[-1] in ("to_q", "to_k", "to_v")]
    motion += [n for n, _ in unet.named_modules() if "motion_modules" in n and n.endswith("to_out.0")]
    spatial = [n for n, _ in unet.named_modules() if ".attentions." in n and n.split(".")[-1] in ("to_q", "to_v")]
    tensors = lora(unet, motion, 5)
    save_file(tensors, out / "motion-lora.safetensors")
    save_file(lora(unet, spatial, 6), out / "lora.safetensors")
    theirs = {}
    for key, t in tensors.items():
        name, kind = key.removeprefix("unet.").split(".lora_")
        name = name.removesuffix(".0") if name.endswith("to_out.0") else name
        for a, b in (("attn1", "attention_blocks.0"), ("attn2", "attention_blocks.1")):
            name = name.replace(f".{a}.", f".{b}.processor.")
        place, rest = name.split(".motion_modules.")
        number, rest = rest.split(".", 1)
        part = "down" if kind.startswith("A") else "up"
        theirs[f"{place}.motion_modules.{number}.temporal_transformer.{rest}_lora.{part}.weight"] = t
    torch.save({"state_dict": theirs}, out / "authors-lora.ckpt")


def hints(out):
    for name, picture in (("hints", source()), ("hints-2", mask())):
        (out / name).mkdir()
        for i in range(4):
            shifted = numpy.roll(numpy.asarray(picture), 4 * i, axis=1)
            Image.fromarray(shifted).save(out / name / f"frame-{i + 1}.png")


def read(folder):
    return [Image.open(p).convert("RGB") for p in sorted(folder.iterdir())]


def video_pipeline(pipe, resources, case, run):
    adapter = MotionAdapter.from_pretrained(resources / "motion" / case, torch_dtype=torch.float32)
    controls = [ControlNetModel.from_pretrained(resources / "adapter" / c["net"], torch_dtype=torch.float32)
                for c in run.get("control", [])]
    cls = AnimateDiffSDXLPipeline if case == "sdxl" else AnimateDiffControlNetPipeline if controls else AnimateDiffPipeline
    accepted = inspect.signature(cls.__init__).parameters
    parts = {k: v for k, v in pipe.components.items() if k in accepted and v is not None}
    if controls:
        parts["controlnet"] = controls if len(controls) > 1 else controls[0]
    if case == "sdxl":
        parts["force_zeros_for_empty_prompt"] = pipe.config.force_zeros_for_empty_prompt
    made = cls(motion_adapter=adapter, **parts)
    if case == "sdxl":
        # Which diffusers 0.42.1 forgets, so that its pipeline runs with another random one each time.
        made.unet.add_embedding.load_state_dict(pipe.unet.add_embedding.state_dict())
    made.set_progress_bar_config(disable=True)
    if "loras" in run:
        for i, (file, weight) in enumerate(run["loras"]):
            made.load_lora_weights(resources / "motion", weight_name=file, adapter_name=f"a{i}")
        made.set_adapters([f"a{i}" for i in range(len(run["loras"]))], [w for _, w in run["loras"]])
    if "ip" in run:
        made.register_modules(
            image_encoder=CLIPVisionModelWithProjection.from_pretrained(resources / "adapter" / "encoder"),
            feature_extractor=CLIPImageProcessor(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32}))
        made.load_ip_adapter([str(resources / "adapter")], subfolder=[""], weight_name=[run["ip"]], image_encoder_folder=None)
        made.set_ip_adapter_scale([0.7])
    if "free_noise" in run:
        made.enable_free_noise(context_length=run["free_noise"][0], context_stride=run["free_noise"][0] - run["free_noise"][1])
    return made


def generate(made, config, resources, run, kind="latent", step=lambda own: own):
    name = run["sampler"]
    config = dict(config, clip_sample=False)
    rows = []
    for i in range(run["count"]):
        made.scheduler = CLASSES[name].from_config({**config, **NAMED.get(name, {})})
        made.scheduler.step = step(made.scheduler.step)
        more = {}
        if "gamma" in run:
            more["eta"] = run["gamma"]
        if "negative" in run:
            more["negative_prompt"] = run["negative"]
        if "ip" in run:
            more["ip_adapter_image"] = [source()]
        controls = run.get("control", [])
        if controls:
            videos = [read(resources / "motion" / c["hints"]) for c in controls]
            several = len(controls) > 1
            more["conditioning_frames"] = videos if several else videos[0]
            for key, ours in (("controlnet_conditioning_scale", "scale"), ("control_guidance_start", "start"),
                              ("control_guidance_end", "end")):
                more[key] = [c[ours] for c in controls] if several else controls[0][ours]
        frames = made(PROMPT, num_frames=run["frames"], width=run["width"], height=run["height"],
                      num_inference_steps=run["steps"], guidance_scale=run.get("guidance", 1.0),
                      generator=torch.Generator().manual_seed(run["seed"] + i), output_type=kind, **more).frames
        if kind == "latent":
            rows.append(frames[0].permute(1, 0, 2, 3))
        else:
            rows.append(torch.from_numpy(numpy.stack([numpy.asarray(f) for f in frames[0]])).permute(0, 3, 1, 2))
    return torch.cat(rows)


def moved(step):
    """`unsteady`, for pipelines that take both forms of a step's result."""
    def tuples(*args, return_dict=True, **kwargs):
        return step(*args, return_dict=False, **kwargs)

    inner = unsteady(functools.wraps(step)(tuples))

    def own(*args, return_dict=True, **kwargs):
        result = inner(*args, **kwargs)
        return SimpleNamespace(prev_sample=result[0]) if return_dict else result

    return functools.wraps(step)(own)


def steady(made, config, resources, run):
    for _ in range(40):
        latents = generate(made, config, resources, run)
        by = ((generate(made, config, resources, run, step=moved) - latents).abs().max() / latents.abs().max()).item()
        if by <= STEADY:
            return run, latents
        print("rounding moves", run, "by", by)
        run = dict(run, seed=run["seed"] + 100)
    raise SystemExit("no seed is steady")


def pipelines(resources):
    out = resources / "motion"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    hints(out)
    described = []
    for case, config in ADAPTERS.items():
        pipe, _ = pipeline(resources / "fidelity", case)
        unet = pipe.unet.config
        adapter = MotionAdapter(block_out_channels=unet.block_out_channels, motion_layers_per_block=unet.layers_per_block,
                                motion_norm_num_groups=unet.norm_num_groups, **config)
        randomise(adapter, torch.Generator().manual_seed(60 + len(case)))
        adapter.to(torch.float16).save_pretrained(out / case)
        if case == "sd1":
            loras(out, UNetMotionModel.from_unet2d(pipe.unet, adapter))
        expected, written = {}, []
        scheduler = dict(pipe.scheduler.config)
        for i, run in enumerate(runs(case)):
            fresh, _ = pipeline(resources / "fidelity", case)
            fresh.text_encoder.__dict__.setdefault("text_model", fresh.text_encoder)
            with torch.inference_mode():
                made = video_pipeline(fresh, resources, case, run)
                run, expected[f"run {i}"] = steady(made, scheduler, resources, run)
                if i % 4 == 0:
                    expected[f"image {i}"] = generate(made, scheduler, resources, run, "pil")
            written.append(run)
        save_file({k: v.contiguous() for k, v in expected.items()}, out / f"{case}.safetensors")
        described.append({"case": case, "runs": written})
        print(case, len(written), "runs", flush=True)
    (out / "cases.json").write_text(json.dumps({"cases": described}, separators=(",", ":")) + "\n")
    for file in out.rglob("*.safetensors"):
        file.chmod(0o644)


if __name__ == "__main__":
    networks(Path(sys.argv[1]))
    pipelines(Path(sys.argv[2]))
