"""The networks of the scores, small ones by formula but for ICNet and EfficientNet, and what goes with them."""

import functools
import gzip
import os
import pathlib
import sys

import torch
from formula import fill

MERGES = pathlib.Path(__file__).parent.parent / "models/src/main/resources/io/github/tcd4j/models/clip/clip-merges.txt.gz"
PIECES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "photo", "of", "red", "green", "two", "cat", "##s", "and", "sq",
          "##uare", "##uares", ",", ".", "the", "on"]


def clip_tokenizer():
    from transformers import CLIPTokenizer

    merges = [tuple(line.split(" ")) for line in gzip.decompress(MERGES.read_bytes()).decode().splitlines()]
    merges = [m for m in merges if len(m) == 2]
    base = [*range(33, 127), *range(161, 173), *range(174, 256)]
    letters = [chr(b) for b in base] + [chr(256 + i) for i in range(256 - len(base))]
    vocabulary = letters + [c + "</w>" for c in letters] + ["".join(m) for m in merges]
    vocabulary += ["<|startoftext|>", "<|endoftext|>"]
    return CLIPTokenizer(vocab={v: i for i, v in enumerate(vocabulary)}, merges=merges)


def clip(side, projection=24, activation="gelu", text=32, vision=48, heads=4, layers=2, inner=96):
    """CLIPModel of transformers, with the scale of the published ones."""
    from transformers import CLIPConfig, CLIPModel

    tower = dict(intermediate_size=inner, num_hidden_layers=layers, num_attention_heads=heads, hidden_act=activation,
                 projection_dim=projection)
    net = fill(CLIPModel(CLIPConfig(
        text_config=dict(hidden_size=text, vocab_size=49408, eos_token_id=49407, bos_token_id=49406, **tower),
        vision_config=dict(hidden_size=vision, image_size=side, patch_size=32, **tower), projection_dim=projection)))
    with torch.no_grad():
        net.logit_scale.fill_(4.6052)
    return net


def clip_of_one_layer(side, projection, activation):
    return clip(side, projection, activation, text=32, vision=32, heads=1, layers=1, inner=48)


def score_head(width):
    """The layers of ImageReward's and of the aesthetic predictor's head."""
    L, D = torch.nn.Linear, torch.nn.Dropout
    return torch.nn.Sequential(L(width, 1024), D(), L(1024, 128), D(), L(128, 64), D(), L(64, 16), L(16, 1))


def blip():
    """ImageReward of timm's vision transformer and transformers' BlipTextModel."""
    from timm.models.vision_transformer import VisionTransformer
    from transformers.models.blip.configuration_blip import BlipTextConfig
    from transformers.models.blip.modeling_blip_text import BlipTextModel

    net = torch.nn.Module()
    net.blip = torch.nn.Module()
    net.blip.visual_encoder = VisionTransformer(
        img_size=224, patch_size=16, embed_dim=64, depth=1, num_heads=1, num_classes=0, global_pool="",
        norm_layer=functools.partial(torch.nn.LayerNorm, eps=1e-6))
    net.blip.text_encoder = BlipTextModel(BlipTextConfig(
        vocab_size=64, hidden_size=64, encoder_hidden_size=64, num_hidden_layers=2, num_attention_heads=1,
        intermediate_size=48, max_position_embeddings=40), add_pooling_layer=False)
    net.mlp = torch.nn.Module()
    net.mlp.layers = score_head(64)
    return fill(net)


def aesthetic():
    net = torch.nn.Module()
    net.layers = score_head(768)
    return fill(net)


def hps():
    import open_clip

    return fill(open_clip.model.CLIP(
        embed_dim=24, vision_cfg=dict(image_size=224, layers=1, width=64, head_width=64, patch_size=32),
        text_cfg=dict(context_length=77, vocab_size=49408, width=64, heads=1, layers=1)).eval())


def icnet():
    """The authors' ICNet.py in $PUBLISHED."""
    sys.path.insert(0, os.environ.get("PUBLISHED", "."))
    from ICNet import ICNet

    return fill(ICNet(is_pretrain=False))


def efficientnet():
    from efficientnet_lite_pytorch import EfficientNet

    return fill(EfficientNet.from_name("efficientnet-lite0"))


def floats(net):
    """The tensors that a file of the network has."""
    skip = ("position_ids", "attn_mask", "num_batches_tracked")
    return {k: v.detach().clone().contiguous() for k, v in net.state_dict().items()
            if v.is_floating_point() and not k.endswith(skip)}
