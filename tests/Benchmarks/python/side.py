"""One side of a comparison: prints "ready", then the seconds of each run asked for by a line "go", at the end its peak bytes."""
import resource, sys, time


def serve(work, who=resource.RUSAGE_SELF):
    """Runs work once before it is timed; who has the peak: this process or its children."""
    work()
    print("ready", flush=True)
    while sys.stdin.readline().strip() == "go":
        start = time.perf_counter()
        work()
        print(time.perf_counter() - start, flush=True)
    print(resource.getrusage(who).ru_maxrss * 1024, flush=True)
