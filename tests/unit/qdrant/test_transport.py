# Copyright (c) 2026, VectorOps contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections: retries, keys, environment, wrong schemes, foreign answers."""

from __future__ import annotations

import contextlib
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from ansible_collections.vectorops.qdrant.plugins.module_utils._base.errors import UsageError
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.client import (
    Node,
    NodeOptions,
    QdrantError,
    Scope,
)
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.connections import Connections
from ansible_collections.vectorops.qdrant.plugins.module_utils._qdrant.transport import Transport
from ansible_collections.vectorops.qdrant.tests.unit.qdrant.stub import Call, Stub, then

KEY = "made-up-key-0123456789abcdef"


def empty(call: Call) -> None:
    call.result({"collections": []})


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize(
    "options",
    [
        NodeOptions(url="127.0.0.1:6333"),
        NodeOptions(url="ftp://127.0.0.1"),
        NodeOptions(url="http://"),
        NodeOptions(url="http://127.0.0.1:99999"),
        NodeOptions(url="http://[::1"),
        NodeOptions(url="http://user:made-up-password@127.0.0.1:6333"),
        NodeOptions(url="http://made-up-password@127.0.0.1:6333"),
        NodeOptions(url="http://127.0.0.1:6333/?x=1"),
        NodeOptions(api_key="two\nlines"),
        NodeOptions(api_key="schlüssel"),
        NodeOptions(ca_path="/nowhere/ca.pem"),
        NodeOptions(client_key=__file__),
        NodeOptions(timeout=0),
    ],
)
def test_options_that_cannot_work_are_refused_at_once(options: NodeOptions) -> None:
    with pytest.raises(UsageError) as caught:
        Node(options)
    assert "made-up-password" not in str(caught.value)


def test_the_key_is_sent_stripped_and_never_shown(stub: Stub) -> None:
    stub.on["GET /collections"] = lambda call: call.error(500, f"cannot use {KEY}")
    options = NodeOptions(url=stub.url + "/", api_key=f" {KEY}\n")
    with pytest.raises(QdrantError) as caught:
        Node(options).collections()
    assert stub.seen[0].headers["api-key"] == KEY
    assert stub.seen[0].headers["accept-encoding"] == "identity"
    assert KEY not in str(caught.value.as_dict()) + str(caught.value) + repr(options)


