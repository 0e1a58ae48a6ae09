"""Complexity, ImageReward, HPS, the aesthetic mark and EfficientNet's distances of our command against the published
code, with networks by formula: ICNet and EfficientNet at full size, the others tiny.

    python oracle/check_picture_scores.py make FOLDER [PICTURES]
    ./tcd4j evaluate pictures FOLDER/generated --reference FOLDER/real --captions FOLDER/captions.tsv --allow-small \\
        --weights FOLDER/weights --measures complexity,imagereward,hps,aesthetic,fd-efflite0 -o FOLDER/out
    python oracle/check_picture_scores.py check FOLDER
    python oracle/check_picture_scores.py golden      # evaluation's fixture, of three pictures

`make` also writes what `experiment table1` needs besides a model: Inception's and PickScore's weights, and a small
file of COCO's form. ICNet.py of https://github.com/tinglyfeng/IC9600 (3891e25) must be in $PUBLISHED; packages as in
make_network_fixtures.py. Landscape pictures only: Pillow 13 resizes portraits in another order than the Pillow that
published figures were made with. Exits with 1 where a figure differs by more than 1e-5 of its scale.
"""

import csv
import functools
import json
import os
import pathlib
import sys

import numpy as np
import open_clip
import torch
import torchvision.transforms as T
from efficientnet_lite_pytorch import EfficientNet
from formula import blocks, fill, h32
from PIL import Image
from safetensors.torch import save_file
from timm.models.vision_transformer import VisionTransformer
from torchvision.transforms import functional as F
from transformers import BertTokenizer, CLIPConfig, CLIPModel
from transformers.models.blip.configuration_blip import BlipTextConfig
from transformers.models.blip.modeling_blip_text import BlipTextModel

sys.path.insert(0, os.environ.get("PUBLISHED", "."))
CLIP = T.Normalize((0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711))
PIECES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "photo", "of", "red", "green", "two", "cat", "##s", "and", "sq",
          "##uare", "##uares", ",", ".", "the", "on"]
CAPTIONS = ["a photo of two cats", "red squares", "the green square on a photo, and a dog.", "cats", "two red cats and two green"]
FIXTURE = pathlib.Path(__file__).parent.parent / "evaluation/src/test/resources/fidelity/scores.json"


def blip():
    vision = VisionTransformer(img_size=224, patch_size=16, embed_dim=64, depth=1, num_heads=1, num_classes=0, global_pool="",
                               norm_layer=functools.partial(torch.nn.LayerNorm, eps=1e-6))
    config = BlipTextConfig(vocab_size=64, hidden_size=64, encoder_hidden_size=64, num_hidden_layers=2, num_attention_heads=1,
                            intermediate_size=48, max_position_embeddings=40)
    L, D = torch.nn.Linear, torch.nn.Dropout
    net = torch.nn.Module()
    net.blip = torch.nn.Module()
    net.blip.visual_encoder = vision
    net.blip.text_encoder = BlipTextModel(config, add_pooling_layer=False)
    net.mlp = torch.nn.Module()
    net.mlp.layers = torch.nn.Sequential(L(64, 1024), D(), L(1024, 128), D(), L(128, 64), D(), L(64, 16), L(16, 1))
    return fill(net)


def aesthetic():
    L, D = torch.nn.Linear, torch.nn.Dropout
    net = torch.nn.Module()
    net.layers = torch.nn.Sequential(L(768, 1024), D(), L(1024, 128), D(), L(128, 64), D(), L(64, 16), L(16, 1))
    return fill(net)


def clip(side, projection, activation):
    tower = dict(intermediate_size=48, num_hidden_layers=1, num_attention_heads=1, hidden_size=32, hidden_act=activation,
                 projection_dim=projection)
    return fill(CLIPModel(CLIPConfig(
        text_config=dict(vocab_size=49408, eos_token_id=49407, bos_token_id=49406, **tower),
        vision_config=dict(image_size=side, patch_size=32, **tower), projection_dim=projection)))


def hps():
    return fill(open_clip.model.CLIP(
        embed_dim=24, vision_cfg=dict(image_size=224, layers=1, width=64, head_width=64, patch_size=32),
        text_cfg=dict(context_length=77, vocab_size=49408, width=64, heads=1, layers=1)).eval())


