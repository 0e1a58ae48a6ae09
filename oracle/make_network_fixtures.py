"""Outputs of the networks behind the published measures, with weights by formula (formula.py), for models' tests.

    python oracle/make_network_fixtures.py inception clip blip aesthetic icnet efficientnet texts

`icnet` needs ICNet.py of https://github.com/tinglyfeng/IC9600 (3891e25) in the folder $PUBLISHED. Further packages:
torchvision==0.29.2 torch-fidelity==0.4.0 pytorch-fid==0.3.0 open_clip_torch==3.3.0 ftfy==6.3.1 timm==1.0.31
efficientnet-lite-pytorch==0.1.0, each with --no-deps.
"""
import functools
import gzip
import json
import os
import pathlib
import struct
import sys
import warnings

import numpy as np
import torch
from safetensors.torch import save_file

from formula import blocks, fill, noise, value

warnings.simplefilter('ignore')
torch.set_num_threads(2)
OUT = pathlib.Path(__file__).parent.parent / 'models/src/test/resources/networks'


def save(name, tensors):
    OUT.mkdir(exist_ok=True)
    save_file({k: v.detach().clone().contiguous() for k, v in tensors.items()}, OUT / f'{name}.safetensors')


def inception():
    """torch-fidelity's network; pytorch-fid's must agree."""
    import torch.nn as nn
    import torch_fidelity.feature_extractor_inceptionv3 as tf
    import pytorch_fid.inception as pf

    tf.load_state_dict_from_url = lambda *a, **k: {}
    real = nn.Module.load_state_dict
    nn.Module.load_state_dict = lambda *a, **k: None
    taps = ['64', '192', '768', '2048', 'logits_unbiased', 'logits']
    net = tf.FeatureExtractorInceptionV3('x', taps)
    nn.Module.load_state_dict = real
    fill(net)
    pictures = torch.from_numpy(np.stack([blocks('inc.a', 299, 299, 23), blocks('inc.b', 299, 299, 60)]))
    out = dict(zip(taps, net(pictures)))
    maps = {}
    net.Mixed_6c.register_forward_hook(lambda m, i, o: maps.update(sixc=o))
    net(pictures)
    spatial = net.Mixed_6d.branch1x1(maps['sixc'])[:, :7]
    out['spatial'] = spatial.permute(0, 2, 3, 1).reshape(2, -1)

    weights = {k: v for k, v in net.state_dict().items()}
    pf.load_state_dict_from_url = lambda *a, **k: weights
    other = pf.InceptionV3([pf.InceptionV3.BLOCK_INDEX_BY_DIM[2048]], resize_input=False, normalize_input=False).eval()
    same = other((pictures.float() - 128) / 128)[0][:, :, 0, 0]
    print('pytorch-fid against torch-fidelity', float((same - out['2048']).abs().max()), 'of', float(same.max()))
    print('sum', float(out['2048'][0].double().sum()))
    save('inception', out)


def clip():
    """A tiny CLIP of transformers and one of OpenCLIP, each filled under its own names."""
    import open_clip
    from transformers import CLIPConfig, CLIPModel

    config = dict(
        projection_dim=24,
        text_config=dict(hidden_size=32, intermediate_size=128, num_hidden_layers=2, num_attention_heads=4, vocab_size=512,
                         max_position_embeddings=77, hidden_act='gelu', eos_token_id=2, bos_token_id=0, pad_token_id=1),
        vision_config=dict(hidden_size=48, intermediate_size=192, num_hidden_layers=2, num_attention_heads=4, image_size=28,
                           patch_size=14, hidden_act='gelu'))
    ids = torch.tensor([[510, 7, 9, 11, 511, 511, 511], [510, 33, 44, 55, 66, 77, 511]])
    pixels = noise('clip.img', 2, 3, 28, 28)
    net = fill(CLIPModel(CLIPConfig(**config)))
    out = {'ids': ids,
           'transformers.image': net.get_image_features(pixel_values=pixels).pooler_output,
           'transformers.text': net.get_text_features(input_ids=ids).pooler_output}
    print('logit scale', float(net.logit_scale))
    shapes = {'transformers': {k: list(v.shape) for k, v in net.state_dict().items() if v.is_floating_point()}}

    padded = torch.zeros(2, 77, dtype=torch.long)
    padded[:, :7] = ids
    settings = dict(embed_dim=24, vision_cfg=dict(image_size=28, layers=2, width=48, head_width=12, patch_size=14),
                    text_cfg=dict(context_length=77, vocab_size=512, width=32, heads=4, layers=2))
    for quick in (False, True):
        net = fill(open_clip.model.CLIP(**settings, quick_gelu=quick).eval())
        name = 'quick' if quick else 'open'
        out[f'{name}.image'] = net.encode_image(pixels)
        out[f'{name}.text'] = net.encode_text(padded)
    shapes['open_clip'] = {k: list(v.shape) for k, v in net.state_dict().items() if v.is_floating_point()}
    save('clip', out)
    (OUT / 'clip.json').write_text(json.dumps({'config': config, 'open_clip_config': settings, 'shapes': shapes}) + '\n')


