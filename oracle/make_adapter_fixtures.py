"""What diffusers makes with ControlNets, T2I-Adapters and IP-Adapters, with the tiny pipelines of make_fidelity_fixtures.py.

    python oracle/make_adapter_fixtures.py pipeline/src/test/resources

Reads the folders in `fidelity/` and the pictures in `input/`, and writes `adapter/`: folders of ControlNets (float16,
every tensor random, zero convolutions too), `encoder` for picture prompts, IP-Adapters under the keys of their authors'
files, `cases.json` with all runs, and for each case NAME.safetensors (float32)
with the final latents of each run. Runs with a picture or a mask are made as by make_input_fixtures.py.

    python oracle/make_adapter_fixtures.py pipeline/src/test/resources union

makes the runs of the ControlNet-union alone anew, and leaves the others as they are.
"""

import inspect
import json
import shutil
import sys
from pathlib import Path

import torch
from diffusers import (
    ControlNetModel, StableDiffusionControlNetImg2ImgPipeline, StableDiffusionControlNetInpaintPipeline,
    StableDiffusionControlNetPipeline, StableDiffusionXLControlNetImg2ImgPipeline,
    StableDiffusionImg2ImgPipeline, StableDiffusionPipeline, StableDiffusionXLControlNetInpaintPipeline,
    ControlNetUnionModel, StableDiffusionXLControlNetUnionImg2ImgPipeline, StableDiffusionXLControlNetUnionInpaintPipeline,
    StableDiffusionXLControlNetUnionPipeline, StableDiffusionAdapterPipeline, StableDiffusionXLAdapterPipeline, StableDiffusionXLControlNetPipeline,
    StableDiffusionXLImg2ImgPipeline, StableDiffusionXLPipeline, T2IAdapter,
)
from diffusers.image_processor import IPAdapterMaskProcessor
from PIL import Image
from safetensors.torch import load_file, save_file
from transformers import CLIPImageProcessor, CLIPVisionConfig, CLIPVisionModelWithProjection

from make_fidelity_fixtures import NEGATIVE, PROMPT, SIZES, STEADY, unsteady
from make_input_fixtures import mask, pipeline, source
from make_pipeline_fixture import randomise
from make_scheduler_fixtures import CLASSES, NAMED

torch.set_num_threads(1)

CASES = ("sd1", "sd2", "sdxl", "lcm", "inpaint")
GUIDANCE = {"sd1": 5.0, "sd2": 5.0, "sdxl": 5.0, "lcm": 8.5, "inpaint": 5.0}
WINDOWS = ((0.0, 1.0), (0.25, 0.75), (0.0, 0.5), (0.3, 1.0), (0.1, 0.9))
SCALES = (0.5, 1.0, 1.4, 0.8)
SEEDS = (42, 7, 2**33 + 5)
GAMMAS = (0.3, 0.0, 1.0)
# In the order of the pipelines below.
KINDS = ("text", "image", "mask")
PIPELINES = (StableDiffusionControlNetPipeline, StableDiffusionControlNetImg2ImgPipeline,
             StableDiffusionControlNetInpaintPipeline)
XL_PIPELINES = (StableDiffusionXLControlNetPipeline, StableDiffusionXLControlNetImg2ImgPipeline,
                StableDiffusionXLControlNetInpaintPipeline)


def controls(pipe, case):
    """Two ControlNets for the U-Net: one plain, one with blue first."""
    scale = len(pipe.vae.config.block_out_channels)
    made = {}
    for i, name in enumerate((f"control-{case}", f"control-{case}-bgr")):
        net = ControlNetModel.from_unet(pipe.unet, conditioning_channels=3, load_weights_from_unet=False,
                                        controlnet_conditioning_channel_order=("rgb", "bgr")[i],
                                        conditioning_embedding_out_channels=(4, 6, 8, 8)[:scale]) \
            if pipe.unet.config.in_channels == 4 else four(pipe, i, scale)
        randomise(net, torch.Generator().manual_seed(31 * len(case) + i))
        made[name] = net
    return made


