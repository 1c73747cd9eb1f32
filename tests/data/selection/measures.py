"""Makes measures.json: structural similarity by scikit-image and spectral shares by numpy of seeded image pairs.

usage: python3 measures.py OUT_FOLDER [SEED]        (scikit-image 0.19, numpy)
"""
import base64
import json
import sys

import numpy as np
from skimage.metrics import structural_similarity

SCALES = [0.125, 0.25, 0.5, 0.75, 1.0]


def spectral_shares(image):
    height, width = image.shape
    window = np.outer(np.sin(np.pi * (np.arange(height) + 0.5) / height) ** 2, np.sin(np.pi * (np.arange(width) + 0.5) / width) ** 2)
    mean = (window * image).sum() / window.sum()
    padded = (1 << (height - 1).bit_length(), 1 << (width - 1).bit_length())
    energy = np.abs(np.fft.fft2(window * (image - mean), s=padded)) ** 2
    v, u = np.abs(np.fft.fftfreq(padded[0])), np.abs(np.fft.fftfreq(padded[1]))
    return [energy[np.ix_(v <= s / 2, u <= s / 2)].sum() / energy.sum() for s in SCALES]


def main(folder, seed):
    random = np.random.default_rng(seed)
    cases = []
    for width, height in [(11, 11), (12, 40), (43, 43), (64, 30), (63, 65), (20, 20)]:
        rough = random.integers(0, 256, (height, width)).astype(float)
        smooth = (rough + np.roll(rough, 1, 0) + np.roll(rough, 1, 1) + np.roll(rough, 2, 1)) / 4
        a = np.clip(np.rint(smooth), 0, 255).astype(np.uint8)
        b = np.clip(np.rint(smooth * random.uniform(0.7, 1.1) + random.normal(0, random.uniform(2, 40), a.shape)), 0, 255).astype(np.uint8)
        cases.append({
            "width": width, "height": height,
            "a": base64.b64encode(a.tobytes()).decode(), "b": base64.b64encode(b.tobytes()).decode(),
            "ssim": structural_similarity(a, b, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=255),
            "shares": spectral_shares(a.astype(float)),
        })
    with open(f"{folder}/measures.json", "w") as out:
        json.dump({"seed": seed, "scales": SCALES, "cases": cases}, out, indent=1)


main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1)
