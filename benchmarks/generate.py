"""Whole process, warm disk: ./tcd4j generate beside diffusers, in turns.

    python benchmarks/generate.py [--runs 7] [--model emoji]

Run with a Python that has diffusers (oracle/requirements.txt). Prints the median wall time and peak
memory of each, and the ratios.
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
PROMPT = "red apple, fluent 3d style"


def run(command):
    """Wall seconds and peak MiB of the largest process."""
    start = time.perf_counter()
    child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    error = child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    if status != 0:
        sys.exit(f"{command[0]} failed: {error.decode()[-400:]}")
    return time.perf_counter() - start, usage.ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--model", default="emoji")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        ours = [str(ROOT / "tcd4j"), "generate", PROMPT, "-m", args.model, "--seed", "1", "-o", f"{folder}/a.png"]
        theirs = [sys.executable, str(ROOT / "benchmarks/peer_generate.py"), args.model, PROMPT, f"{folder}/b.png", str(os.cpu_count())]
        figures = {"tcd4j": [], "diffusers": []}
        for i in range(args.runs + 1):
            for name, command in (("tcd4j", ours), ("diffusers", theirs)):
                for f in pathlib.Path(folder).glob("*.png"):
                    f.unlink()
                result = run(command)
                if i > 0:
                    figures[name].append(result)
    print("| process | seconds, median | MiB peak, median |\n| --- | --- | --- |")
    medians = {}
    for name, rows in figures.items():
        medians[name] = [statistics.median(r[k] for r in rows) for k in (0, 1)]
        print(f"| {name} | {medians[name][0]:.2f} | {medians[name][1]:.0f} |")
    pairs = [a[0] / b[0] for a, b in zip(figures["tcd4j"], figures["diffusers"])]
    print(f"\nratio of time {statistics.median(pairs):.2f} (paired median of {args.runs}), "
          f"of memory {medians['tcd4j'][1] / medians['diffusers'][1]:.2f}")


if __name__ == "__main__":
    main()