def four(pipe, i, scale):
    """For a U-Net that reads more than latents, which a ControlNet does not."""
    config = {k: v for k, v in pipe.unet.config.items() if k in inspect.signature(ControlNetModel.__init__).parameters}
    return ControlNetModel(**dict(config, in_channels=4, controlnet_conditioning_channel_order=("rgb", "bgr")[i],
                                  conditioning_embedding_out_channels=(4, 6, 8, 8)[:scale]))


FILES = {"sd1": ("ip-sd1-plain.bin", "ip-sd1-plus.safetensors", "ip-sd1-full.safetensors"),
         "sd2": ("ip-sd2-plain.safetensors",),
         "sdxl": ("ip-sdxl-plain.safetensors", "ip-sdxl-plus.bin")}
SIDE, HIDDEN, PROJECTION = 32, 24, 10


def encoder():
    config = CLIPVisionConfig(hidden_size=HIDDEN, intermediate_size=40, projection_dim=PROJECTION, num_hidden_layers=3,
                              num_attention_heads=4, image_size=SIDE, patch_size=8, hidden_act="gelu")
    model = CLIPVisionModelWithProjection(config).eval()
    randomise(model, torch.Generator().manual_seed(5))
    return model


def ip_adapter(unet, kind, seed):
    """The tensors of an IP-Adapter by their authors' names, all random."""
    generator = torch.Generator().manual_seed(seed)
    context = unet.config.cross_attention_dim

    def normal(*shape):
        return (torch.randn(shape, generator=generator) / shape[-1] ** 0.5).half()

    def norm(n):
        return (1 + 0.3 * torch.randn(n, generator=generator)).half(), (0.3 * torch.randn(n, generator=generator)).half()

    proj = {}

    def put(name, *shape, bias=True):
        proj[f"{name}.weight"] = normal(*shape)
        if bias:
            proj[f"{name}.bias"] = normal(shape[0])

    def put_norm(name, n):
        proj[f"{name}.weight"], proj[f"{name}.bias"] = norm(n)

    if kind == "plain":
        put("proj", 4 * context, PROJECTION)
        put_norm("norm", context)
    elif kind == "full":
        put("proj.0", HIDDEN, HIDDEN)
        put("proj.2", context, HIDDEN)
        put_norm("proj.3", context)
    else:
        dim, inner = 12, 128
        proj["latents"] = normal(1, 5, dim)
        put("proj_in", dim, HIDDEN)
        put("proj_out", context, dim)
        put_norm("norm_out", context)
        for i in range(4):
            for n in ("norm1", "norm2"):
                put_norm(f"layers.{i}.0.{n}", dim)
            put(f"layers.{i}.0.to_q", inner, dim, bias=False)
            put(f"layers.{i}.0.to_kv", 2 * inner, dim, bias=False)
            put(f"layers.{i}.0.to_out", dim, inner, bias=False)
            put_norm(f"layers.{i}.1.0", dim)
            put(f"layers.{i}.1.1", 4 * dim, dim, bias=False)
            put(f"layers.{i}.1.3", dim, 4 * dim, bias=False)
    layers = {}
    crosses = [n for n in unet.attn_processors if "attn2" in n]
    for i, name in enumerate(crosses):
        module = unet.get_submodule(name.removesuffix(".processor"))
        width = module.to_k.weight.shape[0]
        layers[f"{2 * i + 1}.to_k_ip.weight"] = normal(width, context)
        layers[f"{2 * i + 1}.to_v_ip.weight"] = normal(width, context)
    return {"image_proj": proj, "ip_adapter": layers}


def save_adapter(path, tensors):
    if path.suffix == ".bin":
        torch.save(tensors, path)
    else:
        save_file({f"{part}.{k}": v.contiguous() for part in tensors for k, v in tensors[part].items()}, path)


