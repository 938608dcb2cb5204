"""The text of classes and functions, safe in a server's threads."""

from __future__ import annotations

import inspect
from threading import Lock
from typing import Any

TRIES = 5
_READING = Lock()


def read_code(thing: Any) -> str:
    """Return the source of a class or a function.

    CPython parses the file of a class for that, and until 3.12 counts the depth of its parser once
    for all threads: one that parses meanwhile makes it fail with a SystemError, so it tries again.

    Raises: OSError, TypeError: there is no source, as of a class typed into a prompt
    """
    with _READING:
        for _ in range(TRIES - 1):
            try:
                return inspect.getsource(thing)
            except SystemError:
                continue
        return inspect.getsource(thing)
