"""Notebook servers as people start them, on this machine alone, each with a home of its own."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PATIENCE_S = 90
JUPYTER = ["jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1", "--port={port}"]
JUPYTER += ["--ServerApp.port_retries=0", "--IdentityProvider.token="]
MARIMO = ["marimo", "-q", "run", "race.py", "--headless", "--no-token"]
MARIMO += ["--host=127.0.0.1", "--port={port}"]


def write_jupyter_notebook(folder: Path, home: Path, cells: list[str]) -> None:
    """Write race.ipynb with these cells, none of which has run, and settings without questions.

    Else Jupyter asks whether to build a part of Dash.
    """
    (home / "CONFIG" / "labconfig").mkdir(parents=True)
    quiet = {"buildAvailable": False, "buildCheck": False}
    (home / "CONFIG" / "labconfig" / "page_config.json").write_text(json.dumps(quiet))
    settings = {"ServerApp": {"disable_check_xsrf": True}}  # a test ends the kernel
    (home / "CONFIG" / "jupyter_lab_config.json").write_text(json.dumps(settings))
    made = [
        {"cell_type": "code", "id": f"cell-{k}", "metadata": {}, "outputs": [], "source": each}
        | {"execution_count": None}
        for k, each in enumerate(cells)
    ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    book = {"cells": made, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    (folder / "race.ipynb").write_text(json.dumps(book), encoding="utf-8")


@contextmanager
def serve(words: list[str], folder: Path, home: Path) -> Iterator[str]:
    """Start a server in a folder and yield its address; its processes end with the block."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = {"HOME": str(home), "IPYTHONDIR": str(home / "ipython"), "JUPYTER_PREFER_ENV_PATH": "1"}
    own |= {f"JUPYTER_{name}_DIR": str(home / name) for name in ("CONFIG", "DATA", "RUNTIME")}
    command = [sys.executable, "-m", *(word.format(port=port) for word in words)]
    with open(home / "log.txt", "w+", encoding="utf-8") as log:
        server = subprocess.Popen(
            command, cwd=folder, env=os.environ | own, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            wait_for_port(server, port, home / "log.txt")
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            try:
                server.wait(timeout=30)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def wait_for_port(server: subprocess.Popen, port: int, log: Path) -> None:
    """Wait until a server answers; fail with what it said where it does not."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end and server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"{server.args} did not start: {log.read_text('utf-8')[-2000:]}")