def published(name):
    """A module of the authors' code, from $PUBLISHED."""
    import importlib
    sys.path.insert(0, os.environ['PUBLISHED'])
    return importlib.import_module(name)


def blip():
    """A tiny ImageReward: the authors' vision transformer by hand, transformers' BlipTextModel, the head."""
    from timm.models.vision_transformer import VisionTransformer
    from transformers.models.blip.configuration_blip import BlipTextConfig
    from transformers.models.blip.modeling_blip_text import BlipTextModel

    # The authors' vit.py is timm's, with the final norm on all tokens.
    vision = VisionTransformer(img_size=32, patch_size=16, embed_dim=32, depth=2, num_heads=4, num_classes=0, global_pool='',
                               norm_layer=functools.partial(torch.nn.LayerNorm, eps=1e-6))
    config = BlipTextConfig(vocab_size=64, hidden_size=24, encoder_hidden_size=32, num_hidden_layers=2, num_attention_heads=3,
                            intermediate_size=48, max_position_embeddings=40)
    net = torch.nn.Module()
    net.blip = torch.nn.Module()
    net.blip.visual_encoder = vision
    net.blip.text_encoder = BlipTextModel(config, add_pooling_layer=False)
    net.mlp = torch.nn.Module()
    net.mlp.layers = torch.nn.Sequential(
        torch.nn.Linear(24, 1024), torch.nn.Dropout(), torch.nn.Linear(1024, 128), torch.nn.Dropout(),
        torch.nn.Linear(128, 64), torch.nn.Dropout(), torch.nn.Linear(64, 16), torch.nn.Linear(16, 1))
    fill(net)
    ids = torch.tensor([[2, 17, 5, 33, 9, 60, 3, 0, 0, 0, 0], [2, 8, 3, 0, 0, 0, 0, 0, 0, 0, 0]])
    pictures = vision(noise('ir.img', 2, 3, 32, 32))
    hidden = net.blip.text_encoder(input_ids=ids, attention_mask=(ids != 0).long(), encoder_hidden_states=pictures,
                                   encoder_attention_mask=torch.ones(pictures.shape[:2]), is_decoder=False).last_hidden_state
    rewards = (net.mlp.layers(hidden[:, 0])[:, 0] - 0.16717362830052426) / 1.0333394966054072
    print('rewards', rewards.tolist(), 'sum', float(pictures.double().sum()))
    save('blip', {'pictures': pictures, 'hidden': hidden[0, :7], 'rewards': rewards})


