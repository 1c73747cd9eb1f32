"""The three choosing notebooks in plain Python (numpy, scikit-image, OpenCV, matplotlib): preparation, clarity test, size test.

usage: python3 choose.py FOLDER OUT [--magnification 40] [--edge 16] [--seed 7] ...

FOLDER holds index.csv, which names images and masks. The figures go to OUT as PNG; the results and the seconds of each step are printed as JSON.
Every image is decoded once. The choices are made as Patchwise makes them, so that the numbers can be compared.
"""
import argparse
import csv
import json
import os
import time

import cv2
import matplotlib
import numpy as np
from skimage.measure import label, regionprops
from skimage.metrics import structural_similarity

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402


def keys(seed, count):
    """The outputs of SplitMix64 from a seed: objects are drawn in the order of these."""
    with np.errstate(over="ignore"):
        z = np.uint64(seed) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))


def prepare(folder, edge):
    images, objects, summary = [], [], []
    with open(f"{folder}/index.csv", newline="") as index:
        pairs = [(row["image"], row["mask"]) for row in csv.DictReader(index)]
    for name, mask_name in pairs:
        image = cv2.cvtColor(cv2.imread(f"{folder}/{name}", cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
        mask = cv2.imread(f"{folder}/{mask_name}", cv2.IMREAD_UNCHANGED)
        mask = mask if mask.ndim == 2 else mask[..., 2]
        labels = label(mask, background=0)
        height, width = labels.shape
        regions = regionprops(labels)
        usable = 0
        for region in regions:
            y, x = region.centroid
            if edge <= x <= width - edge and edge <= y <= height - edge:
                usable += 1
                y0, x0, y1, x1 = region.bbox
                objects.append(dict(image=len(images), label=region.label, area=int(region.area), box=(x0, y0, x1, y1), side=max(x1 - x0, y1 - y0), cx=x, cy=y))
        summary.append(dict(image=name, objects=len(regions), usable=usable))
        images.append((image, labels))
    return images, objects, summary


def show(figure, name, a):
    """As a file, or in the notebook where there is no folder for files."""
    if a.out:
        figure.savefig(f"{a.out}/{name}.png")
    else:
        from IPython.display import display
        display(figure)
    plt.close(figure)


def crop(image, x0, y0, size):
    """A square crop, black where it reaches beyond the image."""
    height, width = image.shape[:2]
    out = np.zeros((size, size) + image.shape[2:], image.dtype)
    left, top, right, bottom = max(x0, 0), max(y0, 0), min(x0 + size, width), min(y0 + size, height)
    if left < right and top < bottom:
        out[top - y0:bottom - y0, left - x0:right - x0] = image[top:bottom, left:right]
    return out


def shrunk(length, scale):
    return max(1, round(length * scale))


def spectral_shares(image, scales):
    height, width = image.shape
    window = np.outer(np.sin(np.pi * (np.arange(height) + 0.5) / height) ** 2, np.sin(np.pi * (np.arange(width) + 0.5) / width) ** 2)
    image = window * (image - (window * image).sum() / window.sum())
    total = (image * image).sum()

    def kept(side, scale):
        d = np.subtract.outer(np.arange(side), np.arange(side))
        return scale * np.sinc(scale * d)

    # The exact integral of the energy over the frequencies that a grid of each scale carries.
    return [((kept(height, s) @ image @ kept(width, s)) * image).sum() / total for s in scales]


def clarity(images, objects, a):
    areas = np.array([o["area"] for o in objects])
    order = np.argsort(keys(a.seed, len(objects)), kind="stable")
    picks = [(f"random {i + 1}", objects[k]) for i, k in enumerate(order[:4])]
    picks += [(f"{p} %", objects[int(np.argmin(np.abs(areas - np.percentile(areas, p))))]) for p in (1, 5, 10, 15, 50, 95)]
    figure, axes = plt.subplots(len(picks), 1 + len(a.trials), figsize=(15, 30))
    for row, (name, o) in zip(axes, picks):
        size = o["side"] + 2 * a.padding
        x0, y0, x1, y1 = o["box"]
        piece = crop(images[o["image"]][0], (x0 + x1 - size) // 2, (y0 + y1 - size) // 2, size)
        row[0].imshow(piece)
        row[0].set_title(f"Original | {a.magnification:g}x")
        row[0].set_ylabel(name)
        for cell, trial in zip(row[1:], a.trials):
            small = shrunk(size, trial / a.magnification)
            cell.imshow(cv2.resize(piece, (small, small), interpolation=cv2.INTER_AREA), interpolation="nearest")
            cell.set_title(f"{trial:g}x")
    show(figure, "clarity-gallery", a)

    # As many of the smallest, middle and largest third, drawn in the order of the keys.
    rank = np.empty(len(objects), int)
    rank[np.argsort(areas, kind="stable")] = np.arange(len(objects))
    group = rank * 3 // len(objects)
    scales = [t / a.magnification for t in a.trials]
    rows = []
    for g, name in enumerate(("small", "median", "large")):
        ssim, share = [], []
        for k in [k for k in order if group[k] == g][:a.sample // 3]:
            o = objects[k]
            image = images[o["image"]][0]
            size = o["side"] + 2 * a.padding
            x0, y0 = (o["box"][0] + o["box"][2] - size) // 2, (o["box"][1] + o["box"][3] - size) // 2
            grey = cv2.cvtColor(image[max(y0, 0):y0 + size, max(x0, 0):x0 + size], cv2.COLOR_RGB2GRAY)
            height, width = grey.shape
            kept = []
            for scale in scales:
                down = cv2.resize(grey, (shrunk(width, scale), shrunk(height, scale)), interpolation=cv2.INTER_AREA)
                up = cv2.resize(down, (width, height), interpolation=cv2.INTER_CUBIC)
                kept.append(structural_similarity(grey, up, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=255))
            ssim.append(kept)
            share.append(spectral_shares(grey.astype(float), scales))
        ssim, share = np.array(ssim), np.array(share)
        for i, trial in enumerate(a.trials):
            rows.append(dict(group=name, trial=trial, objects=len(ssim), ssim=ssim[:, i].mean(), low=np.percentile(ssim[:, i], 10), high=np.percentile(ssim[:, i], 90),
                             energy=share[:, i].mean(), clear=float((ssim[:, i] >= a.threshold).mean())))
    figure, axes = plt.subplots(1, 2, figsize=(14, 5))
    for name in ("small", "median", "large"):
        own = [r for r in rows if r["group"] == name]
        axes[0].plot([r["trial"] for r in own], [r["ssim"] for r in own], "o-", label=name)
        axes[0].fill_between([r["trial"] for r in own], [r["low"] for r in own], [r["high"] for r in own], alpha=0.2)
        axes[1].plot([r["trial"] for r in own], [100 * r["energy"] for r in own], "o-", label=name)
    axes[0].axhline(a.threshold, linestyle="--")
    axes[0].legend()
    show(figure, "clarity-curve", a)
    return rows


def size_test(images, objects, a):
    scale = a.final / a.magnification
    areas = np.array([o["area"] for o in objects]) * scale ** 2
    sides = np.array([o["side"] for o in objects]) * scale
    colors = ["gold", "green", "orange", "red"]
    figure, axes = plt.subplots(1, 2, figsize=(14, 5))
    axes[0].hist(areas[areas < np.percentile(areas, 99.5)], bins=40)
    axes[1].hist(sides[sides < np.percentile(sides, 99.5)], bins=40)
    for size, color in zip(a.marked, colors):
        axes[0].axvline(np.pi * (size / 2) ** 2, color=color)
        axes[1].axvline(size, color=color)
    show(figure, "size-histograms", a)

    fit = [dict(size=s, fits=int((sides <= s).sum()), total=len(sides)) for s in sorted(a.marked)]
    figure, axis = plt.subplots(figsize=(7, 5))
    axis.plot(np.sort(sides), np.arange(1, len(sides) + 1) / len(sides))
    show(figure, "size-coverage", a)

    order = np.argsort(keys(a.seed, len(objects)), kind="stable")
    descending = sorted(a.marked, reverse=True)
    figure, axes = plt.subplots(a.examples, len(descending), figsize=(15, 20))
    for column, size in enumerate(descending):
        above = descending[column - 1] if column else np.inf
        drawn = [k for k in order if size < sides[k] <= above][:a.examples]
        for row, k in enumerate(drawn):
            o = objects[k]
            image, labels = images[o["image"]]
            shown = size + 2 * a.margin
            whole = round(shown / scale)
            x0, y0 = (o["box"][0] + o["box"][2] - whole) // 2, (o["box"][1] + o["box"][3] - whole) // 2
            piece = crop(image, x0, y0, whole) * (crop(labels, x0, y0, whole) == o["label"])[..., None].astype(np.uint8)
            axes[row, column].imshow(cv2.resize(piece, (shown, shown), interpolation=cv2.INTER_AREA))
            for inner, color in zip(descending[column:], colors[column:]):
                axes[row, column].add_patch(plt.Rectangle(((shown - inner) / 2, (shown - inner) / 2), inner, inner, fill=False, color=color, linewidth=2))
    show(figure, "size-cutoff", a)
    return fit


def arguments(given=None):
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("out")
    parser.add_argument("--magnification", type=float, default=40)
    parser.add_argument("--edge", type=int, default=16)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--padding", type=int, default=10)
    parser.add_argument("--trials", type=float, nargs="+", default=[30, 20, 10, 5])
    parser.add_argument("--sample", type=int, default=300)
    parser.add_argument("--threshold", type=float, default=0.9)
    parser.add_argument("--final", type=float, default=20)
    parser.add_argument("--marked", type=int, nargs="+", default=[64, 48, 32, 16])
    parser.add_argument("--examples", type=int, default=5)
    parser.add_argument("--margin", type=int, default=16)
    return parser.parse_args(given)


def main():
    a = arguments()
    os.makedirs(a.out, exist_ok=True)
    seconds = {}

    def timed(name, work, *arguments):
        start = time.perf_counter()
        result = work(*arguments)
        seconds[name] = round(time.perf_counter() - start, 3)
        return result

    images, objects, summary = timed("preparation", prepare, a.folder, a.edge)
    curve = timed("clarity", clarity, images, objects, a)
    fit = timed("size", size_test, images, objects, a)
    print(json.dumps(dict(objects=sum(s["objects"] for s in summary), usable=len(objects), clarity=curve, fit=fit, seconds=seconds), indent=1))


if __name__ == "__main__":
    main()
