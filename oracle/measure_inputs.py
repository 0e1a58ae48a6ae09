"""Pictures, captions and texts on which measures are compared with the programs that published them.

The same on every machine: everything follows from names by formula.h32. Pictures are waves of colour with noise
and shapes on them, flat tiles, or emoji of this repository's data, in the kinds of file that people have.
"""

import io
import json
import pathlib
import tarfile

import numpy as np
from formula import blocks, h32, unit
from PIL import Image

ROOT = pathlib.Path(__file__).resolve().parent.parent
FRAGMENTS = ROOT / "models/src/test/resources/networks/fragments.json"


def emoji():
    with tarfile.open(ROOT / "emoji/data/validation/validation-0000.tar") as tar:
        files = sorted((m for m in tar.getmembers() if m.name.endswith(".png")), key=lambda m: m.name)
        return [Image.open(io.BytesIO(tar.extractfile(m).read())).convert("RGB") for m in files]


def waves(key, height, width):
    """As smooth as photographs, with edges and grain."""
    a = unit(f"{key}.waves", 32)
    y, x = np.mgrid[0:height, 0:width] / max(height, width)
    planes = [127 + 100 * np.sin(9 * (a[c] + 1.2) * x + 5 * a[c + 3] * y + 7 * a[c + 6])
              * np.cos(8 * a[c + 9] * y - 6 * a[c + 12] * x * y) for c in range(3)]
    picture = np.stack(planes, -1)
    for i in range(4):
        cx, cy, r = (a[16 + 4 * i : 19 + 4 * i] + 1) / 2
        picture[(x - cx) ** 2 + (y - cy) ** 2 < (0.05 + 0.2 * r) ** 2] = 127 + 127 * a[(np.arange(3) + 4 * i) % 32]
    grain = unit(f"{key}.grain", height * width).reshape(height, width, 1)
    return np.clip(picture + 12 * grain, 0, 255).astype(np.uint8)


def picture(key, width, height, small):
    """RGB of that size; ``small`` is a list of emoji."""
    kind, tile, which = (int(v) for v in h32(f"{key}.content", 3))
    if kind % 5 == 0:
        return Image.fromarray(blocks(key, height, width, tile % 20 + 3).transpose(1, 2, 0).copy())
    if kind % 5 == 1 and small:
        return small[which % len(small)].resize((width, height), Image.BICUBIC)
    return Image.fromarray(waves(key, height, width))


def alpha(key, picture):
    """The picture, transparent around an ellipse and half transparent along its rim."""
    y, x = np.mgrid[-1 : 1 : picture.height * 1j, -1 : 1 : picture.width * 1j]
    a = np.clip(500 * (1 - x**2 - y**2), 0, 255).astype(np.uint8)
    out = picture.copy()
    out.putalpha(Image.fromarray(a))
    return out


def wide(picture, channels):
    """A 16-bit PNG, 1 or 3 channels, as bytes: Pillow writes only grey ones."""
    import struct
    import zlib

    levels = np.array(picture.convert("RGB" if channels == 3 else "L")).astype(np.uint32) * 257
    levels = (levels ^ (np.arange(levels.size).reshape(levels.shape) % 251).astype(np.uint32)).astype(">u2")
    rows = b"".join(b"\0" + row.tobytes() for row in levels)

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", picture.width, picture.height, 16, 2 if channels == 3 else 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def exif(orientation):
    values = Image.Exif()
    values[0x0112] = orientation
    return values.tobytes()


def jpeg(quality=90, sampling=2, **options):
    return "jpg", lambda p: saved(p, "JPEG", quality=quality, subsampling=sampling, **options)


def png(change=lambda p: p, **options):
    return "png", lambda p: saved(change(p), "PNG", **options)


def saved(picture, kind, **options):
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


