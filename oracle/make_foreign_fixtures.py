"""Files as other programs write them, for the tiny SD1 model, and the latents that they mean.

    python oracle/make_foreign_fixtures.py pipeline/src/test/resources

Reads fidelity/sd1 and writes the folder foreign: a checkpoint in ComfyUI's scaled float8, adapters that
diffusers does not load, cases.json, and expected.safetensors with the final latents `run N` of case N. The
meaning of every file is computed here from its definition and put into diffusers' weights; diffusers
samples. The checkpoint's configurations stand in its header, since shapes do not tell a tiny model's groups
and heads; its names are checked with diffusers' own reader of such files.

Definitions: scaled float8, ComfyUI comfy/ops.py (scaled_fp8_ops); diff, diff_b, w_norm, b_norm,
comfy/weight_adapter and LyCORIS modules/norms.py; GLoRA and (IA)^3, LyCORIS modules/glora.py and ia3.py.
"""

import json
import re
import shutil
import sys
from pathlib import Path

import torch
from diffusers.loaders import single_file_utils as reader
from safetensors.torch import save_file

import make_wild_lora_fixtures as wild
from make_lora_fidelity_fixtures import layers, open_pipe, painted, parts

MODEL = "sd1"
RUN = dict(sampler="ddim", steps=3, width=24, height=16, count=1, seed=42)
GUIDED = dict(RUN, steps=4, width=16, height=24, seed=7, guidance=4.0, negative="green")
E4M3_MAX = 448.0
E5M2_MAX = 57344.0
LDM = "model.diffusion_model."


def resnet(rest):
    table = {"norm1": "in_layers.0", "conv1": "in_layers.2", "time_emb_proj": "emb_layers.1",
             "norm2": "out_layers.0", "conv2": "out_layers.3", "conv_shortcut": "skip_connection"}
    layer, end = rest.rsplit(".", 1)
    return f"{table[layer]}.{end}"


def ldm_unet(name, config):
    """A parameter of the U-Net by ldm's name."""
    n = config.layers_per_block
    whole = {"time_embedding.linear_1": "time_embed.0", "time_embedding.linear_2": "time_embed.2",
             "conv_in": "input_blocks.0.0", "conv_norm_out": "out.0", "conv_out": "out.2"}
    layer, end = name.rsplit(".", 1)
    if layer in whole:
        return f"{whole[layer]}.{end}"
    if m := re.match(r"mid_block\.(resnets|attentions)\.(\d)\.(.*)", name):
        return f"middle_block.1.{m[3]}" if m[1] == "attentions" else f"middle_block.{2 * int(m[2])}.{resnet(m[3])}"
    m = re.match(r"(down|up)_blocks\.(\d)\.(\w+)\.(\d)\.(.*)", name)
    block, index, rest = int(m[2]), int(m[4]), m[5]
    if m[3] == "downsamplers":
        return f"input_blocks.{(block + 1) * (n + 1)}.0.{rest.replace('conv', 'op')}"
    side, entry = ("input_blocks", 1) if m[1] == "down" else ("output_blocks", 0)
    entry += block * (n + 1) + index
    if m[3] == "upsamplers":
        crossed = config.up_block_types[block].startswith("CrossAttn")
        return f"{side}.{(block + 1) * (n + 1) - 1}.{2 if crossed else 1}.{rest}"
    return f"{side}.{entry}.0.{resnet(rest)}" if m[3] == "resnets" else f"{side}.{entry}.1.{rest}"


def ldm_vae(name, levels):
    """A parameter of the autoencoder by ldm's name."""
    name = name.replace("conv_norm_out", "norm_out").replace("conv_shortcut", "nin_shortcut")
    name = name.replace("mid_block.attentions.0.", "mid.attn_1.").replace("group_norm", "norm")
    name = re.sub(r"attn_1\.to_out\.0", "attn_1.proj_out", re.sub(r"attn_1\.to_([qkv])", r"attn_1.\1", name))
    name = re.sub(r"mid_block\.resnets\.(\d)", lambda m: f"mid.block_{int(m[1]) + 1}", name)
    name = re.sub(r"down_blocks\.(\d)\.resnets", r"down.\1.block", name)
    name = re.sub(r"down_blocks\.(\d)\.downsamplers\.0", r"down.\1.downsample", name)
    name = re.sub(r"up_blocks\.(\d)\.resnets", lambda m: f"up.{levels - 1 - int(m[1])}.block", name)
    return re.sub(r"up_blocks\.(\d)\.upsamplers\.0", lambda m: f"up.{levels - 1 - int(m[1])}.upsample", name)


def same(one, two):
    assert one.keys() == two.keys(), one.keys() ^ two.keys()
    assert all(torch.equal(one[k].flatten().float(), two[k].flatten().float()) for k in one)


