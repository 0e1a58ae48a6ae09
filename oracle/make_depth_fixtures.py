"""Depth maps of transformers' networks with weights by formula (formula.py), for models' and pipeline's tests.

    python oracle/make_depth_fixtures.py

Weights have the names of files that save_pretrained writes. Maps of the middle-sized network are stored at every third
pixel. Pictures are made by formula.blocks; those of the image processor are stored as SHA-256 of its 8-bit result. The
processor is the one on Pillow, which transformers takes where torchvision is not installed.
"""
import hashlib
import json
import pathlib
import tempfile

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from transformers import DepthAnythingConfig, DepthAnythingForDepthEstimation, Dinov2Config, DPTConfig, DPTForDepthEstimation
from transformers.models.dpt.image_processing_pil_dpt import DPTImageProcessorPil

from formula import blocks, noise, value

ROOT = pathlib.Path(__file__).parent.parent
OUT = ROOT / "models/src/test/resources/networks"
PIPELINE = ROOT / "pipeline/src/test/resources/depth"


def dinov2(width, layers, heads, grid, **more):
    return Dinov2Config(hidden_size=width, num_hidden_layers=layers, num_attention_heads=heads, image_size=14 * grid,
                        patch_size=14, reshape_hidden_states=False, **more)


def anything(backbone, necks, fusion, head, **more):
    return DepthAnythingConfig(backbone_config=backbone, reassemble_hidden_size=backbone.hidden_size, neck_hidden_sizes=necks,
                               fusion_hidden_size=fusion, head_hidden_size=head, **more)


TINY = dict(hidden_size=32, num_hidden_layers=5, num_attention_heads=4, intermediate_size=48, image_size=64, patch_size=16)
BIT = dict(model_type="bit", layer_type="bottleneck", depths=[1, 2, 1], hidden_sizes=[32, 64, 128], embedding_size=16,
           num_groups=4, global_padding="same", embedding_dynamic_padding=True, out_features=["stage1", "stage2", "stage3"])

# name -> (configuration, size of the pictures (B, H, W))
CASES = {
    "anything": (anything(dinov2(32, 6, 4, 4, out_indices=[2, 3, 5, 6]), [8, 12, 16, 24], 16, 8), (2, 42, 70)),
    "metric": (anything(dinov2(24, 4, 2, 3, out_features=["stem", "stage2", "stage3", "stage4"], qkv_bias=False,
                               apply_layernorm=False), [8, 8, 8, 8], 8, 4, depth_estimation_type="metric", max_depth=20),
               (1, 42, 42)),
    "middle": (anything(dinov2(192, 6, 6, 12, out_indices=[1, 3, 4, 6]), [24, 48, 96, 192], 32, 32), (1, 196, 252)),
    "dpt": (DPTConfig(**TINY, backbone_out_indices=[0, 2, 3, 4], neck_hidden_sizes=[8, 12, 16, 24], fusion_hidden_size=16),
            (2, 64, 64)),
    "dpt-add": (DPTConfig(**TINY, backbone_out_indices=[1, 2, 3, 4], neck_hidden_sizes=[8, 12, 16, 24], readout_type="add",
                          fusion_hidden_size=16, use_batch_norm_in_fusion_residual=True), (1, 96, 96)),
    "dpt-ignore": (DPTConfig(**TINY, backbone_out_indices=[1, 3], neck_hidden_sizes=[8, 12], reassemble_factors=[2, 1],
                             readout_type="ignore", fusion_hidden_size=256, add_projection=True, qkv_bias=False), (1, 32, 32)),
    "dpt-dinov2": (DPTConfig(backbone_config=dinov2(32, 4, 4, 4, out_indices=[1, 2, 3, 4]), neck_hidden_sizes=[8, 12, 16, 24],
                             fusion_hidden_size=16), (1, 42, 56)),
    "hybrid": (DPTConfig(**TINY, is_hybrid=True, backbone_config=BIT, backbone_out_indices=[0, 1, 2, 4],
                         backbone_featmap_shape=[1, 128, 4, 4], neck_hidden_sizes=[32, 64, 24, 24],
                         reassemble_factors=[1, 1, 1, 0.5], fusion_hidden_size=16), (2, 64, 64)),
}


def build(config, folder):
    """A model whose weights, under the names of its file, are by formula."""
    kind = DepthAnythingForDepthEstimation if config.model_type == "depth_anything" else DPTForDepthEstimation
    kind(config).save_pretrained(folder)
    file = pathlib.Path(folder) / "model.safetensors"
    stored = load_file(file)
    weights = {k: value(k, tuple(v.shape)) if v.is_floating_point() else v for k, v in stored.items()}
    save_file(weights, file, {"format": "pt"})
    return kind.from_pretrained(folder, attn_implementation="eager").eval(), weights


NOISE = {"id2label", "label2id", "stage_names", "architectures", "return_dict", "problem_type", "output_attentions"}


