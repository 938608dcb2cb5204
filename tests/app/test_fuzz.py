"""Hostile requests, made from a seed: never a server error, never a word about its insides."""

import copy
import gc
import http.client
import json
import logging
import os
import random
import re
import socket
import subprocess
import sys
import tracemalloc
from concurrent.futures import Executor, Future
from contextlib import suppress
from typing import Any

import pytest
from optviz_app.app import make_app
from optviz_app.pages import PAGES

from tests.support.callback_bodies import CALLBACKS, make_bodies
from tests.support.hostile import HOSTILE, LEGAL_BUT_HEAVY

PATIENCE = 120
"""Seconds that an answer may keep a test waiting: it bounds a hang, not a speed."""

pytestmark = pytest.mark.slow

COUNT = 2_400
"""Mutated bodies, beside the handmade ones."""
INSIDES = ("Traceback", 'File "', "site-packages", "optviz_app/", ".py", "Error:", "__init__")
"""Words that no answer may hold: of a traceback, of paths, of the server's own files."""

NUMBERS = [0, -1, 1, 0.5, -0.0, 1e308, -1e308, 5e-324, 2**31, 2**53, 2**63, -(2**64), 10**300]
TEXTS = [
    *("", " ", "0", "-1", "1e999", "-1e999", "NaN", "Infinity", "1_0", "١", "½", "\x00", "%00%FF"),
    *(
        "\u202e",
        "\ud800",
        "\udfff\ud800",
        "😀" * 99,
        "x" * 19_000,
        "\r\nSet-Cookie: a=b",
        "C:\\con",
    ),
    *("__proto__", "constructor", "toString", "hasOwnProperty", "../../../etc/passwd", "${7*7}"),
    *("<img src=x onerror=alert(1)>", "{{7*7}}", "adam:lr=0.1", "adam:lr=nan", "adam:", ":", "sgd"),
    *("adam:lr=0.1,schedule=cosine(steps=-1)", "adam:lr=1,schedule=none(x=1)", "sgd:lr=0.1,on=x"),
]
QUERIES = [
    *("a=b&a=b" * 500, "rule=" * 900, "rule=sgd:lr=1e308", "rule=adam:beta1=1e-320", "steps=1e9"),
    *("problem=" + "(" * 300, "v=2&fork=1@0:sgd:lr=1", "v=99", "pin=" * 40, "pin=pin%3Dpin"),
    *("also=1,1&" * 99, "view=x", "start=1e308,-1e308", "noise=1e308&steps=20", "seed=-0"),
]
OBJECTS = [
    *(None, True, False, [], {}, [None], [[]], {"": ""}, [0] * 3, ["adam:lr=0.1"] * 40, [{}] * 5),
    *({"__proto__": {"a": 1}}, {"constructor": {"prototype": 1}}, {"__dict__": 1}, {"runs": []}),
    *({"query": None}, {"query": "", "phase": "training"}, {"query": "", "stamp": 1}, {"path": 1}),
    *({"namespace": "dash", "type": "x", "props": {}}, {"bdata": "!", "dtype": "O"}, {"run": -1}),
]
VALUES: list[Any] = [*HOSTILE, *LEGAL_BUT_HEAVY, *NUMBERS, *TEXTS, *QUERIES, *OBJECTS]


class Idle(Executor):
    """An executor that carries nothing: a training asked for here waits forever."""

    def submit(self, fn, /, *args, **kwargs):
        return Future()

    def shutdown(self, wait=True, *, cancel_futures=False):
        """There is nothing to end."""


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    """The app with an empty cache, and nobody to train."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPTVIZ_CACHE", str(tmp_path_factory.mktemp("cache")))
        made = make_app()
        jobs = made.server.extensions["optviz_jobs"]
        jobs.executor = jobs.given = Idle()
        yield made
        jobs.close()


@pytest.fixture
def valid(app) -> list[dict[str, Any]]:
    """A valid request of every callback."""
    return make_bodies(app)


# -- mutations


def places(tree: Any, path: tuple = ()) -> list[tuple]:
    """The paths to everything within a body."""
    found = [path] if path else []
    if isinstance(tree, (dict, list)):
        for key, each in tree.items() if isinstance(tree, dict) else enumerate(tree):
            found += places(each, (*path, key))
    return found


def parent(tree: Any, path: tuple) -> Any:
    for key in path[:-1]:
        tree = tree[key]
    return tree


def any_value(rng: random.Random) -> Any:
    """One of the values, which further mutations may change."""
    return copy.deepcopy(rng.choice(VALUES))


def spoil_value(rng: random.Random, body: Any) -> Any:
    """Another value where a component's value was."""
    ends = [path for path in places(body) if path[-1] == "value"]
    if ends:
        path = rng.choice(ends)
        parent(body, path)["value"] = any_value(rng)
    return body


