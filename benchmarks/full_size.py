"""Full-size models side by side: ./tcd4j generate beside diffusers, in turns, on one machine.

    python oracle/make_full_size.py FOLDER sd15-f32
    python benchmarks/full_size.py FOLDER/sd15-f32 --dtype f32 --steps 4 [--runs 1] [--threads 2]

    python oracle/make_full_size.py FOLDER sd15-control-f32 sd15-ip-f16 sdxl-bf16 sdxl-control-bf16
    python benchmarks/full_size.py FOLDER/sd15-f32 --control FOLDER/sd15-control-f32 --ip FOLDER/sd15-ip-f16 \\
        --results sd15.json --pieces 1
    python benchmarks/full_size.py FOLDER/sdxl-bf16 --dtype bf16 --control FOLDER/sdxl-control-bf16 --results sdxl.json --pieces 1

Run with a Python that has diffusers (oracle/requirements.txt). Each side runs as a whole process
with 1 step and with --steps, without guidance. Prints the peak memory (largest resident set), the
processor seconds of the whole run, and those of a step: the difference of the two runs over the
steps between them, so that loading, prompt and decoding do not count. Processor seconds do not
change much when other programs run beside; wall seconds are printed too. At the size of SDXL two
sides and two runs take an hour of one core.

With --results a run of a process is kept in that file, and what is there is not run again; --pieces N stops
after N of them. So a measurement can be made in pieces, each short. The table is printed once all are there.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
# Of a step's processor seconds, and of the peak.
BOUNDS = (0.9, 0.7)
PEER = """
import json, sys, torch
from diffusers import ControlNetModel, DiffusionPipeline, StableDiffusionControlNetPipeline, StableDiffusionXLControlNetPipeline
from PIL import Image
a = json.loads(sys.argv[1])
torch.set_num_threads(a["threads"])
dtype = dict(f32=torch.float32, bf16=torch.bfloat16, f16=torch.float16)[a["dtype"]]
kind, parts, more = DiffusionPipeline, {}, {}
if a["control"]:
    kind = StableDiffusionXLControlNetPipeline if a["xl"] else StableDiffusionControlNetPipeline
    parts["controlnet"] = ControlNetModel.from_pretrained(a["control"], torch_dtype=dtype)
    more["image"] = Image.open(a["hint"]).convert("RGB")
if a["ip"]:
    from transformers import CLIPImageProcessor, CLIPVisionModelWithProjection
    parts["image_encoder"] = CLIPVisionModelWithProjection.from_pretrained(a["ip"] + "/image_encoder", torch_dtype=dtype)
    parts["feature_extractor"] = CLIPImageProcessor()
    more["ip_adapter_image"] = Image.open(a["hint"]).convert("RGB")
pipe = kind.from_pretrained(a["model"], torch_dtype=dtype, **parts).to(a["device"])
if a["ip"]:
    pipe.load_ip_adapter(a["ip"], subfolder="", weight_name="ip-adapter.safetensors", image_encoder_folder=None)
if a["size"]:
    more["width"], more["height"] = a["size"]
with torch.inference_mode():
    pipe("red apple", num_inference_steps=a["steps"], guidance_scale=1.0,
         generator=torch.Generator().manual_seed(1), **more).images[0].save(a["out"])