def of_2024(weight):
    """One scale, and one of the layer's input, which float32 needs not."""
    scale = weight.abs().max() / E4M3_MAX
    stored = (weight / scale).to(torch.float8_e4m3fn)
    return stored, scale, {"scale_weight": scale.reshape(()), "scale_input": torch.tensor(1.7)}


def of_2025(weight):
    """A scale for each row, and the format beside the weight."""
    scale = weight.abs().amax(dim=1, keepdim=True) / E5M2_MAX
    stored = (weight / scale).to(torch.float8_e5m2)
    mark = torch.tensor(list(b'{"format": "float8_e5m2"}'), dtype=torch.uint8)
    return stored, scale, {"weight_scale": scale, "comfy_quant": mark}


def scaled_float8(pipe, folder, file):
    """The checkpoint: the U-Net in the format of 2024, the text encoder in that of 2025.

    The pipeline gets the numbers that it means.
    """
    tensors = {}

    def put(key, parameter, quantize=None):
        weight = parameter.data
        if quantize is None or weight.dim() < 2:
            tensors[key] = weight.half()
        else:
            tensors[key], scale, marks = quantize(weight)
            tensors.update({key.removesuffix("weight") + end: t for end, t in marks.items()})
            parameter.data = tensors[key].float() * scale

    unet, vae, text = pipe.unet, pipe.vae, pipe.text_encoder
    for name, p in unet.named_parameters():
        put(LDM + ldm_unet(name, unet.config), p, of_2024)
    for name, p in vae.named_parameters():
        key = "first_stage_model." + ldm_vae(name, len(vae.config.block_out_channels))
        put(key, p)
        if ".attn_1." in key and p.dim() == 2:
            tensors[key] = tensors[key][:, :, None, None]
    for name, p in text.named_parameters():
        name = "text_model." + name.removeprefix("text_model.")
        put("cond_stage_model.transformer." + name, p, of_2025 if ".layers." in name else None)
    plain = {k: v for k, v in tensors.items() if "scale_" not in k}
    same(reader.convert_ldm_unet_checkpoint(dict(plain), unet.config),
         {k: plain[LDM + ldm_unet(k, unet.config)] for k in unet.state_dict()})
    same(reader.convert_ldm_vae_checkpoint(dict(plain), vae.config), {k: v.half() for k, v in vae.state_dict().items()})
    # The mark is a tensor of two entries where the products may not be taken in float8.
    tensors[LDM + "scaled_fp8"] = torch.zeros(2).to(torch.float8_e4m3fn)
    configs = {n: json.loads((folder / n / "config.json").read_text()) for n in ("unet", "vae", "text_encoder")}
    configs["scheduler"] = json.loads((folder / "scheduler/scheduler_config.json").read_text())
    configs["model_index"] = json.loads((folder / "model_index.json").read_text())
    save_file({k: v.contiguous() for k, v in tensors.items()}, file, {"tcd4j.config": json.dumps(configs)})


def glora(weight, tucker=False):
    """W + scale (W A + B), A over the input channels."""
    o, i, k = wild.outer(weight)
    a1, a2, b1 = wild.randn(i, wild.R), wild.randn(wild.R, i), wild.randn(o, wild.R)
    ones = (1,) * len(k)
    factors = {"a1.weight": a1.reshape(i, wild.R, *ones), "a2.weight": a2.reshape(wild.R, i, *ones),
               "b1.weight": b1.reshape(o, wild.R, *ones), "alpha": torch.tensor(wild.ALPHA)}
    if tucker and k:
        b2, core = wild.randn(wild.R, i), wild.randn(wild.R, wild.R, *k)
        factors |= {"b2.weight": b2.reshape(wild.R, i, *ones), "bm.weight": core}
        b2 = torch.einsum("pr...,ri->pi...", core, b2)
    else:
        b2 = wild.randn(wild.R, i, *k)
        factors["b2.weight"] = b2
    turned = torch.einsum("oi...,ir,rj->oj...", weight, a1, a2)
    return factors, wild.S * (turned + torch.einsum("or,ri...->oi...", b1, b2))


def ia3(weight, on_input):
    """Each channel times 1 + its entry, which convolutions store in the second of four axes."""
    channels = weight.shape[1 if on_input else 0]
    entries = 0.5 * wild.randn(channels)
    shape = [1] * weight.dim()
    shape[1 if on_input else 0] = channels
    stored = entries.reshape(1, -1, 1, 1) if weight.dim() > 2 else entries
    return {"weight": stored, "on_input": torch.tensor(int(on_input))}, weight * entries.reshape(shape)


def kohya(part, path):
    """A module by kohya's name."""
    if part == "unet":
        return "lora_unet_" + path.replace(".", "_")
    return "lora_te_text_model_" + path.removeprefix("text_model.").replace(".", "_")


