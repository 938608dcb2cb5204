"""One piece of work in a process of its own: it reads orders, tells progress, leaves a result."""

from __future__ import annotations

import os
import shutil
import signal
import threading
import time
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

import optviz
from optviz_app.jobs.channel import Channel, Reporter, Stopped
from optviz_app.jobs.folders import describe_refusal
from optviz_app.jobs.tasks import Request, Task, save_result


def read_niceness(given: str) -> int:
    """Return how far work steps back for other programs, as a system's `nice` counts it.

    Raises: ValueError: OPTVIZ_NICE must be a whole number from 0 to 19, got "low"
    """
    if not given.isdecimal() or int(given) > 19:
        raise ValueError(f'OPTVIZ_NICE must be a whole number from 0 to 19, got "{given:.40}"')
    return int(given)


NICE = read_niceness(os.environ.get("OPTVIZ_NICE", "10"))
"""On two cores, beside two trainings, another's redraw took 1.0 times as long at 10, 1.4 times at
5, 1.7 times at 0. At 10 a training beside four busy programs takes ten times as long."""


def prepare_process(stop: Any, folder: str) -> None:
    """Make a worker process ready: it ends with its server, and by its server's order.

    Ctrl-C in a terminal reaches workers too; the server decides what becomes of them. The server,
    which answers everybody, goes before the work.
    """
    if hasattr(os, "nice"):
        os.nice(NICE)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=end_with_server, args=[stop, Path(folder)], daemon=True).start()


def end_with_server(stop: Any, folder: Path) -> None:
    """End this process as soon as its parent is gone or raises the flag `stop`.

    A parent that was killed could not remove the folder of its channels.
    """
    from multiprocessing import parent_process

    parent = parent_process()
    while parent is not None and parent.is_alive() and not stop.value:
        time.sleep(0.2)
    if not stop.value:
        shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)


def probe(file: str) -> tuple[str, bool]:
    """Return the version of optviz here, and True if a file is seen from here."""
    return optviz.__version__, Path(file).exists()


def work(channel: str, address: str, kind: str, text: str, cache: str) -> dict[str, Any]:
    """Do a piece of work, told by texts alone, so that any executor can carry it.

    `address` names the class of the task; data is looked for, and the result appears, in `cache`.
    What was told last is returned too: the channel may be gone by then.
    """
    task = resolve_name(address)(Request(kind, text), Path(cache))
    reporter = Reporter(Channel(Path(channel)))
    run_task(task, reporter)
    return reporter.told


def prepare(address: str, kind: str, text: str, cache: str) -> None:
    """Read what a piece of work will need, so that the work itself begins at once."""
    resolve_name(address)(Request(kind, text), Path(cache)).prepare()


def run_task(task: Task, reporter: Reporter) -> None:
    """Run a task and save what it made; an order or a sentence may end it earlier.

    A result that was cut short never replaces a whole one.
    """
    try:
        reporter.tell("starting")
        reporter.check()
        words, write_files = task.run(reporter)
        why, before = reporter.orders.why, task.find_result(words.get("checksum", ""))
        keep = bool(why and before and before.is_whole)
        if not keep:
            own = {"experiment": task.request.text, "outcome": why or "finished"}
            try:
                save_result(task.target, words | own, write_files)
            except OSError as error:
                target = task.target.parent
                raise ValueError(describe_refusal(target, error, "OPTVIZ_CACHE")) from error
        if why:
            reporter.tell("canceled", result=True, earlier=keep, why=why)
        else:
            reporter.tell("finished", result=True)
    except Stopped:
        reporter.tell("canceled", why=reporter.orders.why)
    except ValueError as error:
        reporter.tell("failed", why=str(error))
