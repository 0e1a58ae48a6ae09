"""A small file of torch.save with every type, views, shared storages and a nested state_dict.

    python oracle/make_torch_fixture.py tensor/src/test/resources/torch

The same tensors stand in a safetensors file beside it. `evil.ckpt` asks for os.system, and so does
`old-evil.ckpt`; `old.ckpt` is written as before PyTorch 1.6 on an NVIDIA GPU; `bare.ckpt` is a pickle
of no torch.save; `script.pt` is of torch.jit.save. `embedding.pt` is what the original trainer of textual
inversion saves.
"""

import collections
import os
import pickle
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file


class Evil:
    def __reduce__(self):
        return os.system, ("echo this must not run > /dev/null",)


class Unit(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = torch.nn.Conv2d(1, 2, 1, bias=False)
        self.bn = torch.nn.BatchNorm2d(2)
        self.stride, self.padding, self.shape, self.name = 1, (0, 1), [1, 2, 3], "unit"
        self.values: list[float] = [0.5, 1.5]

    def forward(self, x):
        # Enough of it that the archive compresses the code.
        for _ in range(self.stride):
            x = torch.relu(self.bn(self.conv(x)) + self.values[0] + self.values[1] + self.shape[0] + self.shape[2])
        return x


def script(out):
    net = torch.nn.Sequential(collections.OrderedDict(tower=torch.nn.Sequential(Unit(), torch.nn.ReLU()), output=torch.nn.Linear(2, 1)))
    with torch.no_grad():
        for i, p in enumerate(net.parameters()):
            p.fill_(i + 1)
    torch.jit.save(torch.jit.script(net.eval()), str(out / "script.pt"))


def old(out, state):
    own = torch.serialization.location_tag
    torch.serialization.location_tag = lambda storage: "cuda:0"
    torch.save({"state_dict": state, "global_step": 7, "epoch": 1.5, "names": ["a", ("b", None, True)],
                "inner": {"*": torch.full((1, 3), 2.0)}}, out / "old.ckpt", _use_new_zipfile_serialization=False)
    torch.serialization.location_tag = own
    torch.save({"state_dict": {"a": torch.ones(1)}, "callback": Evil()}, out / "old-evil.ckpt",
               _use_new_zipfile_serialization=False)
    (out / "bare.ckpt").write_bytes(pickle.dumps({"a": [1, 2, 3]}, protocol=2))


def main(out):
    out.mkdir(parents=True, exist_ok=True)
    types = {"f32": torch.float32, "f16": torch.float16, "bf16": torch.bfloat16, "f64": torch.float64,
             "i64": torch.int64, "i32": torch.int32, "u8": torch.uint8, "bool": torch.bool}
    state = collections.OrderedDict((n, torch.arange(6).reshape(2, 3).to(t)) for n, t in types.items())
    base = torch.arange(24, dtype=torch.float32).reshape(4, 6)
    state["shared.whole"] = base
    state["shared.transposed"] = base.t()
    state["shared.rows"] = base[1:3]
    state["shared.columns"] = base[:, 2:5]
    state["parameter"] = torch.nn.Parameter(torch.ones(2))
    state["scalar"] = torch.tensor(7.0)
    state["empty"] = torch.zeros(0, 4)
    torch.save({"state_dict": state, "global_step": 7, "epoch": 1.5, "names": ["a", ("b", None, True)],
                "inner": {"*": torch.full((1, 3), 2.0)}}, out / "small.ckpt")
    save_file({k: v.detach().contiguous().clone() for k, v in state.items()}
              | {"inner.*": torch.full((1, 3), 2.0)}, out / "small.safetensors")
    torch.save({"string_to_token": {"*": torch.tensor(265)},
                "string_to_param": torch.nn.ParameterDict({"*": torch.full((2, 3), 3.0)})}, out / "embedding.pt")
    torch.save({"state_dict": {"a": torch.ones(1)}, "callback": Evil()}, out / "evil.ckpt")
    old(out, state)
    script(out)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
