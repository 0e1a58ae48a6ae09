"""Three steps of training a ControlNet, an IP-Adapter and a tiny autoencoder, written in PyTorch on diffusers' networks.

    python oracle/make_training_fixtures.py pipeline/src/test/resources training/src/test/resources/adapter

Computed in float64 on the tiny random models sd1 and sdxl of make_fidelity_fixtures.py, from the ControlNets and plain
IP-Adapters of make_adapter_fixtures.py and a tiny autoencoder of random weights that is written to `tiny-vae-2`. For each
a file TASK-MODEL.safetensors (float32):

    losses      of the three steps
    gradient    of the first, before it is clipped
    change      of the weights after the third: AdamW with a rate of 0.01

`gradient` and `change` hold of each tensor, sorted by name, up to 24 elements evenly spread and its norm. The steps are
all of it, from pixels and captions on, see make_distill_fixtures.py. Hints are the pictures made half as large and large
again. Random numbers of step k from torch.Generator seeded with 9 + k in the order latents, which captions are dropped,
which pictures (IP-Adapter), times, noise. AdamW's eps is large, so that no rounding error is made a whole step of.
"""

import sys
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderTiny, ControlNetModel, DDIMScheduler
from PIL import Image
from safetensors.torch import load_file, save_file
from transformers import CLIPImageProcessor, CLIPVisionModelWithProjection

from make_distill_fixtures import CAPTIONS, MODELS, conditioning, pixels
from make_pipeline_fixture import randomise

torch.set_num_threads(1)

STEPS, SEED, DROPOUT = 3, 9, 0.3
CLIP, RATE = 1.0, 0.01
SAMPLE = 24


class Model:
    def __init__(self, fixtures, name):
        self.fixtures, self.name = fixtures, name
        kwargs = dict(safety_checker=None) if name == "sd1" else {}
        self.pipe = MODELS[name].from_pretrained(fixtures / "fidelity" / name, dtype=torch.float64, **kwargs)
        self.pipe.unet.requires_grad_(False)
        vae = self.pipe.vae
        size = self.pipe.unet.config.sample_size * 2 ** (len(vae.config.block_out_channels) - 1)
        self.pixels = pixels(size)
        self.pictures = [Image.fromarray(p.permute(1, 2, 0).to(torch.uint8).numpy()) for p in self.pixels]
        self.x = self.pixels.double() / 127.5 - 1
        with torch.no_grad():
            self.own, self.empty = conditioning(self.pipe, size)
            self.posterior = vae.encode(self.x).latent_dist
        self.scale = vae.config.scaling_factor
        cumulative = DDIMScheduler.from_config(self.pipe.scheduler.config).alphas_cumprod.double()
        self.alphas, self.sigmas = cumulative.sqrt(), (1 - cumulative).sqrt()

    def latents(self, generator):
        z = torch.randn(self.posterior.mean.shape, generator=generator).double()
        return (self.posterior.mean + self.posterior.std * z) * self.scale

    def conditions(self, dropped):
        """The captions' rows, of which some have the empty text."""
        own, empty = self.own, self.empty
        mixed = dict(encoder_hidden_states=torch.where(dropped, empty["encoder_hidden_states"], own["encoder_hidden_states"]))
        if "added_cond_kwargs" in own:
            a, b = own["added_cond_kwargs"], empty["added_cond_kwargs"]
            mixed["added_cond_kwargs"] = dict(
                text_embeds=torch.where(dropped[:, :, 0], b["text_embeds"], a["text_embeds"]), time_ids=a["time_ids"])
        return mixed

    def noisy(self, x0, generator):
        t = torch.randint(1000, (len(x0),), generator=generator)
        noise = torch.randn(x0.shape, generator=generator).double()
        a, s = (v[t].reshape(-1, 1, 1, 1) for v in (self.alphas, self.sigmas))
        weight = 1 / ((a / s) ** 2).clamp(1e-3, 1e3).sqrt()
        return a * x0 + s * noise, t, lambda out: ((out - noise) ** 2 * weight).mean()


def dropped(generator):
    return torch.rand(len(CAPTIONS), 1, 1, generator=generator) < DROPOUT


