"""`evaluate pictures` against the Python that people use, whole commands in turns: same weights, same pictures.

    python benchmarks/pictures.py FOLDER fid [--pictures 1000] [--runs 3] [--threads N]
    python benchmarks/pictures.py FOLDER pickscore|imagereward [--pictures 48] [--layers N]
    python benchmarks/pictures.py FOLDER start

fid          pictures of 512x512, PNG and JPEG, and FID to saved statistics: ``python -m pytorch_fid`` (0.3.0)
pickscore    CLIP ViT-H/14 of transformers, 16 pictures and captions at a time
imagereward  BLIP: timm's ViT-L/16 and transformers' BlipTextModel, 16 at a time
start        seconds until FID of the first 16 pictures is printed, and until a second run prints it from its cache

Each side is started anew for each run, from its start to its last line, and has no cache. Sides alternate and
change the order from run to run, so that what else the machine does meets both. Prints medians, ranges and
the median of the ratios of neighbours: of the time on the clock, of processor seconds, of the largest memory.
Weights are at random, made once in FOLDER (ViT-H/14: 3.9 GB). Run with a Python that has the packages of
oracle/requirements.txt for networks that measure pictures.
"""

import argparse
import functools
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "oracle"))
SIDE = 512
BATCH = 16
INCEPTION = "pt_inception-2015-12-05-6726825d.pth"


