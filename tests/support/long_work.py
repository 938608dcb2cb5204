"""A second kind of long work, which only tests register, and an executor that waits for orders."""

import json
import os
import time
from concurrent.futures import Executor, Future
from pathlib import Path

import pytest
from optviz_app.jobs.channel import Reporter
from optviz_app.jobs.tasks import TASKS, Product, Request, Task


class TinyTask(Task):
    """Counting to a number, with a pause after each count."""

    noun, plural = "count", "counts"
    phases = ("counting",)

    def run(self, reporter: Reporter) -> Product:
        """Count, unless ordered to stop; what was counted is kept."""
        asked, done = json.loads(self.request.text), 0
        if asked["to"] < 0:
            raise ValueError(f"a count must be >= 0, got {asked['to']}")
        while done < asked["to"] and not reporter.orders.must_stop():
            done += 1
            reporter.tell("counting", done=done)
            time.sleep(asked["pause"])
            if done == asked["dies_at"]:
                os._exit(1)
        return Product({"done": done}, lambda folder: (folder / "done.txt").write_text(str(done)))


def register_tiny(patch: pytest.MonkeyPatch) -> None:
    """Register the kind for one test."""
    patch.setitem(TASKS, "tiny", "tests.support.long_work:TinyTask")


def count_request(to: int, pause: float = 0, dies_at: int = 0, name: str = "") -> Request:
    """Return the request to count to a number."""
    asked = {"to": to, "pause": pause, "dies_at": dies_at, "name": name}
    return Request("tiny", json.dumps(asked, sort_keys=True))


def read_count(folder: Path) -> int:
    """Return the number in a result's folder."""
    return int((folder / "done.txt").read_text())


class Held(Executor):
    """An executor that begins nothing until it is told to."""

    def __init__(self):
        self.calls: list[tuple] = []
        self.futures: list[Future] = []

    def submit(self, fn, /, *arguments, **_):
        self.calls.append(arguments)
        self.futures.append(Future())
        return self.futures[-1]
