"""Makes the fixtures of the U-Net and autoencoder tests (models/src/test/resources/{unet,vae}).

Run from the repository root with the packages of oracle/requirements.txt:

    python oracle/make_unet_vae_fixtures.py

For each tiny configuration it writes
  NAME.json         the configuration as diffusers saves it, and every parameter with its shape
  NAME.safetensors  inputs, outputs, and what is needed to check the gradient of every parameter

Weights are not stored: parameter i in the order of sorted names is drawn from its own generator
seeded with 1000 * case + i (see `weight`), which the Java test repeats. All are random, norms and
biases included, because default initialisation hides swapped weights.

The loss is sum(output * fixed random). Of its gradient by a parameter of at most 64 elements all
elements are stored, of a larger one the projections onto 8 random directions. Diffusers computes in
float64 on float32 weights, so that the figures are exact to what float32 can hold. Sizes are chosen
so that no gradient vanishes (one channel per group, attention over one token), except that of the
bias of the autoencoder's keys, to which softmax is blind.
"""

import json
import re
from pathlib import Path

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from diffusers.pipelines.latent_consistency_models.pipeline_latent_consistency_text2img import (
    LatentConsistencyModelPipeline,
)
from safetensors.torch import save_file

RESOURCES = Path("models/src/test/resources")
WHOLE = 64
DIRECTIONS = 8

CROSS_DOWN, DOWN = "CrossAttnDownBlock2D", "DownBlock2D"
CROSS_UP, UP = "CrossAttnUpBlock2D", "UpBlock2D"

# name -> (configuration, size of x (B, H, W), number of text tokens, network times)
UNETS = {
    "sd1": (
        dict(
            down_block_types=[CROSS_DOWN, CROSS_DOWN, CROSS_DOWN, DOWN],
            up_block_types=[UP, CROSS_UP, CROSS_UP, CROSS_UP],
            block_out_channels=[8, 12, 16, 16],
            layers_per_block=2,
            attention_head_dim=2,
            cross_attention_dim=10,
            norm_num_groups=4,
            sample_size=8,
        ),
        (2, 16, 8),
        5,
        [999, 17],
    ),
    "sd2-linear-head-list": (
        dict(
            down_block_types=[CROSS_DOWN, CROSS_DOWN, DOWN],
            up_block_types=[UP, CROSS_UP, CROSS_UP],
            block_out_channels=[8, 16, 24],
            layers_per_block=1,
            attention_head_dim=[1, 2, 4],
            cross_attention_dim=12,
            norm_num_groups=4,
            use_linear_projection=True,
            upcast_attention=True,
        ),
        (3, 8, 12),
        4,
        [0, 500, 999],
    ),
    "sdxl": (
        dict(
            down_block_types=[DOWN, CROSS_DOWN, CROSS_DOWN],
            up_block_types=[CROSS_UP, CROSS_UP, UP],
            block_out_channels=[8, 12, 16],
            layers_per_block=1,
            attention_head_dim=[2, 3, 4],
            cross_attention_dim=10,
            norm_num_groups=4,
            use_linear_projection=True,
            transformer_layers_per_block=[1, 2, 3],
            addition_embed_type="text_time",
            addition_time_embed_dim=6,
            projection_class_embeddings_input_dim=6 * 6 + 7,
        ),
        (2, 8, 8),
        6,
        [981, 41],
    ),
    "odd-sizes": (
        dict(
            down_block_types=[CROSS_DOWN, CROSS_DOWN, CROSS_DOWN],
            up_block_types=[CROSS_UP, CROSS_UP, CROSS_UP],
            block_out_channels=[8, 8, 16],
            layers_per_block=1,
            attention_head_dim=4,
            cross_attention_dim=6,
            norm_num_groups=2,
        ),
        (1, 7, 13),
        3,
        [250.75],
    ),
    "guidance-embedding": (
        dict(
            down_block_types=[CROSS_DOWN, DOWN],
            up_block_types=[UP, CROSS_UP],
            block_out_channels=[8, 16],
            layers_per_block=1,
            attention_head_dim=2,
            cross_attention_dim=6,
            norm_num_groups=4,
            time_cond_proj_dim=10,
            flip_sin_to_cos=False,
            freq_shift=1,
        ),
        (3, 6, 6),
        4,
        [999, 759, 279],
    ),
    "emoji": (
        dict(
            down_block_types=[DOWN, CROSS_DOWN, CROSS_DOWN],
            up_block_types=[CROSS_UP, CROSS_UP, UP],
            block_out_channels=[8, 16, 24],
            layers_per_block=1,
            attention_head_dim=4,
            cross_attention_dim=8,
            norm_num_groups=4,
            sample_size=16,
        ),
        (5, 8, 8),
        7,
        [1, 250, 500, 750, 999],
    ),
    "every-number-another": (
        dict(
            in_channels=5,
            out_channels=3,
            down_block_types=[CROSS_DOWN, DOWN, CROSS_DOWN],
            up_block_types=[CROSS_UP, UP, CROSS_UP],
            block_out_channels=[8, 16, 12],
            layers_per_block=[1, 2, 1],
            attention_head_dim=[2, 4, 3],
            cross_attention_dim=[6, 6, 6],
            transformer_layers_per_block=[2, 1, 1],
            norm_num_groups=4,
            norm_eps=1e-3,
            mid_block_scale_factor=1.5,
            conv_in_kernel=5,
            conv_out_kernel=1,
            time_embedding_dim=24,
        ),
        (2, 9, 8),
        2,
        [3.5, 998.25],
    ),
    "no-middle-asymmetric": (
        dict(
            down_block_types=[CROSS_DOWN, DOWN],
            up_block_types=[CROSS_UP, UP],
            mid_block_type=None,
            block_out_channels=[9, 12],
            layers_per_block=1,
            attention_head_dim=3,
            cross_attention_dim=6,
            norm_num_groups=3,
            downsample_padding=0,
        ),
        (2, 6, 4),
        3,
        [10, 900],
    ),
    "one-block": (
        dict(
            down_block_types=[CROSS_DOWN],
            up_block_types=[UP],
            block_out_channels=[8],
            layers_per_block=2,
            attention_head_dim=8,
            cross_attention_dim=4,
            norm_num_groups=4,
        ),
        (2, 3, 5),
        2,
        [100, 200],
    ),
    "upscaler": (
        dict(
            in_channels=7,
            down_block_types=[DOWN, CROSS_DOWN, CROSS_DOWN],
            up_block_types=[CROSS_UP, CROSS_UP, UP],
            block_out_channels=[8, 12, 16],
            layers_per_block=1,
            attention_head_dim=2,
            cross_attention_dim=10,
            norm_num_groups=4,
            use_linear_projection=True,
            only_cross_attention=[True, True, False],
            num_class_embeds=12,
        ),
        (3, 9, 6),
        4,
        [999, 500, 21],
    ),
    "only-cross-attention": (
        dict(
            down_block_types=[CROSS_DOWN, CROSS_DOWN],
            up_block_types=[CROSS_UP, CROSS_UP],
            block_out_channels=[8, 12],
            layers_per_block=1,
            attention_head_dim=[1, 2],
            cross_attention_dim=6,
            norm_num_groups=4,
            only_cross_attention=True,
        ),
        (2, 6, 6),
        3,
        [800, 300],
    ),
}

