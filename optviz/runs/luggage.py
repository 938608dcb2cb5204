"""What travels to other processes: bytes that each of them opens for itself.

Not things as they are: once torch is loaded, `multiprocessing` gives all processes one memory for
the tensors of a module, to which all of them then write.
"""

from __future__ import annotations

import io
import os
import pickle
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from importlib import import_module
from threading import RLock
from typing import Any, NamedTuple

from optviz.runs.store import Arrays

PICKLERS = "cloudpickle", "joblib.externals.cloudpickle"
"""Packages with which functions that were typed in a notebook or a script go with their text."""
OPENED: dict[str, Any] = {}
"""The luggage of the last piece of work in this process, by its content."""


class Piece(NamedTuple):
    """A piece of work: a function of a module and what it is given; both can travel."""

    perform: Callable[..., Arrays]
    arguments: tuple[Any, ...]
    key: str = ""
    """The content of the work, by which a store knows it; "" keeps it out of the store."""


class Luggage:
    """Something that many pieces of work need: packed once, and opened once by each process.

    Raises: ValueError: cliff cannot go to another process (cannot pickle ...): define its classes
        and functions at the top of a file
    """

    def __init__(self, thing: Any, name: str = "the work"):
        self.data = pack(thing, name)
        self.key = sha256(self.data).hexdigest()


class Trip:
    """A piece of work for another process; what it alone needs is packed when it sets out."""

    def __init__(self, piece: Piece, luggage: dict[int, Luggage]):
        parts = dict(enumerate((luggage.get(id(each), each) for each in piece.arguments), 1))
        self.luggage = {n: each for n, each in parts.items() if isinstance(each, Luggage)}
        rest = {n: each for n, each in parts.items() if n not in self.luggage}
        self.own: dict[int, Any] | bytes = {0: piece.perform} | rest

    def __getstate__(self) -> dict[str, Any]:
        own = self.own if isinstance(self.own, bytes) else pack(self.own)
        return {"luggage": self.luggage, "own": own}

    def __call__(self) -> Arrays:
        """Do the piece of work."""
        with TURN.take():
            own = unpack(self.own) if isinstance(self.own, bytes) else self.own
            parts = own | open_luggage(self.luggage)
            return parts[0](*(parts[n] for n in range(1, len(parts))))


class Turn:
    """A block that one thread of a process is in at a time.

    Threads have one module, which they would write to together, and torch has one state of random
    numbers.
    """

    def __init__(self):
        self.begin()
        if hasattr(os, "register_at_fork"):  # the thread whose turn it is stays behind
            os.register_at_fork(after_in_child=self.begin)

    def begin(self) -> None:
        """Let it be the turn of no thread."""
        self.lock = RLock()

    @contextmanager
    def take(self) -> Iterator[None]:
        """Wait for the turn of this thread, and have it within a block."""
        with self.lock:
            yield


TURN = Turn()
"""The turn to do a piece of work in this process."""


def pack_shared(pieces: Iterable[Piece]) -> dict[int, Luggage]:
    """Return the luggage for everything that several pieces are given, by its id."""
    given = [each for piece in pieces for each in piece.arguments]
    counts, every = Counter(map(id, given)), {id(each): each for each in given}
    return {
        at: Luggage(each)
        for at, each in every.items()
        if counts[at] > 1 and not isinstance(each, Luggage)
    }


def open_luggage(luggage: dict[int, Luggage]) -> dict[int, Any]:
    """Return what is in the luggage of a piece; that of the piece before is kept if it is equal."""
    wanted = {each.key: each.data for each in luggage.values()}
    for key in OPENED.keys() - wanted.keys():
        del OPENED[key]
    for key in wanted.keys() - OPENED.keys():
        OPENED[key] = unpack(wanted[key])
    return {n: OPENED[each.key] for n, each in luggage.items()}


def perform_alone(piece: Piece) -> Arrays:
    """Do a piece of work while no other thread does one."""
    with TURN.take():
        return piece.perform(*piece.arguments)


def pack(thing: Any, name: str = "the work") -> bytes:
    """Return something as bytes, for another process.

    Raises: ValueError: cliff cannot go to another process (cannot pickle ...): define its classes
        and functions at the top of a file
    """
    out = io.BytesIO()
    try:
        write_packed(thing, out)
    except Exception as error:
        raise ValueError(explain_stay(name, error)) from error
    return out.getvalue()


def unpack(data: bytes) -> Any:
    """Return what was packed, in the process that it was sent to.

    Raises: ValueError: the work cannot go to another process (No module named 'own'): define its
        classes and functions at the top of a file
    """
    try:
        # From the executor, which opens such things itself: never from a file.
        return pickle.loads(data)  # noqa: S301
    except Exception as error:
        raise ValueError(explain_stay("the work", error)) from error


def explain_stay(name: str, error: Exception) -> str:
    """Say that something cannot travel."""
    hint = "define its classes and functions at the top of a file"
    return f"{name} cannot go to another process ({error}): {hint}"


def write_packed(thing: Any, file: Any) -> None:
    """Write something to a file of bytes."""
    pickler: Any = pickle
    for name in reversed(PICKLERS):
        with suppress(ModuleNotFoundError):
            pickler = import_module(name)
    pickler.dump(thing, file)
