"""One training step of distillation, written in PyTorch on diffusers' own networks.

    python oracle/make_distill_fixtures.py pipeline/src/test/resources/fidelity training/src/test/resources/distill

Computed in float64. For each of the tiny random models sd1, sd2-v (which predicts v) and sdxl (two text encoders, text_time) a file
MODEL.safetensors (float32):

    lora                    a LoRA of rank 1 and alpha 2 in every layer that is usual: its parameters
                            PATH.lora_A.weight and PATH.lora_B.weight one after the other, sorted by name
    tcd.loss, lcm.loss      the loss of one step of the method
    tcd.gradient, ...       its gradient by the parameters, in the same order

The step is all of it, from pixels and captions on: the autoencoder's posterior, a draw from it, scaled; the
captions' encodings and the unconditional one, as diffusers' pipelines make them; SDXL's sizes, as its training
scripts make them; algorithm 2 of the paper, and that of latent consistency models. Pixels follow from a formula,
see `pixels`; random numbers from one torch.Generator in the order latents, i, noise, w, s.
"""

import sys
from pathlib import Path

import torch
from diffusers import DDIMScheduler, StableDiffusionPipeline, StableDiffusionXLPipeline
from peft import LoraConfig
from safetensors.torch import save_file

from make_lora_fixtures import UNET_TARGETS

torch.set_num_threads(1)

CAPTIONS = ["red apple, fluent 3d style!", "green"]
ORIGINAL = [(20, 30), (18, 18)]  # height, width
SEED = 9
WIDTH = 20  # k, of the teacher's step
GUIDANCE = (2.0, 8.0)
HUBER = 0.1  # smooth: near a corner of the loss a rounding error of the networks turns a gradient around
MODELS = {"sd1": StableDiffusionPipeline, "sd2-v": StableDiffusionPipeline, "sdxl": StableDiffusionXLPipeline}


def pixels(size):
    """Two images (2, 3, size, size), 0 to 255."""
    b, c, y, x = torch.meshgrid(torch.arange(2), torch.arange(3), torch.arange(size), torch.arange(size), indexing="ij")
    return (37 * b + 50 * c + 5 * y + (11 + 2 * b) * x) % 256


def conditioning(pipe, size):
    """Arguments of the U-Net for the captions, and for none."""
    encoded = pipe.encode_prompt(CAPTIONS, device="cpu", num_images_per_prompt=1, do_classifier_free_guidance=True)
    if len(encoded) == 2:
        return [dict(encoder_hidden_states=e) for e in encoded]
    ids = torch.tensor([[h, w, 0, 0, size, size] for h, w in ORIGINAL], dtype=torch.float64)
    return [dict(encoder_hidden_states=e, added_cond_kwargs=dict(text_embeds=p, time_ids=ids))
            for e, p in zip(encoded[:2], encoded[2:])]


def rows(values):
    return values.reshape(-1, 1, 1, 1)


class Step:
    def __init__(self, pipe):
        self.unet = pipe.unet
        config = dict(pipe.scheduler.config)
        self.kind = config["prediction_type"]
        cumulative = DDIMScheduler.from_config(config).alphas_cumprod.double()
        self.alphas, self.sigmas = cumulative.sqrt(), (1 - cumulative).sqrt()

    def alpha(self, t):
        return rows(self.alphas[t])

    def sigma(self, t):
        return rows(self.sigmas[t])

    def answer(self, x, t, conditions):
        """x0 and noise of the network's answer."""
        out = self.unet(x, t, **conditions).sample
        a, s = self.alpha(t), self.sigma(t)
        if self.kind == "v_prediction":
            return a * x - s * out, a * out + s * x
        return (x - s * out) / a, out

    def ddim(self, answer, t):
        x0, noise = answer
        return self.alpha(t) * x0 + self.sigma(t) * noise

    def consistency(self, x, t, conditions):
        x0, _ = self.answer(x, t, conditions)
        time, data = rows(10.0 * t.double()), 0.5
        return data**2 / (time**2 + data**2) * x + time / (time**2 + data**2).sqrt() * x0

    def loss(self, method, x0, own, empty, generator):
        n = len(x0)
        i = torch.randint(1000 // WIDTH, (n,), generator=generator)
        noise = torch.randn(x0.shape, generator=generator).double()
        low, high = (g - 1 for g in GUIDANCE)
        w = rows(low + (high - low) * torch.rand(n, generator=generator).double())
        start = WIDTH * (i + 1) - 1
        end = (start - WIDTH).clamp(min=0)
        x = self.alpha(start) * x0 + self.sigma(start) * noise
        with torch.no_grad():
            self.unet.disable_adapters()
            with_text, without = self.answer(x, start, own), self.answer(x, start, empty)
            self.unet.enable_adapters()
            guided = [c + w * (c - u) for c, u in zip(with_text, without)]
            xn = self.ddim(guided, end)
        if method == "lcm":
            told = self.consistency(x, start, own)
            with torch.no_grad():
                wanted = self.consistency(xn, end, own)
        else:
            u = torch.rand(n, 1, generator=generator)[:, 0]
            s = (WIDTH * torch.floor(u.double() * (i + 1)).long() - 1).clamp(min=0)
            told = self.ddim(self.answer(x, start, own), s)
            with torch.no_grad():
                wanted = self.ddim(self.answer(xn, end, own), s)
        return (((told - wanted) ** 2 + HUBER**2).sqrt() - HUBER).mean()


def lora(unet):
    """Name in our files -> parameter of a fresh adapter of random factors."""
    unet.add_adapter(LoraConfig(r=1, lora_alpha=2, target_modules=UNET_TARGETS))
    generator = torch.Generator().manual_seed(SEED)
    found = {}
    for name, p in unet.named_parameters():
        if ".lora_" in name:
            p.data = (0.2 * torch.randn(p.shape, generator=generator)).double()
            p.requires_grad_(True)
            found[name.replace(".default.weight", ".weight")] = p
    return found


def flat(parameters, of):
    return torch.cat([of(parameters[key]).flatten() for key in sorted(parameters)]).float()


def main(models, out):
    out.mkdir(parents=True, exist_ok=True)
    for name, cls in MODELS.items():
        more = dict(variant="fp16") if name == "sd2-v" else {}
        pipe = cls.from_pretrained(models / name, dtype=torch.float64, safety_checker=None, **more) \
            if cls is StableDiffusionPipeline else cls.from_pretrained(models / name, dtype=torch.float64)
        pipe.unet.requires_grad_(False)
        size = pipe.unet.config.sample_size * 2 ** (len(pipe.vae.config.block_out_channels) - 1)
        with torch.no_grad():
            own, empty = conditioning(pipe, size)
            posterior = pipe.vae.encode(pixels(size).double() / 127.5 - 1).latent_dist
        parameters = lora(pipe.unet)
        tensors = {"lora": flat(parameters, lambda p: p.detach())}
        step = Step(pipe)
        for method in ("tcd", "lcm"):
            generator = torch.Generator().manual_seed(SEED)
            z = torch.randn(posterior.mean.shape, generator=generator).double()
            x0 = (posterior.mean + posterior.std * z) * pipe.vae.config.scaling_factor
            loss = step.loss(method, x0, own, empty, generator)
            loss.backward()
            tensors[f"{method}.loss"] = loss.detach()[None].float()
            tensors[f"{method}.gradient"] = flat(parameters, lambda p: p.grad)
            for p in parameters.values():
                p.grad = None
            print(name, method, loss.item(), len(parameters), "parameters")
        save_file(tensors, out / f"{name}.safetensors")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