# name -> (configuration, size of the pixels (B, H, W), size of the latents (B, H, W))
VAES = {
    "sd": (
        dict(block_out_channels=[8, 12, 16], layers_per_block=2, norm_num_groups=4, sample_size=16),
        (2, 16, 16),
        (2, 4, 4),
    ),
    "emoji": (
        dict(
            block_out_channels=[4, 8, 16],
            layers_per_block=1,
            norm_num_groups=2,
            mid_block_add_attention=False,
            scaling_factor=0.5,
        ),
        (3, 8, 16),
        (1, 5, 3),
    ),
    "no-quant-convs": (
        dict(
            in_channels=4,
            out_channels=2,
            latent_channels=3,
            block_out_channels=[8, 4],
            layers_per_block=1,
            norm_num_groups=2,
            use_quant_conv=False,
            use_post_quant_conv=False,
            force_upcast=False,
        ),
        (1, 13, 11),
        (2, 4, 6),
    ),
    "one-block": (
        dict(
            block_out_channels=[8],
            latent_channels=2,
            layers_per_block=1,
            norm_num_groups=4,
            use_post_quant_conv=False,
        ),
        (2, 5, 4),
        (1, 3, 3),
    ),
}


def normal(seed, *shape):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


# Small activations make the constants that normalisations add to variances visible.
GAIN = {1: 0.1, 102: 0.1}


def weight(name, shape, seed, gain):
    """Norm weights about 1, other vectors about 0, matrices and kernels by their inputs."""
    n = normal(seed, *shape)
    if len(shape) == 1 and name.endswith("weight"):
        return n * 0.3 + 1
    return n * (gain * (0.3 if len(shape) == 1 else 1 / (n.numel() / shape[0]) ** 0.5))


