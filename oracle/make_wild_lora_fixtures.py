"""Adapters of LyCORIS and DoRA, with the weights that they must give by their definitions.

    python oracle/make_wild_lora_fixtures.py models/src/test/resources/lora/wild

`base.safetensors` holds the weights of two linear layers (one of them square), a 3x3 and a 1x1
convolution. Each KIND.safetensors is a file as its trainer names it; `expected.safetensors` holds
`KIND/WEIGHT/LAYER`, the layer's weight with the adapter at that user's weight. The formulas are
written out here with einsum; peft's DoRA is computed by peft itself, from a merged network.
"""

import sys
from pathlib import Path

import torch
from peft import LoraConfig, inject_adapter_in_model
from peft.utils import get_peft_model_state_dict
from safetensors.torch import save_file
from torch import nn

WEIGHTS = [1.0, 0.5, -0.75]
R = 2
ALPHA = 3.0
S = ALPHA / R
SCALE = 1.0


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.wide = nn.Linear(6, 4)
        self.square = nn.Linear(6, 6)
        self.conv = nn.Conv2d(6, 4, 3)
        self.point = nn.Conv2d(6, 8, 1)


def randn(*shape):
    return SCALE * torch.randn(*shape, generator=GENERATOR)


def outer(weight):
    """Shape (out, in, kernel...) of a layer."""
    return weight.shape[0], weight.shape[1], tuple(weight.shape[2:])


def lora(weight):
    o, i, k = outer(weight)
    a, b = randn(R, i, *k), randn(o, R, *(1 for _ in k))
    delta = S * torch.einsum("or,ri...->oi...", b.reshape(o, R), a)
    return {"lora_down.weight": a, "lora_up.weight": b}, delta


def locon_tucker(weight):
    o, i, k = outer(weight)
    if not k:
        return lora(weight)
    down, mid, up = randn(R, i, 1, 1), randn(R, R, *k), randn(o, R, 1, 1)
    delta = S * torch.einsum("mnkl,om,ni->oikl", mid, up[:, :, 0, 0], down[:, :, 0, 0])
    return {"lora_down.weight": down, "lora_mid.weight": mid, "lora_up.weight": up}, delta


def loha(weight):
    o, i, k = outer(weight)
    n = weight[0].numel()
    a, b, c, d = randn(o, R), randn(R, n), randn(o, R), randn(R, n)
    delta = S * ((a @ b) * (c @ d)).reshape(weight.shape)
    return {"hada_w1_a": a, "hada_w1_b": b, "hada_w2_a": c, "hada_w2_b": d}, delta


def loha_tucker(weight):
    o, i, k = outer(weight)
    if not k:
        return loha(weight)
    t1, t2 = randn(R, R, *k), randn(R, R, *k)
    a, b, c, d = randn(R, o), randn(R, i), randn(R, o), randn(R, i)
    one = torch.einsum("ijkl,jr,ip->prkl", t1, b, a)
    two = torch.einsum("ijkl,jr,ip->prkl", t2, d, c)
    return {"hada_t1": t1, "hada_w1_a": a, "hada_w1_b": b,
            "hada_t2": t2, "hada_w2_a": c, "hada_w2_b": d}, S * one * two


def kron(one, two):
    """Element (x c + y, u d + v, ...) is one(x, u) two(y, v, ...)."""
    product = torch.einsum("xu,yv...->xyuv...", one, two)
    return product.reshape(one.shape[0] * two.shape[0], one.shape[1] * two.shape[1], *two.shape[2:])


def blocks(i):
    """Columns of LoKr's first factor."""
    return 3 if i % 3 == 0 else 2


