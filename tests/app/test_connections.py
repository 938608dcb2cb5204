"""Connections: idle and half-sent ones make room, over real sockets on one small server."""

import socket
import threading
import time

import pytest
from optviz_app.server import connections
from waitress import wasyncore


def tell_address(environ, start_response):
    """Answer with the address as the server tells it."""
    body = environ["REQUEST_URI"].encode()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]


@pytest.fixture
def served(monkeypatch):
    """The address of a server that has room for twelve connections, and little patience."""
    monkeypatch.setattr(connections, "MOST", 12)
    monkeypatch.setattr(connections, "LOOK_S", 0.1)
    monkeypatch.setattr(connections, "HEAD_S", 0.3)
    monkeypatch.setattr(connections, "BODY_S", 0.6)
    listening = socket.create_server(("127.0.0.1", 0))
    server = connections.make_server(tell_address, listening, 2, 10_000)
    monkeypatch.setattr(server.adj, "asyncore_loop_timeout", 0.05)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield listening.getsockname()
    server.task_dispatcher.shutdown()
    wasyncore.close_all(server.sockets)
    thread.join(10)


def ask(address, path="/"):
    """Return the body of an answer over a connection of its own."""
    with socket.create_connection(address, timeout=5) as line:
        line.sendall(f"GET {path} HTTP/1.0\r\n\r\n".encode())
        answer = b""
        while more := line.recv(4096):
            answer += more
    return answer.partition(b"\r\n\r\n")[2].decode()


def is_closed(line):
    """Wait until the other end closes a connection; False if it does not."""
    try:
        return line.recv(1000) == b""
    except ConnectionError:
        return True
    except TimeoutError:
        return False


def test_idle_connections_shut_nobody_out(served):
    idle = [socket.create_connection(served, timeout=5) for _ in range(60)]
    began = time.monotonic()
    for number in range(20):
        assert ask(served, f"/{number}") == f"/{number}"
    assert time.monotonic() - began < 5
    assert is_closed(idle[0])
    for each in idle:
        each.close()


def test_connection_in_use_is_kept_while_others_make_room(served):
    with socket.create_connection(served, timeout=5) as line:
        idle = []
        for _ in range(30):
            idle.append(socket.create_connection(served, timeout=5))
            line.sendall(b"GET /mine HTTP/1.1\r\nHost: x\r\n\r\n")
            answer = b""
            while not answer.endswith(b"/mine"):
                answer += line.recv(4096) or pytest.fail("it was closed")
        for each in idle:
            each.close()


@pytest.mark.parametrize(
    "sent", [b"GET / HTTP/1.1\r\nX: ", b"POST / HTTP/1.1\r\nContent-Length: 9000\r\n\r\n"]
)
def test_request_that_arrives_drop_by_drop_is_ended(served, sent):
    with socket.create_connection(served, timeout=5) as line:
        line.settimeout(0.05)
        line.sendall(sent)
        for _ in range(100):
            try:
                line.sendall(b"x")
            except ConnectionError:
                return
            if is_closed(line):
                return
    pytest.fail("it was never closed")


def test_path_is_told_as_it_was_sent(served):
    for path in ("//", "//evil.com/x", "/./", "/%2F", "/a//b/?q=//"):
        assert ask(served, path) == path
