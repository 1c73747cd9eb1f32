"""The C# kernel, started and ended as Jupyter does it.   csharp.py KERNEL_NAME FOLDER"""
import json, os, re, signal, subprocess, sys, time

import nbformat
from cases import TIMEOUT, ask, client, main, outputs, reply, run, soon, texts, wait_for
from jupyter_client.connect import write_connection_file
from jupyter_client.manager import KernelManager, start_new_kernel

NAME, FOLDER = sys.argv[1:]


def value(kc, code, **options):
    answer, shown = run(kc, code, **options)
    assert answer["status"] == "ok", answer
    return "".join(content["data"]["text/plain"] for kind, content in shown if kind == "execute_result")


def interrupted(kc, code, before=0.0):
    """Runs an endless cell and presses stop; the seconds until it has ended."""
    msg_id = kc.execute(f'Console.WriteLine("started");\n{code}')
    wait_for(kc, "started")
    time.sleep(before)
    start = time.perf_counter()
    ask(kc, "interrupt_request", {}, "control")
    answer = reply(kc, msg_id)["content"]
    seconds = time.perf_counter() - start
    assert (answer["status"], answer["ename"]) == ("error", "OperationCanceledException"), answer
    outputs(kc, msg_id)
    return seconds


def test_interrupt_matrix(km, kc):
    value(kc, "var kept = 7;")
    for code in (
        "while (true) { }",
        "while (true) { try { while (true) { } } catch (Exception) { } }",
        "await Task.Delay(-1);",
        "Enumerable.Range(0, int.MaxValue).Select(x => (long)x).Where(x => x < 0).ToArray()",
        "System.Threading.Thread.Sleep(-1);",
        "Task.Delay(-1).Wait();",
        "IEnumerable<int> Endless() { for (;;) yield return 1; }\nEndless().Sum(x => (long)x)",
    ):
        soon(1, lambda: interrupted(kc, code))  # a quiet machine takes 0.05 s
    assert value(kc, "kept") == "7"


def test_interrupt_by_signal(km, kc):
    msg_id = kc.execute('Console.WriteLine("started");\nwhile (true) { }')
    wait_for(kc, "started")
    os.kill(process(km).pid, signal.SIGINT)
    assert reply(kc, msg_id)["content"]["ename"] == "OperationCanceledException"
    assert value(kc, "1 + 1") == "2"


def test_kernel_info_on_control_while_a_cell_runs(km, kc):
    msg_id = kc.execute('Console.WriteLine("started");\nwhile (true) { }')
    wait_for(kc, "started")
    for _ in range(5):
        assert reply(kc, ask(kc, "kernel_info_request", {}, "control"), channel="control")["content"]["language_info"]["name"] == "C#"
    assert kc.is_alive()
    ask(kc, "interrupt_request", {}, "control")
    reply(kc, msg_id)


def test_stdin(km, kc):
    msg_id = kc.execute('var name = await GetInputAsync("name?");\nvar line = Console.ReadLine();\nConsole.WriteLine($"{name}, {line}");', allow_stdin=True)
    for prompt, text in ("name?", "Ada"), ("", "typed"):
        assert kc.get_stdin_msg(timeout=TIMEOUT)["content"] == {"prompt": prompt, "password": False}
        kc.input(text)
    assert texts(outputs(kc, msg_id)) == "Ada, typed\n"
    msg_id = kc.execute('Console.WriteLine(input("one?") + password("two?").GetClearTextPassword());', allow_stdin=True)
    for prompt, secret in ("one?", False), ("two?", True):
        assert kc.get_stdin_msg(timeout=TIMEOUT)["content"] == {"prompt": prompt, "password": secret}
        kc.input(prompt)
    assert texts(outputs(kc, msg_id)) == "one?two?\n"
    assert value(kc, "Console.ReadLine() is null", allow_stdin=False) == "True"
    answer, _ = run(kc, 'await GetInputAsync("name?")', allow_stdin=False)
    assert answer["evalue"].startswith('The cell asks "name?", but its client cannot be asked'), answer


def test_errors_are_those_of_the_notebook(km, kc):
    answer, shown = run(kc, 'int Half(int x) => x == 0 ? throw new ArgumentException("no half") : x / 2;\n\nHalf(0)')
    assert (answer["ename"], answer["evalue"]) == ("ArgumentException", "no half"), answer
    assert [kind for kind, _ in shown] == ["error"]
    assert re.search(r"Cell \[\d+\], line 1", answer["traceback"][1]) and re.search(r"Cell \[\d+\], line 3", answer["traceback"][2]), answer["traceback"]
    assert not any("CSharpNotebook" in line or "Microsoft.CodeAnalysis" in line for line in answer["traceback"])


