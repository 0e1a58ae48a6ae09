"""Weights and pictures by formula: the same numbers in Java (models' test class FormulaWeights) without a file."""
import zlib

import numpy as np
import torch


def h32(key, n):
    i = np.arange(n, dtype=np.uint64)
    x = (i * np.uint64(0x9E3779B1) + np.uint64(zlib.crc32(key.encode()))) & np.uint64(0xFFFFFFFF)
    x ^= x >> np.uint64(16)
    x = (x * np.uint64(0x85EBCA6B)) & np.uint64(0xFFFFFFFF)
    x ^= x >> np.uint64(13)
    x = (x * np.uint64(0xC2B2AE35)) & np.uint64(0xFFFFFFFF)
    x ^= x >> np.uint64(16)
    return x


def unit(key, n):
    """Multiples of 2**-23 in [-1, 1), exact in float32."""
    return (h32(key, n) >> np.uint64(8)).astype(np.float64) / 2**23 - 1.0


def value(key, shape):
    x = unit(key, int(np.prod(shape)) if len(shape) else 1)
    leaf = key.rsplit('.', 1)[-1]
    if leaf == 'running_var':
        x = 1.0 + 0.5 * x
    elif leaf in ('running_mean', 'bias'):
        x = 0.1 * x
    elif len(shape) == 1:
        x = 1.0 + 0.25 * x
    elif len(shape) > 1:
        x = x * np.sqrt((6.0 if len(shape) == 4 else 3.0) / int(np.prod(shape[1:])))
    return torch.from_numpy(x.astype(np.float32).reshape(shape))


def fill(module):
    """Overwrites all parameters and buffers of floating point."""
    with torch.no_grad():
        for key, v in module.state_dict().items():
            if v.is_floating_point():
                v.copy_(value(key, tuple(v.shape)))
    return module.eval()


def blocks(key, h, w, b):
    """A picture of b x b squares, uint8 (3, h, w)."""
    hh, ww = (h + b - 1) // b, (w + b - 1) // b
    s = (h32(key, 3 * hh * ww) >> np.uint64(24)).astype(np.uint8).reshape(3, hh, ww)
    return np.repeat(np.repeat(s, b, 1), b, 2)[:, :h, :w]


def noise(key, *shape):
    return torch.from_numpy(unit(key, int(np.prod(shape))).astype(np.float32).reshape(shape))
