"""Whether libwebp, by Pillow, reads what images' WebpWriter makes: every pixel, time, loop and text.

    python oracle/check_webp.py [FILE...]

Without files those of images/src/test/resources/webp, whose names say what they show; WebpWriterTest asserts that the writer
makes them, and with -Dtcd4j.webp=true writes them anew. Of other files it prints size, frames, times and texts.
"""
import pathlib
import re
import sys

import numpy as np
from PIL import Image, features

STORED = pathlib.Path(__file__).parent.parent / "images/src/test/resources/webp"


def frame(kind, width, height, f):
    y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(3), indexing="ij")
    if kind == "noise":
        level = ((x * 73 + y * 151 + c * 199 + f * 53) * 0x9E3779B1 & 0xFFFFFFFF) >> 24
    elif kind == "smooth":
        level = 3 * x + 2 * y + 40 * c + 10 * f
    elif kind == "rings":
        level = (x * x + y * y + 9 * f) // 16 + 5 * c
    elif kind == "blocks":
        level = (x // 7 + y // 5 * 3 + c + f) * 37
    else:
        level = np.where((x // 8 == f // 2 + 1) & (y // 8 == 1), 60 * c + 40, 250)
    return (level & 255).astype(np.uint8)


def check(path):
    kind, width, height, count, rate = re.fullmatch(r"(\w+)-(\d+)x(\d+)-(\d+)at(\d+)\.webp", path.name).groups()
    width, height, count, rate = int(width), int(height), int(count), int(rate)
    with Image.open(path) as image:
        assert image.n_frames == count and image.size == (width, height) and image.info["loop"] == 0
        end = 0
        for f in range(count):
            image.seek(f)
            assert (np.asarray(image.convert("RGB")) == frame(kind, width, height, f)).all(), (path, f)
            assert np.asarray(image.convert("RGBA"))[..., 3].min() == 255
            end += image.info["duration"]
            assert end == round(1000 * (f + 1) / rate), (path, f, end)
        assert '{"prompt":"&lt;猫&gt; &amp; \\"🐈\\""}' in image.info["xmp"].decode()
    print(path.name, "equal,", path.stat().st_size, "bytes of", 3 * width * height * count)


def describe(path):
    with Image.open(path) as image:
        times = []
        for f in range(image.n_frames):
            image.seek(f)
            image.load()
            times.append(image.info["duration"])
        print(path, image.size, image.n_frames, "frames,", times, "ms, loop", image.info["loop"], image.info.get("xmp", b"")[:400])


if __name__ == "__main__":
    print("libwebp", features.version_module("webp"))
    if sys.argv[1:]:
        for name in sys.argv[1:]:
            describe(pathlib.Path(name))
    else:
        files = sorted(STORED.glob("*.webp"))
        assert len(files) >= 4
        for file in files:
            check(file)