def test_user_expressions(km, kc):
    asked = {"twice": "made * 2", "wrong": "made * nothing", "failing": "made / (made - 20)", "empty": "made = 21;"}
    answers = run(kc, "var made = 20;", user_expressions=asked)[0]["user_expressions"]
    assert answers["twice"]["data"]["text/plain"] == "40"
    assert [(answers[name]["status"], answers[name]["ename"]) for name in ("wrong", "failing", "empty")] \
        == [("error", name) for name in ("CompilationErrorException", "DivideByZeroException", "NotebookException")]


def test_displays_update_in_place(km, kc):
    _, shown = run(kc, 'var shown = "one".Display();\nshown.Update("two");')
    assert [(kind, content["data"]["text/plain"]) for kind, content in shown] == [("display_data", "one"), ("update_display_data", "two")]
    assert shown[0][1]["transient"] == shown[1][1]["transient"]
    _, later = run(kc, 'shown.Update("three");')
    assert later[0][1]["transient"] == shown[0][1]["transient"]


def test_output_of_threads_that_outlive_their_cell(km, kc):
    msg_id = kc.execute('_ = Task.Run(async () => { await Task.Delay(400); Console.WriteLine("late"); });')
    reply(kc, msg_id)
    run(kc, "1")
    assert wait_for(kc, "late")["parent_header"]["msg_id"] == msg_id


def test_a_flood_of_text(km, kc):
    answer, shown = run(kc, 'for (var i = 0; i < 500_000; i++) Console.WriteLine(new string(\'x\', 99));')
    assert answer["status"] == "ok"
    assert len(texts(shown)) == 10_000_000 and "40,000,000 more" in texts(shown, "stderr")


def test_a_cell_keeps_little_memory(km, kc):
    def cells(first, end):
        for i in range(first, end):
            assert reply(kc, kc.execute(f"var c{i % 50} = {i}; int Twice{i}(int y) => 2 * y; Twice{i}(c{i % 50})"))["content"]["status"] == "ok"
        run(kc, "GC.Collect();")
        return memory(process(km).pid)

    before = cells(0, 100)
    after = cells(100, 300)
    # A quarter of a megabyte was seen: the kernel keeps each cell's assembly.
    assert after - before < 200 * 0.5, (before, after)


def memory(pid):
    with open(f"/proc/{pid}/status") as status:
        return int(re.search(r"VmRSS:\s+(\d+)", status.read()).group(1)) / 1024


def process(km):
    return km.provisioner.process


def test_restarts(km, kc):
    own, client = start_new_kernel(kernel_name=NAME, cwd=FOLDER)
    try:
        for i in range(10):
            before = process(own).pid
            own.restart_kernel(now=i % 4 == 3)
            client.wait_for_ready(timeout=TIMEOUT)
            assert process(own).pid != before and not alive(before)
        assert value(client, "6 * 7") == "42"
        msg_id = client.execute('Console.WriteLine("started");\nwhile (true) { }')
        wait_for(client, "started")
        own.restart_kernel()
        client.wait_for_ready(timeout=TIMEOUT)
        assert value(client, "6 * 7") == "42"
        last = process(own).pid
    finally:
        client.stop_channels()
        own.shutdown_kernel()
    assert not alive(last)


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def gone(pid, seconds=10):
    end = time.time() + seconds
    while alive(pid):
        if time.time() > end:
            return False
        time.sleep(0.05)
    return True


def connection(name):
    """A connection file with free ports, and the command that starts the kernel with it."""
    file, _ = write_connection_file(os.path.join(FOLDER, name))
    return file, [part.format(connection_file=file) for part in KernelManager(kernel_name=NAME).kernel_spec.argv]


def ready(file):
    made = client(file)
    made.stop_channels()


def test_no_port_is_open_but_those_of_jupyter(km, kc):
    value(kc, "1 + 1")
    assert listening(process(km).pid) == {("127.0.0.1", getattr(km, f"{name}_port")) for name in ("shell", "control", "iopub", "stdin", "hb")}