KINDS = {
    "png": png(),
    "png-grey": png(lambda p: p.convert("L")),
    "png-rgba": png(lambda p: alpha("a", p)),
    "png-la": png(lambda p: alpha("a", p).convert("LA")),
    "png-palette": png(lambda p: p.quantize(200)),
    "png-palette-16": png(lambda p: p.quantize(16), bits=4),
    "png-palette-clear": png(lambda p: p.quantize(64), transparency=3),
    "png-bits": png(lambda p: p.convert("1")),
    "png-16": ("png", lambda p: wide(p, 3)),
    "png-16-grey": ("png", lambda p: wide(p, 1)),
    "jpeg-444": jpeg(95, 0),
    "jpeg-422": jpeg(85, 1),
    "jpeg-420": jpeg(75, 2),
    "jpeg-low": jpeg(20, 2),
    "jpeg-progressive": jpeg(88, 2, progressive=True),
    "jpeg-grey": ("jpg", lambda p: saved(p.convert("L"), "JPEG", quality=90)),
    "jpeg-cmyk": ("jpg", lambda p: saved(p.convert("CMYK"), "JPEG", quality=92)),
    "jpeg-turned": jpeg(90, 2, exif=exif(6)),
    "jpeg-mirrored": jpeg(90, 0, exif=exif(2)),
}
# What most folders hold more of.
COMMON = ["png", "png", "png", "jpeg-420", "jpeg-444", "jpeg-progressive"]


def folder(path, name, count, largest=480, kinds=None):
    """Writes ``count`` pictures of mixed sizes and kinds into a folder."""
    path.mkdir(parents=True, exist_ok=True)
    small = emoji()
    names = kinds or COMMON + sorted(set(KINDS) - {"png-16-grey"})
    for i in range(count):
        w, h, k = (int(v) for v in h32(f"{name}.{i}", 3))
        ending, encode = KINDS[names[k % len(names)]]
        shown = picture(f"{name}.{i}", 24 + w % (largest - 24), 24 + h % (largest - 24), small)
        (path / f"{i:04d}.{ending}").write_bytes(encode(shown))


def odd():
    """Name to bytes of 40 files: every kind of file once, and sizes that round in every way."""
    small = emoji()
    files = {}
    for i, (kind, (ending, encode)) in enumerate(KINDS.items()):
        width, height = ((150 + 17 * i, 260 - 7 * i), (333, 250 + 13 * i))[i % 2]
        files[f"{kind}.{ending}"] = encode(picture(f"odd.{kind}", width, height, small))
    sizes = [(1, 1), (1, 40), (40, 1), (2, 3), (7, 7), (16, 700), (700, 16), (299, 299), (224, 224), (336, 336), (512, 512),
             (640, 425), (427, 640), (333, 500), (225, 640), (1000, 701), (298, 300), (223, 225), (64, 48), (641, 359), (513, 511)]
    for i, (width, height) in enumerate(sizes):
        ending, encode = KINDS["jpeg-444" if i % 4 == 3 else "png"]
        files[f"{width}x{height}.{ending}"] = encode(picture(f"odd.{width}x{height}", width, height, small))
    return files


def captions(count):
    subjects = ["a red apple", "two cats", "a man's hat &amp; coat", "an old bicycle", "“quoted” signs", "the Straße at night",
                "emoji 🙂", "Café tables", "3.5mm lens", "東京 tower"]
    places = ["on a table", "in the rain", "by the sea, day time", "under a tree", "it’s snowing", "at 5 o'clock!!", "— close up"]
    styles = ["", ", oil painting", ", low depth field effect, " + "very " * 40 + "long", " #photo", "; drawn  by\thand"]
    return [f"{subjects[i % 10]} {places[i * 3 % 7]}{styles[i * 7 % 5]}" for i in range(count)]


def texts(count=2000):
    """Unicode of nine scripts, HTML references, emoji, control characters, up to 60 fragments."""
    fragments = json.loads(FRAGMENTS.read_text())
    for i in range(count):
        picks = h32(f"text.{i}", 60)
        n = 1 + int(picks[0]) % (59 if i % 20 == 0 else 9)
        yield "".join(fragments[int(p) % len(fragments)] for p in picks[1 : 1 + n])
