"""Runs the functions test_... of a script and says how each ended; and what they all need of a client."""
import sys, time, traceback
from queue import Empty

from jupyter_client import BlockingKernelClient

TIMEOUT = 120


def client(connection_file):
    made = BlockingKernelClient(connection_file=connection_file)
    made.load_connection_file()
    made.start_channels(hb=False)  # a kernel that is slow to start on a busy machine is not dead
    made.wait_for_ready(timeout=TIMEOUT)
    return made


def soon(limit, seconds):
    """That seconds() comes back with less than the limit: a busy machine may hold up some of five tries."""
    tries = []
    while not tries or tries[-1] >= limit:
        assert len(tries) < 5, (limit, tries)
        tries.append(seconds())


def outputs(kc, msg_id, timeout=TIMEOUT):
    """What the clients see of a request, from busy to idle, as (type, content)."""
    found = []
    while True:
        msg = kc.get_iopub_msg(timeout=timeout)
        if msg["parent_header"].get("msg_id") != msg_id:
            continue
        found.append((msg["msg_type"], msg["content"]))
        if found[-1] == ("status", {"execution_state": "idle"}):
            return found


def reply(kc, msg_id, timeout=TIMEOUT, channel="shell"):
    while True:
        msg = getattr(kc, f"get_{channel}_msg")(timeout=timeout)
        if msg["parent_header"].get("msg_id") == msg_id:
            return msg


def run(kc, code, **options):
    """The content of the answer, and what was shown between execute_input and idle."""
    msg_id = kc.execute(code, **options)
    # Outputs first: what a client does not take is held back for a while only.
    shown = outputs(kc, msg_id)
    answer = reply(kc, msg_id)["content"]
    assert shown[0] == ("status", {"execution_state": "busy"}), shown
    shown = shown[1:-1]
    if not options.get("silent"):
        assert shown[0] == ("execute_input", {"code": code, "execution_count": answer.get("execution_count", shown[0][1]["execution_count"])}), shown
        shown = shown[1:]
    return answer, shown


def texts(shown, stream="stdout"):
    return "".join(content["text"] for kind, content in shown if kind == "stream" and content["name"] == stream)


def ask(kc, kind, content, channel="shell"):
    """Sends a request that the client has no method for; the answer."""
    msg = kc.session.msg(kind, content)
    getattr(kc, f"{channel}_channel").send(msg)
    return msg["header"]["msg_id"]


def wait_for(kc, text):
    """Until a cell has printed it."""
    while True:
        msg = kc.get_iopub_msg(timeout=TIMEOUT)
        if msg["msg_type"] == "stream" and text in msg["content"]["text"]:
            return msg


def quiet(kc, seconds=0.2):
    """Nothing more comes."""
    try:
        msg = kc.get_iopub_msg(timeout=seconds)
    except Empty:
        return True
    raise AssertionError(f"unexpected: {msg}")


def main(module, *arguments):
    for name, test in list(vars(module).items()):
        if not name.startswith("test_"):
            continue
        start = time.perf_counter()
        try:
            test(*arguments)
            verdict, why = "PASS", ""
        except BaseException:
            verdict, why = "FAIL", traceback.format_exc()
        print(f"{verdict} {name[5:]} {time.perf_counter() - start:.2f} s\n{why}", end="", flush=True)
