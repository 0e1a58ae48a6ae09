"""The error of a teacher of small scenes by the time: mean squared error of its velocity, unweighted, in tenths of the
schedule, on 1,000 scenes of held-out pairs with the same noise for every teacher. By diffusers, which must be there.

    python benchmarks/loss_by_time.py runs/teacher/final...

Needs PyTorch, diffusers, transformers and tcd4j's jars (./tcd4j --version builds them).
"""

import argparse

import numpy as np
import torch
from diffusers import StableDiffusionPipeline

from scene_reader import Scenes, things_of

COUNT, BATCH = 1000, 100


def scenes(jars):
    """Pixels in -1 .. 1, and captions that name the things in any order."""
    stream = Scenes(f"scenes:size=32,concepts=24,pairs=held_out,seed=96,count={COUNT}", jars)
    pixels, labels = stream.next(COUNT)
    stream.close()
    captions = []
    for row in labels:
        *first, last = [stream.concepts[c] for c in things_of(row)]
        captions.append(", ".join(first) + " and " + last if first else last)
    return torch.from_numpy(pixels.copy()).float() / 127.5 - 1, captions


@torch.no_grad()
def errors(pipe, pixels, captions):
    """Of each of BATCH times 5, 15, ... 995, the mean over the scenes."""
    times = torch.arange(5, 1000, 10)
    kept = pipe.scheduler.alphas_cumprod[times].view(-1, 1, 1, 1)
    random = torch.Generator().manual_seed(0)
    rows = []
    for i in range(0, COUNT, BATCH):
        x = pipe.vae.encode(pixels[i:i + BATCH]).latent_dist.mean * pipe.vae.config.scaling_factor
        words = pipe.tokenizer(captions[i:i + BATCH], padding="max_length", truncation=True, return_tensors="pt",
                               max_length=pipe.tokenizer.model_max_length)
        noise = torch.randn(x.shape, generator=random)
        predicted = pipe.unet(kept.sqrt() * x + (1 - kept).sqrt() * noise, times, pipe.text_encoder(words.input_ids)[0])
        wanted = kept.sqrt() * noise - (1 - kept).sqrt() * x
        rows.append(((predicted.sample - wanted) ** 2).mean((1, 2, 3)).numpy())
    return np.mean(rows, 0)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("teachers", nargs="+", metavar="TEACHER", help="model folder that predicts velocity")
    p.add_argument("--jars", help="folder of tcd4j's jars (default: cli/target/lib)")
    p.add_argument("--threads", type=int, default=torch.get_num_threads())
    a = p.parse_args()
    torch.set_num_threads(a.threads)
    pixels, captions = scenes(a.jars)
    print("| times | " + " | ".join(f"{t}-{t + 99}" for t in range(0, 1000, 100)) + " | all |")
    print("| --- |" + " ---: |" * 11)
    for folder in a.teachers:
        pipe = StableDiffusionPipeline.from_pretrained(folder, safety_checker=None, torch_dtype=torch.float32)
        if pipe.scheduler.config.prediction_type != "v_prediction":
            p.error(f"{folder} predicts {pipe.scheduler.config.prediction_type}, not velocity")
        tenths = errors(pipe, pixels, captions).reshape(10, 10).mean(1)
        print(f"| {folder} | " + " | ".join(f"{e:.4f}" for e in tenths) + f" | {tenths.mean():.4f} |", flush=True)


if __name__ == "__main__":
    main()
