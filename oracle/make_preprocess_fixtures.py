"""What the measures' own programs make of pictures before their networks.

    python oracle/make_preprocess_fixtures.py [files]

With "files" writes preprocess-files.json beside it: small files of every kind that Pillow and the program take
apart in an order of their own (palettes, transparency, inks, 16 bits), and a wide one on which a product and a
sum rounded twice would be seen; Pillow below 13. Else writes evaluation/src/test/resources/fidelity/preprocess.json: for each preprocessor and each of some sizes the
sum and the sum of squares of all numbers, and 16 numbers at fixed places. Needs clean-fid, torch-fidelity,
torchvision and Pillow; Pillow 13 resizes portraits columns first, so only sizes on which both orders agree in
how they are done are used with bytes.
"""

import io
import json
import pathlib
import sys

import numpy as np
import torch
import torchvision.transforms as T
import torchvision.transforms.functional as TF
from cleanfid.resize import build_resizer
from formula import blocks
from PIL import Image
from torch_fidelity.interpolate_compat_tensorflow import interpolate_bilinear_2d_like_tensorflow1x as tf1
from transformers import CLIPImageProcessorPil

OUT = pathlib.Path(__file__).parent.parent / "evaluation/src/test/resources/fidelity"
SIZES = [(640, 480), (640, 425), (225, 640), (333, 500), (512, 512), (64, 48), (299, 299), (1000, 700)]
CLIP = T.Normalize((0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711))
IMAGENET = T.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))


def tensor(picture):
    return torch.from_numpy(np.array(picture)).permute(2, 0, 1)[None].float()


def pytorch_fid(p):
    x = T.ToTensor()(p)[None]
    return 2 * torch.nn.functional.interpolate(x, (299, 299), mode="bilinear", align_corners=False) - 1


def clean(p):
    return (torch.from_numpy(build_resizer("clean")(np.array(p)).transpose(2, 0, 1)).float() - 128) / 128


def cmmd(p):
    side = min(p.size)
    left, top = (p.width - side) // 2, (p.height - side) // 2
    p = p.crop((left, top, left + side, top + side)).resize((336, 336), Image.BICUBIC)
    return CLIP(T.ToTensor()(p))


def efflite(p):
    side = min(p.size)
    left, top = (p.width - side) // 2, (p.height - side) // 2
    return (tensor(p.crop((left, top, left + side, top + side)).resize((224, 224), Image.BICUBIC)) - 127) / 128


def hps(antialias):
    def prepare(p):
        x = T.ToTensor()(p)
        scale = 224 / float(max(x.shape[1:]))
        size = [round(d * scale) for d in x.shape[1:]]
        x = TF.resize(x, size, interpolation=T.InterpolationMode.BICUBIC, antialias=antialias) if scale != 1 else x
        h, w = 224 - size[0], 224 - size[1]
        return CLIP(TF.pad(x, [w // 2, h // 2, w - w // 2, h - h // 2], fill=0))

    return prepare


PREPARE = {
    "pytorch-fid": pytorch_fid,
    "clean": clean,
    "tf1": lambda p: (tf1(tensor(p), (299, 299), align_corners=False) - 128) / 128,
    "clip224-torchvision": T.Compose([T.Resize(224, T.InterpolationMode.BICUBIC), T.CenterCrop(224), T.ToTensor(), CLIP]),
    "clip224-transformers": lambda p: CLIPImageProcessorPil(
        size={"shortest_edge": 224}, crop_size={"height": 224, "width": 224})(p, return_tensors="pt")["pixel_values"],
    "cmmd336": cmmd,
    "ic9600-512": T.Compose([T.Resize((512, 512)), T.ToTensor(), IMAGENET]),
    "efflite224": efflite,
    "hps224": hps(False),
    "hps224-antialias": hps(True),
}


def main():
    cases = []
    for name, prepare in PREPARE.items():
        for w, h in SIZES:
            # Pillow 13's order: columns first where the height shrinks by more than twice the width.
            side = {"ic9600-512": 512}.get(name)
            if side and h - side > max(0, 2 * (w - side)):
                continue
            if name.startswith("clip") and h > w:
                continue
            y = prepare(Image.fromarray(blocks(f"{w}x{h}", h, w, 7).transpose(1, 2, 0).copy()))
            y = y.reshape(-1).double()
            places = [i * (len(y) - 1) // 15 for i in range(16)]
            cases.append({"name": name, "size": [w, h], "sum": y.sum().item(), "squares": y.square().sum().item(),
                          "values": y[places].tolist()})
    lines = ",\n".join(json.dumps(c) for c in cases)
    (OUT / "preprocess.json").write_text(f"[\n{lines}\n]\n")


def files():
    import base64

    import check_inputs
    import measure_inputs

    shown = {name: Image.fromarray(measure_inputs.waves(name, 30, 44)) for name in measure_inputs.KINDS}
    data = {name: encode(shown[name]) for name, (_, encode) in measure_inputs.KINDS.items() if "jpeg-l" not in name}
    data["wide"] = measure_inputs.KINDS["png"][1](Image.fromarray(blocks("wide", 2, 1427, 1).transpose(1, 2, 0).copy()))
    cases = []
    for file, stored in data.items():
        results = {}
        for name, (prepare, _) in check_inputs.PREPARE.items():
            if file == "wide" and name != "pytorch-fid":
                continue
            y = prepare(Image.open(io.BytesIO(stored))).reshape(-1).double()
            places = [i * (len(y) - 1) // 15 for i in range(16)]
            results[name] = {"sum": y.sum().item(), "squares": y.square().sum().item(), "most": float(y.abs().max()),
                             "values": [round(v, 7) for v in y[places].tolist()]}
        cases.append({"name": file, "file": base64.b64encode(stored).decode(), "results": results})
    (OUT / "preprocess-files.json").write_text("[\n" + ",\n".join(json.dumps(c) for c in cases) + "\n]\n")


if __name__ == "__main__":
    files() if sys.argv[1:] == ["files"] else main()
