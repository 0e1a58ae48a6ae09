"""From opening a single file to the last tensor ready, cold cache, beside cat to nowhere, in turns.

    mvn -q -pl benchmarks -am -DskipTests package dependency:copy-dependencies   # once
    python benchmarks/load_model.py MODEL.safetensors [--dtype bf16] [--rounds 3]

Prints seconds (medians), their ratio, and the peak memory of the process beside the size of the
file. Its pages are dropped from the system's cache before each reading.
"""

import argparse
import os
import pathlib
import statistics
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent


def drop(model):
    with open(model, "rb") as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def cat(model):
    drop(model)
    start = time.perf_counter()
    with open(os.devnull, "wb") as nowhere:
        subprocess.run(["cat", model], stdout=nowhere, check=True)
    return time.perf_counter() - start


def ours(model, dtype):
    drop(model)
    path = f"{ROOT}/benchmarks/target/classes:{ROOT}/benchmarks/target/dependency/*"
    command = ["java", "-Xmx512m", "-Dorg.bytedeco.javacpp.maxPhysicalBytes=0", "-cp", path,
               "io.github.tcd4j.benchmarks.LoadModel", model, dtype]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    seconds = float(child.stdout.read())
    _, status, usage = os.wait4(child.pid, 0)
    if status != 0:
        raise SystemExit("loading failed")
    return seconds, usage.ru_maxrss * 1024 / 1e9


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--dtype", default="bf16")
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    peer, here, peak = [], [], 0.0
    for _ in range(args.rounds):
        peer.append(cat(args.model))
        seconds, memory = ours(args.model, args.dtype)
        here.append(seconds)
        peak = max(peak, memory)
        print(f"cat {peer[-1]:.2f} s, tcd4j {seconds:.2f} s, peak {memory:.2f} GB", flush=True)
    a, b = statistics.median(here), statistics.median(peer)
    print(f"tcd4j {a:.2f} s, cat {b:.2f} s, ratio {a / b:.2f}; peak {peak:.2f} GB of a file of "
          f"{os.path.getsize(args.model) / 1e9:.2f} GB")


if __name__ == "__main__":
    main()