def icnet():
    from ICNet import ICNet
    return fill(ICNet(is_pretrain=False))


def networks():
    """Files of our command, and what is in them."""
    return {"icnet.safetensors": icnet(), "ImageReward.safetensors": blip(), "HPS_v2.1_compressed.safetensors": hps(),
            "sac+logos+ava1-l14-linearMSE.pth": aesthetic(), "clip-vit-large-patch14/model.safetensors": clip(224, 768, "quick_gelu"),
            "efficientnet-lite0.safetensors": fill(EfficientNet.from_name("efficientnet-lite0"))}


def floats(net):
    skip = ("position_ids", "attn_mask", "num_batches_tracked")
    return {k: v.detach().clone().contiguous() for k, v in net.state_dict().items()
            if v.is_floating_point() and not k.endswith(skip)}


def pictures(name, count):
    for i in range(count):
        a, b, side, _ = (int(v) for v in h32(f"{name}{i}", 4))
        height = a % 300 + 40
        yield Image.fromarray(blocks(f"{name}.{i}", height, height + b % 200, side % 20 + 3).transpose(1, 2, 0).copy())


def make(folder, count):
    weights = folder / "weights"
    for name, net in networks().items():
        (weights / name).parent.mkdir(parents=True, exist_ok=True)
        save_file(floats(net), weights / name)
    (weights / "clip-vit-large-patch14/config.json").write_text(clip(224, 768, "quick_gelu").config.to_json_string())
    (weights / "bert-base-uncased").mkdir(exist_ok=True)
    (weights / "bert-base-uncased/vocab.txt").write_text("\n".join(PIECES) + "\n")
    pick = clip(224, 24, "gelu")
    with torch.no_grad():
        pick.logit_scale.fill_(4.6052)
    pick.save_pretrained(weights / "PickScore_v1")
    try:
        import check_fidelity
        state = {k: v for k, v in fill(check_fidelity.network()).state_dict().items() if v.is_floating_point()}
        save_file({k: v.contiguous() for k, v in state.items()}, weights / "inception-2015-12-05.safetensors")
    except ImportError:
        print("no Inception: pytorch-fid is not there")
    for name in ("generated", "real"):
        (folder / name).mkdir(parents=True, exist_ok=True)
        for i, picture in enumerate(pictures(name, count)):
            picture.save(folder / name / f"{i + 1:012d}.png")
    (folder / "captions.tsv").write_text("".join(f"{i + 1:012d}.png\t{CAPTIONS[i % 5]}\n" for i in range(count)))
    annotations = [{"image_id": i + 1, "id": 1000 - 3 * i + k, "caption": f"{CAPTIONS[(i + k) % 5]} {k}\n"}
                   for k in range(3) for i in range(count)]
    images = [{"id": i + 1, "file_name": f"{i + 1:012d}.jpg", "license": 1} for i in reversed(range(count))]
    (folder / "captions_val2017.json").write_text(json.dumps(
        {"info": {"year": 2017}, "images": images, "licenses": [], "annotations": annotations}))


