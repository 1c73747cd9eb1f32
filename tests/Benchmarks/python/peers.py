"""What a Python user would run, each work one side of a comparison (side.py)."""
import sys

from side import serve


def regions(folder):
    """label, value, area, box, centroid and longer side of each object"""
    from skimage import io, measure
    mask = io.imread(f"{folder}/mask.png")

    def work():
        rows = []
        for region in measure.regionprops(measure.label(mask)):
            y0, x0, y1, x1 = region.bbox
            rows.append((region.label, mask[tuple(region.coords[0])], region.area, region.bbox, region.centroid, max(x1 - x0, y1 - y0)))
        assert len(rows) == 1500
    return work


def slide(folder):
    """patches of 256 px from boxes of 410 px, 20 rows of 54, by as many threads as there are processors"""
    import os
    from concurrent.futures import ThreadPoolExecutor
    import cv2, numpy, openslide
    cv2.setNumThreads(1)

    def work():
        with openslide.OpenSlide(f"{folder}/slide.tif") as pyramid, ThreadPoolExecutor(os.cpu_count()) as threads:
            def patch(i):
                region = pyramid.read_region((i % 54 * 410, i // 54 * 410), 0, (410, 410)).convert("RGB")
                return cv2.resize(numpy.asarray(region), (256, 256), interpolation=cv2.INTER_AREA)
            assert sum(image.shape == (256, 256, 3) for image in threads.map(patch, range(1080))) == 1080
    return work


def slide_coarse(folder):
    """2,000 patches of 256 px of the level that is a quarter of the slide, 20 rows of 21 again and again"""
    import os
    from concurrent.futures import ThreadPoolExecutor
    import numpy, openslide

    def work():
        with openslide.OpenSlide(f"{folder}/slide.tif") as pyramid, ThreadPoolExecutor(os.cpu_count()) as threads:
            def patch(i):
                return numpy.asarray(pyramid.read_region((i % 21 * 1024, i // 21 % 20 * 1024), 2, (256, 256)).convert("RGB"))
            assert sum(image.shape == (256, 256, 3) for image in threads.map(patch, range(2000))) == 2000
    return work


def merge(folder):
    """1,000,000 patches of 224 px, a stride of half a patch, into 4,000 x 4,000 px: each adds its probabilities to its pixels, which are then divided by how many patches they have"""
    import numpy
    side, patch, stride, size, classes = 1000, 224, 112, 4000, 9
    whole = (side - 1) * stride + patch
    number = numpy.arange(side * side)
    probabilities = ((number[:, None] * 31 + numpy.arange(classes) * 17) % 97 + 1).astype("float32")
    probabilities /= probabilities.sum(1, keepdims=True)
    corners = numpy.stack([number % side * stride, number // side * stride], 1)
    boxes = numpy.concatenate([corners, corners + patch], 1)

    def work():
        factor = size / whole
        total = numpy.zeros((size, size, classes), "float32")
        count = numpy.zeros((size, size))
        for box, probability in zip(boxes, probabilities):
            x0, y0 = numpy.ceil(box[:2] * factor).astype(int)
            x1, y1 = numpy.ceil(box[2:] * factor).astype(int)
            total[y0:y1, x0:x1] += probability
            count[y0:y1, x0:x1] += 1
        mean = total / (count[..., None] + 1e-8)
        merged = numpy.where(count > 0, mean.argmax(-1) + 1, 0)
        assert (merged > 0).sum() == size * size
    return work


def components(folder):
    """the same with OpenCV, which knows foreground and background only"""
    import cv2
    mask = cv2.imread(f"{folder}/mask.png", cv2.IMREAD_UNCHANGED)
    cv2.setNumThreads(2)

    def work():
        count, _, stats, centroids = cv2.connectedComponentsWithStats((mask > 0).astype("uint8"), connectivity=8)
        assert count > 1 and len(stats) == len(centroids) == count
    return work


def all_properties(folder):
    from skimage import io, measure
    mask = io.imread(f"{folder}/mask.png")
    names = ("label", "area", "bbox", "centroid", "perimeter", "eccentricity", "axis_major_length", "axis_minor_length", "orientation",
             "extent", "equivalent_diameter_area", "solidity", "euler_number", "feret_diameter_max")

    def work():
        rows = [[region[name] for name in names] for region in measure.regionprops(measure.label(mask))]
        assert len(rows) == 1500
    return work


def resize(folder, method, side):
    import cv2
    cv2.setNumThreads(2)
    photo = cv2.imread(f"{folder}/photo.png", cv2.IMREAD_COLOR)
    way = {"nearest": cv2.INTER_NEAREST, "linear": cv2.INTER_LINEAR, "area": cv2.INTER_AREA, "cubic": cv2.INTER_CUBIC, "lanczos": cv2.INTER_LANCZOS4}[method]
    side = int(side)

    def work():
        assert cv2.resize(photo, (side, side), interpolation=way).shape == (side, side, 3)
    return work


def imread(folder, kind):
    from concurrent.futures import ThreadPoolExecutor
    import cv2
    cv2.setNumThreads(1)
    threads = ThreadPoolExecutor(2)

    def work():
        assert sum(image.shape == (224, 224, 3) for image in threads.map(lambda i: cv2.imread(f"{folder}/patches/{i:04}.{kind}"), range(2000))) == 2000
    return work


def decode(path):
    from PIL import Image
    with Image.open(path) as image:
        return image.convert("RGB").size


def pil(folder, kind):
    """the processes are started once and send back sizes, not pixels"""
    from multiprocessing import Pool
    processes = Pool(2)
    files = [f"{folder}/patches/{i:04}.{kind}" for i in range(2000)]

    def work():
        assert set(processes.map(decode, files, chunksize=50)) == {(224, 224)}
    return work


def clarity(folder):
    from types import SimpleNamespace
    import choose
    a = SimpleNamespace(out=folder, magnification=40, seed=7, padding=10, trials=[30, 20, 10, 5], sample=200, threshold=0.9)

    def work():
        images, objects, _ = choose.prepare(f"{folder}/nuclei", 16)
        choose.clarity(images, objects, a)
    return work


def main():
    works = {f.__name__.replace("_", " "): f for f in (regions, components, all_properties, slide, slide_coarse, resize, imread, pil, clarity, merge)}
    name, folder = sys.argv[1:]
    if name in works:
        return serve(works[name](folder))
    first, *options = name.split()
    serve(works[first](folder, *options))


if __name__ == "__main__":
    main()
