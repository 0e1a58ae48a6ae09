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
"""

import sys
from pathlib import Path

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
    main(Path(sys.argv[1]), Path(sys.argv[2]))