def scores(picture, caption, nets):
    ic, ir, hp, head, cl, _ = nets
    tokens = BertTokenizer(vocab={p: i for i, p in enumerate(PIECES)})
    square = F.to_tensor(F.resize(picture, (512, 512)))
    square = F.normalize(square, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225))[None]
    middle = CLIP(F.to_tensor(F.center_crop(F.resize(picture, 224, F.InterpolationMode.BICUBIC), 224)))[None]
    ids = tokens(caption, return_tensors="pt", truncation=True, max_length=35)
    image = ir.blip.visual_encoder(middle)
    text = ir.blip.text_encoder(input_ids=ids.input_ids, attention_mask=ids.attention_mask, encoder_hidden_states=image,
                                encoder_attention_mask=torch.ones(image.shape[:2]), is_decoder=False).last_hidden_state
    reward = (ir.mlp.layers(text[:, 0]) - 0.16717362830052426) / 1.0333394966054072
    # HPSv2's resize and pad, as torchvision did them up to 0.16.
    scale = 224 / max(picture.size)
    size = [round(picture.height * scale), round(picture.width * scale)]
    small = F.resize(F.to_tensor(picture), size, F.InterpolationMode.BICUBIC, antialias=False)
    h, w = 224 - size[0], 224 - size[1]
    padded = CLIP(F.pad(small, [w // 2, h // 2, w - w // 2, h - h // 2], 0))[None]
    a, b = hp.encode_image(padded, normalize=True), hp.encode_text(open_clip.tokenizer.SimpleTokenizer()(caption), normalize=True)
    e = cl.get_image_features(pixel_values=middle).pooler_output
    mark = head.layers(e / e.norm(dim=-1, keepdim=True))
    return {"complexity": float(ic(square)[0]), "imagereward": float(reward), "hps": float((a * b).sum()), "aesthetic": float(mark)}


def features(net, shown):
    rows = []
    for p in shown:
        small = np.asarray(F.center_crop(p, min(p.size)).resize((224, 224), Image.BICUBIC), np.float32).transpose(2, 0, 1)
        rows.append(net.extract_features((torch.from_numpy(small.copy())[None] - 127) / 128).mean((2, 3)))
    return torch.cat(rows).double().numpy()


def distance(x, y):
    """By singular values: exact for fewer pictures than features."""
    a, b = ((v - v.mean(0)) / np.sqrt(len(v) - 1) for v in (x, y))
    trace = np.linalg.svd(a @ b.T, compute_uv=False).sum()
    return float(((x.mean(0) - y.mean(0)) ** 2).sum() + (a**2).sum() + (b**2).sum() - 2 * trace)


def check(folder):
    nets = list(networks().values())
    with open(folder / "out/pictures.csv") as file:
        rows = list(csv.DictReader(file))
    worst = dict.fromkeys(("complexity", "imagereward", "hps", "aesthetic"), 0.0)
    shown = []
    for row in rows:
        shown.append(Image.open(folder / "generated" / row["file"]).convert("RGB"))
        for name, expected in scores(shown[-1], row["caption"], nets).items():
            worst[name] = max(worst[name], abs(float(row[name]) - expected) / max(1, abs(expected)))
    print(len(rows), "pictures, most off of the scale:", worst)
    real = [Image.open(f).convert("RGB") for f in sorted((folder / "real").iterdir())]
    expected = distance(features(nets[5], shown), features(nets[5], real))
    found = {r["measure"]: r["value"] for r in json.loads((folder / "out/results.json").read_text())}["fd-efflite0"]
    print("fd-efflite0", expected, "ours", found)
    return max(worst.values()) > 1e-5 or abs(found - expected) > 1e-5 * max(1, expected)


def golden():
    nets = networks()
    shown = list(pictures("golden", 3))
    rows = [scores(p, CAPTIONS[i], list(nets.values())) for i, p in enumerate(shown)]
    print(rows)
    out = {"pieces": PIECES, "captions": CAPTIONS[:3], "clip_config": clip(224, 768, "quick_gelu").config.to_dict(),
           "pictures": [{"height": p.height, "width": p.width, "block": int(h32(f"golden{i}", 4)[2]) % 20 + 3}
                        for i, p in enumerate(shown)],
           "scores": {k: [r[k] for r in rows] for k in rows[0]},
           "files": {name: {k: list(v.shape) for k, v in floats(net).items()}
                     for name, net in nets.items() if not name.startswith("efficientnet")}}
    config = out["clip_config"]
    small = {"projection_dim": 768}
    for part in ("text_config", "vision_config"):
        small[part] = {k: v for k, v in config[part].items()
                       if isinstance(v, (int, str)) and not isinstance(v, bool) and k not in ("dtype", "model_type")}
    out["clip_config"] = small
    FIXTURE.write_text(json.dumps(out, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    torch.set_num_threads(2)
    with torch.no_grad():
        if sys.argv[1] == "golden":
            golden()
        elif sys.argv[1] == "make":
            make(pathlib.Path(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 40)
        else:
            sys.exit(int(check(pathlib.Path(sys.argv[2]))))
