"""Every sampler with every kind of picture in, guidance off and on, on three classes of models, as commands for ./tcd4j.

    python oracle/make_adapter_product.py pipeline/src/test/resources WORK [FAMILY...]
    mvn -pl cli -am test -Dtest=AdapterProductTest -Dsurefire.failIfNoSpecifiedTests=false \\
        -Dtcd4j.product=WORK -Dtcd4j.fidelity=$PWD/docs/fidelity-adapters.md

Reads the folders in `fidelity/` and the pictures in `input/`. Writes to WORK adapters of its own, every tensor random, for each
class; `commands.json`, what a user would type for each run; and `latents.safetensors`, what diffusers makes of the same. Runs are
made by the pieces of make_adapter_fixtures.py and make_input_fixtures.py. With FAMILY only those are made.
"""

import functools
import json
import sys
from pathlib import Path

import torch
from diffusers import T2IAdapter
from safetensors.torch import save_file
from transformers import CLIPImageProcessor

import make_adapter_fixtures as adapters
import make_input_fixtures as inputs
from make_fidelity_fixtures import NEGATIVE, PROMPT, SIZES
from make_pipeline_fixture import randomise
from make_scheduler_fixtures import CLASSES

GUIDANCE = {"sd1": 5.0, "sd2-v": 3.0, "sdxl": 5.0}
T2I = {"sd1": "t2i-sd1-full", "sd2-v": "t2i-sd2-v-light", "sdxl": "t2i-sdxl"}
# Of a class that make_adapter_fixtures.py has none for.
LIGHT = dict(in_channels=1, channels=[4, 8], num_res_blocks=2, downscale_factor=4, adapter_type="light_adapter")
FAMILIES = ("ControlNet", "T2I-Adapter", "IP-Adapter", "IP-Adapter plus", "img2img", "inpainting")
SEEDS = (42, 7, 2**33 + 5)


def write_adapters(pipe, case, out):
    """Of each kind one, in a folder of the class."""
    folder = out / case
    folder.mkdir(parents=True, exist_ok=True)
    net = next(iter(adapters.controls(pipe, case).values()))
    net.to(torch.float16).save_pretrained(folder / "control")
    t2i = T2IAdapter(**adapters.T2I.get(case, {}).get(T2I[case], LIGHT))
    randomise(t2i, torch.Generator().manual_seed(900 + len(case)))
    t2i.to(torch.float16).save_pretrained(folder / T2I[case])
    for j, kind in enumerate(("plain", "plus")):
        adapters.save_adapter(folder / f"ip-{kind}.safetensors", adapters.ip_adapter(pipe.unet, kind, 70 * len(case) + j))


def run_of(family, case, sampler, guided, n):
    run = dict(sampler=sampler, steps=4, seed=SEEDS[n % 3], count=1, kind="text", width=SIZES[n % 4][0], height=SIZES[n % 4][1])
    if sampler == "tcd":
        run["gamma"] = 0.3
    if guided:
        run |= dict(guidance=GUIDANCE[case], negative=NEGATIVE)
    if family == "ControlNet":
        start, end = ((0.0, 1.0), (0.25, 1.0), (0.0, 0.5))[n % 3]
        run["controls"] = [dict(net=f"{case}/control", scale=(0.5, 1.0, 0.8)[n % 3], start=start, end=end)]
    elif family == "T2I-Adapter":
        run |= dict(kind="t2i", controls=[dict(net=f"{case}/{T2I[case]}", scale=(0.5, 1.0, 0.8)[n % 3], start=0.0, end=1.0)])
    elif family.startswith("IP"):
        kind = "plus" if family.endswith("plus") else "plain"
        run["ip"] = [dict(file=f"{case}/ip-{kind}.safetensors", pictures=["source.png"], scale=(0.6, 1.0, 0.3)[n % 3])]
    else:
        run["strength"] = (0.5, 0.8, 1.0)[n % 3]
        if family == "inpainting":
            run["mask"] = True
    return run


