"""Loads the LoRA files that our tests leave behind into diffusers.

    python oracle/check_lora_writer.py models/target/lora models/src/test/resources/lora
    python oracle/check_lora_writer.py models/target/lora-converted models/src/test/resources/lora

The first folder is LoraWriterTest's, the second LoraConverterTest's. For each file: load, fuse, and
compare the change of every weight of the U-Net, and of the text encoder where the file has one, with
deltas.safetensors. sgm's names, which diffusers knows for SDXL alone, go through SDXL's loader.
Prints one line per file and fails where the largest difference is above 1e-6. With diffusers 0.42.1
and peft 0.21.2 it printed:

    KOHYA.safetensors: 79 of 79 layers changed, worst difference 6e-08
    PEFT_DIFFUSERS.safetensors: 79 of 79 layers changed, worst difference 6e-08

    DIFFUSERS_OLD.safetensors: 83 of 83 layers changed, worst difference 6e-08
    KOHYA.safetensors: 83 of 83 layers changed, worst difference 6e-08
    KOHYA_SGM.safetensors: 83 of 83 layers changed, worst difference 6e-08
    PEFT_DIFFUSERS.safetensors: 83 of 83 layers changed, worst difference 6e-08

    python oracle/check_lora_writer.py --trained training/target/distilled pipeline/src/test/resources/fidelity

The LoRAs that DistilledModelsTest trained, MODEL.METHOD.safetensors, on the models they are for: every layer of
the file must change the U-Net, by scale x B A. It printed:

    sd1.lcm.safetensors: 117 of 117 layers changed, worst difference 5.9e-08
    sd1.tcd.safetensors: 117 of 117 layers changed, worst difference 6e-08
    sd2-v.lcm.safetensors: 128 of 128 layers changed, worst difference 6e-08
    sd2-v.tcd.safetensors: 128 of 128 layers changed, worst difference 6e-08
    sdxl.lcm.safetensors: 239 of 239 layers changed, worst difference 6e-08
    sdxl.tcd.safetensors: 239 of 239 layers changed, worst difference 6e-08
"""

import sys
from pathlib import Path

import torch
from diffusers import AutoencoderKL, DDIMScheduler, StableDiffusionPipeline, StableDiffusionXLPipeline
from safetensors.torch import load_file

from make_lora_fixtures import tiny_text, tiny_unet


def pipeline():
    vae = AutoencoderKL(block_out_channels=(4,), norm_num_groups=2, latent_channels=4)
    return StableDiffusionPipeline(
        vae=vae, text_encoder=tiny_text(), tokenizer=None, unet=tiny_unet(),
        scheduler=DDIMScheduler(clip_sample=False, steps_offset=1),
        safety_checker=None, feature_extractor=None, requires_safety_checker=False)


def load(pipe, file):
    if not any("input_blocks" in k for k in load_file(file)):
        pipe.load_lora_weights(str(file.parent), weight_name=file.name)
        return
    state, alphas, metadata = StableDiffusionXLPipeline.lora_state_dict(
        str(file.parent), weight_name=file.name, unet_config=pipe.unet.config,
        return_lora_metadata=True)
    pipe.load_lora_into_unet(state, alphas, pipe.unet, _pipeline=pipe, metadata=metadata)
    pipe.load_lora_into_text_encoder(state, alphas, pipe.text_encoder, _pipeline=pipe, metadata=metadata)


def trained(written, models):
    """Whether each file changes the U-Net of its model as its factors say, and nothing else."""
    good = True
    for file in sorted(written.glob("*.safetensors")):
        name = file.name.split(".")[0]
        cls = StableDiffusionXLPipeline if name == "sdxl" else StableDiffusionPipeline
        more = dict(variant="fp16") if name == "sd2-v" else {}
        more |= dict(safety_checker=None) if cls is StableDiffusionPipeline else {}
        pipe = cls.from_pretrained(models / name, dtype=torch.float32, **more)
        before = states(pipe)
        pipe.load_lora_weights(str(file.parent), weight_name=file.name)
        pipe.fuse_lora()
        pipe.unload_lora_weights()
        after = states(pipe)
        tensors = load_file(file)
        wanted = {k.removesuffix(".alpha") for k in tensors if k.endswith(".alpha")}
        worst, changed = 0.0, 0
        for key, base in before.items():
            layer = "lora_" + key.removesuffix(".weight").replace("/", "_").replace(".", "_")
            expected = torch.zeros_like(base)
            if layer in wanted:
                down, up = (tensors[f"{layer}.lora_{f}.weight"].float() for f in ("down", "up"))
                scale = tensors[f"{layer}.alpha"].item() / len(down)
                expected = scale * (up.flatten(1) @ down.flatten(1)).reshape(base.shape)
                changed += bool(expected.abs().max() > 0)
            worst = max(worst, (after[key] - base - expected).abs().max().item())
        good &= worst < 1e-6 and changed == len(wanted)
        print(f"{file.name}: {changed} of {len(wanted)} layers changed, worst difference {worst:.2g}")
    return good


def states(pipe):
    parts = {"unet": pipe.unet, "text_encoder": pipe.text_encoder}
    return {f"{c}/{k}": v.detach().clone() for c, m in parts.items() for k, v in m.state_dict().items()}


def main(written, fixtures):
    expected = load_file(fixtures / "deltas.safetensors")
    failed = False
    for file in sorted(written.glob("*.safetensors")):
        text = any("te" in k.split("_")[1:2] or k.startswith("text_encoder") for k in load_file(file))
        pipe = pipeline()
        before = states(pipe)
        load(pipe, file)
        pipe.fuse_lora()
        pipe.unload_lora_weights()
        after = states(pipe)
        worst, changed = 0.0, 0
        wanted = {k for k in expected if text or k.startswith("unet/")}
        for name, base in before.items():
            change = after[name] - base
            layer = name.removesuffix(".weight")
            if layer not in wanted:
                assert change.abs().max() == 0, name
            else:
                changed += 1
                worst = max(worst, (change - expected[layer]).abs().max().item())
        failed |= worst > 1e-6 or changed != len(wanted)
        print(f"{file.name}: {changed} of {len(wanted)} layers changed, worst difference {worst:.2g}")
    sys.exit(failed)


if __name__ == "__main__":
    if sys.argv[1] == "--trained":
        sys.exit(not trained(Path(sys.argv[2]), Path(sys.argv[3])))
    main(Path(sys.argv[1]), Path(sys.argv[2]))