def lokr_whole(weight):
    o, i, k = outer(weight)
    n = blocks(i)
    one, two = randn(2, n), randn(o // 2, i // n, *k)
    return {"lokr_w1": one, "lokr_w2": two, "alpha": torch.tensor(1e10)}, kron(one, two)


def lokr_low(weight):
    o, i, k = outer(weight)
    n = blocks(i)
    one, a, b = randn(2, n), randn(o // 2, R), randn(R, i // n, *k)
    two = torch.einsum("cr,rd...->cd...", a, b)
    return {"lokr_w1": one, "lokr_w2_a": a, "lokr_w2_b": b.reshape(R, -1)}, S * kron(one, two)


def lokr_both_low(weight):
    o, i, k = outer(weight)
    n = blocks(i)
    wa, wb = randn(2, R), randn(R, n)
    a, b = randn(o // 2, R), randn(R, i // n, *k)
    two = torch.einsum("cr,rd...->cd...", a, b)
    return {"lokr_w1_a": wa, "lokr_w1_b": wb, "lokr_w2_a": a,
            "lokr_w2_b": b.reshape(R, -1)}, S * kron(wa @ wb, two)


def lokr_tucker(weight):
    o, i, k = outer(weight)
    if not k:
        return lokr_low(weight)
    n = blocks(i)
    one, t, a, b = randn(2, n), randn(R, R, *k), randn(R, o // 2), randn(R, i // n)
    two = torch.einsum("ijkl,ip,jr->prkl", t, a, b)
    return {"lokr_w1": one, "lokr_t2": t, "lokr_w2_a": a, "lokr_w2_b": b}, S * kron(one, two)


def rows_norm(v):
    return v.flatten(1).norm(dim=1).reshape(-1, *(1 for _ in v.shape[1:]))


def columns_norm(v):
    return rows_norm(v.transpose(0, 1)).transpose(0, 1)


def decomposed(kind, norm):
    """dora_scale beside a LyCORIS module: W + w (m V / ||V|| - W)."""
    def make(weight):
        factors, delta = kind(weight)
        m = norm(weight) * (1 + 0.3 / SCALE * randn(*norm(weight).shape))
        v = weight + delta
        return {**factors, "dora_scale": m}, m * v / norm(v) - weight
    return make


KINDS = {
    "lora": lora,
    "locon-tucker": locon_tucker,
    "loha": loha,
    "loha-tucker": loha_tucker,
    "lokr-whole": lokr_whole,
    "lokr-low": lokr_low,
    "lokr-both-low": lokr_both_low,
    "lokr-tucker": lokr_tucker,
    "dora-rows": decomposed(lora, rows_norm),
    "dora-columns": decomposed(lora, columns_norm),
    "loha-dora-rows": decomposed(loha, rows_norm),
    "lokr-dora-columns": decomposed(lokr_low, columns_norm),
}


def layers(net):
    return {n.removesuffix(".weight"): p.data for n, p in net.named_parameters() if n.endswith(".weight")}


def peft_dora(net, out, expected):
    """peft computes W' at each weight by merging; its magnitude is away from the norm of W."""
    config = LoraConfig(r=R, lora_alpha=R, use_dora=True, target_modules=list(layers(net)))
    base = {k: v.clone() for k, v in net.state_dict().items()}
    adapted = inject_adapter_in_model(config, net)
    for name, p in adapted.named_parameters():
        if "lora_A" in name or "lora_B" in name:
            p.data = randn(*p.shape)
        elif "magnitude" in name:
            p.data = p.data * (1 + 0.3 * randn(*p.shape))
    state = {f"unet.{k}": v.contiguous() for k, v in get_peft_model_state_dict(adapted).items()}
    save_file(state, out / "peft-dora.safetensors")
    for w in WEIGHTS:
        for name in ("wide", "square", "conv", "point"):
            layer = getattr(adapted, name)
            layer.set_scale("default", w)
            layer.merge()
            expected[f"peft-dora/{w}/{name}"] = layer.base_layer.weight.data.clone()
            layer.unmerge()
            layer.base_layer.weight.data = base[f"{name}.weight"].clone()


def main(out):
    global GENERATOR
    GENERATOR = torch.Generator().manual_seed(3)
    out.mkdir(parents=True, exist_ok=True)
    net = Net()
    for p in net.parameters():
        p.data = randn(*p.shape)
    save_file({k: v.contiguous() for k, v in net.state_dict().items()}, out / "base.safetensors")
    expected = {}
    for kind, make in KINDS.items():
        file = {}
        for name, weight in layers(net).items():
            factors, delta = make(weight)
            factors = {"alpha": torch.tensor(ALPHA), **factors}
            for end, t in factors.items():
                file[f"lora_unet_{name}.{end}"] = t.contiguous()
            for w in WEIGHTS:
                expected[f"{kind}/{w}/{name}"] = weight + w * delta
        save_file(file, out / f"{kind}.safetensors")
    peft_dora(net, out, expected)
    save_file({k: v.contiguous() for k, v in expected.items()}, out / "expected.safetensors")
    print(f"{len(list(out.glob('*')))} files, {sum(f.stat().st_size for f in out.glob('*'))} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
