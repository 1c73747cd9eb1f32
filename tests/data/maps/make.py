"""Writes maps.json: merges by numpy and overlays by OpenCV, by the rules of TIAToolbox 1.4 (merge_predictions, overlay_prediction_mask). Run by /usr/bin/python3."""
import json
import os

import cv2
import numpy

random = numpy.random.default_rng(20261124)


def merge(boxes, probabilities, predicted, canvas, by_axis):
    """Sizes are (width, height). by_axis: x by the widths and y by the heights; else as TIAToolbox has it, the other way round."""
    fx, fy = (canvas[i] / predicted[i] for i in (0, 1))
    factor = numpy.array([fx, fy] if by_axis else [fy, fx])
    total = numpy.zeros((canvas[1], canvas[0], probabilities.shape[1]), "float32")
    count = numpy.zeros((canvas[1], canvas[0]))
    for box, probability in zip(boxes, probabilities):
        (x0, y0), (x1, y1) = (numpy.ceil(corner * factor).astype(int) for corner in (box[:2], box[2:]))
        total[y0:y1, x0:x1] += probability
        count[y0:y1, x0:x1] += 1
    mean = total / (count[..., None] + 1e-8)
    return numpy.where(count > 0, mean.argmax(-1) + 1, 0), mean


def case(width, height, share, patch, stride, classes):
    predicted, canvas = (width, height), (round(width * share), round(height * share))
    boxes = numpy.array([(x, y, x + patch, y + patch) for y in range(0, height, stride) for x in range(0, width, stride)])
    boxes = boxes[random.random(len(boxes)) < 0.8]
    # In 64ths, which single precision adds without rounding: equal means are equal.
    probabilities = random.multinomial(64, numpy.ones(classes) / classes, len(boxes)) / 64
    result = {"width": width, "height": height, "share": share, "classes": classes, "boxes": boxes.tolist(), "probabilities": probabilities.tolist()}
    for name, by_axis in ("plain", True), ("toolbox", False):
        merged, mean = merge(boxes, probabilities, predicted, canvas, by_axis)
        result[name] = merged.tolist()
        result[name + " class 0"] = [[round(value, 6) for value in row] for row in mean[..., 0].tolist()]
    return result


def overlay(alpha):
    """Random colors over random pixels. Mixtures half-way between two numbers depend on the precision of the arithmetic and are left out; an alpha of a half is exact."""
    colors = random.integers(0, 256, (5, 3))
    image, numbers = random.integers(0, 256, (6, 8, 3)), random.integers(0, 5, (6, 8))
    halfway = lambda: abs((colors[numbers] * alpha + image * (1 - alpha)) % 1 - 0.5) < 1e-3
    while alpha != 0.5 and halfway().any():
        image = numpy.where(halfway(), random.integers(0, 256, image.shape), image)
    laid = cv2.addWeighted(colors[numbers].astype("uint8"), alpha, image.astype("uint8"), 1 - alpha, 0)
    return {"alpha": alpha, "colors": ["#%02x%02x%02x" % tuple(color) for color in colors], "image": image.ravel().tolist(), "numbers": numbers.ravel().tolist(), "laid": laid.ravel().tolist()}


golden = {
    "merges": [case(97, 61, 0.25, 16, 16, 3), case(97, 61, 0.25, 16, 8, 4), case(40, 33, 0.7, 9, 5, 2), case(300, 23, 1 / 16, 7, 7, 3), case(12, 10, 1.5, 4, 3, 3)],
    "overlays": [overlay(0.35), overlay(0.5), overlay(0.8)],
}
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "maps.json"), "w") as file:
    json.dump(golden, file, separators=(",", ":"))
    file.write("\n")