def spoil_within(rng: random.Random, body: Any) -> Any:
    """A value that is wrong somewhere inside a store."""
    inner = [path for path in places(body) if "value" in path[:-1]]
    if not inner:
        return spoil_value(rng, body)
    path = rng.choice(inner)
    parent(body, path)[path[-1]] = any_value(rng)
    return body


def spoil_shape(rng: random.Random, body: Any) -> Any:
    """Something replaced, left out, doubled, moved or renamed, anywhere."""
    path = rng.choice(places(body))
    within, key = parent(body, path), path[-1]
    how = rng.randrange(5)
    if how == 0:
        within[key] = any_value(rng)
    elif how == 1:
        del within[key]
    elif how == 2 and isinstance(within, list):
        within.extend([copy.deepcopy(within[key])] * rng.choice([1, 3, 100]))
    elif how == 3 and isinstance(within, list):
        rng.shuffle(within)
    elif isinstance(within, dict):
        within[rng.choice(["__proto__", "constructor", "id", "value", ""])] = within.pop(key)
    return body


def spoil_pair(rng: random.Random, body: Any, others: list[Any]) -> Any:
    """A part of another callback's request in this one."""
    other, part = rng.choice(others), rng.choice(["output", "outputs", "inputs", "state"])
    return body | {part: copy.deepcopy(other.get(part))}


def spoil_bytes(rng: random.Random, text: bytes) -> bytes:
    """Bytes that are no request."""
    at = rng.randrange(len(text))
    return [
        lambda: text[:at],
        lambda: text[:at] + bytes([rng.randrange(256)]) + text[at + 1 :],
        lambda: text.replace(b"null", rng.choice([b"NaN", b"-Infinity", b"1e999", b"9" * 5000]), 1),
        lambda: b"[" * rng.choice([30, 2_000, 100_000]) + text,
        lambda: b"\xef\xbb\xbf" + text,
        lambda: text.decode().encode("utf-16"),
        lambda: text + text,
        lambda: rng.randbytes(rng.randrange(400)),
    ][rng.randrange(8)]()


def mutated(valid: list[Any], count: int, seed: int) -> list[bytes]:
    """Bodies made of valid ones: mostly wrong values, then wrong shapes, then wrong bytes."""
    rng, made = random.Random(seed), []
    for number in range(count):
        body = copy.deepcopy(valid[number % len(valid)])
        for _ in range(rng.choice([1, 1, 1, 2, 4])):
            kind = rng.random()
            if kind < 0.45:
                body = spoil_value(rng, body)
            elif kind < 0.65:
                body = spoil_within(rng, body)
            elif kind < 0.9:
                body = spoil_shape(rng, body)
            else:
                body = spoil_pair(rng, body, valid)
            if not isinstance(body, dict) or not body:
                break
        text = json.dumps(body).encode()
        made.append(spoil_bytes(rng, text) if rng.random() < 0.1 else text)
    return made


def post(client, body: bytes):
    return client.post(CALLBACKS, data=body, content_type="application/json")


def check(answer, body: Any) -> None:
    """Refuse an answer that a client may not get."""
    assert answer.status_code in (200, 204, 400, 403, 404, 405, 413, 415), (answer.text, body)
    if answer.status_code >= 400:
        said = answer.text
        assert said.count("\n") == 1, said
        assert not [word for word in INSIDES if word in said], (said, body)


# -- the tests