def ip_runs(case):
    """Every form, unguided and guided, with two pictures, with masks, two at once, with a ControlNet, with a picture."""
    files, made = FILES.get(case, ()), []
    pictures = ["source.png", "mask.png"]
    forms = [[dict(file=f, pictures=pictures[i % 2:i % 2 + 1], scale=(0.5, 1.0, 0.8)[i])] for i, f in enumerate(files)]
    forms += [[dict(file=files[-1], pictures=pictures, scale=0.7)]] if files else []
    forms += [[dict(file=f, pictures=pictures, scale=0.9, masks=["mask.png", "source.png"])] for f in files[:2]]
    if len(files) > 1:
        forms.append([dict(file=files[0], pictures=pictures[:1], scale=0.3), dict(file=files[1], pictures=pictures, scale=0.8)])
        forms.append([dict(file=files[1], pictures=pictures[:1], scale=0.6, masks=["mask.png"]),
                      dict(file=files[0], pictures=pictures[1:], scale=0.5)])
    for form_ in forms:
        for guided in (False, True):
            n = len(made)
            run = dict(sampler=("tcd", "heun", "lcm", "euler-ancestral", "ddim")[n % 5], steps=4, seed=SEEDS[n % 3],
                       count=1 + (n % 3 == 0), width=SIZES[n % 4][0], height=SIZES[n % 4][1], kind="text", ip=form_)
            if run["sampler"] == "tcd":
                run["gamma"] = 0.3
            if guided:
                run |= dict(guidance=GUIDANCE[case], negative=NEGATIVE)
            if n % 4 == 1:
                run["controls"] = [dict(net=f"control-{case}", scale=0.5, start=0.0, end=0.75)]
                run["guess"] = n % 8 == 5
            elif n % 4 == 2:
                run |= dict(kind="image", strength=0.7)
            made.append(run)
    return made


# name, arguments; the features of the XL kind start at half the size of the latents
T2I = {
    "sd1": {"t2i-sd1-full": dict(in_channels=3, channels=[4, 8], num_res_blocks=2, downscale_factor=2)},
    "sd2": {"t2i-sd2-light": dict(in_channels=1, channels=[8], num_res_blocks=1, downscale_factor=2,
                                  adapter_type="light_adapter")},  # whose last two blocks are of one width
    "sdxl": {"t2i-sdxl": dict(in_channels=3, channels=[4, 8, 16, 16], num_res_blocks=1, downscale_factor=4,
                              adapter_type="full_adapter_xl")},
}


def t2i_runs(case):
    made = []
    for name in T2I.get(case, ()):
        for sampler in ("tcd", "ddim", "lcm", "euler") + (("heun",) if case == "sd1" else ()):
            n = len(made) + len(name)
            run = dict(sampler=sampler, steps=4, seed=SEEDS[n % 3], count=1 + (n % 3 == 0), width=SIZES[n % 4][0],
                       height=SIZES[n % 4][1], kind="t2i", controls=[dict(net=name, scale=SCALES[n % 4], start=0.0, end=1.0)])
            if sampler == "tcd":
                run["gamma"] = 0.3
            if n % 2:
                run |= dict(guidance=GUIDANCE[case], negative=NEGATIVE)
            made.append(run)
    return made


UNION_PIPELINES = (StableDiffusionXLControlNetUnionPipeline, StableDiffusionXLControlNetUnionImg2ImgPipeline,
                   StableDiffusionXLControlNetUnionInpaintPipeline)
# Numbers of the kinds in the network, and their names in requests.
TYPES = ("openpose", "depth", "softedge", "canny", "normal", "segment")
UNION = "control-sdxl-union"


def union(pipe):
    """A ControlNet-union for the U-Net, every tensor random."""
    scale = len(pipe.vae.config.block_out_channels)
    config = {k: v for k, v in pipe.unet.config.items() if k in inspect.signature(ControlNetUnionModel.__init__).parameters}
    channels = config["block_out_channels"][0]
    net = ControlNetUnionModel(**dict(config, conditioning_embedding_out_channels=(4, 6, 8, 8)[:scale], num_control_type=6,
                                      num_trans_channel=channels, num_trans_head=2, num_proj_channel=channels))
    randomise(net, torch.Generator().manual_seed(77))
    return net


