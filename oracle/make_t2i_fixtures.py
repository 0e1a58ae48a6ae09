"""Features of diffusers' T2IAdapter with weights by formula (formula.py): full, light and SDXL's, for models' tests.

    python oracle/make_t2i_fixtures.py

Hints of odd feature sizes too, at whose borders means are taken of the pixels that are there. Each feature is stored as
diffusers gives it, times 0.7.
"""
import json
import pathlib

import torch
from diffusers import T2IAdapter
from safetensors.torch import save_file

from formula import fill, noise

OUT = pathlib.Path(__file__).parent.parent / "models/src/test/resources/networks"
SCALE = 0.7

# name -> (configuration, size of the hint (B, H, W))
CASES = {
    "full": (dict(in_channels=3, channels=[8, 12, 16, 16], num_res_blocks=2, downscale_factor=4), (2, 36, 52)),
    "full-grey": (dict(in_channels=1, channels=[8, 16], num_res_blocks=1, downscale_factor=2), (1, 20, 12)),
    "light": (dict(in_channels=3, channels=[8, 12, 16], num_res_blocks=3, downscale_factor=4,
                   adapter_type="light_adapter"), (2, 44, 36)),
    "xl": (dict(in_channels=3, channels=[8, 12, 16, 16], num_res_blocks=2, downscale_factor=8,
                adapter_type="full_adapter_xl"), (1, 72, 56)),
}


def main():
    about, tensors = {}, {}
    for name, (config, (b, h, w)) in CASES.items():
        model = fill(T2IAdapter(**config))
        hint = noise("t2i." + name, b, config["in_channels"], h, w) * 0.5 + 0.5
        with torch.no_grad():
            features = model(hint)
        about[name] = {"config": {"_class_name": "T2IAdapter", **config}, "hint": list(hint.shape),
                       "names": list(model.state_dict())}
        for i, feature in enumerate(features):
            print(name, i, tuple(feature.shape), float(feature.std()))
            tensors[f"{name}.{i}"] = (SCALE * feature).contiguous()
    save_file(tensors, OUT / "t2i.safetensors")
    (OUT / "t2i.safetensors").chmod(0o644)
    (OUT / "t2i.json").write_text(json.dumps(about) + "\n")


if __name__ == "__main__":
    main()