def make_pictures(folder, count):
    path = folder / f"pictures-{count}"
    if path.exists():
        return path
    import measure_inputs

    scratch = folder / "scratch"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    small = measure_inputs.emoji()
    # As many as are needed differ; others are them turned or mirrored, which decodes as slowly and is made fast.
    shown = [measure_inputs.picture(f"bench.{i}", SIDE, SIDE, small) for i in range(min(count, 60))]
    for i in range(count):
        picture = shown[i % len(shown)].rotate(90 * (i // len(shown) % 4))
        if i // len(shown) >= 4:
            picture = picture.crop((i // 8 % 64, 0, SIDE, SIDE - i // 16 % 64)).resize((SIDE, SIDE))
        ending, encode = measure_inputs.KINDS[("png", "jpeg-420")[i % 2]]
        (scratch / f"{i:05d}.{ending}").write_bytes(encode(picture))
    (folder / f"captions-{count}.tsv").write_text("".join(
        f"{f.name}\t{c}\n" for f, c in zip(sorted(scratch.iterdir()), (c.replace("\t", " ") for c in measure_inputs.captions(count)))))
    scratch.rename(path)
    return path


def make_inception(folder):
    import check_fidelity

    check_fidelity.make(folder, 0)


def clip_model(layers):
    from transformers import CLIPConfig, CLIPModel

    import torch

    torch.manual_seed(0)
    tower = dict(hidden_act="gelu", projection_dim=1024)
    return CLIPModel(CLIPConfig(
        projection_dim=1024,
        text_config=dict(hidden_size=1024, intermediate_size=4096, num_hidden_layers=min(24, layers or 24), num_attention_heads=16,
                         vocab_size=49408, eos_token_id=49407, bos_token_id=49406, **tower),
        vision_config=dict(hidden_size=1280, intermediate_size=5120, num_hidden_layers=layers or 32, num_attention_heads=16,
                           image_size=224, patch_size=14, **tower)))


def blip_model():
    import torch
    from timm.models.vision_transformer import VisionTransformer
    from transformers.models.blip.configuration_blip import BlipTextConfig
    from transformers.models.blip.modeling_blip_text import BlipTextModel

    torch.manual_seed(0)
    net = torch.nn.Module()
    net.blip = torch.nn.Module()
    net.blip.visual_encoder = VisionTransformer(
        img_size=224, patch_size=16, embed_dim=1024, depth=24, num_heads=16, num_classes=0, global_pool="",
        norm_layer=functools.partial(torch.nn.LayerNorm, eps=1e-6))
    net.blip.text_encoder = BlipTextModel(BlipTextConfig(
        vocab_size=30524, hidden_size=768, encoder_hidden_size=1024, num_hidden_layers=12, num_attention_heads=12,
        intermediate_size=3072, max_position_embeddings=512), add_pooling_layer=False)
    net.blip.vision_proj, net.blip.text_proj = torch.nn.Linear(1024, 256), torch.nn.Linear(768, 256)
    net.mlp = torch.nn.Module()
    L, D = torch.nn.Linear, torch.nn.Dropout
    net.mlp.layers = torch.nn.Sequential(L(768, 1024), D(), L(1024, 128), D(), L(128, 64), D(), L(64, 16), L(16, 1))
    return net


def make_weights(folder, what, layers):
    weights = folder / f"weights-{what}{layers or ''}"
    if weights.exists():
        return weights
    import torch

    scratch = folder / "scratch-weights"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    if what == "pickscore":
        clip_model(layers).save_pretrained(scratch / "PickScore_v1")
    else:
        torch.save(blip_model().state_dict(), scratch / "ImageReward.pt")
        words = ["[PAD]", "[CLS]", "[SEP]", "[UNK]", *(chr(c) for c in range(33, 127)), *("##" + chr(c) for c in range(97, 123))]
        (scratch / "bert-base-uncased").mkdir()
        (scratch / "bert-base-uncased/vocab.txt").write_text("\n".join(words) + "\n")
    scratch.rename(weights)
    return weights


def peer(what, weights, pictures, captions, layers):
    """Scores pictures with the libraries; its last line is the mean."""
    import torch
    from PIL import Image

    rows = [line.split("\t") for line in pathlib.Path(captions).read_text().splitlines()]
    files = [pathlib.Path(pictures) / name for name, _ in rows]
    scores = []
    with torch.inference_mode():
        if what == "pickscore":
            import small_networks
            from transformers import CLIPImageProcessorPil, CLIPModel

            net = CLIPModel.from_pretrained(pathlib.Path(weights) / "PickScore_v1").eval()
            processor, words = CLIPImageProcessorPil(), small_networks.clip_tokenizer()
            for i in range(0, len(files), BATCH):
                x = processor([Image.open(f).convert("RGB") for f in files[i : i + BATCH]], return_tensors="pt")
                t = words([c for _, c in rows[i : i + BATCH]], padding="max_length", truncation=True, max_length=77,
                          return_tensors="pt")
                a = torch.nn.functional.normalize(net.get_image_features(**x).pooler_output)
                b = torch.nn.functional.normalize(net.get_text_features(**t).pooler_output)
                scores += (net.logit_scale.exp() * (a * b).sum(1)).tolist()
        else:
            import torchvision.transforms as T
            from transformers import BertTokenizer

            net = blip_model().eval()
            net.load_state_dict(torch.load(pathlib.Path(weights) / "ImageReward.pt"))
            lines = (pathlib.Path(weights) / "bert-base-uncased/vocab.txt").read_text().splitlines()
            words = BertTokenizer(vocab={w: i for i, w in enumerate(lines)})
            prepare = T.Compose([T.Resize(224, T.InterpolationMode.BICUBIC), T.CenterCrop(224), T.ToTensor(), T.Normalize(
                (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711))])
            for i in range(0, len(files), BATCH):
                x = torch.stack([prepare(Image.open(f).convert("RGB")) for f in files[i : i + BATCH]])
                t = words([c for _, c in rows[i : i + BATCH]], padding="max_length", truncation=True, max_length=35,
                          return_tensors="pt")
                x = net.blip.visual_encoder(x)
                h = net.blip.text_encoder(input_ids=t.input_ids, attention_mask=t.attention_mask, encoder_hidden_states=x,
                                          encoder_attention_mask=torch.ones(x.shape[:2]), is_decoder=False).last_hidden_state
                scores += ((net.mlp.layers(h[:, 0])[:, 0] - 0.16717362830052426) / 1.0333394966054072).tolist()
    print(statistics.mean(scores))


def timed(command, environment):
    """Seconds on the clock, processor seconds and MB of a process and its children, and what it prints."""
    start = time.time()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    out, err = process.stdout.read(), process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{command} failed:\n{out}\n{err}")
    return (time.time() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024), out


def ours(args, folder, pictures, weights, extra):
    out = folder / "out"
    shutil.rmtree(out, ignore_errors=True)
    threads = ["--threads", str(args.threads)] if args.threads else []
    return [str(ROOT / "tcd4j"), "evaluate", "pictures", str(pictures), "--weights", str(weights), "-o", str(out), *threads, *extra]


def measure(args, sides):
    environment = dict(os.environ)
    if args.threads:
        environment |= {"OMP_NUM_THREADS": str(args.threads)}
    rows = []
    for run in range(args.runs):
        row = {}
        for name in list(sides) if run % 2 == 0 else reversed(list(sides)):
            command = sides[name]()
            row[name], out = timed(command, environment)
            print(f"run {run + 1}, {name}: {row[name][0]:.1f} s, {row[name][1]:.1f} processor s, {row[name][2]:.0f} MB", flush=True)
            last = out.strip().splitlines()
            print("   ", last[2] if name == "tcd4j" and len(last) > 2 else last[-1], flush=True)
        rows.append(row)
    print(f"\n| {args.what}, {args.pictures} pictures, {args.runs} runs in turns | tcd4j | Python | ratio |\n| --- | ---: | ---: | ---: |")
    for column, name in enumerate(("s on the clock", "processor s", "largest memory, MB")):
        cells = []
        for side in ("tcd4j", "Python"):
            values = [row[side][column] for row in rows]
            cells.append(f"{statistics.median(values):.1f} ({min(values):.1f} to {max(values):.1f})")
        ratio = statistics.median(row["tcd4j"][column] / row["Python"][column] for row in rows)
        print(f"| {name} | {cells[0]} | {cells[1]} | {ratio:.2f} |")


def make(args):
    """In a process of its own: Linux counts the memory of who starts a process as that process's."""
    if args.what in ("fid", "start"):
        make_inception(args.folder)
        make_pictures(args.folder, 60)
        make_pictures(args.folder, BATCH)
    else:
        make_weights(args.folder, args.what, args.layers)
    make_pictures(args.folder, args.pictures)


def fid(args):
    folder = args.folder
    pictures = make_pictures(folder, args.pictures)
    reference = folder / "reference.npz"
    weights = folder / "weights"
    if not reference.exists():
        few = make_pictures(folder, 60)
        subprocess.run([*ours(args, folder, few, weights, ["--statistics", str(reference)])], check=True)
    small = ["--reference", str(reference), "--measures", "fid", "--allow-small"]
    python = [sys.executable, "-m", "pytorch_fid", str(pictures), str(reference), "--device", "cpu"]
    if args.what == "start":
        few = make_pictures(folder, BATCH)
        command = ours(args, folder, few, weights, small)
        timed(command, dict(os.environ))
        for _ in range(args.runs):
            first = timed(ours(args, folder, few, weights, small), dict(os.environ))[0][0]
            again = timed(command, dict(os.environ))[0][0]
            print(f"first number after {first:.2f} s, from the cache after {again:.2f} s", flush=True)
        return
    measure(args, {"tcd4j": lambda: ours(args, folder, pictures, weights, small), "Python": lambda: python})


def scores(args):
    pictures = make_pictures(args.folder, args.pictures)
    captions = args.folder / f"captions-{args.pictures}.tsv"
    weights = make_weights(args.folder, args.what, args.layers)
    extra = ["--captions", str(captions), "--measures", args.what]
    python = [sys.executable, __file__, str(args.folder), args.what, "--peer", str(weights), str(pictures), str(captions)]
    measure(args, {"tcd4j": lambda: ours(args, args.folder, pictures, weights, extra), "Python": lambda: python})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=lambda p: pathlib.Path(p).absolute())
    parser.add_argument("what", choices=["fid", "pickscore", "imagereward", "start"])
    parser.add_argument("--pictures", type=int)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--threads", type=int)
    parser.add_argument("--layers", type=int, help="fewer than ViT-H/14 has, to try")
    parser.add_argument("--peer", nargs=3, help=argparse.SUPPRESS)
    parser.add_argument("--make", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    args.pictures = args.pictures or (1000 if args.what == "fid" else 48)
    if args.peer:
        return peer(args.what, *args.peer, args.layers)
    if args.make:
        return make(args)
    subprocess.run([sys.executable, *sys.argv, "--make"], check=True)
    if args.what in ("fid", "start"):
        # pytorch-fid looks for its weights where torch's downloads are.
        os.environ["TORCH_HOME"] = str(args.folder / "torch")
    return fid(args) if args.what in ("fid", "start") else scores(args)


if __name__ == "__main__":
    main()
