"""The messages of the Jupyter protocol, one test for each, against a kernel that serves the language of EchoLanguage.cs.   echo.py CONNECTION_FILE"""
import json, os, socket, sys, time
from queue import Empty

import zmq
from jupyter_client.session import Session
from cases import TIMEOUT, ask, client, main, outputs, quiet, reply, run, soon, texts, wait_for

OK = {"status": "ok"}


def test_kernel_info_on_shell_and_control(kc, file):
    for channel in "shell", "control":
        msg_id = ask(kc, "kernel_info_request", {}, channel)
        msg = reply(kc, msg_id, channel=channel)
        assert msg["msg_type"] == "kernel_info_reply"
        content = msg["content"]
        assert (content["status"], content["protocol_version"], content["implementation"], content["language_info"]["name"]) == ("ok", "5.4", "csnb", "C#"), content
        assert content["help_links"] == [{"text": ".NET libraries", "url": "https://learn.microsoft.com/dotnet/api/"}]
        assert outputs(kc, msg_id) == [("status", {"execution_state": "busy"}), ("status", {"execution_state": "idle"})]


def test_execute_counts_and_shows_in_order(kc, file):
    first, shown = run(kc, "print a\ncomplain b\nprint c\nshow d\nvalue")
    assert [kind for kind, _ in shown] == ["stream", "stream", "stream", "display_data", "execute_result"], shown
    assert [content["text"] for kind, content in shown if kind == "stream"] == ["a\n", "b\n", "c\n"]
    assert shown[4][1] == {"execution_count": first["execution_count"], "data": {"text/plain": "value"}, "metadata": {}}
    assert (first["status"], first["payload"], first["user_expressions"]) == ("ok", [], {})
    second, _ = run(kc, "again")
    assert second["execution_count"] == first["execution_count"] + 1


def test_streams_are_batched(kc, file):
    _, shown = run(kc, "\n".join(f"print {i}" for i in range(500)))
    assert texts(shown) == "".join(f"{i}\n" for i in range(500))
    assert len(shown) <= 5, len(shown)


def test_characters_are_not_torn_and_halves_do_no_harm(kc, file):
    _, shown = run(kc, "halves")
    assert texts(shown) == "\U0001F600 \ufffd!", shown


def test_errors(kc, file):
    answer, shown = run(kc, "print before\nfail badly")
    assert [kind for kind, _ in shown] == ["stream", "error"], shown
    assert (answer["status"], answer["ename"], answer["evalue"]) == ("error", "EchoException", "badly")
    assert shown[1][1] == {"ename": "EchoException", "evalue": "badly", "traceback": answer["traceback"]}
    assert "badly" in answer["traceback"][0]


def test_silent_shows_nothing_and_counts_nothing(kc, file):
    before = run(kc, "x")[0]["execution_count"]
    assert run(kc, "print a\nshow b\nvalue", silent=True)[1] == []
    assert run(kc, "fail", silent=True)[0]["status"] == "error"
    answer, shown = run(kc, "value", store_history=False)
    assert (answer["execution_count"], [kind for kind, _ in shown]) == (before, ["execute_result"])
    assert run(kc, " \n")[0]["execution_count"] == before
    assert run(kc, "x")[0]["execution_count"] == before + 1


def test_user_expressions(kc, file):
    answer, _ = run(kc, "x", user_expressions={"a": "one", "b": "fail two"})
    assert answer["user_expressions"]["a"] == {"status": "ok", "data": {"text/plain": "one"}, "metadata": {}}
    assert (answer["user_expressions"]["b"]["status"], answer["user_expressions"]["b"]["ename"]) == ("error", "EchoException")


def test_stop_on_error_aborts_what_waits(kc, file):
    ids = [kc.execute(code) for code in ("wait 200\nfail", "print not", "print neither")]
    assert [reply(kc, msg_id)["content"]["status"] for msg_id in ids] == ["error", "aborted", "aborted"]
    assert [kind for kind, _ in outputs(kc, ids[1])] == ["status", "status"]
    assert run(kc, "after")[0]["status"] == "ok"
    ids = [kc.execute(code, stop_on_error=False) for code in ("wait 200\nfail", "print yes")]
    assert [reply(kc, msg_id)["content"]["status"] for msg_id in ids] == ["error", "ok"]


def test_what_is_sent_once_a_failure_is_known_runs(kc, file):
    for _ in range(100):
        assert reply(kc, kc.execute("fail"))["content"]["status"] == "error"
        assert reply(kc, kc.execute("x"))["content"]["status"] == "ok"


