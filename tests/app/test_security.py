"""The server's door, by HTTP: hosts, origins, sizes, values, headers and errors."""

import gzip
import json
from pathlib import Path
from types import FunctionType

import flask_compress
import numpy as np
import pytest
from flask import abort
from optviz_app.app import make_app
from optviz_app.server import security as safety

from tests.support.callback_bodies import CALLBACKS, make_bodies

PLACES = ["/", "/movielens", "/assets/main.js", "/_dash-layout", "/alive", "/nowhere/at/all"]


@pytest.fixture(scope="module")
def valid(app):
    """A valid request of every callback."""
    return make_bodies(app)


def policy(client, place="/"):
    """The Content-Security-Policy as a dict."""
    parts = client.get(place).headers["Content-Security-Policy"].split("; ")
    return {name: rest.split() for name, _, rest in (part.partition(" ") for part in parts)}


# -- headers


@pytest.mark.parametrize("place", [*PLACES, "/_dash-component-suites/none/at.js"])
def test_every_answer_tells_the_browser_what_it_may_do(client, place):
    headers = client.get(place, buffered=True).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "default-src 'none'" in headers["Content-Security-Policy"]


def test_scripts_come_from_the_app_alone(client):
    assert policy(client)["script-src"] == ["'self'"]
    for name in ("default-src", "object-src", "base-uri", "form-action", "frame-ancestors"):
        assert policy(client)[name] == ["'none'"]
    assert policy(client)["connect-src"] == ["'self'"]


def test_refusals_carry_the_headers_too(client):
    refused = client.get("/", headers={"Host": "evil.example"})
    assert refused.status_code == 403
    assert "Content-Security-Policy" in refused.headers
    assert refused.mimetype == "text/plain"


def test_files_whose_address_changes_with_them_are_kept_by_the_browser(client):
    kept = client.get("/assets/common/base.css?m=1", buffered=True).headers["Cache-Control"]
    assert "immutable" in kept
    assert "max-age=31536000" in kept
    asked = client.get("/assets/common/base.css", buffered=True).headers["Cache-Control"]
    assert asked == "no-cache"
    assert client.get("/").headers["Cache-Control"] == "no-cache"


def test_compressed_scripts_are_kept_for_the_next_and_pages_are_not(client, monkeypatch):
    made = []
    compress = flask_compress.flask_compress._compress_data
    monkeypatch.setattr(
        flask_compress.flask_compress,
        "_compress_data",
        lambda *given: made.append(given) or compress(*given),
    )
    script = "/_dash-component-suites/dash/dcc/async-graph.js"
    answers = [client.get(script, headers={"Accept-Encoding": "gzip"}) for _ in range(3)]
    assert len(made) == 1
    assert len({answer.data for answer in answers}) == 1
    assert gzip.decompress(answers[0].data).startswith(b'"use strict"')
    for _ in range(3):
        client.get("/_dash-layout", headers={"Accept-Encoding": "gzip"})
    assert len(made) == 4


# -- hosts


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1:8050", "[::1]:8050", "LOCALHOST:1"])
def test_own_names_are_answered(client, name):
    assert client.get("/", headers={"Host": name}).status_code == 200


