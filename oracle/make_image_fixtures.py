"""Writes images/src/test/resources/decode: tiny images of every kind and what Pillow shows of each.

images.json   name -> {"file": base64 of the file, "width", "height", "rgb": base64 of the pixels}
              or {"file", "error"} where Pillow raises

The pixels are ImageOps.exif_transpose(image) composed on white. Needs Pillow and numpy.
Run from the root of the project: python oracle/make_image_fixtures.py
"""

import base64
import io
import json
import pathlib
import struct
import zlib

import numpy as np
from PIL import Image, ImageCms, ImageOps, PngImagePlugin

OUT = pathlib.Path("images/src/test/resources/decode")
W, H = 21, 13
random = np.random.default_rng(0)


def smooth(channels):
    """Waves of colour with a little noise, as in photographs."""
    y, x = np.mgrid[0:H, 0:W]
    planes = [
        127 + 100 * np.sin(x / (3 + c) + c) * np.cos(y / (4 - 0.5 * c)) + random.normal(0, 6, (H, W))
        for c in range(channels)
    ]
    return np.clip(np.stack(planes, -1), 0, 255).astype(np.uint8)


def saved(image, kind, **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def shown(data):
    image = Image.open(io.BytesIO(data))
    image.load()
    image = ImageOps.exif_transpose(image)
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return image.convert("RGB")


def exif(orientation):
    values = Image.Exif()
    values[0x0112] = orientation
    return values.tobytes()


def png(depth, colour, rows, width, height, extra=b"", interlaced=0):
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlaced)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra
        + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    )


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def interlaced_rows(pixels):
    rows = b""
    for x, y, dx, dy in ADAM7:
        for row in pixels[y::dy, x::dx]:
            if row.size:
                rows += b"\0" + row.tobytes()
    return rows


def plain_rows(array):
    return b"".join(b"\0" + row.tobytes() for row in array)


