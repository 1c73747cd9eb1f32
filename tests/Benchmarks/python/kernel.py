"""A Jupyter kernel as the same client sees it, with the protocol of the other works; its peak is that of the kernel's process.

usage: python3 kernel.py DATA KERNEL start|cell CODE     DATA: Jupyter's folder that is looked into first
start: from nothing to the answer of a first cell; cell: a cell of a kernel that has run twenty
"""
import os, subprocess, sys

from jupyter_client.manager import KernelManager

from side import serve

os.environ["JUPYTER_PATH"], name, what, code = sys.argv[1:]
peak = 0
running = None


def start():
    manager = KernelManager(kernel_name=name)
    manager.start_kernel(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    client = manager.client()
    client.start_channels()
    cell(client)
    return manager, client


def cell(client):
    msg_id = client.execute(code)
    while True:
        reply = client.get_shell_msg(timeout=60)
        if reply["parent_header"].get("msg_id") == msg_id:
            assert reply["content"]["status"] == "ok", reply["content"]
            return


def end():
    global peak, running
    manager, client = running
    with open(f"/proc/{manager.provisioner.process.pid}/status") as status:
        peak = max(peak, int(next(line for line in status if line.startswith("VmHWM")).split()[1]) * 1024)
    client.stop_channels()
    manager.shutdown_kernel(now=True)
    running = None


def work():
    global running
    running = start()


if what == "start":
    serve(work, after=end, peak=lambda: peak)
else:
    work()
    for _ in range(20):
        cell(running[1])
    serve(lambda: cell(running[1]), peak=lambda: (end(), peak)[1])
