"""Writes tensor/src/test/resources/safetensors: files of the reference implementation.

golden.safetensors      every element type that tcd4j reads, odd shapes, names that need escapes
small-floats.safetensors  all floats of 8 bits, and the same in half precision
golden.json             the same values as numbers, by name
sharded*.safetensors    a model in two files with its index, as huggingface_hub writes it

Run from the root of the project: python oracle/make_safetensors_fixture.py
"""

import json
import pathlib

import torch
from huggingface_hub import save_torch_state_dict
from safetensors.torch import save_file

OUT = pathlib.Path("tensor/src/test/resources/safetensors")
TYPES = {
    "f32": torch.float32,
    "f16": torch.float16,
    "bf16": torch.bfloat16,
    "f64": torch.float64,
    "i64": torch.int64,
    "i32": torch.int32,
    "u8": torch.uint8,
    "bool": torch.bool,
}


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    generator = torch.Generator().manual_seed(0)
    tensors = {}
    for name, dtype in TYPES.items():
        values = torch.randn(3, 5, generator=generator) * 20
        if dtype == torch.bool:
            values = values > 0
        elif dtype == torch.uint8:
            values = values.abs()
        tensors[f"matrix.{name}"] = values.to(dtype)
        tensors[f"scalar.{name}"] = torch.tensor(1).to(dtype)
        tensors[f"empty.{name}"] = torch.zeros(2, 0, 3).to(dtype)
    tensors["Straße \"7\"\n\U0001f34e"] = torch.tensor([1.5])
    # In UTF-8 the first of these comes first, in UTF-16 the second.
    tensors["order \uffee"] = torch.tensor([2.5])
    tensors["order \U0001f34e"] = torch.tensor([3.5])
    save_file(tensors, OUT / "golden.safetensors", metadata={"made by": "Größe \"L\"\t\u00e9"})
    expected = {
        name: {"shape": list(t.shape), "values": t.double().flatten().tolist()}
        for name, t in tensors.items()
    }
    (OUT / "golden.json").write_text(json.dumps(expected, indent=1), encoding="utf-8")

    bits = torch.arange(256).to(torch.uint8).reshape(16, 16)
    small = {"f8_e4m3": bits.clone().view(torch.float8_e4m3fn), "f8_e5m2": bits.clone().view(torch.float8_e5m2)}
    save_file(small | {f"{n} as f16": t.half() for n, t in small.items()}, OUT / "small-floats.safetensors")

    model = {f"layer.{i}.weight": torch.full((4, 4), float(i)) for i in range(5)}
    save_torch_state_dict(
        model, OUT, filename_pattern="sharded{suffix}.safetensors", max_shard_size=200
    )


main()