def by_layer(pipe, kind):
    """A file of one kind, and the change of each parameter that it means."""
    file, changes = {}, {}
    for part, network in parts(pipe).items():
        for n, path in enumerate(layers(part, network)):
            factors, delta = kind(network.get_submodule(path).weight.data, n)
            for end, t in factors.items():
                file[f"{kohya(part, path)}.{end}"] = t
            changes[part, path + ".weight"] = delta
    return file, changes


def lora_with_biases_and_norms(pipe, name, norm):
    """Factors, whole differences, biases and norms in one file."""
    file, changes = {}, {}
    for n, path in enumerate(layers("unet", pipe.unet)):
        layer = pipe.unet.get_submodule(path)
        if n % 2:
            delta = 0.1 * wild.randn(*layer.weight.shape)
            file[name(path) + ".diff"] = delta
        else:
            factors, delta = wild.lora(layer.weight.data)
            for end, t in {"alpha": torch.tensor(wild.ALPHA), **factors}.items():
                file[f"{name(path)}.{end}"] = t
        changes["unet", path + ".weight"] = delta
        if layer.bias is not None:
            file[name(path) + ".diff_b"] = changes["unet", path + ".bias"] = wild.randn(*layer.bias.shape)
    norms = [n for n, m in pipe.unet.named_modules() if isinstance(m, (torch.nn.GroupNorm, torch.nn.LayerNorm))]
    for path in norms[::3]:
        layer = pipe.unet.get_submodule(path)
        for end, key in zip(("weight", "bias"), norm):
            file[f"{name(path)}.{key}"] = changes["unet", f"{path}.{end}"] = wild.randn(*layer.bias.shape)
    return file, changes


def trainer(pipe):
    """The names of ComfyUI's trainer, which are ldm's."""
    def name(path):
        return "diffusion_model." + ldm_unet(path + ".weight", pipe.unet.config).removesuffix(".weight")

    return lora_with_biases_and_norms(pipe, name, ("diff", "diff_b"))


ADAPTERS = {
    "norms, whole differences and biases": lambda p: lora_with_biases_and_norms(
        p, lambda path: kohya("unet", path), ("w_norm", "b_norm")),
    "GLoRA": lambda p: by_layer(p, lambda w, n: glora(w)),
    "GLoRA in Tucker's form": lambda p: by_layer(p, lambda w, n: glora(w, True)),
    "(IA)^3": lambda p: by_layer(p, lambda w, n: ia3(w, n % 2 == 1)),
    "ComfyUI's trainer": trainer,
}


def changed(pipe, changes, weight, run):
    networks = parts(pipe)
    base = {key: networks[key[0]].get_parameter(key[1]).data for key in changes}
    for (part, name), delta in changes.items():
        p = networks[part].get_parameter(name)
        p.data = p.data + weight * delta
    result = painted(pipe, run)
    for (part, name), data in base.items():
        networks[part].get_parameter(name).data = data
    return result


def main(resources):
    out = resources / "foreign"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    wild.GENERATOR = torch.Generator().manual_seed(29)
    wild.SCALE = 0.4
    plain = open_pipe(resources / "fidelity", MODEL)
    expected, cases = {}, []

    def put(kind, file, weight, run, latents):
        expected[f"run {len(cases)}"] = latents
        cases.append({"kind": kind, "file": file, "weight": weight, "run": run})
        moved = (latents - painted(plain, run)[1]).abs().max().item() / latents.abs().max().item()
        print(kind, weight, "moved the latents by", moved)
        assert moved > 0.01

    pipe = open_pipe(resources / "fidelity", MODEL)
    scaled_float8(pipe, resources / "fidelity" / MODEL, out / "scaled-float8.safetensors")
    for run in (RUN, GUIDED):
        run, latents, _ = painted(pipe, run)
        put("scaled float8", "scaled-float8.safetensors", None, run, latents)
    pipe = open_pipe(resources / "fidelity", MODEL)
    for n, (kind, make) in enumerate(ADAPTERS.items()):
        file, changes = make(pipe)
        save_file({k: v.contiguous() for k, v in file.items()}, out / f"adapter-{n}.safetensors")
        for weight, run in ((1.0, RUN), (-0.75, GUIDED)):
            run, latents, _ = changed(pipe, changes, weight, run)
            put(kind, f"adapter-{n}.safetensors", weight, run, latents)
    save_file({k: v.contiguous() for k, v in expected.items()}, out / "expected.safetensors")
    (out / "cases.json").write_text(json.dumps(cases, separators=(",", ":")) + "\n")
    for file in out.glob("*.safetensors"):
        file.chmod(0o644)
    print(sum(f.stat().st_size for f in out.glob("*.*")), "bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
