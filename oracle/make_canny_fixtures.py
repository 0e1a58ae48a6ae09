"""Edges by OpenCV: what io.github.tcd4j.images.canny must equal in every pixel.

Writes images/src/test/resources/canny/opencv.json: for each picture the parameters of its formula (see `picture`),
the thresholds, the number of edge pixels and the CRC-32 of the edge map. Run with opencv-python-headless.
"""

import json
import pathlib
import zlib

import cv2
import numpy as np

OUT = pathlib.Path(__file__).parent.parent / "images/src/test/resources/canny"
SIZES = [(64, 48), (33, 17), (128, 96), (57, 80), (1, 9), (9, 1), (2, 2), (40, 40)]
THRESHOLDS = [(100, 200), (50, 50), (200, 100), (30.7, 90.2), (0, 0), (250, 600), (1, 300)]


def picture(width, height, a, b, d, noise):
    """A triangle wave across the picture, its channels shifted, plus a hash of the position in `noise` bits."""
    y, x, c = np.meshgrid(*(np.arange(n, dtype=np.int64) for n in (height, width, 3)), indexing="ij")
    wave = abs((x * a + y * b + c * d) % 510 - 255)
    v = (x * 73856093 + y * 19349663 + c * 83492791) & 0xFFFFFFFF
    v ^= v >> 15
    v = (v * 0x2C1B3C6D) & 0xFFFFFFFF
    v ^= v >> 12
    speckle = (v >> 8) & ((1 << noise) - 1)
    return np.minimum(255, wave + speckle).astype(np.uint8)


def main():
    cases = []
    for i in range(28):
        width, height = SIZES[i % len(SIZES)]
        low, high = THRESHOLDS[i % len(THRESHOLDS)]
        a, b, d, noise = (3 + 7 * i) % 41, (i * i) % 29, (0, 0, 40, 90)[i % 4], (0, 3, 5, 8)[(i // 2) % 4]
        rgb = picture(width, height, a, b, d, noise)
        edges = cv2.Canny(rgb, low, high)
        cases.append({"size": [width, height], "wave": [a, b, d], "noise": noise, "low": low, "high": high,
                      "edges": int((edges > 0).sum()), "crc": f"{zlib.crc32(edges.tobytes()):08x}"})
    OUT.mkdir(parents=True, exist_ok=True)
    lines = ",\n".join(json.dumps(c) for c in cases)
    (OUT / "opencv.json").write_text(f'{{"opencv": "{cv2.__version__}", "cases": [\n{lines}\n]}}\n')


if __name__ == "__main__":
    main()
