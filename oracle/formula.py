"""Numbers by formula, the same in Python and in Java: weights, pictures and features without files.

h(key, i) is an integer hash of the index and of the CRC-32 of the key; u(key, n) are n numbers in [-1, 1).
"""

import zlib

import numpy as np


def h(key, n):
    i = np.arange(n, dtype=np.uint64)
    x = (i * np.uint64(0x9E3779B1) + np.uint64(zlib.crc32(key.encode()))) & np.uint64(0xFFFFFFFF)
    x ^= x >> np.uint64(16)
    x = (x * np.uint64(0x85EBCA6B)) & np.uint64(0xFFFFFFFF)
    x ^= x >> np.uint64(13)
    x = (x * np.uint64(0xC2B2AE35)) & np.uint64(0xFFFFFFFF)
    return x ^ (x >> np.uint64(16))


def u(key, n):
    return (h(key, n) >> np.uint64(8)).astype(np.float64) / 2**23 - 1.0


def blocks(key, height, width, side):
    """A picture (height, width, 3) of squares of one colour."""
    rows, columns = -(-height // side), -(-width // side)
    small = (h(key, 3 * rows * columns) >> np.uint64(24)).astype(np.uint8).reshape(3, rows, columns)
    return np.repeat(np.repeat(small, side, 1), side, 2)[:, :height, :width].transpose(1, 2, 0).copy()


def features(key, rows, width):
    """Like pooled activations: never negative, correlated, of falling size."""
    z = u(key, rows * width).reshape(rows, width) / np.sqrt(1 + np.arange(width))
    mix = u("mix", width * width).reshape(width, width) / np.sqrt(width)
    return np.maximum(z @ mix + 0.1, 0)
