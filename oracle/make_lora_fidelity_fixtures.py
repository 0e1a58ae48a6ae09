"""LoRAs of every style for the tiny models of make_fidelity_fixtures.py, and the latents they give.

    python oracle/make_lora_fidelity_fixtures.py pipeline/src/test/resources

Reads fidelity/MODEL and writes fidelity-lora: MODEL-STYLE.safetensors, and expected.safetensors with
the final latents `MODEL/STYLE/WEIGHT`. Where diffusers loads a style rightly it does so itself. It
drops unequal alphas and dora_scale of kohya's files and knows neither LyCORIS' kinds nor sgm's names
beside a SD1 model: there it carries the weights that the formulas of make_wild_lora_fixtures.py give.
"""

import json
import re
import shutil
import sys
from pathlib import Path

import torch
from diffusers import StableDiffusionPipeline, StableDiffusionXLPipeline, TCDScheduler
from peft import LoraConfig
from peft.utils import get_peft_model_state_dict
from safetensors.torch import save_file

import make_wild_lora_fixtures as wild
from make_fidelity_fixtures import PROMPT, generators

torch.set_num_threads(1)

MODELS = {"sd1": StableDiffusionPipeline, "sd2-v": StableDiffusionPipeline, "sdxl": StableDiffusionXLPipeline}
UNET = ["to_q", "to_v", "to_out.0", "proj_in", "ff.net.2", "conv1", "time_emb_proj"]
TEXT = ["q_proj", "fc1"]
BOTH = [1.0, -0.75]


def open_pipe(folder, model):
    more = {"variant": "fp16"} if model == "sd2-v" else {}
    if model == "sd1":
        more["safety_checker"] = None  # whose folder is not there, as in many downloads
    pipe = MODELS[model].from_pretrained(folder / model, dtype=torch.float32, **more)
    pipe.set_progress_bar_config(disable=True)
    pipe.scheduler = TCDScheduler.from_config(pipe.scheduler.config, clip_sample=False)
    return pipe


def latents(pipe):
    with torch.inference_mode():
        return pipe([PROMPT], num_inference_steps=2, guidance_scale=1.0, eta=0.3, generator=generators(5, 1),
                    output_type="latent").images


def parts(pipe):
    return {n: getattr(pipe, n) for n in ("unet", "text_encoder", "text_encoder_2") if getattr(pipe, n, None)}


def layers(part, network):
    """Linear layers and convolutions that the LoRAs change: few, so that files stay small."""
    targets = UNET if part == "unet" else TEXT
    names = [n for n, m in network.named_modules() if any(n.endswith("." + t) for t in targets)]
    return names[::9] if part == "unet" else names[:2]


def kohya_name(part, path, sdxl, sgm):
    prefix = {"unet": "lora_unet_", "text_encoder": "lora_te1_" if sdxl else "lora_te_", "text_encoder_2": "lora_te2_"}[part]
    if part != "unet" and not path.startswith("text_"):
        path = "text_model." + path
    return prefix + (sgm(path) if part == "unet" and sgm else path).replace(".", "_")


def sgm_names(config):
    """As sgm counts: all blocks of a side in one list, each resnet with its transformer one entry."""
    n = config.layers_per_block

    def rename(path):
        m = re.match(r"(down|up)_blocks\.(\d+)\.(resnets|attentions|downsamplers|upsamplers)\.(\d+)\.(.*)", path)
        mid = re.match(r"mid_block\.(resnets|attentions)\.(\d+)\.(.*)", path)
        if mid:
            place = 1 if mid[1] == "attentions" else 2 * int(mid[2])
            return f"middle_block.{place}." + inner(mid[1], mid[3])
        assert m, path
        block, layer = int(m[2]), int(m[4])
        entry = 1 + block * (n + 1) + layer if m[1] == "down" else block * (n + 1) + layer
        side = "input_blocks" if m[1] == "down" else "output_blocks"
        return f"{side}.{entry}.{0 if m[3] == 'resnets' else 1}." + inner(m[3], m[5])

    def inner(kind, rest):
        table = {"conv1": "in_layers.2", "conv2": "out_layers.3", "time_emb_proj": "emb_layers.1",
                 "conv_shortcut": "skip_connection"}
        return table[rest] if kind == "resnets" else rest

    return rename


def merged_style(pipe, model, kind, style):
    """A file in kohya's names and the change of each weight that it means."""
    file, changes = {}, {}
    sgm = sgm_names(pipe.unet.config) if style == "kohya-sgm" else None
    for part, network in parts(pipe).items():
        for i, path in enumerate(layers(part, network)):
            weight = network.get_submodule(path).weight.data
            factors, delta = kind(weight)
            alpha = wild.ALPHA
            if kind is wild.lora:  # another alpha in every layer
                alpha = [0.5, 1.0, 2.0, 4.0][i % 4]
                delta = delta * alpha / wild.ALPHA
            key = kohya_name(part, path, model == "sdxl", sgm)
            for end, t in {"alpha": torch.tensor(alpha), **factors}.items():
                file[f"{key}.{end}"] = t.contiguous()
            changes[part, path] = delta
    return file, changes


