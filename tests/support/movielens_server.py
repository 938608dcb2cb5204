"""A server on 127.0.0.1 in GroupLens' place, and tiny data sets in the published ones'."""

import hashlib
import io
import socket
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from optviz.movielens import download, fetch
from optviz.movielens.catalog import SETS, Published
from tests.support.movielens_made import HEADER, MOVIES, zip_of

SMALL = "ml-latest-small"
MADE = {f"{SMALL}/ratings.csv": f"{HEADER}\n1,1,4.5,0\n2,31,3,0\n", f"{SMALL}/movies.csv": MOVIES}

Serve = Callable[[BaseHTTPRequestHandler], None]


Start = Callable[[Serve], list[str]]


def publish_made_zip(tmp_path: Path, monkeypatch) -> bytes:
    """Return a tiny zip that stands for the published ml-latest-small in the order of sources."""
    data = zip_of(tmp_path / "made.zip", MADE).read_bytes()
    checksum = f"sha256:{hashlib.sha256(data).hexdigest()}"
    monkeypatch.setitem(SETS, SMALL, Published(len(data), checksum))
    return data


@contextmanager
def running_server(monkeypatch) -> Iterator[Start]:
    """Give a function that serves every request on 127.0.0.1 and returns the asked paths."""
    running: list[ThreadingHTTPServer] = []
    monkeypatch.setenv("no_proxy", "127.0.0.1")

    def start(serve: Serve) -> list[str]:
        asked: list[str] = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                asked.append(self.path)
                serve(self)

            def log_message(self, format, *args):
                pass

        running.append(ThreadingHTTPServer(("127.0.0.1", 0), Handler))
        threading.Thread(target=running[-1].serve_forever, args=(0.01,), daemon=True).start()
        address = f"http://127.0.0.1:{running[-1].server_port}"
        monkeypatch.setattr(fetch, "GROUPLENS", address)
        return asked

    yield start
    for one in running:
        one.shutdown()
        one.server_close()


def refuse_connections(monkeypatch) -> None:
    """Make GroupLens' address one where nobody listens."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    monkeypatch.setattr(fetch, "GROUPLENS", f"http://127.0.0.1:{port}")


def whole(data: bytes, announced: int | None = None) -> Serve:
    """Answer with these bytes, announcing their number or another."""

    def serve(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(data) if announced is None else announced))
        handler.end_headers()
        handler.wfile.write(data)

    return serve


def wheel_code(files: dict[str, bytes]) -> str:
    """Return a script that brings a wheel of these files, as `pip download --dest` would."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    return (
        "import pathlib, sys\n"
        "folder = pathlib.Path(sys.argv[sys.argv.index('--dest') + 1])\n"
        f"(folder / 'recbole-1.2.1-py3-none-any.whl').write_bytes({data.getvalue()!r})\n"
    )


INTER = b"user_id:token\titem_id:token\trating:float\ttimestamp:float\n196\t242\t3\t881250949\n"
ITEM = b"item_id:token\tmovie_title:token_seq\trelease_year:token\tclass:token_seq\n"
ITEM += b"242\tKolya\t1996\tComedy\n"
IN_WHEEL = {
    download.WHEEL_FOLDER + "ml-100k.inter": INTER,
    download.WHEEL_FOLDER + "ml-100k.item": ITEM,
}


def publish_made_100k(monkeypatch) -> None:
    """Let two tiny files stand for ml-100k in the order of sources."""
    known = tuple(
        (name.removeprefix(download.WHEEL_FOLDER), hashlib.sha256(data).hexdigest())
        for name, data in IN_WHEEL.items()
    )
    monkeypatch.setitem(SETS, "ml-100k", Published(100, "sha256:0", known))


def files_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*")) + sorted(
        path.name for path in folder.glob(".*")
    )
