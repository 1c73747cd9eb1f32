"""PyTorch's side of the networks, with the protocol of the other works: a batch of 32 patches of 224 px, eager, two threads, as TIAToolbox runs it.

usage: python3 networks.py ARCHITECTURE     (torchvision's name)
"""
import sys

import torch
import torchvision.models

from side import serve

BATCH, THREADS = 32, 2


torch.set_num_threads(THREADS)
model = getattr(torchvision.models, sys.argv[1])(weights=None, num_classes=9).eval()
patches = torch.rand(BATCH, 3, 224, 224)


def work():
    with torch.inference_mode():
        return torch.softmax(model(patches), 1)


serve(work)