def test_no_mutated_request_brings_a_server_error(app, valid):
    client, known = app.server.test_client(), {}
    for number, body in enumerate(mutated(valid, COUNT, seed=4)):
        answer = post(client, body)
        check(answer, body[:2000])
        known[answer.status_code] = known.get(answer.status_code, 0) + 1
        if number % 200 == 0:
            assert post(client, json.dumps(valid[0]).encode()).status_code in (200, 204)
    assert known[400] > COUNT / 5
    assert known[200] > COUNT / 5


def test_every_value_of_every_control_may_be_hostile(app, valid):
    client = app.server.test_client()
    for body in valid:
        for part in ("inputs", "state"):
            for index, each in enumerate(body[part]):
                if isinstance(each, list) or index > 12:
                    continue
                for value in ({"__proto__": None}, ["\ud800"], -1e308, "x.__class__", [[[]]]):
                    spoiled = copy.deepcopy(body)
                    spoiled[part][index]["value"] = value
                    answer = post(client, json.dumps(spoiled).encode())
                    check(answer, (body["output"], each["id"], value))


@pytest.fixture
def no_log():
    """Nothing is logged: pytest would keep every record, and with it what it tells of."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def test_memory_does_not_grow_with_hostile_requests(app, valid, no_log):
    client, hostile = app.server.test_client(), mutated(valid, 100, seed=5)

    def send_all() -> int:
        for body in hostile:
            post(client, body)
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    send_all()
    tracemalloc.start()
    try:
        send_all()
        before = send_all()
        after = send_all()
    finally:
        tracemalloc.stop()
    assert after - before < 100 * 1024, f"{(after - before) / 1024:.0f} kB"


ENDS = [
    *("%00", "%FF%FE", "a" * 9_000, "rule=" * 3_000, "rule=adam:lr=1&" * 900, "&&&===", "?" * 9),
    *("steps=1e9", "steps=%D9%A1", "start=nan,nan", "start=1", "problem=open(x)", "v=-1", "view=x"),
    *("v=2&pin=pin%3Dpin%253Dpin", "fork=9@9:sgd:lr=1&v=2", "at=1e99", "target=-", "noise=1e308"),
    *("seed=18446744073709551616", "also=" + ",".join("1" * 5_000)),
]
PATHS = ["..%2F..%2Fetc%2Fpasswd", "%2e%2e/%2e%2e", "%00", "a" * 3_000, "<b>", "%E2%80%AE", "..;/x"]


def test_no_link_brings_a_server_error(app, valid):
    client = app.server.test_client()
    opening = next(body for body in valid if body["changedPropIds"] == ["wanted.data"])
    for end in [*ENDS, *QUERIES]:
        for page in ("/", "/movielens"):
            check(client.get(f"{page}?{end}"), end)
            opening["inputs"][0]["value"] = {"path": page, "search": f"?{end}"}
            opened = post(client, json.dumps(opening).encode())
            assert opened.status_code == 200, (opened.text, end)
            assert "surfaces-query" in opened.text or "ratings-query" in opened.text
    for path in PATHS:
        answer = client.get(f"/{path}", buffered=True)
        if answer.status_code == 302:
            assert answer.headers["Location"] in PAGES, path
        else:
            check(answer, path)


def test_no_address_of_the_app_brings_a_server_error(app):
    client = app.server.test_client()
    for rule in app.server.url_map.iter_rules():
        for number, filling in enumerate(PATHS):
            path = re.sub(r"<[^>]*>", filling, rule.rule)
            query = "?" + ENDS[number]
            for method in ("GET", "POST", "PUT", "DELETE", "OPTIONS", "TRACE"):
                body = json.dumps({"key": VALUES[number], "query": ENDS[number]})
                answer = client.open(
                    path + query, method=method, data=body, content_type="application/json",
                    buffered=True,
                )  # fmt: skip
                assert answer.status_code < 500, (method, path, answer.text)
                if answer.status_code >= 400:
                    assert not [word for word in INSIDES if word in answer.text]


def test_bodies_that_are_no_json_are_refused_wherever_one_may_post(app):
    client = app.server.test_client()
    rules = [r.rule for r in app.server.url_map.iter_rules() if "POST" in (r.methods or ())]
    assert CALLBACKS in rules
    rng = random.Random(6)
    for path in rules:
        for kind in (
            "application/json",
            "text/plain",
            "multipart/form-data; boundary=x",
            'a/b;c="',
        ):
            for _ in range(20):
                body = spoil_bytes(rng, b'{"key": null, "page": [1, 2], "leave": true}')
                answer = client.post(re.sub(r"<[^>]*>", "x", path), data=body, content_type=kind)
                assert answer.status_code < 500, (path, kind, body)
                assert not [word for word in INSIDES if word in answer.text]


# -- over a socket, as a browser reaches it


@pytest.fixture(scope="module")
def port(tmp_path_factory):
    """The port of an app of its own, in another process."""
    own = os.environ | {"OPTVIZ_CACHE": str(tmp_path_factory.mktemp("cache"))}
    command = [sys.executable, "-m", "optviz", "app", "--no-browser", "--port", "0"]
    server = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=own
    )
    assert server.stdout
    found = re.search(r":(\d+)/", server.stdout.readline())
    assert found
    yield int(found[1])
    server.terminate()
    server.wait(timeout=60)
    server.stdout.close()


def surface_bodies(valid) -> list[dict[str, Any]]:
    """The requests of callbacks that start no training."""
    return [body for body in valid if '"train"' not in json.dumps(body["inputs"])]


def alive(port: int) -> bool:
    """Return True if the server answers the next caller."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    connection.request("GET", "/alive")
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status == 200


