"""CLIP score, PickScore and CMMD of our command beside transformers, with tiny networks by formula.

    python oracle/check_caption_scores.py make FOLDER [PICTURES]
    ./tcd4j evaluate pictures FOLDER/generated --reference FOLDER/real --captions FOLDER/captions.tsv \\
        --weights FOLDER/weights --measures clip,pickscore,cmmd -o FOLDER/out
    python oracle/check_caption_scores.py check FOLDER

Landscape pictures only: Pillow 13 resizes portraits in another order than the Pillow that published figures
were made with. Exits with 1 where a figure of a picture differs by more than 1e-5 of its scale.
"""

import csv
import gzip
import json
import pathlib
import sys

import numpy as np
import torch
from formula import blocks, fill, h32
from PIL import Image
from transformers import CLIPConfig, CLIPImageProcessorPil, CLIPModel, CLIPTokenizer

MERGES = pathlib.Path(__file__).parent.parent / "models/src/main/resources/io/github/tcd4j/models/clip/clip-merges.txt.gz"
WORDS = ["a photo of", "red", "green", "two cats", "“quoted”", "tiles &amp; squares", "emoji 🙂", "Straße", "it’s"]


def tokenizer():
    merges = [tuple(line.split(" ")) for line in gzip.decompress(MERGES.read_bytes()).decode().splitlines()]
    merges = [m for m in merges if len(m) == 2]
    base = [*range(33, 127), *range(161, 173), *range(174, 256)]
    letters = [chr(b) for b in base] + [chr(256 + i) for i in range(256 - len(base))]
    vocabulary = letters + [c + "</w>" for c in letters] + ["".join(m) for m in merges]
    vocabulary += ["<|startoftext|>", "<|endoftext|>"]
    return CLIPTokenizer(vocab={v: i for i, v in enumerate(vocabulary)}, merges=merges)


def model(side):
    tower = dict(intermediate_size=96, num_hidden_layers=2, num_attention_heads=4, hidden_act="gelu", projection_dim=24)
    net = CLIPModel(CLIPConfig(
        text_config=dict(hidden_size=32, vocab_size=49408, eos_token_id=49407, bos_token_id=49406, **tower),
        vision_config=dict(hidden_size=48, image_size=side, patch_size=32, **tower), projection_dim=24))
    fill(net)
    with torch.no_grad():
        net.logit_scale.fill_(4.6052)
    return net.eval()


def make(folder, count):
    for name, side in (("clip-vit-large-patch14", 224), ("PickScore_v1", 224), ("clip-vit-large-patch14-336", 336)):
        model(side).save_pretrained(folder / "weights" / name)
    for name in ("generated", "real"):
        (folder / name).mkdir(parents=True, exist_ok=True)
        for i in range(count):
            a, b, side, _ = (int(v) for v in h32(f"{name}{i}", 4))
            height = a % 300 + 40
            picture = blocks(f"{name}.{i}", height, height + b % 200, side % 20 + 3).transpose(1, 2, 0).copy()
            Image.fromarray(picture).save(folder / name / f"{i:04d}.png")
    lines = [f"{i:04d}.png\t{WORDS[i % 9]} {WORDS[i * 5 % 7]} {i}\n" for i in range(count)]
    (folder / "captions.tsv").write_text("".join(lines))


def embeddings(net, pictures):
    with torch.no_grad():
        x = torch.cat([net.get_image_features(pixel_values=p).pooler_output for p in pictures])
    return x.double() / x.double().norm(dim=1, keepdim=True)


def rgb(file):
    """As transformers 4 has it; 5 composes on white what is declared transparent."""
    p = Image.open(file).convert("RGB")
    p.info.clear()
    return p


def cmmd_pixels(processor, file):
    p = rgb(file)
    side = min(p.size)
    left, top = (p.width - side) // 2, (p.height - side) // 2
    p = p.crop((left, top, left + side, top + side)).resize((336, 336), Image.BICUBIC)
    return processor(p, do_resize=False, do_center_crop=False, return_tensors="pt")["pixel_values"]


def cmmd(a, b):
    def kernel(p, q):
        return np.exp(-((p**2).sum(1)[:, None] + (q**2).sum(1)[None] - 2 * p @ q.T) / 200).mean()

    return 1000 * (kernel(a, a) + kernel(b, b) - 2 * kernel(a, b))


def check(folder):
    captions = [line.split("\t")[1] for line in (folder / "captions.tsv").read_text().splitlines()]
    files = sorted((folder / "generated").iterdir())
    processor = CLIPImageProcessorPil(size={"shortest_edge": 224}, crop_size={"height": 224, "width": 224})
    net, words = model(224), tokenizer()
    x = embeddings(net, [processor(Image.open(f), return_tensors="pt")["pixel_values"] for f in files])
    with torch.no_grad():
        t = torch.cat([net.get_text_features(**words(c, return_tensors="pt")).pooler_output for c in captions]).double()
    cosines = (x * t / t.norm(dim=1, keepdim=True)).sum(1).numpy()
    with open(folder / "out/pictures.csv") as file:
        ours = list(csv.DictReader(file))
    bad = False
    for name, scale in (("clip", 100), ("pickscore", float(np.exp(np.float32(4.6052))))):
        off = max(abs(float(r[name]) - scale * c) for r, c in zip(ours, cosines, strict=True)) / 100
        print(f"{name}: most off {off:.2g} of the scale, mean {scale * cosines.mean():.8g}")
        bad |= off > 1e-5
    large = model(336)
    a, b = (embeddings(large, [cmmd_pixels(processor, f) for f in sorted((folder / n).iterdir())]).numpy()
            for n in ("generated", "real"))
    value = cmmd(a, b)
    found = {r["measure"]: r["value"] for r in json.loads((folder / "out/results.json").read_text())}["cmmd"]
    print(f"cmmd: {value:.10g} ours {found:.10g}")
    return bad or abs(found - value) > 1e-5 * max(1, value)


if __name__ == "__main__":
    target = pathlib.Path(sys.argv[2])
    if sys.argv[1] == "make":
        make(target, int(sys.argv[3]) if len(sys.argv) > 3 else 40)
    else:
        sys.exit(int(check(target)))
