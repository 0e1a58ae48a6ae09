"""Writes data/src/test/resources/shard: a small WebDataset shard with every kind of PNG.

pictures.tar    4x3 pictures, one per PNG kind, with captions, made by Pillow and tarfile
pictures.json   the bytes (3, 3, 4) that each shows on white, computed here with numpy

Run from the root of the project: python oracle/make_shard_fixture.py
"""

import io
import json
import pathlib
import tarfile

import numpy as np
from PIL import Image

OUT = pathlib.Path("data/src/test/resources/shard")
W, H = 4, 3


def on_white(rgb, alpha):
    rgb, alpha = rgb.astype(np.int64), alpha.astype(np.int64)[..., None]
    return (rgb * alpha + 255 * (255 - alpha) + 127) // 255


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(0)
    rgba = random.integers(0, 256, (H, W, 4), dtype=np.uint8)
    rgba[0, 0, 3], rgba[0, 1, 3] = 0, 255
    grey = rgba[..., 0]
    grey16 = random.integers(0, 65536, (H, W), dtype=np.uint16)
    opaque = np.full((H, W), 255)

    def three(values):
        return np.repeat(values[..., None], 3, axis=2)

    palette = Image.fromarray(rgba[..., :3]).quantize(5)
    palette_rgb = np.array(palette.convert("RGB"))
    clear = np.where(np.array(palette) == 2, 0, 255)
    bits = Image.fromarray(grey).convert("1", dither=Image.Dither.NONE)

    pictures = {
        "rgb": (Image.fromarray(rgba[..., :3]), {}, on_white(rgba[..., :3], opaque)),
        "rgba": (Image.fromarray(rgba), {}, on_white(rgba[..., :3], rgba[..., 3])),
        "grey": (Image.fromarray(grey), {}, three(grey)),
        "grey-alpha": (
            Image.merge("LA", [Image.fromarray(grey), Image.fromarray(rgba[..., 3])]),
            {},
            on_white(three(grey), rgba[..., 3]),
        ),
        "grey-16-bit": (
            Image.fromarray(grey16),
            {},
            three((grey16.astype(np.int64) * 255 + 32767) // 65535),
        ),
        "one-bit": (bits, {}, three(np.where(np.array(bits), 255, 0))),
        "palette": (palette, {}, palette_rgb),
        "palette-clear": (palette, {"transparency": 2}, on_white(palette_rgb, clear)),
    }
    expected = {}
    with tarfile.open(OUT / "pictures.tar", "w") as tar:

        def add(name, data):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))

        for kind, (image, options, shown) in pictures.items():
            # Longer than the 100 characters of a plain tar header.
            key = "folder.with.dots/" + "x" * 120 + "/" + kind
            png = io.BytesIO()
            image.save(png, "PNG", **options)
            add(key + ".png", png.getvalue())
            add(key + ".txt", f"{kind} größe\n".encode())
            add(key + ".json", json.dumps({"kind": kind, "tags": ["a", "b"], "n": 3}).encode())
            expected[kind] = np.asarray(shown).transpose(2, 0, 1).flatten().tolist()
    (OUT / "pictures.json").write_text(json.dumps(expected))


main()
