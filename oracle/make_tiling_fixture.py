"""What diffusers' tiled autoencoder makes of large pictures (models/src/test/resources/vae/sd-tiled.safetensors).

    python oracle/make_tiling_fixture.py

The network is case `sd` of make_unet_vae_fixtures.py, whose tiles are 16x16 pixels or 4x4 latents.
Sizes leave a narrow tile at the end of one side and a whole one at the end of the other.
"""

import torch
from diffusers import AutoencoderKL
from safetensors.torch import save_file

from make_unet_vae_fixtures import RESOURCES, VAES, normal, randomise


def main():
    torch.set_num_threads(1)
    config = VAES["sd"][0]
    blocks = len(config["block_out_channels"])
    vae = AutoencoderKL(
        **config, down_block_types=["DownEncoderBlock2D"] * blocks, up_block_types=["UpDecoderBlock2D"] * blocks)
    vae = randomise(vae, 100)
    vae.enable_tiling()
    x = normal(21, 1, 3, 52, 40).clamp(-1, 1)
    z = normal(22, 2, 4, 10, 9)
    with torch.no_grad():
        posterior = vae.encode(x.double()).latent_dist
        out = vae.decode(z.double()).sample
        vae.disable_tiling()
        whole = vae.decode(z.double()).sample
    off = (out - whole).abs()
    print("tiled and whole decode differ by at most", off.max().item(), "and on average by", off.mean().item(),
          "where the largest value is", whole.abs().max().item())
    tensors = {"x": x, "z": z, "mean": posterior.mean, "log_variance": posterior.logvar, "out": out}
    save_file({k: v.float().contiguous() for k, v in tensors.items()}, RESOURCES / "vae/sd-tiled.safetensors")


if __name__ == "__main__":
    main()
