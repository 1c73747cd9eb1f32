"""Times a whole command, with the same protocol as the works: seconds for each line "go", at the end the largest peak of its processes in bytes."""
import resource, subprocess, sys

from side import serve

def run():
    subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

serve(run, resource.RUSAGE_CHILDREN)
