"""Resizing by Pillow: what io.github.tcd4j.images.resize must equal to the byte.

Writes images/src/test/resources/resize/pillow.json: for each case the filter, the sizes, the box and the
CRC-32 of the result's bytes. Source bytes are a formula (see `source`), so no picture is stored.
"""

import json
import pathlib
import random
import zlib

import numpy as np
from PIL import Image

OUT = pathlib.Path(__file__).parent.parent / "images/src/test/resources/resize"
FILTERS = ["NEAREST", "BOX", "BILINEAR", "HAMMING", "BICUBIC", "LANCZOS"]


def source(width, height, channels, smooth):
    """Bytes by a formula: an integer hash of the position, or of the position over 5."""
    y, x, c = np.meshgrid(
        np.arange(height, dtype=np.uint64),
        np.arange(width, dtype=np.uint64),
        np.arange(channels, dtype=np.uint64),
        indexing="ij",
    )
    if smooth:
        x, y = x // np.uint64(5), y // np.uint64(5)
    v = (x * np.uint64(73856093) + y * np.uint64(19349663) + c * np.uint64(83492791)) & np.uint64(0xFFFFFFFF)
    v ^= v >> np.uint64(15)
    v = (v * np.uint64(0x2C1B3C6D)) & np.uint64(0xFFFFFFFF)
    v ^= v >> np.uint64(12)
    return (v >> np.uint64(8)).astype(np.uint8)


def crc(array):
    return f"{zlib.crc32(np.ascontiguousarray(array).tobytes()):08x}"


MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}


def case(filter_name, size, channels, smooth, to, box=None, floats=False):
    a = source(*size, channels, smooth)
    resample = getattr(Image, filter_name)
    if floats:
        parts = [
            np.asarray(Image.fromarray(a[..., i].astype(np.float32)).resize(to, resample, box))
            for i in range(channels)
        ]
        result = np.stack(parts, -1)
    else:
        picture = Image.fromarray(a[..., 0] if channels == 1 else a)
        assert picture.mode == MODES[channels]
        result = np.asarray(picture.resize(to, resample, box))
    return {
        "filter": filter_name,
        "from": list(size),
        "channels": channels,
        "smooth": smooth,
        "to": list(to),
        "box": None if box is None else list(box),
        "floats": floats,
        "crc": crc(result),
    }


def main():
    rng = random.Random(1)
    cases = []
    sizes = [(1, 1), (1, 7), (9, 1), (5, 3), (64, 48), (61, 97), (200, 30), (127, 128)]
    for name in FILTERS:
        for _ in range(60):
            size = rng.choice(sizes)
            to = rng.choice([size, (1, 1), (rng.randint(1, 140), rng.randint(1, 140)), (size[0], rng.randint(1, 90)),
                             (rng.randint(1, 90), size[1]), (size[0] * 2, size[1] * 3)])
            box = None
            if rng.random() < 0.4:
                left, top = rng.uniform(0, size[0] / 2), rng.uniform(0, size[1] / 2)
                box = (left, top, rng.uniform(left + 0.1, size[0]), rng.uniform(top + 0.1, size[1]))
                if rng.random() < 0.5:
                    box = (int(left), int(top), size[0], size[1])
                box = tuple(float(np.float32(v)) for v in box)
            channels = rng.choice([1, 2, 3, 3, 4]) if box is None else 3
            cases.append(case(name, size, channels, rng.random() < 0.5, to, box))
        for _ in range(6):
            to = (rng.randint(1, 140), rng.randint(1, 140))
            cases.append(case(name, rng.choice(sizes), 3, False, to, floats=True))
    cases.append(case("BICUBIC", (427, 640), 3, True, (299, 299)))
    cases.append(case("LANCZOS", (640, 480), 3, True, (512, 512)))
    cases.append(case("BICUBIC", (640, 480), 3, True, (299, 299), floats=True))
    OUT.mkdir(parents=True, exist_ok=True)
    lines = ",\n".join(json.dumps(c) for c in cases)
    (OUT / "pillow.json").write_text(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    main()
