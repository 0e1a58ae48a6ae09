"""40 pictures through every preprocessor, 2,000 texts through every tokenizer, against the programs that published them.

    mvn -q -pl benchmarks -am -DskipTests package dependency:copy-dependencies   # once
    python oracle/check_inputs.py FOLDER VOCABULARY [pixels] [tokens] [repairs]

VOCABULARY is the folder of bert-base-uncased, or its tokenizer.json. Pictures and texts are those of
measure_inputs.py. Pixels: Pillow's bytes wherever a program resizes with Pillow (compared as the byte that a
number stands for, and the number to 1e-6), else 1e-5 of the range. Needs Pillow below 13, as published figures
were made with: 13 resizes some pictures columns first. Repairs: every pair of the characters that wrong encodings give,
triples and longer runs of them by hash, and texts like those of make_mojibake_fixtures.py, through ftfy.fix_text and
ours. Exits with 1 where something differs.
"""

import argparse
import gzip
import json
import pathlib
import subprocess
import sys
import warnings

import ftfy
import measure_inputs
import numpy as np
import PIL
import torch
import torchvision.transforms as T
import torchvision.transforms.functional as TF
from PIL import Image

warnings.simplefilter("ignore")
ROOT = measure_inputs.ROOT
MEAN, STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
CLIP = T.Normalize(MEAN, STD)
IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))


def java(*arguments):
    path = f"{ROOT}/benchmarks/target/classes:{ROOT}/benchmarks/target/dependency/*"
    subprocess.run(["java", "-cp", path, "io.github.tcd4j.benchmarks.PreparedInputs", *map(str, arguments)], check=True)


def rgb(p):
    return p.convert("RGB")


def pytorch_fid(p):
    x = T.ToTensor()(rgb(p))[None]
    return 2 * torch.nn.functional.interpolate(x, (299, 299), mode="bilinear", align_corners=False) - 1


def clean(p):
    from cleanfid.resize import build_resizer

    return (torch.from_numpy(build_resizer("clean")(np.array(rgb(p))).transpose(2, 0, 1)).float() - 128) / 128


def tf1(p):
    from torch_fidelity.interpolate_compat_tensorflow import interpolate_bilinear_2d_like_tensorflow1x

    x = torch.from_numpy(np.array(rgb(p))).permute(2, 0, 1)[None].float()
    return (interpolate_bilinear_2d_like_tensorflow1x(x, (299, 299), align_corners=False) - 128) / 128


def transformers_clip(p):
    from transformers import CLIPImageProcessorPil

    # Version 5 composes what is transparent on white; 4, with which figures were published, did as here.
    p = rgb(p)
    p.info.clear()
    return CLIPImageProcessorPil(size={"shortest_edge": 224}, crop_size={"height": 224, "width": 224})(
        p, return_tensors="pt")["pixel_values"]


def cmmd(p):
    p = rgb(p)
    side = min(p.size)
    left, top = (p.width - side) // 2, (p.height - side) // 2
    return CLIP(T.ToTensor()(p.crop((left, top, left + side, top + side)).resize((336, 336), Image.BICUBIC)))


