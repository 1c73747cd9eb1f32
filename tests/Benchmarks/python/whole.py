"""Times a whole command, with the same protocol as the works: seconds for each line "go", at the end the largest peak of its processes in bytes."""
import resource, subprocess, sys, time

def run():
    subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

run()
print("ready", flush=True)
while sys.stdin.readline().strip() == "go":
    start = time.perf_counter()
    run()
    print(time.perf_counter() - start, flush=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024, flush=True)
