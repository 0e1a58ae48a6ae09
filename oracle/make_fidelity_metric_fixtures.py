"""FID, KID, precision, recall, the Inception Score and CMMD by the tools that people use.

    python oracle/make_fidelity_metric_fixtures.py

Needs pytorch-fid, clean-fid and torch-fidelity, and scipy below 1.18 (requirements.txt). Features come from
a formula (formula.py), so only the figures are stored: evaluation/src/test/resources/fidelity/metrics.json,
and one statistics file each of numpy.savez and numpy.savez_compressed.
"""

import json
import pathlib
import zlib

import numpy as np
import torch
from cleanfid.fid import frechet_distance, kernel_distance
from formula import unit
from pytorch_fid.fid_score import calculate_frechet_distance
from torch_fidelity.metric_isc import isc_features_to_metric
from torch_fidelity.metric_kid import kid_features_to_metric
from torch_fidelity.metric_prc import prc_features_to_metric

OUT = pathlib.Path(__file__).parent.parent / "evaluation/src/test/resources/fidelity"


def features(key, rows, width):
    """Like pooled activations: never negative, correlated, of falling size."""
    z = unit(key, rows * width).reshape(rows, width) / np.sqrt(1 + np.arange(width))
    mix = unit("mix", width * width).reshape(width, width) / np.sqrt(width)
    return np.maximum(z @ mix + 0.1, 0)


def pair(n, m, d):
    return features("feat.a", n, d), features("feat.b", m, d) * 1.1 + 0.02


def statistics(x):
    return x.mean(0), np.cov(x, rowvar=False)


def frechet():
    cases = []
    for n, m, d in ((50, 60, 8), (500, 400, 64), (40, 50, 64), (40, 200, 64)):
        x, y = pair(n, m, d)
        a, b = statistics(x), statistics(y)
        cases.append({"rows": n, "reference": m, "width": d, "pytorch_fid": float(calculate_frechet_distance(*a, *b)),
                      "clean_fid": float(frechet_distance(*a, *b))})
    return cases


def kernel():
    x, y = map(torch.from_numpy, pair(60, 50, 8))
    k = kid_features_to_metric(x, y, kid_subsets=100, kid_subset_size=40, kid_kernel="poly", kid_kernel_poly_degree=3,
                               kid_kernel_poly_gamma=None, kid_kernel_poly_coef0=1, rng_seed=2020, verbose=False)
    p = prc_features_to_metric(x, y, prc_neighborhood=3, prc_batch_size=10000, save_cpu_ram=False, verbose=False)
    whole = kernel_distance(*pair(50, 50, 8), num_subsets=1)
    return {"mean": k["kernel_inception_distance_mean"], "deviation": k["kernel_inception_distance_std"],
            "clean_fid_50": whole, "precision": p["precision"], "recall": p["recall"]}


def inception_score():
    logits = torch.from_numpy(unit("logits", 57 * 20).reshape(57, 20) * 3)
    s = isc_features_to_metric(logits)
    return {"mean": s["inception_score_mean"], "deviation": s["inception_score_std"]}


def cmmd():
    """The published formula in double: cmmd-pytorch's distance.py computes it in single precision."""
    x, y = (v.astype(np.float32).astype(np.float64) for v in pair(60, 50, 8))
    x, y = (v / np.linalg.norm(v, axis=1, keepdims=True) for v in (x, y))
    gamma = 1 / (2 * 10**2)

    def mean(a, b):
        squares = (a**2).sum(1)[:, None] + (b**2).sum(1)[None] - 2 * a @ b.T
        return np.exp(-gamma * squares).mean()

    return 1000 * (mean(x, x) + mean(y, y) - 2 * mean(x, y))


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    random = np.random.RandomState(2020)
    figures = {"frechet": frechet(), "kernel": kernel(), "inception_score": inception_score(), "cmmd": cmmd(),
               "choice_40_of_60": random.choice(60, 40, False).tolist(),
               "then_choice_40_of_50": random.choice(50, 40, False).tolist(),
               "permutation_1000_crc": zlib.crc32(random.permutation(1000).astype("<i4").tobytes())}
    (OUT / "metrics.json").write_text(json.dumps(figures, indent=1) + "\n")
    mu, sigma = statistics(features("feat.b", 60, 8) * 1.1 + 0.02)
    np.savez(OUT / "stored.npz", mu=mu, sigma=sigma)
    np.savez_compressed(OUT / "deflated.npz", mu=mu.astype("<f4"), sigma=sigma, extra=np.arange(3))


if __name__ == "__main__":
    main()
