"""What Pillow's GaussianBlur makes of a small picture.

    python oracle/make_blur_fixtures.py images/src/test/resources/blur.json

Pixel (x, y) of the picture, 13x9, has the colours (37 x + 91 y + 5 x y) mod 256, 255 where x > 6 else 0, and
(x x + 17 y) mod 256. For each radius the bytes of the result, in hexadecimal digits.
"""

import json
import sys
from pathlib import Path

from PIL import Image, ImageFilter

WIDTH, HEIGHT = 13, 9
pixels = bytes(
    v for y in range(HEIGHT) for x in range(WIDTH)
    for v in ((37 * x + 91 * y + 5 * x * y) % 256, 255 if x > 6 else 0, (x * x + 17 * y) % 256))
image = Image.frombytes("RGB", (WIDTH, HEIGHT), pixels)
Path(sys.argv[1]).write_text(json.dumps({
    str(r): image.filter(ImageFilter.GaussianBlur(r)).tobytes().hex() for r in (0.3, 1, 2.5, 4, 33)}, indent=1) + "\n")