def test_complete_counts_code_points(kc, file):
    code = "\U0001D4B3\U0001D4B3 a\U0001F600 rest"
    content = reply(kc, kc.complete(code, 5))["content"]
    assert (content["status"], content["matches"], content["cursor_start"], content["cursor_end"]) == ("ok", ["a\U0001F600a\U0001F600"], 3, 5), content
    assert content["metadata"]["_jupyter_types_experimental"] == [{"start": 3, "end": 5, "text": "a\U0001F600a\U0001F600", "type": "variable", "signature": "echo"}]
    for place in 0, -5, 10_000:
        assert reply(kc, kc.complete(code, place))["content"]["status"] == "ok"


def test_inspect(kc, file):
    content = reply(kc, kc.inspect("\U0001F600b", 1, detail_level=1))["content"]
    assert content == {"status": "ok", "found": True, "data": {"text/html": "<i>\U0001F600b</i>", "text/plain": "\U0001F600b at 2"}, "metadata": {}}, content
    assert reply(kc, kc.inspect("nothing"))["content"] == {"status": "ok", "found": False, "data": {}, "metadata": {}}


def test_help_goes_to_the_pager(kc, file):
    for code in "?some.name", "some.name?", "? some.name":
        payload = run(kc, code)[0]["payload"]
        assert payload == [{"source": "page", "data": {"text/html": "<i>some.name</i>", "text/plain": "some.name at 9"}, "start": 0}], payload


def test_is_complete(kc, file):
    assert [reply(kc, kc.is_complete(code))["content"] for code in ("a", "a(", "a!")] == [{"status": "complete"}, {"status": "incomplete", "indent": "    "}, {"status": "invalid"}]


def test_history(kc, file):
    numbers = [run(kc, code)[0]["execution_count"] for code in ("needle 1", "needle [2]", "needle 1", "hay")]

    def history(**options):
        return reply(kc, kc.history(raw=True, **{"output": False, **options}))["content"]["history"]

    tail = history(hist_access_type="tail", n=4)
    assert [entry[1:] for entry in tail] == [[number, code] for number, code in zip(numbers, ("needle 1", "needle [2]", "needle 1", "hay"))], tail
    session = tail[0][0]
    assert history(hist_access_type="tail", n=1, output=True) == [[session, numbers[3], ["hay", "hay"]]]
    for asked in session, 0:
        assert history(hist_access_type="range", session=asked, start=numbers[0], stop=numbers[2]) == tail[:2]
    assert history(hist_access_type="range", session=session + 1, start=0, stop=10) == []
    assert history(hist_access_type="search", pattern="needle*", n=2) == tail[1:3]
    assert history(hist_access_type="search", pattern="needle*", unique=True) == tail[1:3]
    assert history(hist_access_type="search", pattern="needle [2?") == [tail[1]]
    run(kc, "x", store_history=False)
    assert history(hist_access_type="tail", n=1) == [tail[3]]
    wrong = reply(kc, ask(kc, "history_request", {"hist_access_type": "none"}))["content"]
    assert (wrong["status"], wrong["ename"]) == ("error", "BadRequest")


def test_comms_are_refused_politely(kc, file):
    assert reply(kc, kc.comm_info())["content"] == {"status": "ok", "comms": {}}
    msg_id = ask(kc, "comm_open", {"comm_id": "c1", "target_name": "unknown", "data": {}})
    assert outputs(kc, msg_id)[1] == ("comm_close", {"comm_id": "c1", "data": {}})
    for kind in "comm_msg", "comm_close":
        assert len(outputs(kc, ask(kc, kind, {"comm_id": "c1", "data": {}}))) == 2


def test_connect(kc, file):
    with open(file) as opened:
        ports = json.load(opened)
    content = reply(kc, ask(kc, "connect_request", {}))["content"]
    assert content == {**OK, **{name: ports[name] for name in ("shell_port", "control_port", "iopub_port", "stdin_port", "hb_port")}}


def test_unknown_and_wrong_requests(kc, file):
    assert len(outputs(kc, ask(kc, "dance_request", {}))) == 2
    for kind, content in ("execute_request", {}), ("execute_request", {"code": 7}), ("complete_request", {"code": "a", "cursor_pos": "end"}), ("execute_request", {"code": "a", "silent": "no"}):
        answer = reply(kc, ask(kc, kind, content))["content"]
        assert (answer["status"], answer["ename"]) == ("error", "BadRequest"), answer
    answer = reply(kc, kc.execute("crash"))["content"]
    assert (answer["status"], answer["ename"]) == ("error", "InvalidDataException"), answer