def described(folder):
    """config.json without what no network asks for, except the class."""
    config = json.loads((pathlib.Path(folder) / "config.json").read_text())
    if config.get("backbone_config"):
        config["backbone_config"] = {k: v for k, v in config["backbone_config"].items() if k not in NOISE and v is not None}
    return {k: v for k, v in config.items() if k not in NOISE - {"architectures"}}


def networks():
    about, maps = {}, {}
    for name, (config, (b, h, w)) in CASES.items():
        with tempfile.TemporaryDirectory() as folder:
            model, weights = build(config, folder)
            about[name] = {"config": described(folder), "pixels": [b, 3, h, w], "names": list(weights)}
        with torch.no_grad():
            depth = model(noise("depth." + name, b, 3, h, w)).predicted_depth
        print(name, tuple(depth.shape), float(depth.mean()), float((depth > 0).float().mean()))
        assert (depth > 0).float().mean() > 0.3 and depth.std() > 0.01 * depth.mean()
        maps[name] = depth[:, ::3, ::3].contiguous() if name == "middle" else depth
    save_file(maps, OUT / "depth.safetensors")
    (OUT / "depth.json").write_text(json.dumps(about) + "\n")


# size of the picture, what preprocessor_config.json says
PICTURES = [
    ((50, 37), dict(size={"height": 42, "width": 42}, keep_aspect_ratio=True, ensure_multiple_of=14)),
    ((37, 50), dict(size={"height": 70, "width": 70}, keep_aspect_ratio=True, ensure_multiple_of=14)),
    ((200, 90), dict(size={"height": 56, "width": 56}, keep_aspect_ratio=True, ensure_multiple_of=14, resample=3,
                     image_mean=[0.485, 0.456, 0.406], image_std=[0.229, 0.224, 0.225])),
    ((61, 47), dict(size={"height": 64, "width": 32}, resample=2)),
    ((45, 90), dict(size={"height": 64, "width": 64}, keep_aspect_ratio=True, ensure_multiple_of=32)),
    ((64, 64), dict(size={"height": 64, "width": 64}, ensure_multiple_of=16)),
]


def pictures():
    rows = []
    for i, ((w, h), settings) in enumerate(PICTURES):
        pixels = blocks(f"depth.picture.{i}", h, w, 5)
        picture = Image.fromarray(pixels.transpose(1, 2, 0).copy())
        plain = DPTImageProcessorPil(**settings, do_rescale=False, do_normalize=False)(picture, return_tensors="np")
        levels = np.asarray(plain["pixel_values"][0]).astype(np.uint8)
        normal = np.asarray(DPTImageProcessorPil(**settings)(picture, return_tensors="np")["pixel_values"][0])
        rows.append({"width": w, "height": h, "settings": settings, "to": [levels.shape[2], levels.shape[1]],
                     "sha256": hashlib.sha256(levels.transpose(1, 2, 0).tobytes()).hexdigest(),
                     "first": [float(normal[c, 0, 0]) for c in range(3)], "last": [float(normal[c, -1, -1]) for c in range(3)]})
        print(w, h, rows[-1]["to"])
    PIPELINE.mkdir(parents=True, exist_ok=True)
    (PIPELINE / "pictures.json").write_text(json.dumps(rows, indent=0) + "\n")


def folder():
    """A whole folder as a user has it, and the depth of a picture as post_process_depth_estimation gives it."""
    with tempfile.TemporaryDirectory() as temporary:
        model, weights = build(anything(dinov2(16, 2, 2, 3, out_indices=[1, 2]), [8, 8], 8, 4, reassemble_factors=[2, 1]),
                               temporary)
        processor = DPTImageProcessorPil(size={"height": 42, "width": 42}, keep_aspect_ratio=True, ensure_multiple_of=14,
                                         image_mean=[0.485, 0.456, 0.406], image_std=[0.229, 0.224, 0.225])
        processor.save_pretrained(temporary)
        config = described(temporary)
        settings = json.loads((pathlib.Path(temporary) / "preprocessor_config.json").read_text())
    picture = Image.fromarray(blocks("depth.folder", 37, 50, 6).transpose(1, 2, 0).copy())
    with torch.no_grad():
        out = model(**processor(picture, return_tensors="pt"))
        depth = processor.post_process_depth_estimation(out, [(37, 50)])[0]["predicted_depth"]
    save_file({"depth": depth.contiguous()}, PIPELINE / "folder.safetensors")
    level = ((depth - depth.min()) / (depth.max() - depth.min())).numpy()
    (PIPELINE / "folder.json").write_text(json.dumps({
        "config": config, "preprocessor": settings, "shapes": {k: list(v.shape) for k, v in weights.items()},
        "levels": hashlib.sha256((level * 255).astype("uint8").tobytes()).hexdigest()}) + "\n")


if __name__ == "__main__":
    networks()
    pictures()
    folder()
