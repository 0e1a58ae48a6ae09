"""Fixtures of the evaluation module: Frechet and kernel distances by numpy and scipy.

    python oracle/make_metric_fixtures.py evaluation/src/test/resources/io/github/tcd4j/evaluation/metric

Two small seeded matrices of features and the figures that the textbook formulas give for them: the
matrix square root by scipy.linalg.sqrtm of the unsymmetric product, the kernel distance by explicit
double loops. The Java code takes other roads to the same numbers.
"""

import json
import pathlib
import sys

import numpy as np
import scipy.linalg
import scipy.fft


def frechet(x, y):
    c1, c2 = np.cov(x, rowvar=False), np.cov(y, rowvar=False)
    gap = x.mean(0) - y.mean(0)
    root = scipy.linalg.sqrtm(c1 @ c2)
    return float(gap @ gap + np.trace(c1) + np.trace(c2) - 2 * np.trace(root).real)


def kernel(a, b):
    return (a @ b / len(a) + 1) ** 3


def kid(x, y):
    n, m = len(x), len(y)
    xx = sum(kernel(x[i], x[j]) for i in range(n) for j in range(n) if i != j) / (n * (n - 1))
    yy = sum(kernel(y[i], y[j]) for i in range(m) for j in range(m) if i != j) / (m * (m - 1))
    xy = sum(kernel(a, b) for a in x for b in y) / (n * m)
    return float(xx + yy - 2 * xy)


def complexity(picture):
    """Of (3, H, W) with H and W multiples of 8."""
    y = np.tensordot([0.299, 0.587, 0.114], picture.astype(np.float64), 1)
    bits = 0.0
    for i in range(0, y.shape[0], 8):
        for j in range(0, y.shape[1], 8):
            c = scipy.fft.dctn(y[i : i + 8, j : j + 8], norm="ortho")
            c[0, 0] = 0
            bits += np.log2(np.maximum(np.abs(c) / 4, 1)).sum()
    return bits / y.size


def main(folder):
    rng = np.random.default_rng(20240228)
    width = 6
    mix = rng.normal(size=(width, width))
    x = np.round(rng.normal(size=(40, width)) @ mix + rng.normal(size=width), 4)
    y = np.round(rng.normal(size=(55, width)) @ rng.normal(size=(width, width)), 4)
    few = x[:4]
    picture = rng.integers(0, 256, size=(3, 16, 24))
    values = rng.normal(size=30).round(4)
    out = {
        "x": x.tolist(),
        "y": y.tolist(),
        "frechet": frechet(x, y),
        "kid": kid(x, y),
        "kid_of_first_four": kid(few, y),
        "picture": picture.flatten().tolist(),
        "picture_shape": [1, 3, 16, 24],
        "complexity": complexity(picture),
        "values": values.tolist(),
        "quantiles": {q: float(np.quantile(values, float(q))) for q in ("0.025", "0.5", "0.975")},
    }
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "metrics.json").write_text(json.dumps(out) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
