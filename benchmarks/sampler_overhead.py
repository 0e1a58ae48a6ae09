"""A sampler's step beside the same of diffusers' scheduler: all but the network and drawing noise.

    mvn -q -pl benchmarks -am -DskipTests package dependency:copy-dependencies   # once
    python benchmarks/sampler_overhead.py [--rounds 3] [--seconds 2]

A busy machine shows in both columns: trust the ratio, and more rounds. Both walk 20 steps over a
network output and a noise that are there already, on one thread, latents of
(1, 4, 64, 64) and (1, 4, 128, 128), in turns. Prints microseconds a step, medians of the rounds. The
Java side is the JMH benchmark SamplerOverhead; run with a Python that has diffusers.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
STEPS = 20
SIZES = (64, 128)
CONFIG = dict(beta_schedule="scaled_linear", beta_start=0.00085, beta_end=0.012, clip_sample=False)
OPTIONS = {"sde-dpm++2m": dict(algorithm_type="sde-dpmsolver++")}
LIMIT = 0.5


def classes():
    import diffusers as d
    return {"tcd": d.TCDScheduler, "lcm": d.LCMScheduler, "ddim": d.DDIMScheduler,
            "euler": d.EulerDiscreteScheduler, "dpm++2m": d.DPMSolverMultistepScheduler,
            "dpm++2s": d.DPMSolverSinglestepScheduler, "euler-ancestral": d.EulerAncestralDiscreteScheduler,
            "heun": d.HeunDiscreteScheduler, "sde-dpm++2m": d.DPMSolverMultistepScheduler}


def peer(name, size, seconds):
    """Microseconds of scale_model_input and step."""
    import torch
    kind = classes()[name]
    torch.set_num_threads(1)
    torch.manual_seed(0)
    start, output, z = (torch.randn(1, 4, size, size) for _ in range(3))
    sys.modules[kind.__module__].randn_tensor = lambda *a, **k: z
    scheduler = kind.from_config(CONFIG | OPTIONS.get(name, {}))
    spent, walks, began = 0.0, 0, time.perf_counter()
    with torch.inference_mode():
        while time.perf_counter() - began < 1.5 * seconds:
            scheduler.set_timesteps(STEPS)
            x = start * scheduler.init_noise_sigma
            before = time.perf_counter()
            for t in scheduler.timesteps:
                scheduler.scale_model_input(x, t)
                x = scheduler.step(output, t, x, return_dict=False)[0]
            if time.perf_counter() - began > 0.5 * seconds:  # the first third warms up
                spent += time.perf_counter() - before
                walks += 1
    return spent / walks / STEPS * 1e6


def ours(seconds):
    """Microseconds of a step by sampler and size."""
    path = f"{ROOT}/benchmarks/target/classes:{ROOT}/benchmarks/target/dependency/*"
    with tempfile.NamedTemporaryFile(suffix=".json") as out:
        command = ["java", "-cp", path, "org.openjdk.jmh.Main", "SamplerOverhead", "-f", "1", "-wi", "2", "-i", "2",
                   "-w", f"{seconds}s", "-r", f"{seconds}s", "-rf", "json", "-rff", out.name]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        results = json.load(open(out.name))
    return {(r["params"]["sampler"], int(r["params"]["size"])): r["primaryMetric"]["score"] for r in results}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=2)
    args = parser.parse_args()
    cells = [(name, size) for name in classes() for size in SIZES]
    java, python = {c: [] for c in cells}, {c: [] for c in cells}
    for _ in range(args.rounds):
        for cell, value in ours(args.seconds).items():
            java[cell].append(value)
        for name, size in cells:
            python[name, size].append(peer(name, size, args.seconds))
    print("| sampler | latents | tcd4j, us a step | diffusers, us a step | ratio |")
    print("| --- | --- | ---: | ---: | ---: |")
    worst = 0.0
    for name, size in cells:
        a, b = statistics.median(java[name, size]), statistics.median(python[name, size])
        worst = max(worst, a / b)
        print(f"| {name} | (1, 4, {size}, {size}) | {a:.0f} | {b:.0f} | {a / b:.2f} |")
    return 0 if worst <= LIMIT else f"the largest ratio {worst:.2f} is above {LIMIT}"


if __name__ == "__main__":
    sys.exit(main())