def listening(pid):
    """Address and port of all that a process listens at."""
    own = {os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")}
    found = set()
    for family in "tcp", "tcp6":
        with open(f"/proc/{pid}/net/{family}") as lines:
            for line in list(lines)[1:]:
                _, local, _, state, *_, inode = line.split()[:10]
                if state == "0A" and f"socket:[{inode}]" in own:
                    address, port = local.split(":")
                    found.add((".".join(str(byte) for byte in reversed(bytes.fromhex(address))) if family == "tcp" else address, int(port, 16)))
    return found


def test_the_process_ends_with_its_parent(km, kc):
    for endless in False, True:
        file, command = connection(f"orphan-{endless}.json")
        parent = subprocess.Popen([sys.executable, "-c", f"""
import os, subprocess, time
print(subprocess.Popen({command!r}, env={{**os.environ, "JPY_PARENT_PID": str(os.getpid())}}, start_new_session=True).pid, flush=True)
time.sleep(600)
"""], stdout=subprocess.PIPE, text=True)
        pid = int(parent.stdout.readline())
        made = client(file)
        if endless:
            made.execute('Console.WriteLine("started");\nwhile (true) { try { System.Threading.Thread.Sleep(10); } catch { } }')
            wait_for(made, "started")
        parent.kill()
        assert gone(pid), "the kernel outlived its parent"
        parent.wait()
        made.stop_channels()


def test_the_process_ends_by_sigterm_and_by_shutdown(km, kc):
    file, command = connection("ends.json")
    for end in "sigterm", "control", "shell":
        kernel = subprocess.Popen(command)
        made = client(file)
        made.execute('Console.WriteLine("started");\nwhile (true) { }' if end != "shell" else 'Console.WriteLine("started");')
        wait_for(made, "started")
        if end == "sigterm":
            kernel.terminate()
        else:
            msg_id = ask(made, "shutdown_request", {"restart": False}, end)
            assert reply(made, msg_id, channel=end)["content"] == {"status": "ok", "restart": False}
        assert kernel.wait(TIMEOUT) == (143 if end == "sigterm" else 0)
        made.stop_channels()


def fails(command):
    ended = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT)
    assert ended.returncode != 0 and ended.stdout == "" and ended.stderr.count("\n") == 1 and "   at " not in ended.stderr, ended
    return ended.returncode, ended.stderr


def test_no_connection_file_and_wrong_ones(km, kc):
    _, command = connection("unused.json")
    for name, text in ("absent.json", None), ("empty.json", ""), ("list.json", "[]"), ("noports.json", "{}"), ("port.json", json.dumps({f"{n}_port": 99999 for n in ("shell", "control", "iopub", "stdin", "hb")})), \
            ("scheme.json", json.dumps({"signature_scheme": "hmac-md5"})), ("text.json", json.dumps({"ip": 7})):
        path = os.path.join(FOLDER, name)
        if text is not None:
            with open(path, "w") as file:
                file.write(text)
        code, message = fails([*command[:-1], path])
        assert code == 2 and name in message, message


def test_ports_in_use(km, kc):
    file, command = connection("busy.json")
    kernel = subprocess.Popen(command)
    try:
        ready(file)
        code, message = fails(command)
        assert code == 1 and "in use" in message, message
        ready(file)
    finally:
        kernel.terminate()
        kernel.wait(TIMEOUT)


def test_the_connection_file_and_ipc_sockets_are_the_users_own(km, kc):
    folder = os.path.join(FOLDER, "ipc")
    os.mkdir(folder, mode=0o755)
    own = KernelManager(kernel_name=NAME, transport="ipc", ip=os.path.join(folder, "k"), connection_file=os.path.join(folder, "ipc.json"))
    own.start_kernel()
    made = own.client()
    made.start_channels()
    made.wait_for_ready(timeout=TIMEOUT)
    assert value(made, "6 * 7") == "42"
    names = sorted(os.listdir(folder))
    assert len(names) == 6, names
    assert all(os.stat(os.path.join(folder, name)).st_mode & 0o077 == 0 for name in names), names
    made.stop_channels()
    own.shutdown_kernel()


def notebook():
    made = nbformat.v4.new_notebook(metadata={"kernelspec": {"name": NAME, "display_name": NAME, "language": "C#"}})
    made.cells = [nbformat.v4.new_code_cell(code) for code in ("var x = 20;\nConsole.WriteLine(x);", "x * 2 + 2", 'display(HTML("<b>shown</b>"));')]
    return made


def test_nbclient_runs_a_notebook(km, kc):
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError
    made = notebook()
    NotebookClient(made, kernel_name=NAME, timeout=TIMEOUT, resources={"metadata": {"path": FOLDER}}).execute()
    assert [cell.outputs[0].output_type for cell in made.cells] == ["stream", "execute_result", "display_data"]
    assert made.cells[1].outputs[0]["data"]["text/plain"] == "42"
    made.cells.insert(1, nbformat.v4.new_code_cell('throw new TimeoutException("late");'))
    try:
        NotebookClient(made, kernel_name=NAME, timeout=TIMEOUT).execute()
        raise AssertionError("the error was passed over")
    except CellExecutionError as error:
        assert error.ename == "TimeoutException", error


def test_nbconvert_runs_a_notebook(km, kc):
    path = os.path.join(FOLDER, "converted.ipynb")
    nbformat.write(notebook(), path)
    subprocess.run(["/usr/bin/jupyter-nbconvert", "--to", "html", "--execute", path, "--output", "converted"], check=True, capture_output=True, text=True, timeout=120)
    with open(os.path.join(FOLDER, "converted.html")) as page:
        text = page.read()
    assert "<b>shown</b>" in text and "42" in text


if __name__ == "__main__":
    km, kc = start_new_kernel(kernel_name=NAME, cwd=FOLDER)
    main(sys.modules[__name__], km, kc)
    kc.stop_channels()
    km.shutdown_kernel()
