"""What a Python user would run, each work one side of a comparison (side.py)."""
import sys

from side import serve


def regions(folder):
    """label, value, area, box, centroid and longer side of each object"""
    from skimage import io, measure
    mask = io.imread(f"{folder}/mask.png")
    expected = int(open(f"{folder}/mask.txt").read())

    def work():
        rows = []
        for region in measure.regionprops(measure.label(mask)):
            y0, x0, y1, x1 = region.bbox
            rows.append((region.label, mask[tuple(region.coords[0])], region.area, region.bbox, region.centroid, max(x1 - x0, y1 - y0)))
        assert len(rows) == expected
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


serve({"regions": regions, "slide": slide}[sys.argv[1]](sys.argv[2]))
