"""The workflow of lib/cohort on this machine: what it costs beside the work itself, and how it scales.
cohort.py ROOT MANY FEW: MANY slides of one patch each for the overhead and the memory of collecting, FEW slides with work for the scaling; rows of a table.
Of the many each is told one of nine tissues by a head on mobilenet_v2, as is usual; of the few one of ImageNet's classes."""
import concurrent.futures
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

root, many, few = pathlib.Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
program = root / "lib/bin/patchwise"
imagenet = "mobilenet_v2-imagenet"


def table(folder, files, count):
    """Slides that are links to a few files."""
    (folder / "slides").mkdir(parents=True)
    rows = []
    for i in range(count):
        source = files[i % len(files)]
        link = folder / "slides" / f"{i}{source.suffix}"
        link.symlink_to(source)
        rows.append(f"{link},0.5,none")
    (folder / "slides.csv").write_text("path,mpp,mask\n" + "\n".join(rows) + "\n")


def larger(slide, folder):
    """The embedded slide, twelve times, as a pyramid of JPEG tiles: with work for a while, as slides have."""
    folder.mkdir()
    region, repeated, pyramid = folder / "region.v", folder / "repeated.v", folder / "slide.tif"
    for command in (["flatten", slide, region], ["replicate", region, repeated, "4", "3"],
                    ["tiffsave", repeated, pyramid, "--tile", "--tile-width", "256", "--tile-height", "256", "--pyramid", "--compression", "jpeg"]):
        subprocess.run(["vips", *command], check=True)
    region.unlink()
    repeated.unlink()
    return pyramid


def timed(command, **more):
    """Seconds."""
    begun = time.monotonic()
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **more)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stdout[-3000:]}")
    return time.monotonic() - begun


def loop(folder, model, parts=1):
    """All slides one after the other, each step by one process: what a loop in one process takes. In several parts, side by side, what this machine gives."""
    out = folder / f"loop-{parts}"
    count = len((folder / "slides.csv").read_text().splitlines()) - 1
    timed([program, "cohort", "list", folder / "slides.csv", "--out", out, "--job", str(-(-count // parts))])
    steps = {"check": [], "tissue": [], "predict": ["--model", model, "--resolution", "0.5", "--threads", "1"], "map": []}

    def part(number):
        return sum(timed([program, "cohort", step, out / f"jobs/{number:04}.csv", "--out", out, *options]) for step, options in steps.items())

    with concurrent.futures.ThreadPoolExecutor(parts) as workers:
        return max(workers.map(part, range(1, parts + 1)))


def workflow(folder, model, workers, job):
    out = folder / f"workers-{workers}"
    config = folder / f"{workers}.yaml"
    config.write_text(f"slides: {folder}/slides.csv\nout: {out}\nmodel: {model}\nresolution: 0.5\nthreads: 1\nslides_per_job: {job}\n")
    command = ["snakemake", "--snakefile", root / "lib/cohort/Snakefile", "--configfile", config, "--profile", root / "lib/cohort/profiles/local",
               "--cores", str(workers), "--quiet", "all"]
    seconds = timed(command, cwd=folder)
    return seconds, timed(command, cwd=folder), out


def peak(command):
    """Of a command, in a process of its own, so that no other's counts."""
    code = "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL); " \
           "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)"
    return int(subprocess.run([sys.executable, "-c", code, *command], check=True, stdout=subprocess.PIPE, text=True).stdout)


work = pathlib.Path(tempfile.mkdtemp(prefix="patchwise-cohort-"))
try:
    print("| cohort | | |\n|---|--:|---|")
    if few:
        folder = work / "few"
        table(folder, [larger(root / "notebooks/data/slides/CMU-1-Small-Region.svs", work / "source")], few)
        alone = loop(folder, imagenet)
        patches = json.loads(next((folder / "loop-1/slides").glob("*/predict.json")).read_text())["patches"]
        print(f"| {few} slides of {patches:,} patches, mobilenet_v2, one after the other in one process, one thread | {alone:.1f} s | |", flush=True)
        beside = loop(folder, imagenet, 2)
        print(f"| two such processes side by side, half of the slides each | {beside:.1f} s | {alone / 2 / beside:.2f} of the ideal: what the machine gives |",
              flush=True)
        for workers in (1, 2):
            seconds, _, _ = workflow(folder, imagenet, workers, max(1, few // 2))
            share = alone / workers / seconds
            given = f", {beside / seconds:.2f} of what the machine gives" if workers == 2 else ""
            print(f"| the same by the workflow, {workers} worker{'s' if workers > 1 else ''} | {seconds:.1f} s | "
                  f"{share:.2f} of the ideal (target 0.9, {'met' if share >= 0.9 else '**missed**'}){given} |", flush=True)
    if many:
        folder = work / "many"
        patches = sorted((root / "notebooks/data/nct-crc-he").glob("*/*.tif"))
        few_of_them = min(many, 1000)  # as many as tell what one takes
        table(work / "one", patches, few_of_them)
        head = work / "tissues.onnx"
        timed([root / "lib/obj/bin/Benchmarks/release/Benchmarks", "head", head])
        alone = loop(work / "one", head) / few_of_them
        print(f"| {few_of_them:,} slides of one patch, of nine tissues, one after the other in one process, one thread | {1000 * alone:.1f} ms a slide | |", flush=True)
        table(folder, patches, many)
        seconds, again, out = workflow(folder, head, 2, 50)
        print(f"| {many:,} such slides by the workflow, 2 workers, jobs of 50 | {1000 * seconds / many:.1f} ms a slide | "
              f"{1000 * (2 * seconds / many - alone):.1f} ms of a core a slide are overhead |", flush=True)
        print(f"| the same again, when all is done | {again:.1f} s | |")
        sizes = []
        for count in (many // 10, many):
            part = work / f"part-{count}"
            part.mkdir()
            (part / "slides").symlink_to(out / "slides")
            (part / "slides.csv").write_text("".join((out / "slides.csv").open().readlines()[:count + 1]))
            sizes.append(f"{peak([program, 'cohort', 'collect', part])} MiB of {count:,} slides")
        print(f"| memory of `cohort collect` | {', '.join(sizes)} | |")
finally:
    shutil.rmtree(work)