"""


def run(command, threads):
    environment = os.environ | {"OMP_NUM_THREADS": str(threads)}
    start = time.perf_counter()
    child = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    error = child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    if status != 0:
        sys.exit(f"{command[0]} failed: {error.decode()[-400:]}")
    wall = time.perf_counter() - start
    return usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024


def ours(args, sampler, steps, hint, out):
    command = [str(ROOT / "tcd4j"), "generate", "red apple", "-m", str(args.model), "-l", "none", "--sampler", sampler, "--seed", "1",
               "--guidance", "off", "--steps", str(steps), "--dtype", args.dtype, "--device", args.device, "--threads",
               str(args.threads), "-o", out]
    if args.size:
        command += ["--size", args.size]
    if args.control:
        command += ["--control", f"{args.control}={hint}"]
    if args.ip:
        command += ["--image-encoder", f"{args.ip}/image_encoder", "--ip-adapter", f"{args.ip}/ip-adapter.safetensors={hint}"]
    return command


def theirs(args, steps, hint, out):
    arguments = dict(
        model=str(args.model), dtype=args.peer_dtype or args.dtype, device=args.device, steps=steps, threads=args.threads,
        out=out, hint=str(hint), xl=xl(args), control=args.control and str(args.control), ip=args.ip and str(args.ip),
        size=args.size and [int(n) for n in args.size.split("x")])
    return [sys.executable, "-c", PEER, json.dumps(arguments)]


def xl(args):
    return (args.model / "text_encoder_2").exists()


def picture(args, path):
    """A smooth picture with edges, of the size that is generated."""
    import numpy
    from PIL import Image

    width, height = (int(n) for n in args.size.split("x")) if args.size else (1024, 1024) if xl(args) else (512, 512)
    y, x = numpy.mgrid[0:height, 0:width] * (512 / width)
    planes = [127 + 120 * numpy.sin(x / 50) * numpy.cos(y / 70), x / 2, numpy.where((x - 250) ** 2 + (y - 230) ** 2 < 20000, 230, y / 3)]
    Image.fromarray(numpy.stack(planes, -1).clip(0, 255).astype(numpy.uint8)).save(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("--control", type=pathlib.Path, help="folder of a ControlNet")
    parser.add_argument("--ip", type=pathlib.Path, help="folder with ip-adapter.safetensors and image_encoder")
    parser.add_argument("--size", help="WxH; default: the model's")
    parser.add_argument("--dtype", default="f32")
    parser.add_argument("--peer-dtype", help="default: the same")
    parser.add_argument("--device", default="cpu", help="on cuda the wall seconds count")
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--only", choices=["tcd4j", "diffusers"])
    parser.add_argument("--results", type=pathlib.Path, help="file in which runs are kept")
    parser.add_argument("--pieces", type=int, help="runs of processes in this call; default: all")
    args = parser.parse_args()
    sampler = "euler" if xl(args) else "ddim"
    known = json.loads(args.results.read_text()) if args.results and args.results.exists() else {}
    sides = [args.only] if args.only else ["tcd4j", "diffusers"]
    wanted = [(i, side, steps) for i in range(args.runs) for side in sides for steps in sorted({1, args.steps})]
    with tempfile.TemporaryDirectory() as scratch:
        hint = pathlib.Path(scratch) / "hint.png"
        if args.control or args.ip:
            picture(args, hint)
        left = len(wanted) if args.pieces is None else args.pieces
        for i, side, steps in wanted:
            key = f"{side} {i} {steps}"
            if key in known or left == 0:
                continue
            left -= 1
            out = f"{scratch}/{side}-{i}-{steps}.png"
            command = ours(args, sampler, steps, hint, out) if side == "tcd4j" else theirs(args, steps, hint, out)
            known[key] = run(command, args.threads)
            print(key, [round(x, 2) for x in known[key]], flush=True)
            if args.results:
                args.results.write_text(json.dumps(known, indent=0) + "\n")
    missing = [f"{side} {i} {steps}" for i, side, steps in wanted if f"{side} {i} {steps}" not in known]
    if missing:
        print("still to run:", ", ".join(missing))
        return
    table(args, sides, known)


def table(args, sides, known):
    rows = {}
    between = max(1, args.steps - 1)
    for side in sides:
        for i in range(args.runs):
            short, long = known[f"{side} {i} 1"], known[f"{side} {i} {args.steps}"]
            rows.setdefault(side, []).append(
                ((long[0] - short[0]) / between, (long[1] - short[1]) / between, long[0], long[1], long[2]))
    print("| | step, CPU s | step, wall s | run, CPU s | run, wall s | peak MiB |\n| --- | --- | --- | --- | --- | --- |")
    medians = {n: [statistics.median(c) for c in zip(*r)] for n, r in rows.items()}
    for name, m in medians.items():
        print(f"| {name} | {m[0]:.1f} | {m[1]:.1f} | {m[2]:.1f} | {m[3]:.1f} | {m[4]:.0f} |")
    if len(medians) == 2:
        ratios = [a / b if b else float("nan") for a, b in zip(medians["tcd4j"], medians["diffusers"])]
        print("| ratio | " + " | ".join(f"{r:.2f}" for r in ratios) + " |")
        step, peak = ratios[0], ratios[4]
        if min(m[0] for m in medians.values()) <= 0.1:
            print("a step is too short to be measured by whole processes; take more steps or a larger size")
            return
        print(f"step {step:.2f} of at most {BOUNDS[0]}: {'held' if step <= BOUNDS[0] else 'MISSED'}; "
              f"peak {peak:.2f} of at most {BOUNDS[1]}: {'held' if peak <= BOUNDS[1] else 'MISSED'}")


if __name__ == "__main__":
    main()
