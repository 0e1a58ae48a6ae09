"""Scores of single pictures by our command against the published code, with weights by formula.

    python oracle/check_scores.py FOLDER VOCABULARY [--pictures 40] [--only icnet,imagereward,clip,hps,aesthetic,cmmd,efflite0]
    python oracle/check_scores.py FOLDER VOCABULARY --pictures 4 --only pickscore-full,hps-full [--pickscore WEIGHTS]

VOCABULARY is the folder of bert-base-uncased. The pictures are the odd ones of measure_inputs.py: every kind of
file, sizes from 1x1 to 1000x701; so are the captions. Weights are written in the layouts and under the names in
which they are published, then ``./tcd4j evaluate pictures`` reads all as a user's own would be. Compared with it:

    complexity   ICNet.py and the preparation of gene.py of https://github.com/tinglyfeng/IC9600 (3891e25), the
                 file in $PUBLISHED; the network at full size
    imagereward  image-reward 1.5 from PyPI, unchanged, at full size, with the libraries of its time: run by the
                 Python in $IMAGEREWARD_PYTHON (transformers 4.27.4, timm 0.6.13; see requirements.txt)
    clip, pickscore, cmmd   transformers' CLIPModel, with fewer layers than the published ones
    hps          hpsv2 1.2.0 from PyPI, its folder in $PYTHONPATH: its own ``score``, on ViT-H-14 of fewer layers;
                 torchvision's antialias off, as it was then
    aesthetic    openai-clip 1.0.1 from PyPI and the predictor's Linear layers, on a ViT-L-14.pt of fewer layers
    efflite0     efficientnet-lite-pytorch 0.1.0, the distance by singular values; the network at full size
    pickscore-full, hps-full   CLIP ViT-H/14 with all its layers, 3.9 GB each; PickScore's weights are those that
                 benchmarks/pictures.py made in WEIGHTS, or are made so

Needs Pillow below 13. Compared: each picture's score, to 1e-5 of the scale (the largest score, at least 1).
Exits with 1 where one is farther off. What is there already is kept.
"""

import argparse
import collections
import csv
import functools
import json
import os
import pathlib
import shutil
import subprocess
import sys
import types
import warnings

import measure_inputs
import numpy as np
import small_networks
import torch
from formula import fill
from PIL import Image

warnings.simplefilter("ignore")
MED = dict(architectures=["BertModel"], attention_probs_dropout_prob=0.1, hidden_act="gelu", hidden_dropout_prob=0.1,
           hidden_size=768, initializer_range=0.02, intermediate_size=3072, layer_norm_eps=1e-12, max_position_embeddings=512,
           model_type="bert", num_attention_heads=12, num_hidden_layers=12, pad_token_id=0, add_type_embeddings=False,
           vocab_size=30524, encoder_width=768, add_cross_attention=True)


COMPARES = {"cmmd", "fd-efflite0"}


def put(name, pythonpath=()):
    """A module of that name, so that what a package imports and does not use need not be there."""
    module = types.ModuleType(name)
    module.__path__ = list(pythonpath)
    sys.modules[name] = module
    return module


def pictures(folder, count):
    files = measure_inputs.odd()
    path = folder / "pictures"
    path.mkdir(parents=True, exist_ok=True)
    for name in sorted(files)[:count]:
        (path / name).write_bytes(files[name])
    names = sorted(p.name for p in path.iterdir())
    captions = measure_inputs.captions(len(names))
    # Tabs divide the columns of the file.
    captions = [c.replace("\t", " ") for c in captions]
    (folder / "captions.tsv").write_text("".join(f"{n}\t{c}\n" for n, c in zip(names, captions, strict=True)))
    return [path / n for n in names], captions


def command(folder, weights, measures):
    out = folder / f"out-{measures[0]}"
    subprocess.run([measure_inputs.ROOT / "tcd4j", "evaluate", "pictures", folder / "pictures", "--captions",
                    folder / "captions.tsv", "--weights", weights, "--measures", ",".join(measures), "-o", out,
                    *(["--reference", folder / "reference", "--allow-small"] if COMPARES & set(measures) else [])], check=True,
                   stdout=subprocess.DEVNULL)
    with open(out / "pictures.csv") as file:
        rows = {r["file"]: r for r in csv.DictReader(file)}
    values = {r["measure"]: r["value"] for r in json.loads((out / "results.json").read_text())}
    return rows, values


