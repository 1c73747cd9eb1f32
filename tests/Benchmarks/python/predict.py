"""PyTorch's side of whole predictions, with the protocol of the other works: resnet18, batches of 32, two threads.

usage: python3 predict.py files|slide FOLDER COUNT
files: a loop over a DataLoader with one worker, which reads with PIL.
slide: as TIAToolbox runs it, whose DataLoader has no worker unless one asks for some: openslide-python reads the box at level 0, OpenCV resizes it.
"""
import sys

import cv2
import numpy
import openslide
import torch
import torchvision.models
from PIL import Image
from torch.utils.data import DataLoader, Dataset

from side import serve

BATCH, THREADS, SIDE, COLUMNS, SHARE = 32, 2, 224, 60, 0.6


class Files(Dataset):
    def __init__(self, folder, count):
        self.paths = [f"{folder}/patches/{i:04}.png" for i in range(count)]

    def __len__(self):
        return len(self.paths)

    def __getitem__(self, i):
        with Image.open(self.paths[i]) as image:
            return numpy.array(image.convert("RGB"))


class Slide(Dataset):
    def __init__(self, folder, count):
        self.slide, self.count = openslide.OpenSlide(f"{folder}/slide.tif"), count

    def __len__(self):
        return self.count

    def __getitem__(self, i):
        x, y, side = (int(numpy.ceil(v / SHARE)) for v in (i % COLUMNS * SIDE, i // COLUMNS * SIDE, SIDE))
        region = numpy.asarray(self.slide.read_region((x, y), 0, (side, side)).convert("RGB"))
        return cv2.resize(region, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)


def main():
    kind, folder, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    torch.set_num_threads(THREADS)
    cv2.setNumThreads(THREADS)
    model = torchvision.models.resnet18(weights=None, num_classes=9).eval()

    def work(count=count):
        found = []
        loader = DataLoader(Files(folder, count), BATCH, num_workers=1) if kind == "files" else DataLoader(Slide(folder, count), BATCH)
        with torch.inference_mode():
            for batch in loader:
                found.append(torch.softmax(model(batch.permute(0, 3, 1, 2).float() / 255), 1).numpy())
        assert numpy.concatenate(found).shape == (count, 9)
    serve(work, warm=lambda: work(120))


if __name__ == "__main__":
    main()
