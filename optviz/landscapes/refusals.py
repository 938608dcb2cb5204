"""Refusals of arguments of a wrong kind: what was given, what was expected, a way out."""

from __future__ import annotations

from typing import Any

import numpy as np


def check_kind(given: Any, kinds: Any, expected: str, hint: str = "") -> None:
    """Refuse a thing of another kind.

    Raises: ValueError: sheet_contour draws a SheetSlice, got a Slice: draw it by slice_contour
    """
    if not isinstance(given, kinds):
        what = repr(given) if isinstance(given, (str, int, float, type(None))) else ""
        article = "an" if type(given).__name__[0] in "AEIOU" else "a"
        what = what[:60] or f"{article} {type(given).__name__}"
        raise ValueError(f"{expected}, got {what}" + (f": {hint}" if hint else ""))


def list_records(given: Any, kind: type, expected: str) -> list[Any]:
    """Return one record or several as a list.

    Raises: ValueError: line_profiles draws a Profile, or several, got a Slice
    """
    if not isinstance(given, (list, tuple)):
        check_kind(given, kind, expected)
        return [given]
    for each in given:
        check_kind(each, kind, expected)
    return list(given)


def check_number(name: str, value: Any, *, above: bool = False) -> float:
    """Return a finite number of at least 0, or above 0.

    Raises: ValueError: margin must be at least 0 and finite, got -1
    """
    is_number = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
    if not (is_number and np.isfinite(value) and (value > 0 if above else value >= 0)):
        least = "above 0" if above else "at least 0"
        raise ValueError(f"{name} must be {least} and finite, got {value!r:.60}")
    return float(value)


def check_calls(**given: Any) -> None:
    """Refuse what is to be called and cannot be.

    Raises: ValueError: cancel must be a function, such as lambda: False, got True
    """
    for name, each in given.items():
        if each is not None and not callable(each):
            way = "lambda: False" if name == "cancel" else "print"
            raise ValueError(f"{name} must be a function, such as {way}, got {each!r:.60}")


def check_executor(executor: Any) -> None:
    """Refuse what cannot be given work.

    Raises: ValueError: executor must be one of concurrent.futures, got 'pool'
    """
    if executor is not None and not callable(getattr(executor, "submit", None)):
        raise ValueError(f"executor must be one of concurrent.futures, got {executor!r:.60}")


def read_numbers(given: Any, name: str = "a point") -> np.ndarray:
    """Return a point or a direction as an array (n,) of float64.

    Raises: ValueError: a point must be an array of finite numbers, got 'x'
    """
    try:
        made = np.asarray(given, float).ravel()
    except (TypeError, ValueError):
        made = np.array([np.nan])
    if not np.isfinite(made).all():
        raise ValueError(f"{name} must be an array of finite numbers, got {given!r:.60}")
    return made


def take_end(run: Any, name: str = "the point") -> np.ndarray:
    """Return the point at the end of a run or a recording, (n,).

    Raises: ValueError: the point b: Adam diverged and is not finite at its end: give a point
        before, such as the last finite one, recording.pick([10])
    """
    path = run.path
    if np.isfinite(end := np.asarray(path[-1], float).ravel()).all():
        return end
    given = getattr(run, "finite", None)
    rows = next((i for i in range(len(path)) if not np.isfinite(path[i]).all()), 0)
    count, whose = rows if given is None else given, getattr(run, "label", "the run")
    if not count:
        raise ValueError(f"{name}: {whose} has no finite point: lower its learning rate")
    way = f"recording.pick([{count - 1}])" if hasattr(run, "pick") else f"run.path[{count - 1}]"
    raise ValueError(
        f"{name}: {whose} diverged and is not finite at its end: give a point before, "
        f"such as the last finite one, {way}"
    )


def read_pair(name: str, given: Any, what: str) -> tuple[Any, Any]:
    """Return two things that belong to two points.

    Raises: ValueError: labels must be two names, got ('a',)
    """
    is_pair = isinstance(given, (tuple, list)) and len(given) == 2
    if not is_pair:
        raise ValueError(f"{name} must be {what}, got {given!r:.60}")
    return given[0], given[1]
