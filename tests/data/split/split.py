"""Makes masks of touching objects and what scikit-image takes them apart to: NAME.png (0 and 255) and NAME-DEPTH.png (16 bit).

usage: python3 split.py OUT_FOLDER [SEED]        (scikit-image 0.19, scipy, numpy)
"""
import sys

import numpy as np
from scipy import ndimage as ndi
from skimage import io
from skimage.measure import label
from skimage.morphology import local_maxima, reconstruction
from skimage.segmentation import watershed


def split(mask, depth):
    objects = label(mask, connectivity=2)
    result, count = np.zeros(mask.shape, np.uint16), 0
    for number, (ys, xs) in enumerate(ndi.find_objects(objects), 1):
        # A pixel of background around each object, as far as the mask goes.
        ys, xs = (slice(max(s.start - 1, 0), min(s.stop + 1, size)) for s, size in zip((ys, xs), mask.shape))
        one = objects[ys, xs] == number
        if one.all():
            parts = one.astype(int)
        else:
            distance = ndi.distance_transform_edt(one)
            cut = reconstruction(distance - depth, distance)
            cut[~one] = -1e9
            parts = watershed(-distance, label(local_maxima(cut, connectivity=2) & one, connectivity=2), connectivity=2, mask=one)
        result[ys, xs][one] = parts[one] + count
        count += parts.max()
    return result


def discs(random, height, width, count, largest):
    y, x = np.mgrid[0:height, 0:width]
    mask = np.zeros((height, width), bool)
    for _ in range(count):
        turn, a, b = random.uniform(0, np.pi), random.uniform(3, largest), random.uniform(3, largest)
        dx, dy = x - random.integers(0, width), y - random.integers(0, height)
        mask |= ((dx * np.cos(turn) + dy * np.sin(turn)) / a) ** 2 + ((dy * np.cos(turn) - dx * np.sin(turn)) / b) ** 2 < 1
    return mask


def main(folder, seed):
    random = np.random.default_rng(seed)
    masks = {
        "discs": discs(random, 200, 260, 60, 16),
        "crowd": discs(random, 150, 150, 70, 12),
        "small": discs(random, 60, 80, 40, 5),
        "noise": random.random((70, 90)) < 0.6,
        "full": np.ones((9, 13), bool),
        "empty": np.zeros((9, 13), bool),
    }
    for name, mask in masks.items():
        io.imsave(f"{folder}/{name}.png", (mask * 255).astype(np.uint8), check_contrast=False)
        for depth in (0.5, 1, 2):
            io.imsave(f"{folder}/{name}-{depth}.png", split(mask, depth), check_contrast=False)


main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1)