def compare(name, files, rows, theirs, least=1.0):
    ours = np.array([float(rows[f.name][name]) for f in files])
    theirs = np.array(theirs, dtype=np.float64)
    off = np.abs(ours - theirs) / max(least, np.abs(theirs).max())
    worst = int(off.argmax())
    bad = bool(off.max() > 1e-5)
    print(f"| {name} | {len(files)} | {theirs.mean():.7g} | {ours.mean():.7g} | {off.max():.1e} |"
          f"{' too far off: ' + files[worst].name if bad else ''}", flush=True)
    return bad


def icnet(folder, files, captions, args):
    import torchvision.transforms as T

    net = small_networks.icnet()
    weights = folder / "icnet/ck.pth"
    if not weights.exists():
        weights.parent.mkdir(parents=True)
        torch.save(net.state_dict(), weights)
    rows, _ = command(folder, weights.parent, ["complexity"])
    prepare = T.Compose([T.Resize((512, 512)), T.ToTensor(), T.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])])
    with torch.no_grad():
        theirs = [float(net(prepare(Image.open(f).convert("RGB"))[None])[0].squeeze()) for f in files]
    return compare("complexity", files, rows, theirs)


def published_image_reward(folder, files, captions):
    """Runs under the libraries of 2023."""
    where = next(p for p in sys.path if pathlib.Path(p, "ImageReward").is_dir())
    put("ImageReward", [f"{where}/ImageReward"])
    put("ImageReward.models", [f"{where}/ImageReward/models"])
    for name in ("fairscale", "fairscale.nn", "fairscale.nn.checkpoint"):
        put(name)
    put("fairscale.nn.checkpoint.checkpoint_activations").checkpoint_wrapper = lambda module: module
    from ImageReward.ImageReward import ImageReward

    config = folder / "imagereward/med_config.json"
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text(json.dumps(MED))
    os.chdir(folder / "imagereward")
    net = fill(ImageReward(str(config)))
    weights = folder / "imagereward/ImageReward.pt"
    if not weights.exists():
        torch.save(net.state_dict(), weights)
    with torch.no_grad():
        scores = [net.score(c, str(f)) for f, c in zip(files, captions, strict=True)]
    (folder / "imagereward.json").write_text(json.dumps(scores))


def imagereward(folder, files, captions, args):
    target = folder / "imagereward/bert-base-uncased"
    if not target.exists():
        target.mkdir(parents=True)
        tokens = json.loads((args.vocabulary / "tokenizer.json").read_text())["model"]["vocab"]
        (target / "vocab.txt").write_text("".join(t + "\n" for t in sorted(tokens, key=tokens.get)))
    if not (folder / "imagereward.json").exists():
        python = os.environ["IMAGEREWARD_PYTHON"]
        subprocess.run([python, __file__, folder, args.vocabulary, "--pictures", str(len(files)), "--only", "published"], check=True)
    rows, _ = command(folder, folder / "imagereward", ["imagereward"])
    return compare("imagereward", files, rows, json.loads((folder / "imagereward.json").read_text()))


def rgb(file):
    """As transformers 4 has it; 5 composes on white what is declared transparent."""
    picture = Image.open(file).convert("RGB")
    picture.info.clear()
    return picture


def cosines(net, files, captions):
    """By transformers' own processor and tokenizer."""
    from transformers import CLIPImageProcessorPil

    processor = CLIPImageProcessorPil(size={"shortest_edge": 224}, crop_size={"height": 224, "width": 224})
    words = small_networks.clip_tokenizer()
    found = []
    with torch.no_grad():
        for f, c in zip(files, captions, strict=True):
            x = net.get_image_features(**processor(rgb(f), return_tensors="pt")).pooler_output
            ids = words(c, truncation=True, max_length=77, return_tensors="pt")
            t = net.get_text_features(**ids).pooler_output
            found.append(float(torch.nn.functional.cosine_similarity(x.double(), t.double())))
    return np.array(found)


