"""FID of saved statistics by pytorch-fid, clean-fid, torch-fidelity and ours, and why they differ of few pictures.

    mvn -q -pl benchmarks -am -DskipTests package dependency:copy-dependencies   # once
    python oracle/check_frechet.py FOLDER full           # 2,500 rows of 2,048 features: within 1e-6, or exits with 1
    python oracle/check_frechet.py FOLDER exact          # 40 and 50 rows of 64 features, against 50 digits
    python oracle/check_frechet.py FOLDER few [FEATURES.npz]

full   features by formula whose covariances have full rank, as mu and sigma in .npz files that each reads
exact  a singular product: the trace of its root by mpmath with 50 digits, by our sum of singular values, by sqrtm
few    where there are fewer rows than features all but N - 1 eigenvalues of the product are 0: what the tools
       add up of the others. FEATURES.npz as check_fidelity.py leaves them (``generated`` and ``real``), else 300 rows
       by formula
"""

import argparse
import pathlib
import subprocess
import sys
import time
import warnings

import numpy as np
from formula import unit

warnings.simplefilter("ignore")
ROOT = pathlib.Path(__file__).resolve().parent.parent


def features(key, rows, width):
    z = unit(key, rows * width).astype(np.float64).reshape(rows, width) / np.sqrt(1.0 + np.arange(width))
    mix = unit("mix", width * width).astype(np.float64).reshape(width, width) / np.sqrt(width)
    return np.maximum(z @ mix + 0.1, 0)


def pair(rows, width):
    return features("feat.a", rows[0], width), features("feat.b", rows[1], width) * 1.1 + 0.02


def statistics(x):
    return x.mean(0), np.cov(x, rowvar=False)


def tools(a, b):
    from cleanfid.fid import frechet_distance
    from pytorch_fid.fid_score import calculate_frechet_distance
    from torch_fidelity.metric_fid import fid_statistics_to_metric

    names = {"mu": 0, "sigma": 1}
    yield "pytorch-fid 0.3.0", lambda: calculate_frechet_distance(*a, *b)
    yield "clean-fid 0.1.35", lambda: frechet_distance(*a, *b)
    yield "torch-fidelity 0.4.0", lambda: fid_statistics_to_metric(
        *({k: s[i] for k, i in names.items()} for s in (a, b)), False)["frechet_inception_distance"]


def full(folder):
    sides = [statistics(x) for x in pair((2500, 2500), 2048)]
    for name, (mu, sigma) in zip("ab", sides, strict=True):
        print(f"rank of {name}: {np.linalg.matrix_rank(sigma, hermitian=True)} of {len(mu)}")
        np.savez_compressed(folder / f"{name}.npz", mu=mu, sigma=sigma)
    path = f"{ROOT}/benchmarks/target/classes:{ROOT}/benchmarks/target/dependency/*"
    start = time.time()
    run = subprocess.run(["java", "-cp", path, "io.github.tcd4j.benchmarks.FrechetOfStatistics", folder / "a.npz", folder / "b.npz"],
                         check=True, capture_output=True, text=True)
    ours = float(run.stdout)
    print(f"| tcd4j | {ours:.12g} | | {time.time() - start:.1f} s |")
    bad = False
    for name, distance in tools(*sides):
        start = time.time()
        theirs = float(distance())
        off = abs(ours - theirs) / theirs
        bad |= off > 1e-6
        print(f"| {name} | {theirs:.12g} | {off:.1e} | {time.time() - start:.1f} s |{' too far off' if off > 1e-6 else ''}", flush=True)
    return bad


def centred(x):
    return (x - x.mean(0)) / np.sqrt(len(x) - 1)


def exact(_):
    import mpmath
    import scipy.linalg

    mpmath.mp.dps = 50
    x, y = pair((40, 50), 64)

    def rows(z):
        z = mpmath.matrix(z.tolist())
        mean = [mpmath.fsum(z[:, j]) / z.rows for j in range(z.cols)]
        return mpmath.matrix([[(z[i, j] - mean[j]) / mpmath.sqrt(z.rows - 1) for j in range(z.cols)] for i in range(z.rows)])

    a, b = rows(x), rows(y)
    product = a * b.T
    values = mpmath.eigsy(product * product.T, eigvals_only=True)
    true = mpmath.fsum(mpmath.sqrt(max(v, 0)) for v in values)
    own = np.linalg.svd(centred(x) @ centred(y).T, compute_uv=False).sum()
    root = np.trace(scipy.linalg.sqrtm(np.cov(x, rowvar=False) @ np.cov(y, rowvar=False)).real)
    print("trace of the root with 50 digits", mpmath.nstr(true, 20))
    for name, value in (("singular values", own), ("sqrtm", root)):
        print(f"{name}: {value:.17g}, off by {mpmath.nstr(abs(value - true), 3)}")
    return abs(own - true) > 1e-13


def few(_, file=None):
    if file:
        stored = np.load(file)
        x, y = (stored[n].astype(np.float64) for n in ("generated", "real"))
    else:
        x, y = pair((300, 300), 2048)
    rank = min(len(x), len(y)) - 1
    true = np.linalg.svd(centred(x) @ centred(y).T, compute_uv=False).sum()
    (mu, c), (other, d) = statistics(x), statistics(y)
    values = np.linalg.eigvals(c @ d)
    values = values[np.argsort(-np.abs(values))]
    roots = np.sqrt(values.astype(complex)).real
    rest = roots[rank:].sum()
    spread = ((mu - other) ** 2).sum() + np.trace(c) + np.trace(d)
    print(f"{len(x)} and {len(y)} rows of {x.shape[1]}: eigenvalues of the product other than 0: at most {rank}")
    print(f"exact trace {true:.12g}; of the {rank} largest eigenvalues {roots[:rank].sum():.12g};"
          f" of the other {len(values) - rank}, which are 0: {rest:.6g} (largest {np.abs(values[rank:]).max():.2g})")
    print(f"distance: exact {spread - 2 * true:.10g}; with the {rank} largest {spread - 2 * roots[:rank].sum():.10g};"
          f" with all, as torch-fidelity {spread - 2 * roots.sum():.10g}", flush=True)
    for name, distance in tools((mu, c), (other, d)):
        if not name.startswith("torch"):
            print(f"{name}: {float(distance()):.10g}", flush=True)
    return abs(roots[:rank].sum() - true) > 1e-6 * true


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("part", choices=["full", "exact", "few"])
    parser.add_argument("more", nargs="*")
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    sys.exit(int(globals()[args.part](args.folder, *args.more)))