def union_runs(case):
    """One hint and two, of other weights and shares, by sampler, unguided and guided, in guess mode, with a picture."""
    made = []
    for kind in KINDS if case == "sdxl" else ():
        for sampler in ("tcd", "ddim", "lcm", "heun", "euler", "euler-ancestral") if kind == "text" else ("tcd", "ddim"):
            for guided in (False, True):
                n = len(made)
                run = dict(sampler=sampler, steps=4, seed=SEEDS[n % 3], count=1 + (n % 5 == 0), kind=kind, union=True,
                           width=SIZES[n % 4][0], height=SIZES[n % 4][1], guess=n % 4 == 2)  # guided, diffusers fails in guess mode
                nets = [dict(net=UNION, type=TYPES[n % 6], scale=SCALES[n % 4], start=WINDOWS[n % 5][0], end=WINDOWS[n % 5][1])]
                if n % 3:
                    start, end = WINDOWS[(n + 2) % 5]
                    nets.append(dict(net=UNION, type=TYPES[(n + 2) % 6], scale=SCALES[(n + 1) % 4], start=start, end=end))
                run["controls"] = nets
                if sampler == "tcd":
                    run["gamma"] = GAMMAS[n % 3]
                if kind != "text":
                    run["strength"] = (0.6, 1.0, 0.8)[n % 3]
                if guided:
                    run |= dict(guidance=GUIDANCE[case], negative=NEGATIVE)
                made.append(run)
    return made


def runs(case):
    made = []
    # With a picture, diffusers' ControlNet pipelines do not know networks that embed their guidance.
    for kind in {"inpaint": ("mask",), "lcm": ("text",)}.get(case, KINDS):
        for sampler in CLASSES if kind == "text" else ("tcd", "lcm", "ddim", "heun", "euler-ancestral"):
            n = len(made) + len(case)
            start, end = WINDOWS[n % 5]
            run = dict(sampler=sampler, steps=4 + n % 3, seed=SEEDS[n % 3], count=1 + (n % 7 == 0), kind=kind)
            run["width"], run["height"] = SIZES[n % 4]
            nets = [dict(net=f"control-{case}", scale=SCALES[n % 4], start=start, end=end)]
            if n % 3 == 0:
                start, end = WINDOWS[(n + 2) % 5]
                nets.append(dict(net=f"control-{case}-bgr", scale=SCALES[(n + 1) % 4], start=start, end=end))
            run["controls"] = nets
            if sampler == "tcd":
                run["gamma"] = GAMMAS[n % 3]
            if kind != "text":
                run["strength"] = (0.6, 1.0, 0.8)[n % 3]
            if n % 2:
                run |= dict(guidance=GUIDANCE[case], negative=NEGATIVE)
            if n % 4 > 1:
                run["guess"] = True
            made.append(run)
    for guidance in ({}, dict(guidance=GUIDANCE[case], negative=NEGATIVE)):
        for guess in (False, True):
            made.append(dict(sampler="tcd", steps=4, gamma=0.3, seed=0, count=2, kind="mask" if case == "inpaint" else "text",
                             width=24, height=16, guess=guess, **guidance, **({"strength": 1.0} if case == "inpaint" else {}),
                             controls=[dict(net=f"control-{case}", scale=0.5, start=0.25, end=0.75)]))
    return made


def form(pipe, kind, nets):
    xl = isinstance(pipe, StableDiffusionXLPipeline)
    one_net = bool(nets) and isinstance(nets[0], ControlNetUnionModel)
    if one_net:
        nets = nets[:1]
        cls = UNION_PIPELINES[KINDS.index(kind)]
    elif kind == "t2i":
        cls = StableDiffusionXLAdapterPipeline if xl else StableDiffusionAdapterPipeline
    elif nets:
        cls = (XL_PIPELINES if xl else PIPELINES)[KINDS.index(kind)]
    elif kind == "text":
        cls = StableDiffusionXLPipeline if xl else StableDiffusionPipeline
    else:
        cls = StableDiffusionXLImg2ImgPipeline if xl else StableDiffusionImg2ImgPipeline
    accepted = inspect.signature(cls.__init__).parameters
    parts = {k: v for k, v in pipe.components.items() if k in accepted}
    if "requires_safety_checker" in accepted:
        parts["requires_safety_checker"] = False
    if xl:
        parts["force_zeros_for_empty_prompt"] = pipe.config.force_zeros_for_empty_prompt
    if kind == "t2i":
        parts["adapter"] = nets[0]
    elif nets:
        parts["controlnet"] = nets if len(nets) > 1 else nets[0]
    made = cls(**parts)
    made.set_progress_bar_config(disable=True)
    return made


