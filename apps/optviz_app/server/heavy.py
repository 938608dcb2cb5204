"""Heavy answers: a few at a time, in processes of their own, so that small ones never wait.

A page says how heavy an answer is by `weigh`; too heavy a one breaks off here, and the whole
request is answered anew by a worker. Who finds all places taken hears soon that the app is busy.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from threading import BoundedSemaphore
from typing import Any, NamedTuple

from dash import Dash
from flask import Flask, Response, current_app, has_request_context, request

from optviz_app.server.security import answer_error
from optviz_app.server.workers import ClosedError, Workers

LIGHT = 8_000
"""The heaviest answer that this process gives itself, in steps of a race: about 0.1 s."""
AT_ONCE = 2
"""Heavy answers that are made at once."""
WAITING = 24
"""Requests that may wait for a place, each in a thread of its own."""
WAIT_S = 1.0
"""Time that a request waits for a place: also what paces those that ask again and again."""
RETRY_S = 2
"""Time after which a browser may ask again."""
BUSY = "optviz is busy with the work of others: try again in a moment"
TOO_LONG = "this takes too long: take fewer optimizers, starts or steps"
NAME, FLAG = "optviz_heavy", "optviz.heavy"
"""The names of the places in the app, and of the mark of a request that is answered for good."""


class HeavyError(Exception):
    """Raised to leave an answer that is too heavy for the process that answers everybody."""


class BusyError(Exception):
    """Raised where no place is free."""


class Answer(NamedTuple):
    """An answer as it comes from a worker."""

    status: int
    headers: list[tuple[str, str]]
    data: bytes


class Places:
    """The places for heavy answers of one app; without workers, its own process makes them."""

    def __init__(self) -> None:
        self.free, self.line = BoundedSemaphore(AT_ONCE), BoundedSemaphore(WAITING)
        self.workers: Workers | None = None

    @contextmanager
    def take(self) -> Iterator[None]:
        """Hold a place.

        Raises: BusyError: none became free in time, or too many wait for one
        """
        if not self.line.acquire(blocking=False):
            raise BusyError
        try:
            is_taken = self.free.acquire(timeout=WAIT_S)
        finally:
            self.line.release()
        if not is_taken:
            raise BusyError
        try:
            yield
        finally:
            self.free.release()

    def open_workers(self, factory: str, host: str) -> None:
        """Let worker processes make the answers; `factory` names what makes their app."""
        self.workers = Workers(answer_in_worker, (factory, host))
        self.workers.warm_up()

    def close(self) -> None:
        """End the workers."""
        if self.workers:
            self.workers.close()


def register(app: Dash) -> None:
    """Give an app its places, and let it answer what was too heavy or finds it busy."""
    server: Flask = app.server  # type: ignore[assignment]
    server.extensions[NAME] = Places()
    server.register_error_handler(HeavyError, answer_heavy)
    server.register_error_handler(BusyError, answer_busy)


def find_places(app: Any = None) -> Places:
    """Return the places of an app, or of the one that answers now."""
    return (app.server if app else current_app).extensions[NAME]


def weigh(steps: float) -> None:
    """Leave an answer that is heavier than LIGHT to the workers; nothing else is heavy.

    Raises: HeavyError
    """
    if steps > LIGHT and has_request_context() and FLAG not in request.environ:
        raise HeavyError


def answer_heavy(_: Exception) -> Response:
    """Answer the whole request anew, in a place of its own."""
    places, body = find_places(), request.get_data()
    try:
        with places.take():
            if places.workers is None:
                given = answer_anew(current_app, request.environ, body)
            else:
                asked = {k: v for k, v in request.environ.items() if isinstance(v, str)}
                given = places.workers.run((asked, body))
    except (BusyError, ClosedError) as error:
        return answer_busy(error)
    except TimeoutError:
        return Response(f"{TOO_LONG}\n", 422, mimetype="text/plain")
    except RuntimeError as error:
        return answer_error(error)
    return Response(given.data, given.status, given.headers)


def answer_busy(_: Exception) -> Response:
    """Say that others are served, and when to ask again."""
    again = {"Retry-After": str(RETRY_S), "Cache-Control": "no-store"}
    return Response(f"{BUSY}\n", 503, again, mimetype="text/plain")


def answer_anew(app: Any, environ: dict[str, Any], body: bytes) -> Answer:
    """Answer a request for good, whatever it weighs."""
    fresh = {k: v for k, v in environ.items() if not k.startswith(("werkzeug.", "flask."))}
    own = {FLAG: True, "wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body))}
    made = Response.from_app(app.wsgi_app, fresh | own, buffered=True)
    return Answer(made.status_code, list(made.headers), made.get_data())


def answer_in_worker(factory: str, host: str) -> Any:
    """Return the function by which a worker answers requests, with an app of its own."""
    from pkgutil import resolve_name

    from werkzeug.test import EnvironBuilder

    app = resolve_name(factory)(host).server
    plain = {k: v for k, v in EnvironBuilder().get_environ().items() if k.startswith("wsgi.")}

    def answer(asked: tuple[dict[str, str], bytes]) -> Answer:
        environ, body = asked
        return answer_anew(app, plain | environ, body)

    return answer