def hps(antialias):
    def prepare(p):
        x = T.ToTensor()(rgb(p))
        scale = 224 / float(max(x.shape[1:]))
        if scale != 1.0:
            size = [round(d * scale) for d in x.shape[1:]]
            x = TF.resize(x, size, interpolation=T.InterpolationMode.BICUBIC, antialias=antialias)
            h, w = 224 - size[0], 224 - size[1]
            x = TF.pad(x, [w // 2, h // 2, w - w // 2, h - h // 2], fill=0)
        return CLIP(x)

    return prepare


# ImageReward's and OpenAI's order: convert to RGB at the end.
TORCHVISION = T.Compose([T.Resize(224, T.InterpolationMode.BICUBIC), T.CenterCrop(224), rgb, T.ToTensor(), CLIP])
# What it does, and the mean and deviation under which its numbers are bytes.
PREPARE = {
    "pytorch-fid": (pytorch_fid, None),
    "clean": (clean, None),
    "tf1": (tf1, None),
    "clip224-torchvision": (TORCHVISION, (MEAN, STD)),
    "clip224-transformers": (transformers_clip, (MEAN, STD)),
    "cmmd336": (cmmd, (MEAN, STD)),
    "ic9600-512": (lambda p: T.Compose([T.Resize((512, 512)), T.ToTensor(), T.Normalize(*IMAGENET)])(rgb(p)), IMAGENET),
    "hps224": (hps(False), None),
    "hps224-antialias": (hps(True), None),
}


def pixels(folder):
    if int(PIL.__version__.split(".")[0]) >= 13:
        sys.exit(f"Pillow is {PIL.__version__}, but 13 and later resize portraits in another order; install pillow==12.0.0")
    files = measure_inputs.odd()
    for name in ("in", "out"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / "in" / name).write_bytes(data)
    java("pixels", folder / "in", folder / "out")
    bad = 0
    print("| preprocessor | equal | most off |\n| --- | ---: | ---: |")
    for name, (prepare, scale) in PREPARE.items():
        equal, most = 0, 0.0
        for file in files:
            try:
                theirs = prepare(Image.open(folder / "in" / file)).numpy().reshape(-1)
            except (ValueError, RuntimeError) as e:
                print(f"{name} {file}: refused by the program: {e}")
                continue
            ours = np.fromfile(folder / "out" / f"{file}.{name}", "<f4")
            off = float(np.abs(ours - theirs).max()) if ours.shape == theirs.shape else float("inf")
            same = off <= 1e-5 * max(1.0, float(np.abs(theirs).max()))
            if scale and same:
                mean, std = (np.repeat(np.float32(v), len(ours) // 3) for v in scale)
                a, b = (np.rint((v * std + mean) * 255) for v in (ours, theirs))
                same = bool((a == b).all())
            equal += same
            most = max(most, off)
            if not same:
                bad += 1
                print(f"{name} {file}: off by {off:.3g} in {int((np.abs(ours - theirs) > 1e-5).sum())} of {len(ours)}")
        print(f"| {name}{' (bytes)' if scale else ''} | {equal} of {len(files)} | {most:.1e} |", flush=True)
    return bad


def tokens(folder, vocabulary):
    import open_clip
    from transformers import BertTokenizer, CLIPTokenizer

    file = vocabulary / "tokenizer.json" if vocabulary.is_dir() else vocabulary
    pieces = json.loads(file.read_text())["model"]["vocab"]
    bert = BertTokenizer(vocab=pieces | {"[DEC]": len(pieces), "[ENC]": len(pieces) + 1})
    merges = gzip.decompress((ROOT / "models/src/main/resources/io/github/tcd4j/models/clip/clip-merges.txt.gz").read_bytes())
    simple = open_clip.tokenizer.SimpleTokenizer()
    names = {"<start_of_text>": "<|startoftext|>", "<end_of_text>": "<|endoftext|>"}
    clip = CLIPTokenizer(vocab={names.get(k, k): v for k, v in simple.encoder.items()},
                         merges=[tuple(line.split(" ")) for line in merges.decode().splitlines()])
    texts = list(measure_inputs.texts()) + measure_inputs.captions(70)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "texts.hex").write_text("".join(t.encode("utf-8", "surrogatepass").hex() + "\n" for t in texts))
    java("tokens", folder / "texts.hex", folder / "ids.txt", vocabulary)
    lines = (folder / "ids.txt").read_text().splitlines()
    print("| tokenizer | equal |\n| --- | ---: |")
    bad = 0
    for column, (name, encode) in enumerate({
            "OpenCLIP": lambda t: [int(v) for v in simple(t)[0]],
            "transformers' CLIP": lambda t: clip(t, truncation=True, max_length=77, padding="max_length").input_ids,
            "BERT": lambda t: bert(t, truncation=True, max_length=35).input_ids}.items()):
        equal = 0
        for text, line in zip(texts, lines, strict=True):
            ours = [int(v) for v in line.split(";")[column].split()]
            theirs = encode(text)
            if column == 0:
                ours, theirs = (v[: v.index(49407) + 1] for v in (ours, theirs))
            same = ours == theirs
            equal += same
            if not same:
                bad += 1
                print(f"{name}: {text[:60]!r}")
        print(f"| {name} | {equal} of {len(texts)} |", flush=True)
    return bad


def repairs(folder):
    import make_mojibake_fixtures as mojibake
    from formula import h32

    pages = {bytes([b]).decode(page) for page in mojibake.PAGES for b in range(128, 256)}
    signs = sorted(pages | set("aZ0 .,?!\n'\x1a\ufffd─ツ東"))
    texts = [f"{before}{a}{b}{after}" for a in signs for b in signs for before, after in (("", ""), ("in ", "x"))]
    for i in range(100_000):
        picks = [int(v) for v in h32(f"run.{i}", 12)]
        texts.append("".join(signs[p % len(signs)] for p in picks[1 : 4 + picks[0] % 9]))
    kinds = [len(texts)]
    texts += [mojibake.text(i) for i in range(mojibake.COUNT, mojibake.COUNT + 20_000)]
    texts += list(measure_inputs.texts()) + measure_inputs.captions(70)
    kinds += [20_000, 2_070]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "texts.hex").write_text("".join(t.encode("utf-16-be", "surrogatepass").hex() + "\n" for t in texts))
    java("repairs", folder / "texts.hex", folder / "repaired.hex")
    ours = [bytes.fromhex(line).decode("utf-16-be", "surrogatepass") for line in (folder / "repaired.hex").read_text().splitlines()]
    wrong = [(t, o, theirs) for t, o in zip(texts, ours, strict=True) if o != (theirs := ftfy.fix_text(t))]
    for t, o, theirs in wrong[:40]:
        print(f"{t!r} becomes {o!r}, with ftfy {theirs!r}")
    print(f"{len(texts) - len(wrong)} of {len(texts)} texts equal ({' + '.join(map(str, kinds))})")
    return len(wrong)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("vocabulary", type=pathlib.Path)
    parser.add_argument("parts", nargs="*", default=["pixels", "tokens", "repairs"])
    args = parser.parse_args()
    wrong = 0
    if "pixels" in args.parts:
        wrong += pixels(args.folder)
    if "repairs" in args.parts:
        wrong += repairs(args.folder)
    if "tokens" in args.parts:
        wrong += tokens(args.folder, args.vocabulary)
    sys.exit(min(1, wrong))
