"""Edges and drawings of controlnet_aux's networks with weights by formula (formula.py), for models' and pipeline's tests.

    python -m pip install --no-deps controlnet_aux==0.0.10 opencv-python-headless==4.14.0.94 einops==0.8.1
    python oracle/make_edge_fixtures.py

The networks are narrower than the published ones. Pixels go from 0 to 255, so that the first layer of HED has smaller
weights, and one bias is lower (SCALES, SHIFTS, also in the Java tests): else every edge is 1. The package's __init__ imports
detectors that need more packages; only hed and lineart are loaded here, as they are.
"""
import importlib.util
import json
import pathlib
import sys
import types

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save_file

from formula import blocks, value

ROOT = pathlib.Path(__file__).parent.parent
OUT = ROOT / "models/src/test/resources/networks"
PIPELINE = ROOT / "pipeline/src/test/resources/edges"
SCALES = {"block1.convs.0.weight": 1 / 64}
SHIFTS = {"block1.projection.bias": -12}


def package():
    """hed and lineart of the installed package without its __init__."""
    folder = pathlib.Path(importlib.util.find_spec("controlnet_aux").submodule_search_locations[0])
    root = types.ModuleType("controlnet_aux")
    root.__path__ = [str(folder)]
    sys.modules["controlnet_aux"] = root
    from controlnet_aux import hed, lineart
    return hed, lineart


def fill(network):
    state = {k: value(k, tuple(v.shape)) * SCALES.get(k, 1) + SHIFTS.get(k, 0) for k, v in network.state_dict().items()}
    network.load_state_dict(state)
    return network.eval(), state


def narrow_hed(hed):
    network = hed.ControlNetHED_Apache2()
    widths = [3, 6, 8, 12, 16, 16]
    for i, layers in enumerate([2, 2, 3, 3, 3]):
        setattr(network, f"block{i + 1}", hed.DoubleConvBlock(widths[i], widths[i + 1], layers))
    return fill(network)


class NarrowConvolutions:
    """The generator's widths follow from 64; here they are those of the generator divided by 8."""

    def __init__(self, nn):
        self.nn = nn

    def __getattr__(self, name):
        return getattr(self.nn, name)

    def _width(self, n):
        return n // 8 if n >= 64 else n

    def Conv2d(self, a, b, *more, **named):
        return self.nn.Conv2d(self._width(a), self._width(b), *more, **named)

    def ConvTranspose2d(self, a, b, *more, **named):
        return self.nn.ConvTranspose2d(self._width(a), self._width(b), *more, **named)


def narrow_drawing(lineart, blocks_in_the_middle):
    whole = lineart.nn
    lineart.nn = NarrowConvolutions(whole)
    try:
        return fill(lineart.Generator(3, 1, blocks_in_the_middle))
    finally:
        lineart.nn = whole


def main():
    hed, lineart = package()
    soft, soft_state = narrow_hed(hed)
    lines, lines_state = narrow_drawing(lineart, 3)
    about, maps = {}, {}

    pixels = torch.from_numpy(np.stack([blocks("edges.a", 48, 80, 7), blocks("edges.b", 48, 80, 5)])).float()
    with torch.no_grad():
        sizes = [e.shape for e in soft(pixels)]
        fitted = [torch.nn.functional.interpolate(e, size=(48, 80), mode="bilinear") for e in soft(pixels)]
        maps["soft"] = torch.cat(fitted, 1).mean(1).sigmoid()
        maps["lines"] = lines(pixels / 255)[:, 0].contiguous()
    print(sizes)
    for name, state in (("soft", soft_state), ("lines", lines_state)):
        about[name] = {"shapes": {k: list(v.shape) for k, v in state.items()}}
        print(name, maps[name].min(), maps[name].max(), maps[name].std())
        assert maps[name].std() > 0.05
    save_file(maps, OUT / "edges.safetensors")
    (OUT / "edges.safetensors").chmod(0o644)
    (OUT / "edges.json").write_text(json.dumps(about) + "\n")

    # The whole programs on pictures that they do not resize: hints, level by level.
    PIPELINE.mkdir(parents=True, exist_ok=True)
    picture = Image.fromarray(blocks("edges.picture", 64, 128, 9).transpose(1, 2, 0).copy())
    detector = hed.HEDdetector(soft)
    drawer = lineart.LineartDetector(lines, lines)
    size = dict(detect_resolution=64, image_resolution=64)
    hints = {
        "softedge": detector(picture, **size),
        "softedge-safe": detector(picture, safe=True, **size),
        "lineart": drawer(picture, **size),
    }
    for name, hint in hints.items():
        levels = np.asarray(hint)
        assert levels.shape == (64, 128, 3)
        print(name, np.unique(levels).size, levels.mean())
        Image.fromarray(levels[:, :, 0]).save(PIPELINE / f"{name}.png")
    (PIPELINE / "networks.json").write_text(json.dumps({k: v["shapes"] for k, v in about.items()}) + "\n")


if __name__ == "__main__":
    main()