def hint(i):
    """The picture of the inputs, or the mask: neither of the size of a run."""
    return (source(), mask())[i]


def generate(pipe, config, run, step=lambda own: own):
    name = run["sampler"]
    config = dict(config, clip_sample=False)
    if name.endswith("-karras"):
        config["use_karras_sigmas"] = True
    rows = []
    for i in range(run["count"]):
        pipe.scheduler = CLASSES[name].from_config({**config, **NAMED.get(name, {})})
        pipe.scheduler.step = step(pipe.scheduler.step)
        rows.append(one(pipe, run, run["seed"] + i))
    return torch.cat(rows)


def one(pipe, run, seed):
    size = (run["width"], run["height"])
    nets = run.get("controls", [])
    arguments = dict(guidance_scale=run.get("guidance", 1.0), output_type="latent", width=size[0], height=size[1],
                     generator=torch.Generator().manual_seed(seed), num_inference_steps=run["steps"])
    if run["kind"] == "t2i":
        grey = nets[0]["net"].endswith("light")
        arguments |= dict(image=source().convert("L") if grey else source(), adapter_conditioning_scale=nets[0]["scale"])
        nets = []
    elif nets:
        arguments["guess_mode"] = run.get("guess", False)
    if "ip" in run:
        named = {"source.png": source, "mask.png": mask}
        arguments["ip_adapter_image"] = [[named[p]() for p in ip["pictures"]] for ip in run["ip"]]
        if any("masks" in ip for ip in run["ip"]):
            factor = 2 ** (len(pipe.vae.config.block_out_channels) - 1)
            processor = IPAdapterMaskProcessor(vae_scale_factor=factor)
            masks = []
            for ip in run["ip"]:
                if "masks" not in ip:
                    masks.append(None)
                    continue
                m = processor.preprocess([named[p]() for p in ip["masks"]], height=size[1], width=size[0])
                masks.append(m.reshape(1, m.shape[0], m.shape[2], m.shape[3]))
            arguments["cross_attention_kwargs"] = {"ip_adapter_masks": masks}
    hints = [hint(i) for i in range(len(nets))]
    several = len(nets) > 1 or "union" in run
    for key, ours in (("controlnet_conditioning_scale", "scale"), ("control_guidance_start", "start"),
                      ("control_guidance_end", "end")) if nets else ():
        arguments[key] = [n[ours] for n in nets] if several else nets[0][ours]
    if "gamma" in run:
        arguments["eta"] = run["gamma"]
    if "negative" in run:
        arguments["negative_prompt"] = [run["negative"]]
    if "strength" in run:
        arguments["strength"] = run["strength"]
    if "union" in run:
        arguments["control_mode"] = [TYPES.index(n["type"]) for n in nets]
    control = hints if several else hints[0] if nets else None
    if run["kind"] == "text":
        if nets:
            arguments["control_image" if "union" in run else "image"] = control
    elif run["kind"] == "t2i":
        pass
    elif not nets:
        arguments["image"] = source().resize(size, Image.LANCZOS)
        del arguments["width"], arguments["height"]
    elif run["kind"] == "image":
        arguments |= dict(image=source().resize(size, Image.LANCZOS), control_image=control)
    else:
        arguments |= dict(image=source(), mask_image=mask(), control_image=control)
    if "eta" in arguments and "eta" not in inspect.signature(pipe.__call__).parameters:
        del arguments["eta"]
    return pipe([PROMPT], **arguments).images


def steady(pipe, config, run):
    for _ in range(40):
        latents = generate(pipe, config, run)
        if run["kind"] == "t2i":
            return run, latents  # whose pipelines take another form of a step's result
        moved = (generate(pipe, config, run, unsteady) - latents).abs().max().item() / latents.abs().max().item()
        if moved <= STEADY:
            return run, latents
        print("rounding moves", run, "by", moved)
        run = dict(run, seed=run["seed"] + 100)
    raise SystemExit("no seed is steady")