def test_displays_and_updates(kc, file):
    _, shown = run(kc, "show one\nupdate one more\njson {\"a\": [1]}")
    assert shown == [
        ("display_data", {"data": {"text/html": "<b>one</b>", "text/plain": "one"}, "metadata": {}, "transient": {"display_id": "one"}}),
        ("update_display_data", {"data": {"text/plain": "one more"}, "metadata": {}, "transient": {"display_id": "one"}}),
        ("display_data", {"data": {"application/json": {"a": [1]}, "text/plain": "{\"a\": [1]}"}, "metadata": {}, "transient": {"display_id": "json"}}),
    ], shown
    _, shown = run(kc, "\n".join(f"update one {i}" for i in range(300)) + "\nprint end")
    updates = [content["data"]["text/plain"] for kind, content in shown if kind == "update_display_data"]
    assert updates[-1] == "one 299" and len(updates) < 20, updates
    assert shown[-1][0] == "stream"


def test_clear_output(kc, file):
    _, shown = run(kc, "print a\nclear\nclear wait\nprint b")
    assert [(kind, content.get("wait")) for kind, content in shown] == [("stream", None), ("clear_output", False), ("clear_output", True), ("stream", None)]


def answer_stdin(kc, value):
    msg = kc.get_stdin_msg(timeout=TIMEOUT)
    kc.input(value)
    return msg


def test_stdin(kc, file):
    msg_id = kc.execute("print first\nask name?\nsecret word?", allow_stdin=True)
    asked = answer_stdin(kc, "Ada"), answer_stdin(kc, "s\u00e9same")
    assert [(msg["content"], msg["parent_header"]["msg_id"]) for msg in asked] == [({"prompt": "name?", "password": False}, msg_id), ({"prompt": "word?", "password": True}, msg_id)]
    assert texts(outputs(kc, msg_id)) == "first\nAda\ns\u00e9same\n"


def test_stdin_not_allowed(kc, file):
    answer, _ = run(kc, "ask name?", allow_stdin=False)
    assert (answer["status"], answer["ename"]) == ("error", "NotSupportedException") and "name?" in answer["evalue"]


def test_stdin_ends_with_an_interrupt(kc, file):
    msg_id = kc.execute("ask name?", allow_stdin=True)
    kc.get_stdin_msg(timeout=TIMEOUT)
    ask(kc, "interrupt_request", {}, "control")
    assert reply(kc, msg_id)["content"]["ename"] == "OperationCanceledException"
    kc.input("too late")
    msg_id = kc.execute("ask again?", allow_stdin=True)
    answer_stdin(kc, "in time")
    assert texts(outputs(kc, msg_id)) == "in time\n"


def test_two_clients(kc, file):
    other = client(file)
    try:
        msg_id = other.execute("print from the other\nask name?", allow_stdin=True)
        wait_for(kc, "from the other")  # both see it
        try:
            kc.get_stdin_msg(timeout=0.2)
            raise AssertionError("only the client that runs the cell is asked")
        except Empty:
            pass
        kc.input("from a stranger")
        time.sleep(0.1)
        answer_stdin(other, "Bea")
        assert reply(other, msg_id)["content"]["status"] == "ok"
        assert "Bea\n" in texts(outputs(kc, msg_id))
        assert run(kc, "mine")[0]["status"] == "ok"
        try:
            other.get_shell_msg(timeout=0.2)
            raise AssertionError("an answer goes to the client that asked")
        except Empty:
            pass
    finally:
        other.stop_channels()


def test_interrupt_and_control_while_a_cell_runs(kc, file):
    def seconds():
        ids = [kc.execute("wait"), kc.execute("print not")]
        wait_for(kc, "waiting")
        start = time.perf_counter()
        assert reply(kc, ask(kc, "kernel_info_request", {}, "control"), channel="control")["content"]["status"] == "ok"
        assert reply(kc, ask(kc, "interrupt_request", {}, "control"), channel="control")["content"] == OK
        answer = reply(kc, ids[0])["content"]
        assert (answer["status"], answer["ename"]) == ("error", "OperationCanceledException")
        took = time.perf_counter() - start
        assert reply(kc, ids[1])["content"]["status"] == "aborted"
        return took

    soon(2, seconds)
    # Without a running cell it does nothing.
    assert reply(kc, ask(kc, "interrupt_request", {}, "control"), channel="control")["content"] == OK
    assert run(kc, "after")[0]["status"] == "ok"