def randomise(model, case):
    gain = GAIN.get(case, 1)
    state = {
        name: weight(name, tuple(p.shape), 1000 * case + i, gain)
        for i, (name, p) in enumerate(sorted(model.named_parameters()))
    }
    model.load_state_dict(state, strict=True)
    return model.double().eval()


def gradients(model, case):
    """One vector: for each parameter by name all elements, or its projections."""
    parts = []
    for i, (_, p) in enumerate(sorted(model.named_parameters())):
        g = p.grad.flatten()
        if g.numel() > WHOLE:
            g = normal(500_000 + 1000 * case + i, DIRECTIONS, g.numel()).double() @ g
        parts.append(g)
    return torch.cat(parts)


def write(folder, name, model, case, tensors):
    out = RESOURCES / folder
    out.mkdir(parents=True, exist_ok=True)
    description = {
        "case": case,
        "gain": GAIN.get(case, 1),
        "config": json.loads(model.to_json_string()),
        "parameters": {n: list(p.shape) for n, p in sorted(model.named_parameters())},
    }
    text = json.dumps(description, indent=1)
    text = re.sub(r"\[[\s\d,]+\]", lambda m: re.sub(r"\s+", "", m[0]), text)
    (out / f"{name}.json").write_text(text + "\n")
    tensors["gradients"] = gradients(model, case)
    tensors = {k: v.detach().float().contiguous() for k, v in tensors.items()}
    save_file(tensors, out / f"{name}.safetensors")


def loss(case, *outputs):
    return sum(
        (o * normal(900_000 + 10 * case + j, *o.shape).double()).sum() for j, o in enumerate(outputs)
    )


def unet(case, name, config, size, tokens, times):
    model = randomise(UNet2DConditionModel(**config), case)
    b, h, w = size
    c = model.config
    x = normal(1, b, c.in_channels, h, w)
    width = c.cross_attention_dim
    text = normal(2, b, tokens, width if isinstance(width, int) else width[0])
    t = torch.tensor(times)
    tensors = {"x": x, "t": t, "tokens": text}
    more = {}
    if c.addition_embed_type == "text_time":
        pooled = normal(3, b, c.projection_class_embeddings_input_dim - 6 * c.addition_time_embed_dim)
        ids = torch.tensor([[64.0 + r, 48, 0, 8 * r, 64, 64] for r in range(b)])
        tensors.update(pooled=pooled, time_ids=ids)
        more["added_cond_kwargs"] = {"text_embeds": pooled.double(), "time_ids": ids}
    if c.time_cond_proj_dim is not None:
        guidance = torch.tensor([6.5, 1.0, 0.25])
        embedding = LatentConsistencyModelPipeline.get_guidance_scale_embedding(
            None, guidance, c.time_cond_proj_dim
        )
        tensors.update(guidance=guidance, guidance_embedding=embedding)
        more["timestep_cond"] = embedding.double()
    if c.num_class_embeds is not None:
        labels = torch.tensor([7, 0, 11])
        tensors["labels"] = labels
        more["class_labels"] = labels
    out = model(x.double(), t, text.double(), **more).sample
    loss(case, out).backward()
    write("unet", name, model, case, tensors | {"out": out})


def vae(case, name, config, pixels, latents):
    blocks = len(config["block_out_channels"])
    types = dict(
        down_block_types=["DownEncoderBlock2D"] * blocks, up_block_types=["UpDecoderBlock2D"] * blocks
    )
    model = randomise(AutoencoderKL(**config, **types), case)
    x = normal(1, pixels[0], model.config.in_channels, *pixels[1:]).clamp(-1, 1)
    z = normal(2, latents[0], model.config.latent_channels, *latents[1:])
    posterior = model.encode(x.double()).latent_dist
    out = model.decode(z.double()).sample
    loss(case, posterior.mean, posterior.logvar, out).backward()
    sample = posterior.mean + posterior.std * normal(7, *posterior.mean.shape).double()
    tensors = {"x": x, "z": z, "mean": posterior.mean, "log_variance": posterior.logvar}
    tensors |= {"sample": sample, "kl": posterior.kl(), "out": out}
    write("vae", name, model, case, tensors)


def main():
    torch.set_num_threads(1)
    for case, (name, row) in enumerate(UNETS.items()):
        unet(case, name, *row)
    for case, (name, row) in enumerate(VAES.items(), start=100):
        vae(case, name, *row)


if __name__ == "__main__":
    main()