def command(run, case, resources, out):
    """What a user types, but for the outputs."""
    pictures = resources / "input"
    words = ["generate", PROMPT, "-m", resources / "fidelity" / case, "-l", "none", "--sampler", run["sampler"]]
    words += ["--steps", run["steps"], "--seed", run["seed"], "--size", f"{run['width']}x{run['height']}"]
    words += ["--guidance", run.get("guidance", "off")]
    if "negative" in run:
        words += ["-n", run["negative"]]
    if "gamma" in run:
        words += ["--gamma", run["gamma"]]
    for control in run.get("controls", []):
        words += ["--control", f"{out / control['net']}={pictures / 'source.png'}:{control['scale']}:{control['start']}-{control['end']}"]
    for ip in run.get("ip", []):
        words += ["--image-encoder", resources / "adapter/encoder"]
        words += ["--ip-adapter", f"{out / ip['file']}={pictures / ip['pictures'][0]}:{ip['scale']}"]
    if "strength" in run:
        words += ["--image", pictures / "source.png", "--strength", run["strength"]]
    if "mask" in run:
        words += ["--mask", pictures / "mask.png", "--no-paste"]
    return [str(w) for w in words]


def two_evaluations(pipe):
    """diffusers counts evaluations against steps, so that of samplers with two a step the second half lacks the features."""
    own = pipe.__class__.__call__

    class Whole(pipe.__class__):
        @functools.wraps(own)  # whose arguments are asked for
        def __call__(self, *arguments, **more):
            return own(self, *arguments, adapter_conditioning_factor=2.0, **more)

    pipe.__class__ = Whole
    return pipe


def latents_of(pipe, config, family, run, out, encoder):
    if family in ("img2img", "inpainting"):
        kind = "mask" if "mask" in run else "image"
        return inputs.steady(inputs.form(pipe, kind), config, kind, run)
    nets = [adapters.network(out, run, n["net"]) for n in run.get("controls", [])]
    if "ip" in run:
        pipe.register_modules(image_encoder=encoder[0], feature_extractor=encoder[1])
        pipe.load_ip_adapter([str(out)], subfolder=[""], weight_name=[run["ip"][0]["file"]], image_encoder_folder=None)
        pipe.set_ip_adapter_scale([run["ip"][0]["scale"]])
    made = adapters.form(pipe, run["kind"], nets)
    if run["kind"] == "t2i" and "XL" in type(made).__name__:
        made = two_evaluations(made)
    try:
        return adapters.steady(made, config, run)
    finally:
        if "ip" in run:
            pipe.unload_ip_adapter()


def main(resources, out, families):
    out.mkdir(parents=True, exist_ok=True)
    side = adapters.SIDE
    encoder = (adapters.encoder(), CLIPImageProcessor(size={"shortest_edge": side}, crop_size={"height": side, "width": side}))
    commands, latents = [], {}
    for case in GUIDANCE:
        pipe, _ = inputs.pipeline(resources / "fidelity", case)
        pipe.text_encoder.__dict__.setdefault("text_model", pipe.text_encoder)
        config = dict(pipe.scheduler.config)
        write_adapters(pipe, case, out)
        for family in families:
            for sampler in CLASSES:
                for guided in (False, True):
                    n = len(commands)
                    with torch.inference_mode():
                        run, latents[str(n)] = latents_of(pipe, config, family, run_of(family, case, sampler, guided, n), out, encoder)
                    commands.append({"model": case, "row": f"{family}: {sampler}" + (", guided" if guided else ""),
                                     "words": command(run, case, resources, out)})
            print(case, family, len(commands), flush=True)
    save_file({k: v.contiguous() for k, v in latents.items()}, out / "latents.safetensors")
    (out / "commands.json").write_text(json.dumps(commands, indent=0) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve(), sys.argv[3:] or FAMILIES)