@pytest.mark.parametrize(
    "name",
    ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example:8050", "192.168.0.7", "[::"],
)
def test_other_names_are_refused_on_this_machine(client, name):
    refused = client.get("/", headers={"Host": name})
    assert refused.status_code == 403
    assert "open it as localhost" in refused.text
    assert "OPTVIZ_HOSTS" in refused.text


def test_refused_name_is_told_without_its_markup(client):
    refused = client.get("/", headers={"Host": "<script>evil"})
    assert refused.status_code == 403
    assert "<" not in refused.text


@pytest.mark.parametrize(
    ("bound", "name", "status"),
    [
        ("0.0.0.0", "192.168.0.7:8050", 200),
        ("0.0.0.0", "[fe80::7]", 200),
        ("0.0.0.0", "localhost", 200),
        ("0.0.0.0", "lab-3", 200),
        ("0.0.0.0", "lab-3.local", 200),
        ("0.0.0.0", "lab-3.school.example", 200),
        ("0.0.0.0", "evil.example", 403),
        ("::", "10.0.0.1", 200),
        ("lab.school.example", "lab.school.example:80", 200),
        ("lab.school.example", "evil.example", 403),
        ("192.168.0.7", "192.168.0.7", 200),
        ("127.0.0.2", "127.0.0.2", 200),
        ("127.0.0.2", "192.168.0.7", 403),
        ("127.0.0.1", "hub.school.example", 200),
        ("0.0.0.0", "lectures.example:80", 200),
    ],
)
def test_server_answers_to_its_own_names_and_for_others_to_numbers(
    monkeypatch, bound, name, status
):
    monkeypatch.setenv("OPTVIZ_HOSTS", "Hub.school.example, lectures.example")
    monkeypatch.setattr(safety.socket, "gethostname", lambda: "lab-3.school.example")
    client = make_app(bound).server.test_client()
    assert client.get("/alive", headers={"Host": name}).status_code == status


# -- origins


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Origin": "http://localhost"}, 200),
        ({"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}, 200),
        ({"Origin": "null", "Sec-Fetch-Site": "same-origin"}, 200),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "http://localhost:3000"}, 403),
        ({"Origin": "http://evil.example", "Sec-Fetch-Site": "same-origin"}, 403),
        ({"Origin": "http://["}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
    ],
)
def test_only_own_pages_may_post(client, valid, headers, status):
    for place, body in ((CALLBACKS, valid[0]), ("/jobs/watch", {})):
        answer = client.post(place, json=body, headers=headers)
        assert answer.status_code == status
        assert status == 200 or "its own pages only" in answer.text


@pytest.mark.parametrize(("mode", "status"), [("navigate", 200), ("no-cors", 403), ("cors", 403)])
def test_other_sites_may_link_here_but_not_fetch(client, mode, status):
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": mode}
    assert client.get("/?steps=50", headers=headers).status_code == status


# -- what a callback may be asked


def test_every_callback_takes_what_the_pages_send(client, valid):
    assert len(valid) >= 16
    for body in valid:
        answer = client.post(CALLBACKS, json=body)
        assert answer.status_code in (200, 204), (body["output"], answer.text)


def changed(body, **parts):
    return json.dumps(body | parts)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda body: changed(body, output="nothing.children"),
        lambda body: changed(body, output=None),
        lambda body: changed(body, output={"__proto__": 1}),
        lambda body: changed(body, outputs=[]),
        lambda body: changed(body, inputs=body["inputs"][:-1]),
        lambda body: changed(body, inputs=None),
        lambda body: changed(body, inputs=[body["inputs"]]),
        lambda body: changed(body, state=body["state"] * 2),
        lambda body: changed(body, more=2**60),
        lambda body: changed(body, more=float("inf")),
        lambda body: changed(body, more=["\ud800"]),
        lambda body: changed(body, more="x" * 100_001),
        lambda body: changed(body, more=[0] * 30_000),
        lambda body: changed(body).replace("}", ', "more": 1e999}', 1),
        lambda body: changed(body).replace("}", f', "more": {"9" * 5000}}}', 1),
        lambda body: changed(body).encode("utf-8")[:-9] + b"\xff\xfe",
    ],
)
def test_malformed_callback_gets_a_sentence(client, valid, spoil):
    rich = [body for body in valid if len(body["inputs"]) > 2 and body["state"]]
    assert len(rich) >= 3
    for body in rich[:3]:
        refused = client.post(CALLBACKS, data=spoil(body), content_type="application/json")
        assert (refused.status_code, refused.text.strip()) == (400, safety.SENTENCES[400])


@pytest.mark.parametrize(
    "parts",
    [
        lambda body: {"inputs": body["inputs"][::-1]},
        lambda _: {"changedPropIds": [1]},
        lambda _: {"changedPropIds": "url.search"},
    ],
)
def test_callback_whose_parts_are_mixed_up_is_answered_or_refused_in_a_sentence(
    client, valid, parts
):
    for body in valid:
        answer = client.post(CALLBACKS, json=body | parts(body))
        assert answer.status_code in (200, 204, 400), body["output"]
        assert answer.status_code < 400 or answer.text.strip() == safety.SENTENCES[400]


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '"text"', "7", "null", "NaN", "[" * 100_000, '{"a":' * 30 + "1" + "}" * 30],
)
def test_what_is_no_request_of_a_callback_gets_a_sentence(client, text):
    refused = client.post(CALLBACKS, data=text, content_type="application/json")
    assert (refused.status_code, refused.text.strip()) == (400, safety.SENTENCES[400])


