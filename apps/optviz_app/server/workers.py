"""Worker processes that answer one question after another, and can be ended at any time."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

from optviz_app.jobs.executors import THREADS
from optviz_app.jobs.worker import NICE

MOST_S = 120
"""Time of one answer; the longest race takes five seconds where nothing else is done."""

_log = logging.getLogger("optviz")


class ClosedError(Exception):
    """Raised where an answer is asked for while the server ends."""


class Worker(NamedTuple):
    """A process, and the line to it."""

    process: Any
    line: Connection


class Workers:
    """Processes, each made by need and used again; who asks decides how many there are at once.

    `prepare(*given)` is called once in each, and returns the function that answers there.
    """

    def __init__(self, prepare: Callable[..., Callable[[Any], Any]], given: tuple[Any, ...]):
        self.prepare, self.given = prepare, given
        self.all: set[Worker] = set()
        self.idle: list[Worker] = []
        self.lock = threading.Lock()
        self.is_closed = False

    def run(self, question: Any) -> Any:
        """Return a worker's answer.

        Raises: TimeoutError: it took more than MOST_S
                RuntimeError: the worker broke off, or failed
                ClosedError: the server ends
        """
        with self.lock:
            worker = self.idle.pop() if self.idle else None
        worker = worker or self.start()
        try:
            worker.line.send(question)
            if not worker.line.poll(MOST_S):
                raise TimeoutError
            answer = worker.line.recv()
        except BaseException as error:
            self.end(worker)
            if self.is_closed:
                raise ClosedError from error
            if isinstance(error, (EOFError, OSError)) and not isinstance(error, TimeoutError):
                raise RuntimeError("a worker process broke off") from error
            raise
        with self.lock:
            self.idle.append(worker)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def start(self) -> Worker:
        """Start a worker."""
        for name in THREADS:  # read by its numpy, which is not loaded yet
            os.environ.setdefault(name, "1")
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        arguments = theirs, self.prepare, self.given
        process = context.Process(target=serve_answers, args=arguments, daemon=True)
        worker = Worker(process, ours)
        with self.lock:
            if self.is_closed:
                raise ClosedError
            process.start()
            self.all.add(worker)
        theirs.close()
        return worker

    def warm_up(self) -> None:
        """Start the first worker, in the background: it loads all that an answer may need."""

        def start() -> None:
            with suppress(ClosedError):
                worker = self.start()
                with self.lock:
                    self.idle.append(worker)

        threading.Thread(target=start, daemon=True).start()

    def end(self, worker: Worker) -> None:
        """End a worker, whatever it does."""
        worker.process.kill()
        worker.process.join()
        worker.line.close()
        with self.lock:
            self.all.discard(worker)

    def close(self) -> None:
        """End all workers."""
        with self.lock:
            self.is_closed, self.idle, all_ = True, [], list(self.all)
        for worker in all_:
            worker.process.kill()
            worker.process.join()


def serve_answers(line: Connection, prepare: Callable[..., Callable], given: tuple) -> None:
    """Answer the questions that come by a line, until its other end is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, which ends this
    if hasattr(os, "nice"):
        os.nice(NICE)
    with suppress(EOFError, OSError):
        answer = prepare(*given)
        while True:
            question = line.recv()
            try:
                given_back = answer(question)
            except Exception as error:
                _log.exception("a heavy answer failed")
                given_back = RuntimeError(repr(error))
            line.send(given_back)
