"""Kernels of Jupyter as one client sees them, in turn: start to the first result, and a thousand cells.   kernels.py DATA RUNS KERNEL...   DATA: Jupyter's folder

Prints a line of Markdown for each kernel: median start in s and how many times that of the last kernel named, MiB after the first result, ms a cell of the
first and of the last hundred of a thousand, MiB after them.
"""
import os, statistics, subprocess, sys, time

os.environ["JUPYTER_PATH"], runs, *names = sys.argv[1:]

from jupyter_client.manager import KernelManager

NAMES = {".net-csharp": "csnb", "python3": "ipykernel"}
CELLS = {"python3": ("x = 20; x * 2 + 2", "c{0} = {1}; c{0}")}
CSHARP = "var x = 20; x * 2 + 2", "var c{0} = {1}; c{0}"


def cell(client, code):
    msg_id = client.execute(code)
    while True:
        reply = client.get_shell_msg(timeout=60)
        if reply["parent_header"].get("msg_id") == msg_id:
            assert reply["content"]["status"] == "ok", reply["content"]
            return


def memory(manager):
    """Of the kernel and its children, in MiB."""
    total, pids = 0, [manager.provisioner.process.pid]
    for pid in pids:
        with open(f"/proc/{pid}/status") as status:
            total += next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children") as children:
                pids += [int(child) for child in children.read().split()]
    return total / 1024


def start(name):
    manager = KernelManager(kernel_name=name)
    began = time.perf_counter()
    manager.start_kernel(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    client = manager.client()
    client.start_channels()
    cell(client, CELLS.get(name, CSHARP)[0])
    return manager, client, time.perf_counter() - began


def end(manager, client):
    client.stop_channels()
    manager.shutdown_kernel(now=True)


starts, fresh = {name: [] for name in names}, {name: [] for name in names}
for run in range(int(runs) + 1):
    for name in names:
        manager, client, seconds = start(name)
        if run:  # the first fills the caches of files
            starts[name].append(seconds)
            fresh[name].append(memory(manager))
        end(manager, client)

for name in names:
    manager, client, _ = start(name)
    times = []
    for number in range(1000):
        began = time.perf_counter()
        cell(client, CELLS.get(name, CSHARP)[1].format(number % 50, number))
        times.append((time.perf_counter() - began) * 1000)
    median = statistics.median(starts[name])
    print(f"| {NAMES.get(name, name)} | {median:.2f} ({min(starts[name]):.2f} to {max(starts[name]):.2f}) | {median / statistics.median(starts[names[-1]]):.2f} "
          f"| {statistics.median(fresh[name]):.0f} | {statistics.mean(times[:100]):.1f} | {statistics.mean(times[-100:]):.1f} | {memory(manager):.0f} |", flush=True)
    end(manager, client)
