"""Loads the LoRA files that LoraWriterTest leaves in models/target/lora into diffusers.

    python oracle/check_lora_writer.py models/target/lora models/src/test/resources/lora

For each file: load_lora_weights, fuse, and compare the change of every weight of the U-Net with
deltas.safetensors. Prints one line per file and fails where the largest difference is above 1e-6.
With diffusers 0.42.1 and peft 0.21.2 it printed:

    KOHYA.safetensors: 79 of 79 layers changed, worst difference 6e-08
    PEFT_DIFFUSERS.safetensors: 79 of 79 layers changed, worst difference 6e-08
"""

import sys
from pathlib import Path

from diffusers import AutoencoderKL, DDIMScheduler, StableDiffusionPipeline
from safetensors.torch import load_file

from make_lora_fixtures import tiny_text, tiny_unet


def pipeline():
    vae = AutoencoderKL(block_out_channels=(4,), norm_num_groups=2, latent_channels=4)
    return StableDiffusionPipeline(
        vae=vae, text_encoder=tiny_text(), tokenizer=None, unet=tiny_unet(),
        scheduler=DDIMScheduler(clip_sample=False, steps_offset=1),
        safety_checker=None, feature_extractor=None, requires_safety_checker=False)


def main(written, fixtures):
    expected = {
        k.removeprefix("unet/"): v
        for k, v in load_file(fixtures / "deltas.safetensors").items() if k.startswith("unet/")
    }
    failed = False
    for file in sorted(written.glob("*.safetensors")):
        pipe = pipeline()
        before = {k: v.detach().clone() for k, v in pipe.unet.state_dict().items()}
        pipe.load_lora_weights(str(file.parent), weight_name=file.name)
        pipe.fuse_lora()
        pipe.unload_lora_weights()
        after = pipe.unet.state_dict()
        worst, changed = 0.0, 0
        for name, base in before.items():
            change = after[name] - base
            want = expected.get(name.removesuffix(".weight"))
            if want is None:
                assert change.abs().max() == 0, name
            else:
                changed += 1
                worst = max(worst, (change - want).abs().max().item())
        failed |= worst > 1e-6 or changed != len(expected)
        print(f"{file.name}: {changed} of {len(expected)} layers changed, worst difference {worst:.2g}")
    sys.exit(failed)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
