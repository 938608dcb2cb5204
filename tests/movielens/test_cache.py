"""The cache holds a whole data set or none, whatever happens to the processes that fill it."""

import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from optviz.movielens import MovieLensError, fetch, load
from optviz.movielens.cache import cache_folder, create_file
from optviz.movielens.catalog import SETS
from tests.support.movielens_server import SMALL, files_in, whole


def test_the_cache_is_where_the_environment_says(monkeypatch, tmp_path):
    monkeypatch.setenv("OPTVIZ_CACHE", str(tmp_path / "there"))
    assert cache_folder() == tmp_path / "there"
    monkeypatch.delenv("OPTVIZ_CACHE")
    assert cache_folder().name == "optviz"
    assert cache_folder(tmp_path) == tmp_path


def test_a_cache_that_cannot_be_written_says_what_to_set(server, made_zip, tmp_path):
    server(whole(made_zip))
    (tmp_path / "file").write_text("")
    with pytest.raises(MovieLensError, match=r"cannot be written .*; set OPTVIZ_CACHE"):
        load(cache=tmp_path / "file" / "cache")


def test_what_fails_half_way_leaves_the_older_file_alone(tmp_path):
    (tmp_path / "x.zip").write_bytes(b"old")

    def fail() -> None:
        with create_file(tmp_path, "x") as (_, stream):
            stream.write(b"half")
            raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        fail()
    assert files_in(tmp_path) == ["x.zip"]
    assert (tmp_path / "x.zip").read_bytes() == b"old"


CHILD = """
import sys
from optviz.movielens import catalog, fetch, load
fetch.GROUPLENS = {address!r}
catalog.SETS[{name!r}] = catalog.Published({size}, {checksum!r})
print(len(load({name!r})))
"""


def child(cache: Path, made: bytes) -> subprocess.Popen[str]:
    """Start another process that loads the set into this cache."""
    code = CHILD.format(
        address=fetch.GROUPLENS, name=SMALL, size=len(made), checksum=SETS[SMALL].zip
    )
    environment = {**os.environ, "OPTVIZ_CACHE": str(cache)}
    return subprocess.Popen(
        [sys.executable, "-c", code],
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def test_a_process_killed_half_way_leaves_no_data_set(server, made_zip, tmp_path):
    half_way, released = threading.Event(), threading.Event()

    def stall(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(made_zip)))
        handler.end_headers()
        handler.wfile.write(made_zip[:50])
        handler.wfile.flush()
        half_way.set()
        released.wait(30)

    server(stall)
    with child(tmp_path / "cache", made_zip) as victim:
        assert half_way.wait(60)
        victim.kill()
    released.set()
    assert not (tmp_path / "cache" / f"{SMALL}.zip").exists()
    server(whole(made_zip))
    assert len(load(SMALL, cache=tmp_path / "cache")) == 2


def test_the_part_that_a_killed_process_left_is_swept_after_a_day(server, made_zip, tmp_path):
    for name, age in ((".old-1.part", 2e5), (".new-1.part", 0)):
        (tmp_path / name).write_bytes(b"half")
        now = os.stat(tmp_path / name).st_mtime
        os.utime(tmp_path / name, (now - age, now - age))
    server(whole(made_zip))
    load(SMALL, cache=tmp_path)
    assert ".new-1.part" in files_in(tmp_path)
    assert ".old-1.part" not in files_in(tmp_path)


def test_two_processes_at_once_both_get_the_data(server, made_zip, tmp_path):
    both = threading.Barrier(2)

    def serve(handler: BaseHTTPRequestHandler) -> None:
        both.wait(60)
        whole(made_zip)(handler)

    server(serve)
    children = [child(tmp_path / "cache", made_zip) for _ in range(2)]
    said = [one.communicate(timeout=120) for one in children]
    assert [out.strip() for out, _ in said] == ["2", "2"], said
    assert files_in(tmp_path / "cache") == [f"{SMALL}.zip"]


def test_a_damaged_file_in_the_cache_says_what_to_do(made_zip, tmp_path):
    (tmp_path / f"{SMALL}.zip").write_bytes(made_zip[:-30])
    with pytest.raises(MovieLensError, match=r"not a whole zip file .*; fetch it again"):
        load(SMALL, cache=tmp_path)
