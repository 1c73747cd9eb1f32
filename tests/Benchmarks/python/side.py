"""One side of a comparison: prints "ready", then the seconds of each run asked for by a line "go", at the end its peak bytes."""
import resource, sys, time


def serve(work, who=resource.RUSAGE_SELF, after=lambda: None, peak=None, warm=None):
    """Runs work (or less of it, warm) once before it is timed, and after it each time what is not; who has the peak: this process or its children."""
    (warm or work)()
    after()
    print("ready", flush=True)
    while sys.stdin.readline().strip() == "go":
        start = time.perf_counter()
        work()
        seconds = time.perf_counter() - start
        after()
        print(seconds, flush=True)
    print(peak() if peak else resource.getrusage(who).ru_maxrss * 1024, flush=True)