def network(out, run, name):
    kind = T2IAdapter if run["kind"] == "t2i" else ControlNetUnionModel if "union" in run else ControlNetModel
    return kind.from_pretrained(out / name, dtype=torch.float32)


def unions(resources):
    """The runs of `union_runs` in the place of those that are there."""
    out = resources / "adapter"
    described = json.loads((out / "cases.json").read_text())
    pipe, _ = pipeline(resources / "fidelity", "sdxl")
    pipe.text_encoder.__dict__.setdefault("text_model", pipe.text_encoder)
    config = dict(pipe.scheduler.config)
    union(pipe).to(torch.float16).save_pretrained(out / UNION)
    written = next(c for c in described["cases"] if c["case"] == "sdxl")
    stored = load_file(out / "sdxl.safetensors")
    kept = [r for r in written["runs"] if "union" not in r]
    latents = {f"run {i}": stored[f"run {i}"] for i in range(len(kept))}
    for run in union_runs("sdxl"):
        nets = [network(out, run, n["net"]) for n in run["controls"]]
        with torch.inference_mode():
            run, latents[f"run {len(kept)}"] = steady(form(pipe, run["kind"], nets), config, run)
        kept.append(run)
    written["runs"] = kept
    save_file({k: v.contiguous() for k, v in latents.items()} | {k: v for k, v in stored.items() if not k.startswith("run ")},
              out / "sdxl.safetensors")
    (out / "cases.json").write_text(json.dumps(described, separators=(",", ":")) + "\n")


def main(resources):
    out = resources / "adapter"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    described = []
    seeing = encoder()
    seeing.save_pretrained(out / "encoder")
    reader = CLIPImageProcessor(size={"shortest_edge": SIDE}, crop_size={"height": SIDE, "width": SIDE})
    for case in CASES:
        pipe, expected = pipeline(resources / "fidelity", case)
        pipe.text_encoder.__dict__.setdefault("text_model", pipe.text_encoder)
        config = dict(pipe.scheduler.config)
        for name, net in controls(pipe, case).items():
            net.to(torch.float16).save_pretrained(out / name)
        for j, (name, arguments) in enumerate(T2I.get(case, {}).items()):
            net = T2IAdapter(**arguments)
            randomise(net, torch.Generator().manual_seed(900 + len(case) + j))
            net.to(torch.float16).save_pretrained(out / name)
        for j, file in enumerate(FILES.get(case, ())):
            kind = file.split(".")[0].split("-")[-1]
            save_adapter(out / file, ip_adapter(pipe.unet, kind, 100 * len(case) + j))
        written = []
        for i, run in enumerate(runs(case) + ip_runs(case) + t2i_runs(case)):
            if "ip" in run:
                pipe.register_modules(image_encoder=seeing, feature_extractor=reader)
                names = [ip["file"] for ip in run["ip"]]
                pipe.load_ip_adapter([str(out)] * len(names), subfolder=[""] * len(names), weight_name=names,
                                     image_encoder_folder=None)
                pipe.set_ip_adapter_scale([ip["scale"] for ip in run["ip"]])
            nets = [network(out, run, n["net"]) for n in run.get("controls", [])]
            with torch.inference_mode():
                run, expected[f"run {i}"] = steady(form(pipe, run["kind"], nets), config, run)
            if "ip" in run:
                pipe.unload_ip_adapter()
            written.append(run)
        save_file({k: v.contiguous() for k, v in expected.items()}, out / f"{case}.safetensors")
        described.append({"case": case, "runs": written})
        print(case, len(written), "runs", flush=True)
    (out / "cases.json").write_text(json.dumps({"cases": described}, separators=(",", ":")) + "\n")
    unions(resources)
    for file in out.rglob("*.safetensors"):
        file.chmod(0o644)


if __name__ == "__main__":
    (unions if sys.argv[2:] == ["union"] else main)(Path(sys.argv[1]))
