"""PyTorch's side of the networks, with the protocol of the other works: a batch of 32 patches of 224 px, eager, two threads, as TIAToolbox runs it.

usage: python3 networks.py ARCHITECTURE     (torchvision's name)
"""
import resource
import sys
import time

import torch
import torchvision.models

BATCH, THREADS = 32, 2


torch.set_num_threads(THREADS)
model = getattr(torchvision.models, sys.argv[1])(weights=None, num_classes=9).eval()
patches = torch.rand(BATCH, 3, 224, 224)


def work():
    with torch.inference_mode():
        return torch.softmax(model(patches), 1)


work()
print("ready", flush=True)
while sys.stdin.readline().strip() == "go":
    start = time.perf_counter()
    work()
    print(time.perf_counter() - start, flush=True)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, flush=True)