def clip(folder, files, captions, args):
    weights = folder / "clip"
    net = small_networks.clip(224)
    for name in ("clip-vit-large-patch14", "PickScore_v1"):
        if not (weights / name).exists():
            net.save_pretrained(weights / name)
    rows, _ = command(folder, weights, ["clip", "pickscore"])
    found = cosines(net, files, captions)
    return any([compare("clip", files, rows, 100 * found, 100),
                compare("pickscore", files, rows, float(np.exp(np.float32(4.6052))) * found, 100)])


def pickscore_full(folder, files, captions, args):
    sys.path.insert(0, str(measure_inputs.ROOT / "benchmarks"))
    import pictures as benchmark
    from transformers import CLIPModel

    weights = args.pickscore or benchmark.make_weights(folder, "pickscore", None)
    rows, _ = command(folder, weights, ["pickscore"])
    net = CLIPModel.from_pretrained(weights / "PickScore_v1").eval()
    return compare("pickscore", files, rows, float(net.logit_scale.exp()) * cosines(net, files, captions))


def hps(folder, files, captions, args, layers=2):
    import open_clip

    # The package lacks the vocabulary that it opens.
    words = "bpe_simple_vocab_16e6.txt.gz"
    package = next(pathlib.Path(p, "hpsv2/src/open_clip") for p in sys.path if pathlib.Path(p, "hpsv2").is_dir())
    if not (package / words).exists():
        shutil.copy(pathlib.Path(open_clip.__file__).parent / words, package)
    put("clint")
    put("clint.textui").progress = None
    import hpsv2.src.open_clip.factory as factory
    import hpsv2.src.open_clip.transform as transform

    published = transform.F.resize
    transform.F.resize = functools.partial(published, antialias=False)
    config = factory._MODEL_CONFIGS["ViT-H-14"]
    if layers:
        config["vision_cfg"]["layers"], config["text_cfg"]["layers"] = layers, layers
    import hpsv2.img_score as published_score

    create = published_score.create_model_and_transforms
    published_score.create_model_and_transforms = lambda name, pretrained, **k: create(name, None, **(k | {"precision": "fp32"}))
    published_score.initialize_model()
    weights = folder / ("hps" if layers else "hps-full") / "HPS_v2.1_compressed.pt"
    if not weights.exists():
        weights.parent.mkdir(parents=True)
        # `score` reads them from the file.
        torch.save({"state_dict": fill(published_score.model_dict["model"]).state_dict()}, weights)
    rows, _ = command(folder, weights.parent, ["hps"])
    state = torch.load(weights)
    torch.load = lambda *a, **k: state
    theirs = []
    for f, c in zip(files, captions, strict=True):
        picture = Image.open(f)
        # With four channels its network stops.
        theirs.append(float(published_score.score(picture.convert("RGB"), c, cp="", hps_version="v2.1")[0]))
    return compare("hps", files, rows, theirs)


def hps_full(*given):
    return hps(*given, layers=None)


def aesthetic(folder, files, captions, args):
    import clip as openai
    from clip.model import CLIP

    head = small_networks.aesthetic()
    net = fill(CLIP(768, 224, 2, 256, 32, 77, 49408, 128, 2, 2).float())
    weights = folder / "aesthetic"
    if not weights.exists():
        weights.mkdir(parents=True)
        torch.save(head.state_dict(), weights / "sac+logos+ava1-l14-linearMSE.pth")
        more = {"input_resolution": torch.tensor(224), "context_length": torch.tensor(77), "vocab_size": torch.tensor(49408)}
        torch.save(collections.OrderedDict(net.state_dict()) | more, weights / "ViT-L-14.pt")
    rows, _ = command(folder, weights, ["aesthetic"])
    prepare = openai.clip._transform(224)
    theirs = []
    with torch.no_grad():
        for f in files:
            x = net.encode_image(prepare(Image.open(f))[None]).numpy()
            x = x / np.linalg.norm(x, axis=-1, keepdims=True)
            theirs.append(float(head.layers(torch.from_numpy(x).float())))
    return compare("aesthetic", files, rows, theirs)


def reference(folder, count):
    path = folder / "reference"
    if not path.exists():
        measure_inputs.folder(path, "reference", count)
    return sorted(path.iterdir())


