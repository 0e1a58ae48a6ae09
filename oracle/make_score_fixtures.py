"""What tests and trials of the scores of pictures need, with the published code and networks by formula.

    python oracle/make_score_fixtures.py golden                  # evaluation's fixture scores.json, of three pictures
    python oracle/make_score_fixtures.py trial FOLDER [PICTURES] # pictures, captions and weights to try commands with

`trial` writes the weights of every measure, those of Inception too, pictures to measure and others as a reference,
captions.tsv, and a small file of COCO's form. ICNet.py of https://github.com/tinglyfeng/IC9600 (3891e25) must be in
$PUBLISHED; packages as in make_network_fixtures.py. Landscape pictures only: Pillow 13 resizes portraits in another order
than the Pillow that published figures were made with. Every figure of a whole folder: check_scores.py.
"""

import json
import pathlib
import sys

import small_networks as nets
import torch
import torchvision.transforms as T
from formula import blocks, fill, h32
from PIL import Image
from safetensors.torch import save_file
from torchvision.transforms import functional as F
from transformers import BertTokenizer

CLIP = T.Normalize((0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711))
CAPTIONS = ["a photo of two cats", "red squares", "the green square on a photo, and a dog.", "cats", "two red cats and two green"]
FIXTURE = pathlib.Path(__file__).parent.parent / "evaluation/src/test/resources/fidelity/scores.json"


def networks():
    """Files of our command, and what is in them."""
    return {"icnet.safetensors": nets.icnet(), "ImageReward.safetensors": nets.blip(),
            "HPS_v2.1_compressed.safetensors": nets.hps(), "sac+logos+ava1-l14-linearMSE.pth": nets.aesthetic(),
            "clip-vit-large-patch14/model.safetensors": nets.clip_of_one_layer(224, 768, "quick_gelu")}


def pictures(name, count):
    for i in range(count):
        a, b, side, _ = (int(v) for v in h32(f"{name}{i}", 4))
        height = a % 300 + 40
        yield Image.fromarray(blocks(f"{name}.{i}", height, height + b % 200, side % 20 + 3).transpose(1, 2, 0).copy())


def trial(folder, count):
    weights = folder / "weights"
    made = networks()
    for name, net in (made | {"efficientnet-lite0.safetensors": nets.efficientnet()}).items():
        (weights / name).parent.mkdir(parents=True, exist_ok=True)
        save_file(nets.floats(net), weights / name)
    made["clip-vit-large-patch14/model.safetensors"].config.to_json_file(weights / "clip-vit-large-patch14/config.json")
    (weights / "bert-base-uncased").mkdir(exist_ok=True)
    (weights / "bert-base-uncased/vocab.txt").write_text("\n".join(nets.PIECES) + "\n")
    nets.clip_of_one_layer(224, 24, "gelu").save_pretrained(weights / "PickScore_v1")
    try:
        import check_fidelity
        save_file(nets.floats(fill(check_fidelity.network())), weights / "inception-2015-12-05.safetensors")
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


def scores(picture, caption, ic, ir, hp, head, cl):
    import open_clip

    tokens = BertTokenizer(vocab={p: i for i, p in enumerate(nets.PIECES)})
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


def golden():
    made = networks()
    shown = list(pictures("golden", 3))
    rows = [scores(p, CAPTIONS[i], *made.values()) for i, p in enumerate(shown)]
    print(rows)
    config = made["clip-vit-large-patch14/model.safetensors"].config.to_dict()
    small = {"projection_dim": 768}
    for part in ("text_config", "vision_config"):
        small[part] = {k: v for k, v in config[part].items()
                       if isinstance(v, (int, str)) and not isinstance(v, bool) and k not in ("dtype", "model_type")}
    out = {"pieces": nets.PIECES, "captions": CAPTIONS[:3], "clip_config": small,
           "pictures": [{"height": p.height, "width": p.width, "block": int(h32(f"golden{i}", 4)[2]) % 20 + 3}
                        for i, p in enumerate(shown)],
           "scores": {k: [r[k] for r in rows] for k in rows[0]},
           "files": {name: {k: list(v.shape) for k, v in nets.floats(net).items()} for name, net in made.items()}}
    FIXTURE.write_text(json.dumps(out, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    torch.set_num_threads(2)
    with torch.no_grad():
        if sys.argv[1] == "golden":
            golden()
        else:
            trial(pathlib.Path(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 40)