def test_what_cannot_be_stopped_is_said_with_the_way_out(kc, file):
    msg_id = kc.execute("stuck")
    wait_for(kc, "waiting")
    ask(kc, "interrupt_request", {}, "control")
    assert "restart the kernel" in reply(kc, msg_id)["content"]["evalue"]


def test_late_output_belongs_to_its_cell(kc, file):
    msg_id = kc.execute("late 300")
    reply(kc, msg_id)
    other, _ = run(kc, "print next")
    assert wait_for(kc, "late")["parent_header"]["msg_id"] == msg_id


def test_welcome_and_heartbeat(kc, file):
    context = zmq.Context.instance()
    with open(file) as opened:
        ports = json.load(opened)
    subscriber = context.socket(zmq.SUB)
    subscriber.connect(f"tcp://127.0.0.1:{ports['iopub_port']}")
    subscriber.subscribe(b"iopub_welcome")
    assert subscriber.poll(5000), "no welcome"
    session = Session(key=kc.session.key)
    _, msg = session.feed_identities(subscriber.recv_multipart())
    welcome = session.deserialize(msg)
    assert (welcome["msg_type"], welcome["content"], welcome["parent_header"]) == ("iopub_welcome", {"subscription": "iopub_welcome"}, {}), welcome
    heart = context.socket(zmq.REQ)
    heart.connect(f"tcp://127.0.0.1:{ports['hb_port']}")
    for beat in b"beat", b"", os.urandom(10_000):
        heart.send(beat)
        assert heart.poll(5000) and heart.recv() == beat
    subscriber.close(0), heart.close(0)


def raw(file):
    context = zmq.Context.instance()
    with open(file) as opened:
        ports = json.load(opened)
    made = {}
    for name, port in ports.items():
        if name.endswith("_port"):
            made[name] = context.socket(zmq.XSUB if name == "iopub_port" else zmq.DEALER)
            made[name].setsockopt(zmq.SNDTIMEO, 5000)
            made[name].connect(f"tcp://127.0.0.1:{port}")
    return made, ports


def test_unsigned_wrongly_signed_and_repeated_messages_are_dropped(kc, file):
    sockets, _ = raw(file)
    session = Session(key=kc.session.key)
    for name in "shell_port", "control_port":
        good = session.serialize(session.msg("execute_request" if name == "shell_port" else "kernel_info_request", {"code": "print signed"}))
        unsigned = [good[0], b"", *good[2:]]
        wrong = [good[0], good[1][:-1] + (b"0" if good[1][-1:] != b"0" else b"1"), *good[2:]]
        short = [good[0], good[1][:-2], *good[2:]]
        changed = [*good[:-1], good[-1] + b" "]
        for frames in unsigned, wrong, short, changed:
            sockets[name].send_multipart(frames)
            assert sockets[name].poll(100) == 0, "an unsigned message was obeyed"
        sockets[name].send_multipart(good)
        assert sockets[name].poll(5000), "a signed message was not answered"
        sockets[name].recv_multipart()
        sockets[name].send_multipart(good)
        assert sockets[name].poll(200) == 0, "a repeated message was obeyed"
    for made in sockets.values():
        made.close(0)
    stranger = client_with_key(file, b"another key")
    stranger.execute("print no")
    try:
        stranger.get_shell_msg(timeout=0.3)
        raise AssertionError("a wrong key was taken")
    except Empty:
        pass
    stranger.stop_channels()
    assert run(kc, "alive")[0]["status"] == "ok"


def client_with_key(file, key):
    from jupyter_client import BlockingKernelClient
    made = BlockingKernelClient(connection_file=file)
    made.load_connection_file()
    made.session.key = key
    made.start_channels()
    return made


