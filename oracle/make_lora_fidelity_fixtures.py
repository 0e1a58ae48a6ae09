"""LoRAs of every style for the tiny models of make_fidelity_fixtures.py, and the pictures they give.

    python oracle/make_lora_fidelity_fixtures.py pipeline/src/test/resources

Reads fidelity/MODEL and writes fidelity-lora: the LoRA files, cases.json, and expected.safetensors with
the final latents `run N` and pictures `image N` of case N. Where diffusers loads a style rightly it does
so itself. It drops unequal alphas and dora_scale of kohya's files, knows neither LyCORIS' kinds nor sgm's
names beside a SD1 model, and does not read peft's own files: there it carries the weights that the
formulas of make_wild_lora_fixtures.py give. Sampler, guidance, size, seed and number of pictures are other
ones from case to case, so that each model also meets each of its samplers. Models of the same networks have
the same LoRA files.
"""

import json
import re
import shutil
import sys
from pathlib import Path

import torch
from diffusers import LatentConsistencyModelPipeline, StableDiffusionPipeline, StableDiffusionXLPipeline
from peft import LoraConfig
from peft.utils import get_peft_model_state_dict
from safetensors.torch import save_file

import make_wild_lora_fixtures as wild
from make_fidelity_fixtures import NEGATIVE, SEEDS, SIZES, TERMINAL, ZERO, painter, picture, steady
from make_scheduler_fixtures import CLASSES

torch.set_num_threads(1)

MODELS = {"sd1": StableDiffusionPipeline, "sd2-v": StableDiffusionPipeline, "sdxl": StableDiffusionXLPipeline,
          "sdxl-turbo": StableDiffusionXLPipeline, "sd2": StableDiffusionPipeline,
          "sd2-zero-snr": StableDiffusionPipeline, "lcm": LatentConsistencyModelPipeline}
NETWORKS = {"sd2-zero-snr": "sd2-v"}  # whose it has, under another scheduler
SCHEDULERS = {"sd2-zero-snr": ZERO}
SAMPLERS = {"sd2-zero-snr": ("tcd", "lcm", "consistency") + TERMINAL}  # of the others all
STEPS = {"sd2-zero-snr": 5}  # of the others 3, of which the first would be a chaotic one
GUIDANCE = {"sd2-zero-snr": 2.0, "lcm": 8.5}  # of the others 4; lcm embeds its own
UNET = ["to_q", "to_v", "to_out.0", "proj_in", "ff.net.2", "conv1", "time_emb_proj"]
TEXT = ["q_proj", "fc1"]
BOTH = [1.0, -0.75]


def open_pipe(folder, model):
    own = NETWORKS.get(model, model)
    more = {"variant": "fp16"} if own == "sd2-v" else {}
    if model == "sd1":
        more["safety_checker"] = None  # whose folder is not there, as in many downloads
    pipe = MODELS[model].from_pretrained(folder / own, dtype=torch.float32, **more)
    pipe.set_progress_bar_config(disable=True)
    # paint puts another scheduler in its place
    pipe.own = SCHEDULERS.get(model) or dict(pipe.scheduler.config, clip_sample=False)
    return pipe


def settings(model, n):
    """Of case n. Guidance changes after every round of the samplers."""
    samplers = SAMPLERS.get(model) or sorted(CLASSES)
    run = dict(sampler=samplers[n % len(samplers)], steps=STEPS.get(model, 3), width=SIZES[n % 4][0],
               height=SIZES[n % 4][1], count=1 + (n % 5 == 1), seed=SEEDS[n % 3])
    if run["sampler"] == "tcd":
        run["gamma"] = 0.3
    if (n + n // len(samplers)) % 2:
        run |= dict(guidance=GUIDANCE.get(model, 4.0)) | ({} if model == "lcm" else dict(negative=NEGATIVE))
    return run


def painted(pipe, run):
    """The run with the first seed from which rounding does not move it, its latents and its picture."""
    with torch.inference_mode():
        run, latents = steady(painter(pipe, run), pipe.own, run)
        return run, latents, picture(pipe, latents)


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


def write_files(resources, out, model, first):
    """The LoRA files of a model: those that diffusers loads by style, one more, and by style those that are merged."""
    def opened():
        return open_pipe(resources / "fidelity", model)

    loaded = {}
    for n, (style, write) in enumerate(LOADED.items()):
        loaded[style] = f"{model}-{first + len(BOTH) * n}.safetensors"
        write(opened(), out / loaded[style])
    more = f"{model}-more.safetensors"
    peft_file(opened(), out / more, False)
    pipe = opened()
    merged = {}
    for n, (style, (kind, names)) in enumerate(MERGED.items()):
        file = out / f"{model}-merged-{n}.safetensors"
        tensors, changes = merged_style(pipe, model, kind, names)
        save_file(tensors, file)
        merged[style] = file.name, changes
    raw = out / f"{model}-peft-raw"
    merged["peft-raw"] = f"{raw.name}/adapter_model.safetensors", peft_raw(pipe, raw)
    return loaded, more, merged


def main(resources):
    out = resources / "fidelity-lora"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    wild.GENERATOR = torch.Generator().manual_seed(11)
    wild.SCALE = 0.4
    expected, cases, files = {}, [], {}
    for model in MODELS:
        plain = open_pipe(resources / "fidelity", model)
        own = NETWORKS.get(model, model)
        if own == model:
            files[model] = write_files(resources, out, model, len(cases))
        loaded, more, merged = files[own]

        def put(style, files, weights, how):
            run, latents, image = how(settings(model, len(cases)))
            n = len(cases)
            expected[f"run {n}"], expected[f"image {n}"] = latents, image
            cases.append({"model": model, "style": style, "files": files, "weights": weights, "run": run})
            moved = (latents - painted(plain, run)[1]).abs().max().item()
            print(model, style, weights, run["sampler"], "moved the latents by", moved)

        for style, file in loaded.items():
            pipe = open_pipe(resources / "fidelity", model)
            pipe.load_lora_weights(str(out), weight_name=file, adapter_name="a")
            for weight in BOTH:
                pipe.set_adapters(["a"], [weight])
                put(style, [file], [weight], lambda run: painted(pipe, run))
        pipe = open_pipe(resources / "fidelity", model)
        for name, file in (("a", loaded["peft"]), ("b", more)):
            pipe.load_lora_weights(str(out), weight_name=file, adapter_name=name)
        pipe.set_adapters(["a", "b"], BOTH)
        put("two of peft", [loaded["peft"], more], BOTH, lambda run: painted(pipe, run))

        pipe = open_pipe(resources / "fidelity", model)
        for style, (file, changes) in merged.items():
            for weight in BOTH:
                put(style, [file], [weight], lambda run: with_changes(pipe, run, (changes, weight)))
        (one, its), (two, others) = merged["kohya"], merged["LoHa"]
        put("kohya and LoHa", [one, two], BOTH,
            lambda run: with_changes(pipe, run, (its, BOTH[0]), (others, BOTH[1])))
    save_file({k: v.contiguous() for k, v in expected.items()}, out / "expected.safetensors")
    (out / "cases.json").write_text(json.dumps(cases, separators=(",", ":")) + "\n")
    for file in out.rglob("*.safetensors"):
        file.chmod(0o644)
    print(sum(f.stat().st_size for f in out.rglob("*.*")), "bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
