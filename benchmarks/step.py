"""A denoising step of a full-size model beside diffusers, step by step in turns.

    python oracle/make_full_size.py FOLDER sd15-f32
    mvn -q -pl benchmarks -am -DskipTests package dependency:copy-dependencies   # once
    python benchmarks/step.py FOLDER/sd15-f32 --dtype f32 [--steps 10] [--threads 1]

Both pipelines stand ready in memory, without guidance, and take one step at a time, now one and now
the other, so that what else the machine does meets both. The first two steps of each warm up. Prints
the processor seconds of a step (medians) and their ratio, the median of the ratios of neighbours.
Run with a Python that has diffusers (oracle/requirements.txt).
"""

import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
WARM = 2


def peer(model, dtype, steps, threads):
    import torch
    from diffusers import DiffusionPipeline
    torch.set_num_threads(threads)
    pipe = DiffusionPipeline.from_pretrained(model, torch_dtype=dict(f32=torch.float32, bf16=torch.bfloat16)[dtype])
    pipe.set_progress_bar_config(disable=True)
    begun = [None]

    def wait():
        if not sys.stdin.readline():
            sys.exit(0)
        begun[0] = time.process_time()

    def done(pipe, step, timestep, kept):
        print(time.process_time() - begun[0], flush=True)
        wait()
        return kept

    def ready(*_):
        if begun[0] is None:
            wait()

    pipe.unet.register_forward_pre_hook(ready)
    with torch.inference_mode():
        pipe("red apple", num_inference_steps=steps, guidance_scale=1.0, callback_on_step_end=done,
             output_type="latent", generator=torch.Generator().manual_seed(1))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--dtype", default="f32", choices=["f32", "bf16"])
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--peer", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.peer:
        return peer(args.model, args.dtype, args.steps + 1, args.threads)
    path = f"{ROOT}/benchmarks/target/classes:{ROOT}/benchmarks/target/dependency/*"
    sampler = "euler" if os.path.exists(f"{args.model}/text_encoder_2") else "ddim"
    tail = [args.dtype, sampler, str(args.steps + 1), str(args.threads)]
    commands = [
        ["java", "-Xmx1g", "-Dorg.bytedeco.javacpp.maxPhysicalBytes=0", "-Dorg.bytedeco.openblas.load=mkl", "-cp", path,
         "io.github.tcd4j.benchmarks.DenoisingStep", args.model] + tail,
        [sys.executable, __file__, args.model, "--peer", "--dtype", args.dtype, "--steps", str(args.steps), "--threads",
         str(args.threads)]]
    environment = os.environ | {"OMP_NUM_THREADS": str(args.threads)}
    sides = [subprocess.Popen(c, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1, env=environment)
             for c in commands]
    rows = []
    for step in range(args.steps):
        row = []
        for side in sides if step % 2 == 0 else reversed(sides):
            side.stdin.write("\n")
            line = side.stdout.readline()
            if not line:
                sys.exit("a side stopped; its message is above")
            row.append(float(line))
        rows.append(row if step % 2 == 0 else row[::-1])
        print(step, [round(s, 2) for s in rows[-1]], flush=True)
    for side in sides:
        side.stdin.close()
        side.wait()
    rows = rows[WARM:]
    ours, theirs = (statistics.median(column) for column in zip(*rows))
    print("| a step, processor s | tcd4j | diffusers | ratio |\n| --- | ---: | ---: | ---: |")
    print(f"| {args.dtype} | {ours:.2f} | {theirs:.2f} | {statistics.median(a / b for a, b in rows):.2f} |")


if __name__ == "__main__":
    main()
