"""FID, KID, precision, recall and the Inception Score of our command beside those of three tools.

    python oracle/check_fidelity.py make FOLDER [PICTURES]     # pictures of mixed sizes, weights by formula
    ./tcd4j evaluate pictures FOLDER/generated --reference FOLDER/real --weights FOLDER/weights \\
        --measures fid,kid,precision-recall,is --allow-small --fid-mode MODE -o FOLDER/MODE
    python oracle/check_fidelity.py check FOLDER MODE [sqrtm]   # pytorch-fid, clean or tf1

Pictures go through the tool's own resizing and pytorch-fid's network one by one. With "sqrtm" FID is
pytorch-fid's own, whose matrix root takes minutes; without, the same figure by singular values, which is exact
for fewer pictures than features. The first mode is checked against pytorch-fid, the second against clean-fid, the third against
torch-fidelity, which gives the other figures as well. Exits with 1 where a figure differs by more than 1e-6,
relative to itself or absolute where it is below 1; features may differ by 1e-5.
"""

import json
import pathlib
import sys

import numpy as np
import torch
import torchvision
from formula import blocks, h32, value
from PIL import Image
from pytorch_fid.fid_score import calculate_frechet_distance
from pytorch_fid.inception import FIDInceptionA, FIDInceptionC, FIDInceptionE_1, FIDInceptionE_2, InceptionV3

FILE = "pt_inception-2015-12-05-6726825d.pth"


def network():
    net = torchvision.models.inception_v3(num_classes=1008, aux_logits=False, weights=None, init_weights=False)
    net.Mixed_5b, net.Mixed_5c, net.Mixed_5d = FIDInceptionA(192, 32), FIDInceptionA(256, 64), FIDInceptionA(288, 64)
    for name, channels in (("6b", 128), ("6c", 160), ("6d", 160), ("6e", 192)):
        setattr(net, f"Mixed_{name}", FIDInceptionC(768, channels))
    net.Mixed_7b, net.Mixed_7c = FIDInceptionE_1(1280), FIDInceptionE_2(2048)
    return net


def make(folder, count):
    (folder / "weights").mkdir(parents=True, exist_ok=True)
    state = {k: value(k, tuple(v.shape)) for k, v in network().state_dict().items() if v.is_floating_point()}
    torch.save(state, folder / "weights" / FILE)
    for name in ("generated", "real"):
        for i in range(count):
            width, height, side, kind = (int(v) for v in h32(f"{name}{i}", 4))
            picture = Image.fromarray(blocks(f"{name}.{i}", height % 300 + 40, width % 300 + 40, side % 20 + 3)
                                      .transpose(1, 2, 0).copy())
            file = folder / name / ("more" if i % 7 == 0 else ".") / f"{i:04d}.{'jpg' if kind % 5 == 0 else 'png'}"
            file.parent.mkdir(parents=True, exist_ok=True)
            picture.save(file, **({"quality": 92} if file.suffix == ".jpg" else {}))


def files(folder):
    found = [f for f in folder.rglob("*") if f.suffix in (".png", ".jpg")]
    return sorted(found, key=lambda f: str(f.relative_to(folder)))


def pixels(file, mode):
    """What the tool's own code makes of a file, and whether it still has to be scaled."""
    picture = Image.open(file).convert("RGB")
    if mode == "clean":
        from cleanfid.resize import build_resizer

        x = build_resizer("clean")(np.array(picture))
        return (torch.from_numpy(x.transpose(2, 0, 1))[None].float() - 128) / 128
    if mode == "tf1":
        from torch_fidelity.interpolate_compat_tensorflow import interpolate_bilinear_2d_like_tensorflow1x as tf1

        x = torch.from_numpy(np.array(picture)).permute(2, 0, 1)[None].float()
        return (tf1(x, (299, 299), align_corners=False) - 128) / 128
    x = torch.from_numpy(np.array(picture)).permute(2, 0, 1)[None].float() / 255
    return 2 * torch.nn.functional.interpolate(x, (299, 299), mode="bilinear", align_corners=False) - 1


def rows(folder, net, mode):
    features = []
    with torch.no_grad():
        for file in files(folder):
            features.append(net(pixels(file, mode))[0].flatten(1))
    return torch.cat(features)


def check(folder, mode, root):
    import pytorch_fid.inception as module

    state = torch.load(folder / "weights" / FILE)
    module.load_state_dict_from_url = lambda *a, **k: state
    module.fid_inception_v3 = lambda: (lambda n: (n.load_state_dict(state, strict=False), n)[1])(network())
    net = InceptionV3([3], resize_input=False, normalize_input=False).eval()
    x, y = rows(folder / "generated", net, mode), rows(folder / "real", net, mode)
    a, b = x.double().numpy(), y.double().numpy()
    moments = [v for z in (a, b) for v in (z.mean(0), np.cov(z, rowvar=False))]
    if root:
        expected = {"fid": float(calculate_frechet_distance(*moments))}
    else:
        centred = [(z - z.mean(0)) / np.sqrt(len(z) - 1) for z in (a, b)]
        cross = np.linalg.svd(centred[0] @ centred[1].T, compute_uv=False).sum()
        expected = {"fid": ((moments[0] - moments[2]) ** 2).sum() + sum((c**2).sum() for c in centred) - 2 * cross}
    from torch_fidelity.metric_isc import isc_features_to_metric
    from torch_fidelity.metric_kid import kid_features_to_metric
    from torch_fidelity.metric_prc import prc_features_to_metric

    size = min(1000, len(x), len(y))
    kid = kid_features_to_metric(x.double(), y.double(), kid_subsets=100, kid_subset_size=size, kid_kernel="poly",
                                 kid_kernel_poly_degree=3, kid_kernel_poly_gamma=None, kid_kernel_poly_coef0=1,
                                 rng_seed=2020, verbose=False)
    expected["kid"] = kid["kernel_inception_distance_mean"]
    prc = prc_features_to_metric(x, y, prc_neighborhood=3, prc_batch_size=10000, save_cpu_ram=False, verbose=False)
    expected["precision"], expected["recall"] = prc["precision"], prc["recall"]
    expected["is"] = isc_features_to_metric(x @ state["fc.weight"].T)["inception_score_mean"]
    ours = {r["measure"]: r["value"] for r in json.loads((folder / mode / "results.json").read_text())}
    bad = False
    for name, value_ in expected.items():
        off = abs(ours[name] - value_) / max(1, abs(value_))
        bad |= off > 1e-6
        print(f"{mode} {name}: {value_:.12g} ours {ours[name]:.12g} off {off:.2g}{' !' if off > 1e-6 else ''}")
    return bad


if __name__ == "__main__":
    target = pathlib.Path(sys.argv[2])
    if sys.argv[1] == "make":
        make(target, int(sys.argv[3]) if len(sys.argv) > 3 else 300)
    else:
        sys.exit(int(check(target, sys.argv[3], sys.argv[4:] == ["sqrtm"])))
