"""Resizing of numbers by PyTorch, and by torch-fidelity's copy of TensorFlow 1's.

    python oracle/make_interpolation_fixtures.py

Writes images/src/test/resources/resize/interpolation.json: per case the kind, the sizes, the sum of all
numbers, the sum of their squares, and 16 numbers at fixed places. Sources are those of
make_resize_fixtures.py. Needs torch-fidelity (requirements.txt).
"""

import json
import random

import torch
import torch.nn.functional as F
from make_resize_fixtures import OUT, source
from torch_fidelity.interpolate_compat_tensorflow import interpolate_bilinear_2d_like_tensorflow1x as tf1

KINDS = {
    "TORCH_BILINEAR": lambda x, size: F.interpolate(x, size, mode="bilinear", align_corners=False),
    "TORCH_BICUBIC": lambda x, size: F.interpolate(x, size, mode="bicubic", align_corners=False),
    "TORCH_BILINEAR_ANTIALIAS": lambda x, size: F.interpolate(
        x, size, mode="bilinear", align_corners=False, antialias=True
    ),
    "TORCH_BICUBIC_ANTIALIAS": lambda x, size: F.interpolate(
        x, size, mode="bicubic", align_corners=False, antialias=True
    ),
    "TENSORFLOW1_BILINEAR": lambda x, size: tf1(x, size, align_corners=False),
}


def main():
    rng = random.Random(2)
    cases = []
    for kind, resize in KINDS.items():
        sizes = [((1, 1), (5, 4)), ((7, 3), (1, 1)), ((640, 427), (299, 299)), ((97, 61), (97, 30)), ((33, 20), (299, 299))]
        sizes += [
            ((rng.randint(1, 120), rng.randint(1, 120)), (rng.randint(1, 120), rng.randint(1, 120))) for _ in range(5)
        ]
        for (w, h), (nw, nh) in sizes:
            x = torch.from_numpy(source(w, h, 3, False)).float().permute(2, 0, 1)[None]
            y = resize(x, (nh, nw))[0].permute(1, 2, 0).contiguous().flatten().double()
            places = [i * (len(y) - 1) // 15 for i in range(16)]
            cases.append({"kind": kind, "from": [w, h], "to": [nw, nh], "sum": y.sum().item(),
                          "squares": y.square().sum().item(), "values": y[places].tolist()})
    lines = ",\n".join(json.dumps(c) for c in cases)
    (OUT / "interpolation.json").write_text(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    main()