def test_garbage_on_every_socket(kc, file):
    sockets, ports = raw(file)
    session = Session(key=kc.session.key)

    def signed(*parts):
        return [b"<IDS|MSG>", session.sign(list(parts)), *parts]

    header = json.dumps({"msg_id": "g", "msg_type": "execute_request", "session": "s", "username": "u", "date": "2026-01-01T00:00:00Z", "version": "5.3"}).encode()
    garbage = [
        [b""], [b"", b""], [b"<IDS|MSG>"], [b"<IDS|MSG>", b"x"], [os.urandom(100)] * 20, [b"a"] * 5000, [b"<IDS|MSG>", os.urandom(64), b"{}", b"{}", b"{}", b"{}"],
        signed(b"{}", b"{}", b"{}", b"{}"), signed(b"[]", b"{}", b"{}", b"{}"), signed(b"nonsense", b"{}", b"{}", b"{}"), signed(b'{"msg_id": 7, "msg_type": "x"}', b"{}", b"{}", b"{}"),
        signed(header, b"{}", b"{}", b"7"), signed(header, b"null", b"{}", b"{}"), signed(header, b"{}", b"{}", b"[" * 100_000), signed(header, b"{}", b"{}", b"\xff\xfe"),
        signed(header, b"{}", b"{}", b'{"code": "\\ud800"}'), signed(b'{"msg_id": "\\ud800", "msg_type": "execute_request"}', b"{}", b"{}", b"{}"),
        signed(b'{"msg_id": "a", "msg_id": "b", "msg_type": "kernel_info_request"}', b"{}", b"{}", b"{}"), signed(b'{"msg_id": null, "msg_type": null}', b"{}", b"{}", b"{}"),
    ]
    for made in sockets.values():
        for frames in garbage:
            made.send_multipart(frames)
        made.send_multipart([b"x" * 120_000_000])  # larger than any message may be: the connection is closed
    for name, port in ports.items():
        if name.endswith("_port"):
            with socket.create_connection(("127.0.0.1", port)) as plain:
                plain.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n" + os.urandom(1000))
    time.sleep(0.3)
    for made in sockets.values():
        made.close(0)
    assert run(kc, "alive")[0]["status"] == "ok"


def test_a_flood_of_text_is_bounded(kc, file):
    def seconds():
        start = time.perf_counter()
        answer, shown = run(kc, "flood 50000")
        assert answer["status"] == "ok"
        assert len(texts(shown)) == 10_000_000
        assert "40,000,000 more characters" in texts(shown, "stderr")
        return time.perf_counter() - start

    soon(20, seconds)
    assert texts(run(kc, "print after")[1]) == "after\n"


def subscriber(context, file):
    """A client for which little waits on its side."""
    made = context.socket(zmq.SUB)
    made.set_hwm(1)
    made.setsockopt(zmq.RCVBUF, 4096)
    made.subscribe(b"")
    with open(file) as opened:
        made.connect(f"tcp://127.0.0.1:{json.load(opened)['iopub_port']}")
    return made


def test_a_client_that_does_not_read_holds_nobody_up(kc, file):
    def seconds():
        start = time.perf_counter()
        answer, shown = run(kc, "\n".join(["big 300000"] * 600))
        assert answer["status"] == "ok" and len(shown) == 600, len(shown)
        return time.perf_counter() - start

    alone = seconds()
    context = zmq.Context()
    idle = subscriber(context, file)
    time.sleep(0.2)
    seconds()
    # It costs the others once what it is waited for.
    soon(3 + 2 * alone, seconds)
    idle.close(0)
    context.term()


def test_a_client_alone_may_stop_reading_for_a_while(kc, file):
    # More than waits in libzmq and in the system's buffers, less than waits in the kernel.
    msg_id = kc.execute("\n".join(["big 3000"] * 6000))
    time.sleep(10)
    assert len(outputs(kc, msg_id)) == 6003


def test_a_client_that_reads_slowly_beside_one_that_does_not_gets_everything(kc, file):
    context = zmq.Context()
    idle, slow = subscriber(context, file), subscriber(context, file)
    session = Session(key=kc.session.key)
    time.sleep(0.2)
    msg_id = kc.execute("\n".join(["big 100000"] * 500))
    seen = []
    while not seen or seen[-1]["content"] != {"execution_state": "idle"}:
        assert slow.poll(TIMEOUT * 1000), len(seen)
        msg = session.deserialize(session.feed_identities(slow.recv_multipart())[1])
        if msg["parent_header"].get("msg_id") == msg_id:
            seen.append(msg)
        time.sleep(0.01)
    assert sum(msg["msg_type"] == "display_data" for msg in seen) == 500, len(seen)
    assert len(outputs(kc, msg_id)) == 503
    # Who has read nothing for too long has lost what waited, and is served again from when it reads.
    while idle.poll(500):
        idle.recv_multipart()
    assert texts(run(kc, "print on")[1]) == "on\n"
    assert idle.poll(TIMEOUT * 1000)
    idle.close(0), slow.close(0)
    context.term()


if __name__ == "__main__":
    kc = client(sys.argv[1])
    main(sys.modules[__name__], kc, sys.argv[1])
    kc.stop_channels()
