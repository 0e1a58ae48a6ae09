"""Full-size models side by side: ./tcd4j generate beside diffusers, in turns, on one machine.

    python oracle/make_full_size.py FOLDER sd15-f32
    python benchmarks/full_size.py FOLDER/sd15-f32 --dtype f32 --steps 4 [--runs 1] [--threads 2]

Run with a Python that has diffusers (oracle/requirements.txt). Each side runs as a whole process
with 1 step and with --steps, without guidance. Prints the peak memory (largest resident set), the
processor seconds of the whole run, and those of a step: the difference of the two runs over the
steps between them, so that loading, prompt and decoding do not count. Processor seconds do not
change much when other programs run beside; wall seconds are printed too. At the size of SDXL two
sides and two runs take an hour of one core.
"""

import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
PEER = """
import sys, torch
from diffusers import DiffusionPipeline
folder, dtype, device, steps, threads, out = sys.argv[1:]
torch.set_num_threads(int(threads))
pipe = DiffusionPipeline.from_pretrained(folder, torch_dtype=dict(
    f32=torch.float32, bf16=torch.bfloat16, f16=torch.float16)[dtype]).to(device)
with torch.inference_mode():
    pipe("red apple", num_inference_steps=int(steps), guidance_scale=1.0,
         generator=torch.Generator().manual_seed(1)).images[0].save(out)
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


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("--dtype", default="f32")
    parser.add_argument("--peer-dtype", help="default: the same")
    parser.add_argument("--device", default="cpu", help="on cuda the wall seconds count")
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--only", choices=["tcd4j", "diffusers"])
    args = parser.parse_args()
    sampler = "euler" if (args.model / "text_encoder_2").exists() else "ddim"
    rows = {}
    with tempfile.TemporaryDirectory() as scratch:
        sides = {
            "tcd4j": lambda steps, out: [
                str(ROOT / "tcd4j"), "generate", "red apple", "-m", str(args.model), "--sampler", sampler, "--seed",
                "1", "--guidance", "off", "--steps", str(steps), "--dtype", args.dtype, "--device",
                args.device, "--threads", str(args.threads), "-o", out],
            "diffusers": lambda steps, out: [
                sys.executable, "-c", PEER, str(args.model), args.peer_dtype or args.dtype,
                args.device, str(steps), str(args.threads), out],
        }
        for i in range(args.runs):
            for name, command in sides.items():
                if args.only not in (None, name):
                    continue
                short = run(command(1, f"{scratch}/{name}-{i}-1.png"), args.threads)
                long = run(command(args.steps, f"{scratch}/{name}-{i}-n.png"), args.threads) if args.steps > 1 else short
                between = max(1, args.steps - 1)
                rows.setdefault(name, []).append(
                    ((long[0] - short[0]) / between, (long[1] - short[1]) / between, long[0], long[1], long[2]))
                print(name, i, [round(x, 2) for x in rows[name][-1]], flush=True)
    print("| | step, CPU s | step, wall s | run, CPU s | run, wall s | peak MiB |\n| --- | --- | --- | --- | --- | --- |")
    medians = {n: [statistics.median(c) for c in zip(*r)] for n, r in rows.items()}
    for name, m in medians.items():
        print(f"| {name} | {m[0]:.1f} | {m[1]:.1f} | {m[2]:.1f} | {m[3]:.1f} | {m[4]:.0f} |")
    if len(medians) == 2:
        ratios = [a / b if b else float("nan") for a, b in zip(medians["tcd4j"], medians["diffusers"])]
        print("| ratio | " + " | ".join(f"{r:.2f}" for r in ratios) + " |")


if __name__ == "__main__":
    main()
