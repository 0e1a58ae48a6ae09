"""FID, KID, precision, recall and the Inception Score of our command against pytorch-fid, clean-fid and torch-fidelity.

    python oracle/check_fidelity.py FOLDER [--pictures 300] [--modes pytorch-fid,clean,tf1]

Makes as many generated and real pictures of mixed sizes and kinds (measure_inputs.py) and Inception weights by
formula under their published name, runs ``./tcd4j evaluate pictures`` on the two folders in each mode, and each
tool on the same files with the same weights: pytorch-fid 0.3.0 in the mode of its name, clean-fid 0.1.35 in
``clean``, torch-fidelity 0.4.0 in ``tf1``. Each tool reads, resizes and computes by its own code, one picture at
a time, since the first cannot stack pictures of different sizes. What is there already is kept: run again after a
stop.

Compared: every feature, to 1e-5 of the largest; FID, KID, precision, recall, IS, to 1e-6 of themselves. The tools
take the root of a product of covariances that is singular for fewer pictures than features; what its rounding
adds depends on the machine. So FID is compared with the exact trace as well: singular values, in double, of
the tool's own features. The figures that a tool does not have are torch-fidelity's of its features, in double:
in single precision torch takes distances by a product of matrices, which puts pictures at the rim of a ball on
the other side.
Exits with 1 where something is farther off.
"""

import argparse
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import time

import measure_inputs
import numpy as np
import torch
import torchvision
from formula import value
from safetensors.torch import load_file, safe_open

FILE = "pt_inception-2015-12-05-6726825d.pth"
FOLDERS = ("generated", "real")


def network():
    """The parameters of FID's Inception, in the order of the published file."""
    from pytorch_fid.inception import FIDInceptionA, FIDInceptionC, FIDInceptionE_1, FIDInceptionE_2

    net = torchvision.models.inception_v3(num_classes=1008, aux_logits=False, weights=None, init_weights=False)
    net.Mixed_5b, net.Mixed_5c, net.Mixed_5d = FIDInceptionA(192, 32), FIDInceptionA(256, 64), FIDInceptionA(288, 64)
    for name, channels in (("6b", 128), ("6c", 160), ("6d", 160), ("6e", 192)):
        setattr(net, f"Mixed_{name}", FIDInceptionC(768, channels))
    net.Mixed_7b, net.Mixed_7c = FIDInceptionE_1(1280), FIDInceptionE_2(2048)
    return net


def make(folder, count):
    """Pictures, and weights where torch's downloads would be as well: pytorch-fid looks there."""
    weights = folder / "weights" / FILE
    if not weights.exists():
        weights.parent.mkdir(parents=True, exist_ok=True)
        state = {k: value(k, tuple(v.shape)) for k, v in network().state_dict().items() if v.is_floating_point()}
        torch.save(state, weights, _use_new_zipfile_serialization=False)
    hub = folder / "torch/hub/checkpoints"
    hub.mkdir(parents=True, exist_ok=True)
    if not (hub / FILE).exists():
        (hub / FILE).symlink_to(weights.resolve())
    os.environ["TORCH_HOME"] = str(folder / "torch")
    for name in FOLDERS:
        if not (folder / name).exists():
            measure_inputs.folder(folder / name, name, count)


def ours(folder, mode):
    """Runs our command; the features and logits of each folder in the order of the names, and the figures."""
    start = time.time()
    out = folder / f"out-{mode}"
    subprocess.run(
        [measure_inputs.ROOT / "tcd4j", "evaluate", "pictures", folder / "generated", "--reference", folder / "real",
         "--weights", folder / "weights", "--measures", "fid,kid,precision-recall,is", "--allow-small", "--fid-mode", mode,
         "-o", out], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL if not sys.stderr.isatty() else None)
    print(f"{mode}: our command {time.time() - start:.0f} s", flush=True)
    rows = {}
    for file in (out / "cache").rglob("*.safetensors"):
        with safe_open(file, "pt") as stored:
            rows.update(zip(stored.metadata()["keys"].split(" "), load_file(file)["rows"], strict=True))
    found = [torch.stack([rows[hashlib.sha256(f.read_bytes()).hexdigest()] for f in sorted((folder / n).iterdir())])
             for n in FOLDERS]
    return found, {r["measure"]: r["value"] for r in json.loads((out / "results.json").read_text())}


def pytorch_fid(folder):
    from pytorch_fid.fid_score import calculate_frechet_distance, get_activations
    from pytorch_fid.inception import InceptionV3

    net = InceptionV3([InceptionV3.BLOCK_INDEX_BY_DIM[2048]])
    x = [get_activations(sorted((folder / n).iterdir()), net, 1, 2048, "cpu", 0) for n in FOLDERS]
    moments = [v for a in x for v in (np.mean(a, axis=0), np.cov(a, rowvar=False))]
    return x, lambda: float(calculate_frechet_distance(*moments))