def main():
    rgb, rgba, cmyk = smooth(3), smooth(4), smooth(4)
    photo, grey = Image.fromarray(rgb), Image.fromarray(rgb[..., 0])
    files = {}
    # PNG
    for mode in ("1", "L", "LA", "P", "RGB", "RGBA"):
        files[f"{mode}.png"] = saved(Image.fromarray(rgba).convert(mode), "PNG")
    palette = photo.quantize(16)
    for bits in (1, 2, 4, 8):
        few = photo.quantize(2**min(bits, 5))
        files[f"palette-{bits}.png"] = saved(few, "PNG", bits=bits)
    files["palette-alpha.png"] = saved(palette, "PNG", transparency=bytes(range(0, 256, 17)))
    files["palette-index.png"] = saved(palette, "PNG", transparency=3)
    for bits in (2, 4):
        packed = random.integers(0, 256, (H, (W * bits + 7) // 8), dtype=np.uint8)
        files[f"grey-{bits}.png"] = png(bits, 0, plain_rows(packed), W, H)
    key = struct.pack(">H", int(rgb[2, 3, 0]))
    files["grey-key.png"] = png(8, 0, plain_rows(rgb[..., 0]), W, H, chunk(b"tRNS", key))
    key = struct.pack(">HHH", *(int(v) for v in rgb[2, 3]))
    files["rgb-key.png"] = png(8, 2, plain_rows(rgb.reshape(H, -1)), W, H, chunk(b"tRNS", key))
    for colour, channels, name in ((2, 3, "rgb"), (6, 4, "rgba"), (4, 2, "la")):
        deep = random.integers(0, 65536, (H, W * channels), dtype=np.uint16).astype(">u2")
        files[f"{name}-16.png"] = png(16, colour, plain_rows(deep), W, H)
    files["interlaced.png"] = png(8, 2, interlaced_rows(rgb), W, H, interlaced=1)
    files["interlaced-1x1.png"] = png(8, 2, interlaced_rows(rgb[:1, :1]), 1, 1, interlaced=1)
    files["gamma.png"] = png(8, 2, plain_rows(rgb.reshape(H, -1)), W, H, chunk(b"gAMA", struct.pack(">I", 100000)))
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    files["icc.png"] = saved(photo, "PNG", icc_profile=profile)
    files["apng.png"] = saved(photo, "PNG", save_all=True, append_images=[ImageOps.invert(photo)])
    files["orientation-6.png"] = saved(photo, "PNG", exif=exif(6))
    # JPEG
    for name, sampling in (("444", 0), ("422", 1), ("420", 2)):
        files[f"{name}.jpg"] = saved(photo, "JPEG", quality=90, subsampling=sampling)
    files["progressive.jpg"] = saved(photo, "JPEG", quality=90, progressive=True)
    files["restarts.jpg"] = saved(photo, "JPEG", quality=90, restart_marker_blocks=1)
    files["grey.jpg"] = saved(grey, "JPEG", quality=90)
    files["rgb.jpg"] = saved(photo, "JPEG", quality=90, keep_rgb=True)
    files["cmyk.jpg"] = saved(Image.fromarray(cmyk, "CMYK"), "JPEG", quality=95)
    files["icc.jpg"] = saved(photo, "JPEG", icc_profile=profile)
    files["icc-broken.jpg"] = saved(photo, "JPEG", icc_profile=b"no profile at all")
    files["comment.jpg"] = saved(photo, "JPEG", comment=b"\xff\xd9\xff\xda")
    for i in range(1, 9):
        files[f"orientation-{i}.jpg"] = saved(photo, "JPEG", quality=95, exif=exif(i))
    # Without the Adobe segment, and with one that says YCCK: the same data seen in other ways.
    whole = files["cmyk.jpg"]
    at = whole.index(b"\xff\xee")
    files["cmyk-plain.jpg"] = whole[:at] + whole[at + 16 :]
    files["ycck.jpg"] = whole[: at + 15] + b"\2" + whole[at + 16 :]
    # WebP
    files["lossless.webp"] = saved(photo, "WEBP", lossless=True)
    files["lossless-alpha.webp"] = saved(Image.fromarray(rgba), "WEBP", lossless=True)
    files["lossy.webp"] = saved(photo, "WEBP", quality=90)
    files["lossy-alpha.webp"] = saved(Image.fromarray(rgba), "WEBP", quality=90)
    files["orientation-8.webp"] = saved(photo, "WEBP", lossless=True, exif=exif(8))
    files["icc.webp"] = saved(photo, "WEBP", lossless=True, icc_profile=profile)
    # Wrong endings and what follows the end
    for kind in ("RGB.png", "444.jpg", "lossless.webp"):
        files["garbage-after-" + kind] = files[kind] + b"garbage" * 9
    files["jpeg-called.png"] = files["444.jpg"]
    # Damaged: what is expected is an error, whatever Pillow does
    for kind in ("RGB.png", "444.jpg", "progressive.jpg", "lossless.webp", "lossy.webp"):
        data = files[kind]
        files["broken-half-" + kind] = data[: len(data) // 2]
        files["broken-nearly-" + kind] = data[:-20]
    files["broken-no-end.jpg"] = files["444.jpg"][:-2]
    files["broken-empty.png"] = b""
    files["broken-html.jpg"] = b"<html>404 not found</html>"
    flipped = bytearray(files["RGB.png"])
    flipped[60] ^= 16
    files["broken-checksum.png"] = bytes(flipped)
    files["broken-bomb.png"] = png(8, 2, plain_rows(rgb.reshape(H, -1)), 60000, 60000)
    few = plain_rows(rgb.reshape(H, -1))[: 5 * W * 3]
    files["broken-few-rows.png"] = png(8, 2, few, W, H)
    scan = bytearray(files["444.jpg"])
    start = scan.index(b"\xff\xda") + 40
    scan[start : start + 60] = bytes(60)
    files["broken-data.jpg"] = bytes(scan)

    out = {}
    for name, data in files.items():
        entry = {"file": base64.b64encode(data).decode()}
        try:
            image = shown(data)
            entry |= {"width": image.width, "height": image.height}
            entry["rgb"] = base64.b64encode(image.tobytes()).decode()
        except Exception as e:
            entry["error"] = type(e).__name__
        if name.startswith("broken-"):
            print(name, entry.get("error", "shown by Pillow"))
            entry = {"file": entry["file"], "error": entry.get("error", "")}
        elif "error" in entry:
            print("UNEXPECTED", name, entry["error"])
        out[name] = entry
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / "images.json").write_text(
        "{\n" + ",\n".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in out.items()) + "\n}\n"
    )


if __name__ == "__main__":
    main()
