"""An autoencoder of full width and random weights, encoder and decoder, against diffusers.

    mvn -q -pl benchmarks -am -DskipTests package dependency:copy-dependencies   # once
    python oracle/check_autoencoder.py FOLDER [--size 512] [--threads 2]

Stable Diffusion 1.5's, in float32 at --size pixels; in FOLDER the weights and tensors stay for the next call.
Prints the largest differences, as shares of the largest value: of ours from diffusers', and of both from
diffusers' in double precision. Exits with 1 where ours are more than 1e-4 from diffusers'.
"""

import argparse
import pathlib
import re
import subprocess
import sys

import numpy
import torch
from make_full_size import randomised, vae
from safetensors.torch import save_file

ROOT = pathlib.Path(__file__).resolve().parent.parent


def picture(size):
    """Smooth, with edges, in [-1, 1]."""
    y, x = numpy.mgrid[0:size, 0:size] * (512 / size)
    planes = [numpy.sin(x / 50) * numpy.cos(y / 70), x / 256 - 1, numpy.where((x - 250) ** 2 + (y - 230) ** 2 < 20000, 0.8, y / 256 - 1)]
    return torch.from_numpy(numpy.stack(planes)[None]).float()


def tensors(network, size):
    result = dict(pixels=picture(size), latents=torch.randn(1, 4, size // 8, size // 8, generator=torch.Generator().manual_seed(1)))
    for prefix, kind in (("", torch.float32), ("exact.", torch.float64)):
        network.to(kind)
        with torch.inference_mode():
            result[prefix + "encoded"] = network.encode(result["pixels"].to(kind)).latent_dist.mean
            result[prefix + "decoded"] = network.decode(result["latents"].to(kind)).sample
    return {name: t.contiguous().clone() for name, t in result.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    made = args.folder / f"tensors-{args.size}.safetensors"
    if not made.exists():
        network = randomised(vae(False, 1), 2)
        network.save_pretrained(args.folder)
        save_file(tensors(network, args.size), made)
    path = f"{ROOT}/benchmarks/target/classes:{ROOT}/benchmarks/target/dependency/*"
    command = ["java", "-cp", path, "io.github.tcd4j.benchmarks.AutoencoderDifferences", args.folder / "config.json",
               args.folder / "diffusion_pytorch_model.safetensors", made, args.threads]
    text = subprocess.run([str(c) for c in command], check=True, capture_output=True, text=True).stdout
    print(text, end="")
    sys.exit(any(float(d) > 1e-4 for d in re.findall(r"theirs (\S+), ours", text)))


main()