def aesthetic():
    """The heads of both versions, the second without and with ReLU."""
    L, D, R = torch.nn.Linear, torch.nn.Dropout, torch.nn.ReLU
    embeddings = noise('aesthetic', 2, 768)
    unit = embeddings / embeddings.norm(dim=1, keepdim=True)
    heads = {
        'linear': torch.nn.Sequential(L(768, 1024), D(), L(1024, 128), D(), L(128, 64), D(), L(64, 16), L(16, 1)),
        'relu': torch.nn.Sequential(L(768, 1024), R(), D(), L(1024, 128), R(), D(), L(128, 64), R(), D(), L(64, 16), R(), L(16, 1))}
    out = {}
    for name, layers in heads.items():
        net = torch.nn.Module()
        net.layers = layers
        fill(net)
        out[name] = layers(unit)[:, 0]
    out['first'] = fill(L(768, 1))(unit)[:, 0]
    save('aesthetic', out)
    published = os.environ.get('PUBLISHED', '')
    for name, head in (('sac+logos+ava1-l14-linearMSE.pth', heads['linear']), ('ava+logos-l14-linearMSE.pth', heads['linear']),
                       ('ava+logos-l14-reluMSE.pth', heads['relu']), ('sa_0_4_vit_l_14_linear.pth', L(768, 1))):
        if os.path.exists(f'{published}/{name}'):
            weights = torch.load(f'{published}/{name}', map_location='cpu')
            head.load_state_dict({k.removeprefix('layers.'): v for k, v in weights.items()})
            print(name, head.eval()(unit)[:, 0].tolist())


def icnet():
    net = fill(published('ICNet').ICNet(is_pretrain=False))
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    pictures = np.stack([blocks('ic.a', 512, 512, 16), blocks('ic.b', 512, 512, 64)])
    x = (torch.from_numpy(pictures).float() / 255 - mean[:, None, None]) / std[:, None, None]
    scores, maps = net(x)
    print('scores', scores.tolist(), 'sums', maps.double().sum((1, 2, 3)).tolist())
    save('icnet', {'scores': scores, 'maps': maps[:, :, ::4, ::4]})


def efficientnet():
    from efficientnet_lite_pytorch import EfficientNet

    net = fill(EfficientNet.from_name('efficientnet-lite0'))
    x = (torch.from_numpy(np.stack([blocks('eff.a', 224, 224, 16), blocks('eff.b', 224, 224, 50)])).float() - 127) / 128
    features = net.extract_features(x).mean((2, 3))
    logits = net(x)
    print('features', float(features.double().sum()), 'logits', logits[0, :3].tolist())
    save('efficientnet', {'features': features, 'logits': logits})


def texts():
    """Sums over the ids that three tokenizers make of 2,000 texts, put together from fragments by hash."""
    import zlib

    import open_clip
    from transformers import BertTokenizer, CLIPTokenizer

    from formula import h32

    fragments = json.loads((OUT / 'fragments.json').read_text())
    texts = []
    for i in range(2000):
        picks = h32(f'text.{i}', 60)
        n = 1 + int(picks[0]) % (59 if i % 20 == 0 else 9)
        texts.append(''.join(fragments[int(p) % len(fragments)] for p in picks[1:1 + n]))

    root = OUT.parents[2] / 'main/resources/io/github/tcd4j/models/clip/clip-merges.txt.gz'
    merges = [tuple(line.split(' ')) for line in gzip.decompress(root.read_bytes()).decode().splitlines()]
    simple = open_clip.tokenizer.SimpleTokenizer()
    ours = {k.replace('<start_of_text>', '<|startoftext|>').replace('<end_of_text>', '<|endoftext|>'): v for k, v in simple.encoder.items()}
    hf = CLIPTokenizer(vocab=ours, merges=merges)
    pieces = json.loads((OUT / 'pieces.json').read_text())
    bert = BertTokenizer(vocab={p: i for i, p in enumerate(pieces)})

    rows = []
    for text in texts:
        a = [int(v) for v in simple(text)[0]]
        b = hf(text, truncation=True, max_length=77).input_ids
        c = bert(text, truncation=True, max_length=35).input_ids
        rows.append([zlib.crc32(' '.join(map(str, ids)).encode()) for ids in (a, b, c)])
    (OUT / 'texts.bin').write_bytes(b''.join(struct.pack('<3I', *row) for row in rows))
    if os.environ.get('DUMP'):
        json.dump([[t, [int(v) for v in simple(t)[0]], hf(t, truncation=True, max_length=77).input_ids,
                    bert(t, truncation=True, max_length=35).input_ids] for t in texts], open(os.environ['DUMP'], 'w'))


if __name__ == '__main__':
    for name in sys.argv[1:]:
        with torch.no_grad():
            globals()[name]()