def test_callback_that_runs_in_the_browser_cannot_be_called_here(app, client):
    key = next(key for key, each in app.callback_map.items() if "callback" not in each)
    assert client.post(CALLBACKS, json={"output": key}).status_code == 400


def test_callback_takes_json_only(client, valid):
    refused = client.post(CALLBACKS, data=json.dumps(valid[0]), content_type="text/plain")
    assert (refused.status_code, refused.text.strip()) == (415, safety.SENTENCES[415])


@pytest.mark.parametrize("place", [CALLBACKS, "/jobs/watch", "/"])
def test_long_body_gets_a_sentence(client, place):
    refused = client.post(place, data=b" " * (safety.MOST_BYTES + 1))
    assert (refused.status_code, refused.text.strip()) == (413, safety.SENTENCES[413])


# -- errors


@pytest.fixture
def failing():
    """An app with addresses that fail as an app may."""
    app = make_app()

    @app.server.get("/fail/<kind>")
    def fail(kind):
        if kind == "code":
            abort(418)
        raise {"ours": RuntimeError, "data": ValueError}[kind]("secret of /home/me/file.py")

    return app.server.test_client()


@pytest.mark.parametrize("kind", ["ours", "data"])
def test_own_mistake_is_logged_in_full_and_told_in_a_sentence(failing, caplog, kind):
    safety.logged.clear()
    answer = failing.get(f"/fail/{kind}")
    assert (answer.status_code, answer.text.strip()) == (500, safety.SENTENCES[500])
    assert "Traceback" in caplog.text
    assert "secret of /home/me/file.py" in caplog.text


def break_writing(monkeypatch):
    def to_json(_):
        raise AttributeError("partially initialized module 'pandas' has no attribute 'NaT'")

    monkeypatch.setattr("dash._callback.to_json", to_json)


def break_library(monkeypatch):
    broken = "optviz_app.pages.surfaces.respond.change"
    monkeypatch.setattr(broken, lambda *_, **__: np.linalg.inv(np.ones((2, 3))))


@pytest.mark.parametrize("spoil", [break_writing, break_library])
def test_fault_of_a_library_is_not_blamed_on_the_page(client, valid, monkeypatch, caplog, spoil):
    safety.logged.clear()
    race = next(body for body in valid if "race.data" in body["output"])
    assert client.post(CALLBACKS, json=race).status_code == 200
    spoil(monkeypatch)
    answer = client.post(CALLBACKS, json=race)
    assert (answer.status_code, answer.text.strip()) == (500, safety.SENTENCES[500])
    assert "a request failed" in caplog.text
    assert "Traceback" in caplog.text


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("optviz_app/pages/surfaces/state.py", True),
        ("optviz/specs.py", True),
        ("dash/_callback.py", True),
        ("numpy/linalg/_linalg.py", False),
    ],
)
def test_own_frames_are_known_where_optviz_is_installed_too(file, expected, monkeypatch):
    site = Path("/home/me/.venv/lib/python3.11/site-packages")
    monkeypatch.setattr(safety, "HOMES", (site / "dash", site / "optviz", site / "optviz_app"))
    fail = FunctionType(compile("int(None)", str(site / file), "eval"), {})
    with pytest.raises(TypeError) as caught:
        fail()
    assert safety.is_misread(caught.value) == expected


def test_error_that_comes_again_is_logged_without_its_traceback(failing, caplog):
    safety.logged.clear()
    for _ in range(3):
        failing.get("/fail/ours")
    assert caplog.text.count("Traceback") == 1
    assert len(caplog.records) == 3


def test_other_codes_keep_their_meaning_and_get_a_sentence(failing):
    answer = failing.get("/fail/code")
    assert answer.status_code == 418
    assert answer.mimetype == "text/plain"


def test_wrong_method_and_unknown_script_get_sentences(client):
    assert client.put("/").text.strip() == safety.SENTENCES[405]
    missing = client.get("/_dash-component-suites/<b>x</b>/y.js")
    assert (missing.status_code, missing.text.strip()) == (404, safety.SENTENCES[404])


def test_version_changes_with_what_a_page_is_made_of(app, monkeypatch):
    before = safety.hash_version(app)
    assert safety.hash_version(make_app()) == before
    monkeypatch.setattr("optviz.__version__", "99")
    assert safety.hash_version(app) != before