def control(model):
    net = ControlNetModel.from_pretrained(model.fixtures / "adapter" / f"control-{model.name}", dtype=torch.float64)
    hints = []
    for p in model.pictures:
        small = p.resize((p.width // 2, p.height // 2), Image.Resampling.LANCZOS)
        hints.append(torch.from_numpy(np.array(small.resize(p.size, Image.Resampling.LANCZOS))).permute(2, 0, 1))
    hints = torch.stack(hints).double() / 255

    def loss(generator):
        x0 = model.latents(generator)
        c = model.conditions(dropped(generator))
        x, t, error = model.noisy(x0, generator)
        down, mid = net(x, t, controlnet_cond=hints, return_dict=False, **c)
        return error(model.pipe.unet(x, t, down_block_additional_residuals=down, mid_block_additional_residual=mid, **c).sample)

    return dict(net.named_parameters()), loss


def adapter(model):
    file = next((model.fixtures / "adapter").glob(f"ip-{model.name}-plain.*"))
    model.pipe.load_ip_adapter(str(file.parent), subfolder="", weight_name=file.name, image_encoder_folder=None)
    model.pipe.set_ip_adapter_scale(1.0)
    unet = model.pipe.unet.double()
    found, i = {}, 1
    for name, processor in unet.attn_processors.items():
        if name.endswith("attn2.processor"):
            for kind, projections in (("k", processor.to_k_ip), ("v", processor.to_v_ip)):
                found[f"ip_adapter.{i}.to_{kind}_ip.weight"] = projections[0].weight
            i += 2
    projection = unet.encoder_hid_proj.image_projection_layers[0]
    for key, p in projection.named_parameters():
        found["image_proj." + key.replace("image_embeds", "proj")] = p
    folder = model.fixtures / "adapter" / "encoder"
    encoder = CLIPVisionModelWithProjection.from_pretrained(folder).double()
    side = encoder.config.image_size
    seen = CLIPImageProcessor(size=side, crop_size=side)(model.pictures, return_tensors="pt").pixel_values.double()
    with torch.no_grad():
        embeds = encoder(seen).image_embeds

    def loss(generator):
        x0 = model.latents(generator)
        c = model.conditions(dropped(generator))
        prompt = torch.where(dropped(generator)[:, :, 0], torch.zeros_like(embeds), embeds)
        x, t, error = model.noisy(x0, generator)
        more = dict(c.pop("added_cond_kwargs", {}), image_embeds=[prompt[:, None]])
        return error(unet(x, t, added_cond_kwargs=more, **c).sample)

    return found, loss


def tiny_folder(out, levels):
    channels, blocks = (6,) * levels, (1,) * levels
    folder = out / f"tiny-vae-{levels}"
    torch.manual_seed(5)  # Biases are what they start as, and more.
    net = AutoencoderTiny(encoder_block_out_channels=channels, decoder_block_out_channels=channels,
                          num_encoder_blocks=blocks, num_decoder_blocks=blocks, latent_channels=4)
    randomise(net, torch.Generator().manual_seed(5))
    net.half().save_pretrained(folder)
    return folder


def tiny(model, out):
    folder = tiny_folder(out, len(model.pipe.vae.config.block_out_channels))
    net = AutoencoderTiny.from_pretrained(folder, dtype=torch.float64)

    def distance(y, x):
        e = y - x
        edges = e.diff(dim=2).abs().mean() + e.diff(dim=3).abs().mean()
        return e.abs().mean() + (e**2).mean() + 0.5 * edges

    def loss(generator):
        z = model.latents(generator)
        with torch.no_grad():
            full = model.pipe.vae.decode(z / model.scale).sample
        y = net.decode(z).sample
        latents = ((net.encode(model.x).latents - model.posterior.mean * model.scale) ** 2).mean()
        return distance(y, model.x) + 0.7 * distance(y, full) + 1.3 * latents

    return dict(net.named_parameters()), loss


def sampled(tensors):
    parts = []
    for key in sorted(tensors):
        flat = tensors[key].flatten()
        n = min(SAMPLE, len(flat))
        parts += [flat[torch.arange(n) * len(flat) // n], flat.norm()[None]]
    return torch.cat(parts).float()


def main(fixtures, out):
    out.mkdir(parents=True, exist_ok=True)
    tiny_folder(out, 3)  # For the embedded model, whose autoencoder has three stages.
    for name in ("sd1", "sdxl"):
        model = Model(fixtures, name)
        for task, make in (("controlnet", control), ("tiny-autoencoder", lambda m: tiny(m, out)), ("ip-adapter", adapter)):
            parameters, loss = make(model)
            for p in parameters.values():
                p.requires_grad_(True)
            before = {k: p.detach().clone() for k, p in parameters.items()}
            adam = torch.optim.AdamW(parameters.values(), lr=RATE, betas=(0.9, 0.99), eps=1e-3, weight_decay=0.01)
            losses, gradient = [], None
            for k in range(STEPS):
                value = loss(torch.Generator().manual_seed(SEED + k))
                value.backward()
                losses.append(value.item())
                if k == 0:
                    gradient = sampled({key: p.grad for key, p in parameters.items()})
                torch.nn.utils.clip_grad_norm_(parameters.values(), CLIP)
                adam.step()
                adam.zero_grad()
            change = sampled({key: p.detach() - before[key] for key, p in parameters.items()})
            save_file(dict(losses=torch.tensor(losses), gradient=gradient, change=change),
                      out / f"{task}-{name}.safetensors")
            print(task, name, losses, len(parameters), "parameters")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