def figure(name, count, expected, ours):
    off = abs(ours - expected) / max(1, abs(expected))
    print(f"| {name} | {count} | {expected:.9g} | {ours:.9g} | {off:.1e} |{' too far off' if off > 1e-5 else ''}", flush=True)
    return off > 1e-5


def cmmd(folder, files, captions, args):
    from transformers import CLIPImageProcessorPil

    weights = folder / "clip/clip-vit-large-patch14-336"
    net = small_networks.clip(336)
    if not weights.exists():
        net.save_pretrained(weights)
    real = reference(folder, len(files))
    _, values = command(folder, folder / "clip", ["cmmd"])
    processor = CLIPImageProcessorPil()

    def embeddings(group):
        rows = []
        for file in group:
            picture = rgb(file)
            side = min(picture.size)
            left, top = (picture.width - side) // 2, (picture.height - side) // 2
            picture = picture.crop((left, top, left + side, top + side)).resize((336, 336), Image.BICUBIC)
            pixels = processor(picture, do_resize=False, do_center_crop=False, return_tensors="pt")["pixel_values"]
            rows.append(net.get_image_features(pixel_values=pixels).pooler_output.double())
        x = torch.cat(rows)
        return (x / x.norm(dim=1, keepdim=True)).numpy()

    def kernel(p, q):
        return np.exp(-((p**2).sum(1)[:, None] + (q**2).sum(1)[None] - 2 * p @ q.T) / 200).mean()

    with torch.no_grad():
        a, b = embeddings(files), embeddings(real)
    return figure("cmmd", len(files), 1000 * (kernel(a, a) + kernel(b, b) - 2 * kernel(a, b)), values["cmmd"])


def efflite0(folder, files, captions, args):
    from safetensors.torch import save_file
    from torchvision.transforms import functional as F

    net = small_networks.efficientnet()
    weights = folder / "efflite0/efficientnet-lite0.safetensors"
    if not weights.exists():
        weights.parent.mkdir(parents=True)
        save_file(small_networks.floats(net), weights)
    real = reference(folder, len(files))
    _, values = command(folder, weights.parent, ["fd-efflite0"])

    def features(group):
        rows = []
        for file in group:
            picture = rgb(file)
            # CMMD's middle, with the margin rounded down.
            side = min(picture.size)
            left, top = (picture.width - side) // 2, (picture.height - side) // 2
            small = F.crop(picture, top, left, side, side).resize((224, 224), Image.BICUBIC)
            pixels = torch.from_numpy(np.asarray(small, np.float32).transpose(2, 0, 1).copy())[None]
            rows.append(net.extract_features((pixels - 127) / 128).mean((2, 3)))
        x = torch.cat(rows).double().numpy()
        return x.mean(0), (x - x.mean(0)) / np.sqrt(len(x) - 1)

    with torch.no_grad():
        (mean, a), (other, b) = features(files), features(real)
    cross = np.linalg.svd(a @ b.T, compute_uv=False).sum()
    expected = ((mean - other) ** 2).sum() + (a**2).sum() + (b**2).sum() - 2 * cross
    return figure("fd-efflite0", len(files), float(expected), values["fd-efflite0"])


PARTS = {"icnet": icnet, "imagereward": imagereward, "clip": clip, "hps": hps, "aesthetic": aesthetic, "cmmd": cmmd,
         "efflite0": efflite0}
FULL = {"pickscore-full": pickscore_full, "hps-full": hps_full}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("vocabulary", type=pathlib.Path)
    parser.add_argument("--pictures", type=int, default=40)
    parser.add_argument("--only", default=",".join(PARTS))
    parser.add_argument("--pickscore", type=lambda p: pathlib.Path(p).absolute())
    args = parser.parse_args()
    args.folder, args.vocabulary = args.folder.absolute(), args.vocabulary.absolute()
    files, captions = pictures(args.folder, args.pictures)
    if args.only == "published":
        return published_image_reward(args.folder, files, captions)
    print("| measure | pictures | mean of the published code | tcd4j | most off |\n| --- | ---: | ---: | ---: | ---: |", flush=True)
    sys.exit(any([(PARTS | FULL)[name](args.folder, files, captions, args) for name in args.only.split(",")]))


if __name__ == "__main__":
    main()
