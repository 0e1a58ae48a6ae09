"""LoRAs of every style for the tiny models of make_fidelity_fixtures.py, and the pictures they give.

    python oracle/make_lora_fidelity_fixtures.py pipeline/src/test/resources

Reads fidelity/MODEL and writes fidelity-lora: the LoRA files, cases.json, and expected.safetensors with
the final latents `run N` and pictures `image N` of case N. Where diffusers loads a style rightly it does
so itself. It drops unequal alphas and dora_scale of kohya's files, knows neither LyCORIS' kinds nor sgm's
names beside a SD1 model, and does not read peft's own files: there it carries the weights that the
formulas of make_wild_lora_fixtures.py give. Sampler, guidance, size, seed and number of pictures are other
ones from case to case.
"""

import json
import re
import shutil
import sys
from pathlib import Path

import torch
from diffusers import StableDiffusionPipeline, StableDiffusionXLPipeline
from peft import LoraConfig
from peft.utils import get_peft_model_state_dict
from safetensors.torch import save_file

import make_wild_lora_fixtures as wild
from make_fidelity_fixtures import NEGATIVE, SEEDS, SIZES, paint, picture
from make_scheduler_fixtures import CLASSES

torch.set_num_threads(1)

MODELS = {"sd1": StableDiffusionPipeline, "sd2-v": StableDiffusionPipeline, "sdxl": StableDiffusionXLPipeline,
          "sdxl-turbo": StableDiffusionXLPipeline}
SAMPLERS = sorted(CLASSES)
UNET = ["to_q", "to_v", "to_out.0", "proj_in", "ff.net.2", "conv1", "time_emb_proj"]
TEXT = ["q_proj", "fc1"]
BOTH = [1.0, -0.75]


def open_pipe(folder, model):
    more = {"variant": "fp16"} if model == "sd2-v" else {}
    if model == "sd1":
        more["safety_checker"] = None  # whose folder is not there, as in many downloads
    pipe = MODELS[model].from_pretrained(folder / model, dtype=torch.float32, **more)
    pipe.set_progress_bar_config(disable=True)
    pipe.own = dict(pipe.scheduler.config, clip_sample=False)  # paint puts another scheduler in its place
    return pipe


def settings(n):
    """Of case n. Guidance changes after every round of the samplers."""
    sampler = SAMPLERS[n % len(SAMPLERS)]
    run = dict(sampler=sampler, steps=3, width=SIZES[n % 4][0], height=SIZES[n % 4][1], count=1 + (n % 5 == 1),
               seed=SEEDS[n % 3])
    if sampler == "tcd":
        run["gamma"] = 0.3
    if (n + n // len(SAMPLERS)) % 2:
        run |= dict(guidance=4.0, negative=NEGATIVE)
    return run


def painted(pipe, run):
    with torch.inference_mode():
        latents = paint(pipe, pipe.own, run)
        return latents, picture(pipe, latents)


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
            key = kohya_name(part, path, model.startswith("sdxl"), sgm)
            for end, t in {"alpha": torch.tensor(alpha), **factors}.items():
                file[f"{key}.{end}"] = t.contiguous()
            changes[part, path] = delta
    return file, changes


def peft_raw(pipe, folder):
    """peft's own names and file of settings, which know one network."""
    tensors, changes = {}, {}
    for path in layers("unet", pipe.unet):
        factors, delta = wild.lora(pipe.unet.get_submodule(path).weight.data)
        tensors[f"base_model.model.{path}.lora_A.weight"] = factors["lora_down.weight"]
        tensors[f"base_model.model.{path}.lora_B.weight"] = factors["lora_up.weight"]
        changes["unet", path] = delta
    folder.mkdir()
    save_file(tensors, folder / "adapter_model.safetensors")
    (folder / "adapter_config.json").write_text(json.dumps(
        {"peft_type": "LORA", "r": wild.R, "lora_alpha": wild.ALPHA, "alpha_pattern": {}, "rank_pattern": {}}) + "\n")
    return changes


def with_changes(pipe, run, *weighted):
    networks = parts(pipe)
    base = {}
    for changes, weight in weighted:
        for (part, path), delta in changes.items():
            layer = networks[part].get_submodule(path)
            base.setdefault((part, path), layer.weight.data)
            layer.weight.data = layer.weight.data + weight * delta
    result = painted(pipe, run)
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
        plain = open_pipe(resources / "fidelity", model)

        def put(style, files, weights, run, made):
            latents, image = made
            n = len(cases)
            expected[f"run {n}"], expected[f"image {n}"] = latents, image
            cases.append({"model": model, "style": style, "files": files, "weights": weights, "run": run})
            moved = (latents - painted(plain, run)[0]).abs().max().item()
            print(model, style, weights, run["sampler"], "moved the latents by", moved)

        for style, write in LOADED.items():
            file = out / f"{model}-{len(cases)}.safetensors"
            write(open_pipe(resources / "fidelity", model), file)
            pipe = open_pipe(resources / "fidelity", model)
            pipe.load_lora_weights(str(out), weight_name=file.name, adapter_name="a")
            for weight in BOTH:
                pipe.set_adapters(["a"], [weight])
                run = settings(len(cases))
                put(style, [file.name], [weight], run, painted(pipe, run))
            if style == "peft":
                first = file
        pipe = open_pipe(resources / "fidelity", model)
        for name, file in (("a", first), ("b", out / f"{model}-more.safetensors")):
            if name == "b":
                peft_file(open_pipe(resources / "fidelity", model), file, False)
            pipe.load_lora_weights(str(out), weight_name=file.name, adapter_name=name)
        pipe.set_adapters(["a", "b"], BOTH)
        run = settings(len(cases))
        put("two of peft", [first.name, file.name], BOTH, run, painted(pipe, run))

        pipe = open_pipe(resources / "fidelity", model)
        merged = {}
        for n, (style, (kind, names)) in enumerate(MERGED.items()):
            file = out / f"{model}-merged-{n}.safetensors"
            tensors, changes = merged_style(pipe, model, kind, names)
            save_file(tensors, file)
            merged[style] = file.name, changes
        raw = out / f"{model}-peft-raw"
        merged["peft-raw"] = f"{raw.name}/adapter_model.safetensors", peft_raw(pipe, raw)
        for style, (file, changes) in merged.items():
            for weight in BOTH:
                run = settings(len(cases))
                put(style, [file], [weight], run, with_changes(pipe, run, (changes, weight)))
        (one, its), (two, others) = merged["kohya"], merged["LoHa"]
        run = settings(len(cases))
        put("kohya and LoHa", [one, two], BOTH, run, with_changes(pipe, run, (its, BOTH[0]), (others, BOTH[1])))
    save_file({k: v.contiguous() for k, v in expected.items()}, out / "expected.safetensors")
    (out / "cases.json").write_text(json.dumps(cases, separators=(",", ":")) + "\n")
    for file in out.rglob("*.safetensors"):
        file.chmod(0o644)
    print(sum(f.stat().st_size for f in out.rglob("*.*")), "bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