def test_neither_proxy_nor_netrc_nor_bundle_of_the_environment_is_used(
    stub: Stub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login somebody password made-up-netrc-password\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/bundle.pem")
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    stub.on["GET /collections"] = empty
    assert Node(NodeOptions(url=stub.url, api_key=KEY)).collections() == []
    assert stub.seen[0].headers["authorization"] is None
    assert stub.seen[0].headers["api-key"] == KEY


def test_a_redirect_is_not_followed(stub: Stub, node: Node) -> None:
    stub.on["GET /collections"] = lambda call: call.answer(307, location="http://127.0.0.1:9/?token=made-up-token")
    with pytest.raises(QdrantError) as caught:
        node.collections()
    assert (caught.value.kind, caught.value.status) == ("protocol", 307)
    assert "made-up-token" not in str(caught.value)


def test_a_get_is_tried_again_when_the_connection_is_lost_or_503(stub: Stub, node: Node) -> None:
    stub.on["GET /collections"] = then(Call.drop, lambda call: call.error(503, "Service unavailable"), empty)
    assert node.collections() == []
    assert len(stub.calls) == 3


def test_a_get_is_not_tried_for_ever(stub: Stub, node: Node) -> None:
    stub.on["GET /collections"] = Call.drop
    with pytest.raises(QdrantError) as caught:
        node.collections()
    assert (caught.value.kind, caught.value.answered, len(stub.calls)) == ("no_answer", False, 3)


@pytest.mark.parametrize(
    ("method", "path", "act"),
    [
        ("PUT", "/collections/c", lambda node: node.create_collection("c", {})),
        ("DELETE", "/collections/c", lambda node: node.delete_collection("c")),
        ("POST", "/collections/aliases", lambda node: node.change_aliases([])),
        ("POST", "/collections/c/points/count", lambda node: node.count("c")),
    ],
)
@pytest.mark.parametrize("fault", [Call.drop, lambda call: call.error(503, "Service unavailable")])
def test_nothing_else_is_ever_tried_again(stub: Stub, node: Node, method, path, act, fault) -> None:
    stub.on[f"{method} {path}"] = fault
    with pytest.raises(QdrantError):
        act(node)
    assert stub.count(method, path) == 1


def test_a_silent_node_meets_the_time_out_once(stub: Stub) -> None:
    hung = threading.Event()
    stub.on["GET /collections"] = lambda call: hung.wait(40)
    node = Node(NodeOptions(url=stub.url, timeout=0.3))
    start = time.monotonic()
    with pytest.raises(QdrantError, match=r"within 0\.3 seconds") as caught:
        node.collections()
    assert (caught.value.kind, len(stub.calls)) == ("no_answer", 1)
    assert time.monotonic() - start < 20
    hung.set()


def test_nobody_listens() -> None:
    with pytest.raises(QdrantError, match="connection refused") as caught:
        Node(NodeOptions(url=f"http://127.0.0.1:{free_port()}")).collections()
    assert (caught.value.kind, caught.value.answered, caught.value.status) == ("unreachable", False, None)


@pytest.mark.parametrize("ours", [True, False], ids=["QdrantError", "OSError"])
def test_an_error_that_the_caller_handles_is_no_part_of_the_next_one(stub: Stub, node: Node, ours: bool) -> None:
    """A lost DELETE may have been done: it is not "unreachable" because another call was."""
    stub.on["DELETE /collections/c"] = lambda call: call.drop()
    port = free_port()
    try:
        if ours:
            Node(NodeOptions(url=f"http://127.0.0.1:{port}")).collections()
        else:
            socket.create_connection(("127.0.0.1", port))
    except (QdrantError, OSError):
        with pytest.raises(QdrantError) as caught:
            node.delete_collection("c")
        assert (caught.value.kind, caught.value.effect) == ("no_answer", "unknown")
    else:
        pytest.fail(f"port {port} is not free")


def test_a_node_that_accepts_no_connection() -> None:
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(socket.socket())
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        for _number in range(4):  # nobody accepts these: no other one is taken
            one = stack.enter_context(socket.socket())
            one.setblocking(False)
            one.connect_ex(server.getsockname())
        node = Node(NodeOptions(url=f"http://127.0.0.1:{server.getsockname()[1]}", timeout=0.5))
        with pytest.raises(QdrantError, match=r"no connection within 0\.5 seconds") as caught:
            node.create_collection("c", {})
    assert caught.value.kind == "unreachable"


def test_an_unknown_host() -> None:
    with pytest.raises(QdrantError, match="host name is unknown") as caught:
        Node(NodeOptions(url="http://qdrant.invalid:6333")).collections()
    assert caught.value.kind == "unreachable"


def test_a_cut_body_is_no_answer(stub: Stub, node: Node) -> None:
    stub.on["POST /collections/c/points/count"] = lambda call: (
        call.answer(200, b'{"result":{"count', "application/json", length="500"),
        call.drop(),
    )
    with pytest.raises(QdrantError) as caught:
        node.count("c")
    assert (caught.value.kind, caught.value.answered) == ("no_answer", False)


def test_another_service_is_not_taken_for_qdrant(stub: Stub, node: Node) -> None:
    stub.on["GET /"] = lambda call: call.answer(200, b"<html><h1>It works!</h1></html>", "text/html")
    with pytest.raises(QdrantError) as caught:
        node.version()
    assert caught.value.kind == "protocol"
    stub.on["GET /"] = lambda call: call.answer(200, b'{"title":"elastic","version":"8.1.0"}', "application/json")
    with pytest.raises(QdrantError, match="elastic") as caught:
        node.version()
    assert caught.value.kind == "protocol"
    stub.on["GET /collections"] = lambda call: call.answer(200, b"<html>Welcome</html>", "text/html")
    with pytest.raises(QdrantError, match="Welcome") as caught:
        node.collections()
    assert caught.value.kind == "protocol"


@pytest.mark.parametrize("result", [None, [], {"collections": 5}, {"collections": [{"title": "x"}]}, "yes"])
def test_a_result_of_an_unknown_form_is_a_protocol_error(stub: Stub, node: Node, result) -> None:
    stub.on["GET /collections"] = lambda call: call.result(result)
    with pytest.raises(QdrantError) as caught:
        node.collections()
    assert caught.value.kind == "protocol"


def test_odd_names_arrive_as_they_are(stub: Stub, node: Node) -> None:
    stub.on["GET /collections/with%20space%20%C3%BC%25%23%2B/exists"] = lambda call: call.result({"exists": True})
    assert node.exists("with space ü%#+")


@pytest.fixture
def tls(tmp_path: Path) -> Iterator[Stub]:
    """A TLS server with a certificate of its own for ``localhost``; its files lie in tmp_path."""
    openssl = shutil.which("openssl")
    if not openssl:
        pytest.skip("needs the openssl program")
    make = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    subprocess.run(
        [openssl, *make.split(), "-keyout", "key.pem", "-out", "cert.pem"],
        cwd=tmp_path, check=True, capture_output=True, timeout=60,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    server = Stub(context)
    server.on["GET /collections"] = empty
    yield server
    server.stop()


def test_certificates(tls: Stub, tmp_path: Path, recwarn: pytest.WarningsRecorder) -> None:
    named, ca = f"https://localhost:{tls.port}", str(tmp_path / "cert.pem")
    for options in (NodeOptions(url=named, ca_path=ca), NodeOptions(url=tls.url, validate_certs=False)):
        with Node(options) as node:
            assert node.collections() == []
    assert not recwarn.list
    for options, words in (
        (NodeOptions(url=named), "ca_path"),
        (NodeOptions(url=tls.url, ca_path=ca), "another name"),
        (NodeOptions(url=f"http://localhost:{tls.port}", timeout=3), "https://"),
    ):
        with pytest.raises(QdrantError) as caught:
            Node(options).collections()
        assert words in caught.value.next, caught.value
        assert caught.value.kind == "tls" or options.url.startswith("http://")


def test_tls_to_a_plain_node(stub: Stub) -> None:
    with pytest.raises(QdrantError, match="address with http://") as caught:
        Node(NodeOptions(url=stub.url.replace("http", "https"))).collections()
    assert (caught.value.kind, len(stub.calls)) == ("tls", 0)


def test_plain_http_to_a_node_that_answers_with_a_tls_alert() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        server.settimeout(5)
        node = Node(NodeOptions(url=f"http://127.0.0.1:{server.getsockname()[1]}", timeout=3))

        def alert() -> None:
            connection, _peer = server.accept()
            connection.recv(1000)
            connection.sendall(b"\x15\x03\x01\x00\x02\x02\x16\r\n")
            connection.close()

        thread = threading.Thread(target=alert, daemon=True)
        thread.start()
        with pytest.raises(QdrantError, match="https://") as caught:
            node.collections()
        thread.join(5)
    assert caught.value.kind == "tls"


@pytest.mark.parametrize("option", ["ca_path", "client_cert"])
def test_a_file_that_is_no_certificate(stub: Stub, tmp_path: Path, option: str) -> None:
    (tmp_path / "x.pem").write_text("nothing")
    options = NodeOptions(url=stub.url.replace("http", "https"), **{option: str(tmp_path / "x.pem")})
    with pytest.raises((UsageError, QdrantError)) as caught:
        Node(options).collections()
    assert option in str(caught.value) or "certificate files" in str(caught.value)
    assert not stub.calls


def test_keepalive_is_set_on_the_connection(stub: Stub, node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    stub.on["GET /collections"] = empty
    made: list[socket.socket] = []
    create = socket.create_connection

    def noted(*args, **options) -> socket.socket:
        made.append(create(*args, **options))
        return made[-1]

    monkeypatch.setattr(socket, "create_connection", noted)
    node.collections()
    assert [one.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) for one in made] == [1]


def connections_of(stub: Stub) -> set[int]:
    return {call.port for call in stub.seen}


def test_reads_share_a_connection_and_changes_have_their_own(stub: Stub, node: Node) -> None:
    stub.on["GET /collections"] = empty
    stub.on["PUT /collections/c"] = lambda call: call.result(True)
    for _turn in range(3):
        node.collections()
    assert len(connections_of(stub)) == 1
    node.create_collection("c", {})
    node.create_collection("c", {})
    node.collections()
    assert len(connections_of(stub)) == 3


def test_a_connection_with_an_answer_that_was_not_read_is_not_used_again(stub: Stub, node: Node) -> None:
    stub.on["GET /collections"] = empty
    stub.on["GET /collections/c/snapshots/x"] = lambda call: call.answer(200, b"x" * 100_000)
    with node.download_snapshot(Scope.collection("c"), "x") as download:
        assert download.read(10) == b"x" * 10
    assert node.collections() == []
    with node.download_snapshot(Scope.collection("c"), "x") as download:
        assert len(download.read()) == 100_000
    assert node.collections() == []


def test_a_connection_that_the_node_closed_meanwhile_is_not_used(stub: Stub, node: Node) -> None:
    """A read with POST is sent once: on a closed connection, it would fail for no reason."""
    stub.on[COUNT] = lambda call: (call.result({"count": 7}), call.drop())
    for _turn in range(3):
        assert node.count("c") == 7
        time.sleep(0.1)
    assert stub.count("POST", "/collections/c/points/count") == 3


def test_a_read_comes_again_if_the_node_closes_its_idle_connection_at_the_same_time(stub: Stub, node: Node) -> None:
    def answer(call: Call) -> None:
        call.result({"count": 7})

    stub.on[COUNT] = then(answer, Call.drop, answer, Call.drop, Call.drop)
    assert [node.count("c"), node.count("c")] == [7, 7]
    with pytest.raises(QdrantError) as caught:
        node.count("c")
    assert (caught.value.kind, stub.count("POST", "/collections/c/points/count")) == ("no_answer", 5)


def test_an_answer_that_is_closed_twice_gives_its_connection_back_once(stub: Stub) -> None:
    stub.on["GET /livez"] = lambda call: call.answer(200, b"ok")
    connections = Connections(stub.url, NodeOptions(url=stub.url))
    first = connections.request("GET", "/livez", (5, 5))
    first.read()
    first.close()
    second = connections.request("GET", "/livez", (5, 5))
    first.close()
    assert second.read() == b"ok"
    second.close()
    assert len(connections_of(stub)) == 1


class Body:
    """So many MiB to send."""

    def __init__(self, count: int) -> None:
        self._count = count

    def __len__(self) -> int:
        return self._count << 20

    def __iter__(self) -> Iterator[bytes]:
        return iter([bytes(1 << 20)] * self._count)


def test_a_refusal_that_comes_before_a_body_was_read_is_told() -> None:
    refusal = b'{"status":{"error":"Forbidden: Global manage access is required"},"time":0}'
    head = f"HTTP/1.1 403 Forbidden\r\nContent-Type: application/json\r\nContent-Length: {len(refusal)}\r\n\r\n"

    def refuse(server: socket.socket) -> None:
        for _turn in range(5):
            connection, _peer = server.accept()
            connection.recv(1000)
            connection.sendall(head.encode() + refusal)
            time.sleep(0.05)
            connection.close()  # what it did not read resets the connection

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=refuse, args=[server], daemon=True).start()
        transport = Transport(NodeOptions(url=f"http://127.0.0.1:{server.getsockname()[1]}", timeout=5))
        for _turn in range(5):
            with pytest.raises(QdrantError) as caught:
                transport.ask_long("POST", "/u", "upload", "a", deadline=None, data=Body(64))
            assert (caught.value.kind, caught.value.status) == ("forbidden", 403)


def test_an_encrypted_client_key_is_refused_and_nobody_asked(tls: Stub, tmp_path: Path) -> None:
    words = ["openssl", "pkey", "-in", "key.pem", "-aes256", "-passout", "pass:secret", "-out", "closed.pem"]
    subprocess.run(words, cwd=tmp_path, check=True, capture_output=True, timeout=60)
    certificate, key = str(tmp_path / "cert.pem"), str(tmp_path / "closed.pem")
    with pytest.raises(UsageError) as caught:
        Node(NodeOptions(url=tls.url, client_cert=certificate, client_key=key)).collections()
    assert f"{key} is encrypted" in str(caught.value) and "openssl pkey -in" in str(caught.value)


def test_many_threads_share_a_node(stub: Stub, node: Node) -> None:
    stub.on["GET /collections"] = empty
    with ThreadPoolExecutor(48) as pool:
        assert list(pool.map(lambda _number: node.collections(), range(300))) == [[]] * 300
    assert len(connections_of(stub)) <= 48


def limited(*seconds: str):
    """An answer that says when to come again, as strict mode's read_rate_limit gives it."""
    body = b'{"status":{"error":"Read rate limit exceeded: Operation requires 1 tokens"},"time":0.0}'
    return lambda call: call.answer(429, body, "application/json", **({"retry_after": seconds[0]} if seconds else {}))


COUNT = "POST /collections/c/points/count"


def test_a_read_that_a_rate_limit_refuses_comes_again_when_it_may(stub: Stub, node: Node) -> None:
    stub.on[COUNT] = then(limited("1"), lambda call: call.result({"count": 7}))
    start = time.monotonic()
    assert node.count("c") == 7
    assert 1 <= time.monotonic() - start < 5


@pytest.mark.parametrize(("pause", "tries"), [((), 1), (("600",), 1), (("soon",), 1), (("0",), 4)])
def test_it_does_not_wait_without_end(stub: Stub, node: Node, pause: tuple[str, ...], tries: int) -> None:
    stub.on[COUNT] = limited(*pause)
    with pytest.raises(QdrantError, match="rate limit") as caught:
        node.count("c")
    assert (caught.value.kind, caught.value.status, caught.value.answered) == ("rate_limited", 429, True)
    assert len(stub.calls) == tries


def test_a_change_that_a_rate_limit_refuses_is_not_sent_again(stub: Stub, node: Node) -> None:
    stub.on["PUT /collections/c"] = limited("0")
    with pytest.raises(QdrantError) as caught:
        node.create_collection("c", {})
    assert (caught.value.kind, len(stub.calls)) == ("rate_limited", 1)