def with_changes(pipe, changes, weight):
    networks = parts(pipe)
    base = {}
    for (part, path), delta in changes.items():
        layer = networks[part].get_submodule(path)
        base[part, path] = layer.weight.data
        layer.weight.data = layer.weight.data + weight * delta
    result = latents(pipe)
    for (part, path), data in base.items():
        networks[part].get_submodule(path).weight.data = data
    return result


def peft_file(pipe, file, dora):
    """diffusers writes its own style, with the header that tells alpha."""
    states, metadata = {}, {}
    for part, network in parts(pipe).items():
        if dora and part != "unet":
            continue  # transformers 5 loads a text encoder's factors, but not its magnitudes
        config = LoraConfig(r=wild.R, lora_alpha=wild.ALPHA, use_dora=dora, target_modules=layers(part, network))
        network.add_adapter(config)
        for name, p in network.named_parameters():
            if "lora_A" in name or "lora_B" in name:
                p.data = wild.randn(*p.shape)
            elif "lora_magnitude" in name:
                p.data = p.data * (1 + 0.3 / wild.SCALE * wild.randn(*p.shape))
        states[f"{part}_lora_layers"] = get_peft_model_state_dict(network)
        metadata[f"{part}_lora_adapter_metadata"] = network.peft_config["default"].to_dict()
    type(pipe).save_lora_weights(str(file.parent), weight_name=file.name, **states, **metadata)


def old_file(pipe, file):
    """diffusers of 2023: attention processors, all other layers by .lora; no alphas."""
    tensors = {}
    for part, network in parts(pipe).items():
        for path in layers(part, network):
            factors, _ = wild.lora(network.get_submodule(path).weight.data)
            end = path.rsplit(".", 1)[1] if not path.endswith("to_out.0") else "to_out.0"
            if part != "unet":
                key = f"{part}.{path}.lora_linear_layer"
            elif end in ("to_q", "to_v", "to_out.0"):
                key = f"{part}.{path.removesuffix(end)}processor.{end.removesuffix('.0')}_lora"
            else:
                key = f"{part}.{path}.lora"
            tensors[f"{key}.down.weight"] = factors["lora_down.weight"]
            tensors[f"{key}.up.weight"] = factors["lora_up.weight"]
    save_file(tensors, file)


LOADED = {"peft": lambda p, f: peft_file(p, f, False), "peft, DoRA": lambda p, f: peft_file(p, f, True),
          "diffusers-old": old_file}
MERGED = {
    "kohya": (wild.lora, "kohya"),
    "kohya-sgm": (wild.lora, "kohya-sgm"),
    "LoCon in Tucker's form": (wild.locon_tucker, "kohya"),
    "LoHa": (wild.loha, "kohya"),
    "LoHa in Tucker's form": (wild.loha_tucker, "kohya"),
    "LoKr": (wild.lokr_low, "kohya"),
    "LoKr of whole matrices": (wild.lokr_whole, "kohya"),
    "LoKr in Tucker's form": (wild.lokr_tucker, "kohya"),
    "DoRA over outputs": (wild.decomposed(wild.lora, wild.rows_norm), "kohya"),
    "DoRA over inputs": (wild.decomposed(wild.lora, wild.columns_norm), "kohya"),
    "LoHa with DoRA": (wild.decomposed(wild.loha, wild.rows_norm), "kohya"),
}


def main(resources):
    out = resources / "fidelity-lora"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    wild.GENERATOR = torch.Generator().manual_seed(11)
    wild.SCALE = 0.4
    expected, cases = {}, []
    for model in MODELS:
        plain = latents(open_pipe(resources / "fidelity", model))

        def put(style, file, weight, made):
            expected[f"{model}/{style}/{weight}"] = made
            cases.append({"model": model, "style": style, "file": file.name, "weight": weight})
            print(model, style, weight, "moved the latents by", (made - plain).abs().max().item())

        for style, write in LOADED.items():
            file = out / f"{model}-{len(cases)}.safetensors"
            write(open_pipe(resources / "fidelity", model), file)
            pipe = open_pipe(resources / "fidelity", model)
            pipe.load_lora_weights(str(out), weight_name=file.name, adapter_name="a")
            for weight in BOTH:
                pipe.set_adapters(["a"], [weight])
                put(style, file, weight, latents(pipe))
        pipe = open_pipe(resources / "fidelity", model)
        for style, (kind, names) in MERGED.items():
            file = out / f"{model}-{len(cases)}.safetensors"
            tensors, changes = merged_style(pipe, model, kind, names)
            save_file(tensors, file)
            for weight in BOTH:
                put(style, file, weight, with_changes(pipe, changes, weight))
    save_file({k: v.contiguous() for k, v in expected.items()}, out / "expected.safetensors")
    (out / "cases.json").write_text(json.dumps(cases, indent=1) + "\n")
    for file in out.iterdir():
        file.chmod(0o644)
    print(sum(f.stat().st_size for f in out.iterdir()), "bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
