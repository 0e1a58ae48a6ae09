"""Outputs of the networks behind the published measures, with weights by formula (formula.py), for models' tests.

    python oracle/make_network_fixtures.py inception
"""
import pathlib
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


if __name__ == '__main__':
    for name in sys.argv[1:]:
        with torch.no_grad():
            globals()[name]()
