"""A long session: cells with displays and errors, some of them interrupted; memory in between.   soak.py CSNB [CELLS [INTERRUPTS]]

After the second half the process may have so many MiB more than after the first, and so many MiB of objects that are in use. Of 600 cells it is 14 and 7 on an
idle machine and up to 36 and 8 on a busy one, where compilers that work beside the cells begin later; the text of each fifth cell, were it kept, would be 12:"""
MORE_MEMORY, MORE_OBJECTS = 48, 12

import os, subprocess, sys, tempfile, time

from cases import TIMEOUT, ask, client, outputs, reply, run, texts, wait_for
from jupyter_client.connect import write_connection_file

CSNB, CELLS, INTERRUPTS = os.path.abspath(sys.argv[1]), *[int(number) for number in (*sys.argv[2:], *("5000", "200")[len(sys.argv) - 2:])]


def status(pid, name):
    with open(f"/proc/{pid}/status") as lines:
        return next(int(line.split()[1]) // 1024 for line in lines if line.startswith(name + ":"))


def cell(kc, number):
    kind = number % 5
    if kind == 0:
        answer, shown = run(kc, f"var kept = {number};\nConsole.WriteLine(kept);")
        assert answer["status"] == "ok" and texts(shown) == f"{number}\n", (answer, shown)
    elif kind == 1:
        answer, shown = run(kc, f'display(HTML("<b>{number}</b>"));\nnew[] {{ {number}, 2 }}.Display();')
        assert answer["status"] == "ok" and [kind for kind, _ in shown] == ["display_data"] * 2, (answer, shown)
    elif kind == 2:
        answer, shown = run(kc, f'throw new InvalidOperationException("wrong {number}");')
        assert (answer["status"], answer["evalue"]) == ("error", f"wrong {number}"), answer
    elif kind == 3:
        answer, shown = run(kc, f'new string(\'x\', 100_000) + "{number}"')
        assert answer["status"] == "ok" and shown[0][1]["data"]["text/plain"].endswith(str(number)), answer
    else:
        answer, shown = run(kc, f"int wrong{number} = ;")
        assert answer["status"] == "error", answer


def interrupt(kc):
    msg_id = kc.execute('Console.WriteLine("started");\nwhile (true) { }')
    wait_for(kc, "started")
    ask(kc, "interrupt_request", {}, "control")
    assert reply(kc, msg_id)["content"]["ename"] == "OperationCanceledException"
    outputs(kc, msg_id)


with tempfile.TemporaryDirectory() as folder:
    connection, _ = write_connection_file(os.path.join(folder, "kernel.json"), kernel_name="csnb")
    kernel = subprocess.Popen([CSNB, "kernel", connection], cwd=folder)
    try:
        kc = client(connection)
        start, interrupts, found = time.perf_counter(), 0, []
        for number in range(CELLS):
            cell(kc, number)
            while interrupts < INTERRUPTS * (number + 1) // CELLS:
                interrupt(kc)
                interrupts += 1
            if (number + 1) % max(1, CELLS // 6) == 0:
                objects = int(texts(run(kc, "Console.Write(GC.GetTotalMemory(true));")[1])) / 2**20
                found.append((status(kernel.pid, "VmRSS"), objects))
                print(f"{number + 1:,} cells, {interrupts} interrupts, {time.perf_counter() - start:.0f} s: {found[-1][0]:,} MiB now, {status(kernel.pid, 'VmHWM'):,} MiB at most, {objects:.1f} of them objects, {len(os.listdir(f'/proc/{kernel.pid}/fd'))} open files", flush=True)
        (memory, objects), (memory_half, objects_half) = found[5], found[2]
        print(f"in the second half: {memory - memory_half} MiB more, {objects - objects_half:.1f} MiB of them objects")
        assert memory - memory_half <= MORE_MEMORY and objects - objects_half <= MORE_OBJECTS, "memory grows with the cells"
        reply(kc, ask(kc, "shutdown_request", {"restart": False}, "control"), channel="control")
        assert kernel.wait(timeout=TIMEOUT) == 0
        kc.stop_channels()
    finally:
        kernel.kill()
