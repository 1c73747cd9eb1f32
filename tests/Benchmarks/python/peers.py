"""What a Python user would run, one side of the benchmark: prints "ready", then the seconds of each run asked for by a line "go", at the end its peak bytes."""
import resource, sys, time


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


work = {"regions": regions}[sys.argv[1]](sys.argv[2])
work()
print("ready", flush=True)
while sys.stdin.readline().strip() == "go":
    start = time.perf_counter()
    work()
    print(time.perf_counter() - start, flush=True)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, flush=True)
