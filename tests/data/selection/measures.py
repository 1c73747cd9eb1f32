"""Makes measures.json: structural similarity by scikit-image and spectral shares by numpy over the pixels of an object, of seeded image pairs.

usage: python3 measures.py OUT_FOLDER [SEED]        (scikit-image 0.19, scipy, numpy)
"""
import base64
import json
import sys

import numpy as np
from scipy.ndimage import distance_transform_edt
from skimage.metrics import structural_similarity

SCALES = [0.125, 0.25, 0.5, 0.75, 1.0]


def spectral_shares(image, own):
    height, width = image.shape
    distance = distance_transform_edt(np.pad(own, 1))[1:-1, 1:-1]
    window = np.where(own, np.sin(np.pi / 2 * (distance - 0.5) / distance.max()) ** 2, 0)
    mean = (window * image).sum() / window.sum()
    f = window * (image - mean)

    def kept(side, s):
        """The integral of e^(2 pi i u d) over |u| <= s / 2, for the distance d of each two of the pixels."""
        d = np.subtract.outer(np.arange(side), np.arange(side))
        return s * np.sinc(s * d)

    return [((kept(height, s) @ f @ kept(width, s)) * f).sum() / (f * f).sum() for s in SCALES]


def objects(random, height, width):
    """All pixels, or an ellipse with a bite, at times cut by the border."""
    yield np.ones((height, width), bool)
    y, x = np.mgrid[0:height, 0:width]
    a, b = random.uniform(0.2, 0.6) * width, random.uniform(0.2, 0.6) * height
    blob = ((x - random.uniform(0.2, 0.8) * width) / a) ** 2 + ((y - random.uniform(0.2, 0.8) * height) / b) ** 2 < 1
    yield blob & ~((x > width / 2) & (y > height / 2) & (x + y < 0.7 * (width + height)))


def main(folder, seed):
    random = np.random.default_rng(seed)
    cases = []
    for width, height in [(11, 11), (12, 40), (43, 43), (64, 30), (63, 65), (20, 20)]:
        rough = random.integers(0, 256, (height, width)).astype(float)
        smooth = (rough + np.roll(rough, 1, 0) + np.roll(rough, 1, 1) + np.roll(rough, 2, 1)) / 4
        a = np.clip(np.rint(smooth), 0, 255).astype(np.uint8)
        b = np.clip(np.rint(smooth * random.uniform(0.7, 1.1) + random.normal(0, random.uniform(2, 40), a.shape)), 0, 255).astype(np.uint8)
        _, similar = structural_similarity(a, b, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=255, full=True)
        for own in objects(random, height, width):
            cases.append({
                "width": width, "height": height,
                "a": base64.b64encode(a.tobytes()).decode(), "b": base64.b64encode(b.tobytes()).decode(),
                "own": base64.b64encode(own.astype(np.uint8).tobytes()).decode(),
                "ssim": similar[own].mean(),
                "shares": spectral_shares(a.astype(float), own),
            })
    with open(f"{folder}/measures.json", "w") as out:
        json.dump({"seed": seed, "scales": SCALES, "cases": cases}, out, indent=1)


main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1)
