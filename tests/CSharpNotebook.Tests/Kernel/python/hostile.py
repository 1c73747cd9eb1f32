"""Clients that mean harm or know no measure, beside one that works.   hostile.py CONNECTION_FILE"""
import json, os, random, socket, sys, threading
from queue import Empty

import zmq
from cases import client, main, reply, run, texts
from jupyter_client.session import Session


def ports(file):
    with open(file) as opened:
        return {name: port for name, port in json.load(opened).items() if name.endswith("_port")}


def test_garbage_on_all_sockets_while_a_client_works(kc, file):
    context, ended, sent = zmq.Context(), threading.Event(), [0]

    def harm(seed):
        chance = random.Random(seed)
        made = {name: context.socket(zmq.XSUB if name == "iopub_port" else zmq.DEALER) for name in ports(file)}
        for name, port in ports(file).items():
            made[name].setsockopt(zmq.SNDTIMEO, 20)
            made[name].connect(f"tcp://127.0.0.1:{port}")
        while not ended.is_set():
            name = chance.choice(list(made))
            frames = [chance.randbytes(chance.choice((0, 1, 60, 1000, 100_000))) for _ in range(chance.randrange(1, 12))]
            if chance.random() < 0.5:
                frames[chance.randrange(len(frames))] = b"<IDS|MSG>"
            try:
                made[name].send_multipart([b"\x01" + frames[0]] if name == "iopub_port" else frames)
                sent[0] += 1
            except zmq.Again:
                pass
            if chance.random() < 0.02:
                with socket.create_connection(("127.0.0.1", ports(file)[name])) as plain:
                    plain.sendall(chance.randbytes(3000))
        for one in made.values():
            one.close(0)

    threads = [threading.Thread(target=harm, args=(seed,)) for seed in (1, 2)]
    for thread in threads:
        thread.start()
    try:
        for number in range(100):
            answer, shown = run(kc, f"print {number}")
            assert answer["status"] == "ok" and texts(shown) == f"{number}\n", (answer, shown)
        while sent[0] < 2000:
            assert run(kc, "print on")[0]["status"] == "ok"
    finally:
        ended.set()
        for thread in threads:
            thread.join()
        context.destroy(linger=0)


def test_what_is_not_signed_may_not_be_large(kc, file):
    context = zmq.Context()
    for name, frame in ("iopub_port", b"\x01" + b"t" * 2000), ("hb_port", b"b" * 70_000):
        one = context.socket(zmq.XSUB if name == "iopub_port" else zmq.DEALER)
        one.connect(f"tcp://127.0.0.1:{ports(file)[name]}")
        monitor = one.get_monitor_socket(zmq.EVENT_DISCONNECTED)
        one.send(frame)
        closed = monitor.poll(5000)
        one.disable_monitor()
        assert closed, f"{name} keeps a client that sends {len(frame):,} bytes"
    context.destroy(linger=0)
    assert run(kc, "alive")[0]["status"] == "ok"


def test_a_deep_display_is_sent_and_ends_nothing(kc, file):
    deep = "[" * 64 + "]" * 64
    _, shown = run(kc, f"json {deep}")
    assert json.dumps(shown[0][1]["data"]["application/json"]) == deep, shown
    _, shown = run(kc, f"json {'[' * 500 + ']' * 500}")
    assert isinstance(shown[0][1]["data"]["application/json"], str), shown


def test_wrong_contents_are_bad_requests(kc, file):
    half, deep = "\ud800", json.loads("[" * 50 + "]" * 50)
    wrong = 7, -1, 1e308, 2**70, True, half, [], {}, deep, "text"
    for kind, fields in {
        "execute_request": {"code": "a", "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False, "stop_on_error": False},
        "complete_request": {"code": "a b", "cursor_pos": 1},
        "inspect_request": {"code": "a b", "cursor_pos": 1, "detail_level": 0},
        "is_complete_request": {"code": "a"},
        "history_request": {"hist_access_type": "range", "session": 0, "start": 0, "stop": 9, "output": True},
    }.items():
        for name in fields:
            for value in wrong:
                answer = signed(kc, kind, {**fields, name: value})
                assert answer["status"] != "error" or answer["ename"] == "BadRequest", (kind, name, value, answer)
                assert len(json.dumps(answer)) < 3000, (kind, name, value)
    for position in -2**31, -1, 0, 3, 4, 2**31 - 1:
        assert signed(kc, "complete_request", {"code": "a \U0001f600", "cursor_pos": position})["status"] == "ok"
    assert signed(kc, "complete_request", {"code": "a", "cursor_pos": "7" * 1_000_000})["ename"] == "BadRequest"
    assert signed(kc, "execute_request", {"code": "a", "user_expressions": {"a": half}})["ename"] == "BadRequest"


def signed(kc, kind, content):
    """With escapes for what is no text, which the client's own encoder would refuse."""
    session = Session(key=kc.session.key)
    msg = session.msg(kind, content)
    parts = [json.dumps(part, default=str).encode() for part in (msg["header"], {}, {}, content)]
    kc.shell_channel.socket.send_multipart([b"<IDS|MSG>", session.sign(parts), *parts])
    return reply(kc, msg["header"]["msg_id"])["content"]


def test_a_header_without_measure_is_dropped(kc, file):
    session = Session(key=kc.session.key)
    for extra, encoding in ({"more": "x" * 70_000}, "utf-8"), ({"more": "\u00e4"}, "latin-1"):
        msg = session.msg("kernel_info_request", {})
        parts = [json.dumps({**msg["header"], **extra}, default=str, ensure_ascii=False).encode(encoding), b"{}", b"{}", b"{}"]
        kc.shell_channel.socket.send_multipart([b"<IDS|MSG>", session.sign(parts), *parts])
        try:
            kc.get_shell_msg(timeout=0.3)
            raise AssertionError("it was answered")
        except Empty:
            pass
    assert run(kc, "alive")[0]["status"] == "ok"


def test_history_keeps_the_beginning_of_what_is_long(kc, file):
    run(kc, "x" * 100_000)
    content = reply(kc, kc.history(hist_access_type="tail", n=1, output=True, raw=True))["content"]
    assert [len(text) for text in content["history"][0][2]] == [20_001, 20_001]


def test_displays_without_end_are_bounded(kc, file):
    _, shown = run(kc, "show a\n" * 10_500)
    assert sum(kind == "display_data" for kind, _ in shown) == 10_000
    assert "500 more displays were left out: a cell keeps 10,000" in texts(shown, "stderr")
    _, shown = run(kc, "print a\ncomplain b\n" * 6000)
    # A text may come in several messages, and the note with the last text of its stream.
    names = [content["name"] for kind, content in shown if kind == "stream"]
    turns = sum(name != before for name, before in zip(names, [None] + names))
    assert turns in (10_000, 10_001), (turns, len(names))
    assert "characters of text were left out" in texts(shown, "stderr")
    _, shown = run(kc, ("show a\n" * 6000 + "clear\n") * 2 + "show b")
    assert sum(kind == "display_data" for kind, _ in shown) == 12_001


if __name__ == "__main__":
    kc = client(sys.argv[1])
    main(sys.modules[__name__], kc, sys.argv[1])
    kc.stop_channels()