def clean_fid(folder):
    from cleanfid import fid
    from pytorch_fid.inception import InceptionV3

    net = InceptionV3([InceptionV3.BLOCK_INDEX_BY_DIM[2048]], resize_input=False, normalize_input=False).eval()

    def scripted(x):
        """What clean-fid's wrapper of NVIDIA's file computes."""
        with torch.no_grad():
            return net((x - 128) / 128)[0].flatten(1)

    x = [fid.get_folder_features(str(folder / n), scripted, num_workers=0, batch_size=1, device=torch.device("cpu"),
                                 mode="clean", verbose=False) for n in FOLDERS]
    return x, lambda: float(fid.fid_from_feats(*x))


def torch_fidelity(folder):
    from torch_fidelity.metric_fid import fid_features_to_statistics, fid_statistics_to_metric
    from torch_fidelity.utils import create_feature_extractor, extract_featuresdict_from_input_id

    settings = dict(input1=str(folder / "generated"), input2=str(folder / "real"), cuda=False, batch_size=1, verbose=False,
                    feature_extractor_weights_path=str(folder / "weights" / FILE), save_cpu_ram=True)
    net = create_feature_extractor("inception-v3-compat", ["2048"], **settings)
    x = [extract_featuresdict_from_input_id(i, net, **settings)["2048"] for i in (1, 2)]
    return [a.numpy() for a in x], lambda: fid_statistics_to_metric(
        *(fid_features_to_statistics(a) for a in x), False)["frechet_inception_distance"]


TOOLS = {"pytorch-fid": pytorch_fid, "clean": clean_fid, "tf1": torch_fidelity}


def exact_fid(a, b):
    a, b = a.astype(np.float64), b.astype(np.float64)
    centred = [(z - z.mean(0)) / np.sqrt(len(z) - 1) for z in (a, b)]
    cross = np.linalg.svd(centred[0] @ centred[1].T, compute_uv=False).sum()
    return ((a.mean(0) - b.mean(0)) ** 2).sum() + sum((c**2).sum() for c in centred) - 2 * cross


def others(a, b, folder):
    from torch_fidelity.metric_isc import isc_features_to_metric
    from torch_fidelity.metric_kid import kid_features_to_metric
    from torch_fidelity.metric_prc import prc_features_to_metric

    x, y = torch.from_numpy(a).float(), torch.from_numpy(b).float()
    kid = kid_features_to_metric(x.double(), y.double(), kid_subsets=100, kid_subset_size=min(1000, len(x), len(y)),
                                 kid_kernel="poly", kid_kernel_poly_degree=3, kid_kernel_poly_gamma=None,
                                 kid_kernel_poly_coef0=1, rng_seed=2020, verbose=False)
    prc = prc_features_to_metric(x.double(), y.double(), prc_neighborhood=3, prc_batch_size=10000, save_cpu_ram=False, verbose=False)
    state = torch.load(folder / "weights" / FILE)
    score = isc_features_to_metric(x @ state["fc.weight"].T)
    return {"kid": kid["kernel_inception_distance_mean"], "precision": prc["precision"], "recall": prc["recall"],
            "is": score["inception_score_mean"]}


def check(folder, mode):
    rows, figures = ours(folder, mode)
    start = time.time()
    known = folder / f"features-{mode}.npz"
    if known.exists():
        features = [np.load(known)[n] for n in FOLDERS]
        own = None
    else:
        features, own = TOOLS[mode](folder)
        np.savez(known, **dict(zip(FOLDERS, features, strict=True)))
        print(f"{mode}: the tool {time.time() - start:.0f} s", flush=True)
    scale = max(np.abs(a).max() for a in features)
    off = max(np.abs(r[:, :2048].numpy() - a).max() for r, a in zip(rows, features, strict=True)) / scale
    lines = [("features", float(scale), None, off, 1e-5)]
    expected = {"fid": exact_fid(*features)} | others(*features, folder)
    if own:
        expected["fid of the tool"] = own()
    for name, theirs in expected.items():
        mine = figures[name.split(" ")[0]]
        lines.append((name, theirs, mine, abs(mine - theirs) / abs(theirs), None if "tool" in name else 1e-6))
    bad = False
    for name, theirs, mine, off, bound in lines:
        bad |= bound is not None and off > bound
        print(f"| {mode} | {name} | {theirs:.10g} | {'' if mine is None else f'{mine:.10g}'} | {off:.1e} |"
              f"{' too far off' if bound is not None and off > bound else ''}", flush=True)
    return bad


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--pictures", type=int, default=300)
    parser.add_argument("--modes", default="pytorch-fid,clean,tf1")
    args = parser.parse_args()
    make(args.folder.absolute(), args.pictures)
    print("| mode | figure | tool | tcd4j | off |\n| --- | --- | ---: | ---: | ---: |")
    sys.exit(any([check(args.folder.absolute(), mode) for mode in args.modes.split(",")]))


if __name__ == "__main__":
    main()