def test_no_mutated_request_over_a_socket_brings_a_server_error(port, valid):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    for body in mutated(surface_bodies(valid), 250, seed=7):
        connection.request("POST", CALLBACKS, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        said = answer.read().decode()
        assert answer.status in (200, 204, 400, 413), (said, body[:2000])
        assert answer.status < 400 or not [word for word in INSIDES if word in said]
    connection.close()
    assert alive(port)


HEAD = f"POST {CALLBACKS} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("\r\n\r\n", b""),
        ("GET\r\n\r\n", b"HTTP/1.0 400"),
        ("\x00\xff" * 300 + "\r\n\r\n", b"HTTP/1.0 400"),
        ("GET / HTTP/1.1\r\n\r\n", b"HTTP/1.1 "),
        ("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", b"HTTP/1."),
        ("GET / HTTP/1.1\r\nHost: localhost\r\nX: " + "x" * 99_000 + "\r\n\r\n", b""),
        (HEAD + "Content-Length: -1\r\n\r\n", b"HTTP/1.1 400"),
        (HEAD + "Content-Length: many\r\n\r\n", b"HTTP/1.1 400"),
        (HEAD + "Content-Length: 99999999999\r\n\r\n", b"HTTP/1.1 413"),
        (HEAD + f"Content-Length: {2**18 + 1}\r\n\r\n" + " " * (2**18 + 1), b"HTTP/1.1 413"),
        (HEAD + "Transfer-Encoding: chunked\r\n\r\nzz\r\n", b"HTTP/1.1 400"),
        (HEAD + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", b"HTTP/1.1 400"),
        (HEAD + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}", b""),
    ],
)
def test_what_is_no_http_gets_no_insides_and_harms_nobody(port, said, answer):
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as line:
        got = b""
        with suppress(OSError):  # it hangs up on what it will not read
            line.sendall(said.encode("latin-1"))
            line.shutdown(socket.SHUT_WR)
            while more := line.recv(65_536):
                got += more
    assert got.startswith(answer)
    assert b" 500 " not in got[:20]
    assert not [word for word in INSIDES if word.encode() in got.partition(b"<html")[0]]
    assert alive(port)


def test_callers_who_hang_up_or_say_half_harm_nobody(port, valid):
    body = json.dumps(surface_bodies(valid)[0]).encode()
    whole = f"{HEAD}Content-Length: {len(body)}\r\n\r\n".encode() + body
    for number in range(60):
        with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as line:
            line.sendall(whole[: number * len(whole) // 60])
    assert alive(port)
