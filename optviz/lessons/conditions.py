"""Conditions such as `final 1 < 0.5 * final 2 and outcome 1 = converged`: read, never evaluated."""

from __future__ import annotations

import difflib
import operator
import re
from collections.abc import Callable, Collection
from math import isclose, isfinite, isnan
from typing import NamedTuple

RUN_MEASURES = {
    "final": "the last loss",
    "best": "the lowest loss",
    "peak": "the highest loss",
    "loss": "the loss, at a step",
    "steps": "the steps to the target; never is more than any number",
    "outcome": "how the run ended, in the words of the table",
    "x": "x, at the end or at a step",
    "y": "y, at the end or at a step",
    "lr": "the learning rate of the last step, or at a step",
    "distance": "the distance to the nearest minimum, at the end or at a step",
    "travel": "the length of the path",
    "turns x": "how often the step changed its direction along x",
    "turns y": "how often the step changed its direction along y",
}
"""What a condition can ask of a run, in words."""
AT_STEP = ("loss", "x", "y", "lr", "distance")
"""The measures that a condition can ask for at a step."""
OUTCOMES = (
    *("converged", "hardly moving", "still moving", "oscillating", "growing"),
    *("diverged", "stopped", "not begun"),
)
SIGNS: dict[str, Callable[[float, float], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "=": operator.eq,
}
TIE = 1e-6
"""Two numbers this close, in proportion, are too close for a condition to tell apart."""
NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?"
OTHERWISE = "otherwise"


class Quantity(NamedTuple):
    """A number or an outcome: of a run, at a step or at its end; or of a picture (run 0)."""

    measure: str
    run: int = 0
    at: int | None = None


class Clause(NamedTuple):
    """One comparison: a quantity with a number, words, or another quantity times a number."""

    left: Quantity
    sign: str
    number: float = 1.0
    words: tuple[str, ...] = ()
    right: Quantity | None = None


Condition = tuple[Clause, ...]
"""Clauses of which all must hold."""
Read = Callable[[Quantity], float | str]
"""Returns the value of a quantity."""


def parse_condition(text: str, measures: Collection[str] | None = None) -> Condition:
    """Read a condition on runs, or on the measures of a picture where they are given.

    Raises: ValueError: no measure "finl"; nearest: final
    """
    return tuple(_parse_clause(part.strip(), measures) for part in re.split(r"\band\b", text))


def _parse_clause(text: str, measures: Collection[str] | None) -> Clause:
    found = re.fullmatch(r"([^<>=!]+?)\s*(<=|>=|!=|<|>|=)\s*([^<>=!]+)", text)
    if not found:
        raise ValueError(f'"{text[:60]}" is no comparison: write one such as final 1 < final 2')
    left, sign, right = _parse_quantity(found[1], measures), found[2], found[3].strip()
    if left.measure == "outcome" and measures is None:
        return Clause(left, _check_equality(sign), words=_parse_outcomes(right))
    if re.fullmatch(NUMBER, right, re.IGNORECASE):
        return Clause(left, sign, float(right))
    times = re.fullmatch(rf"({NUMBER})\s*\*\s*(.+)", right, re.IGNORECASE)
    quantity = _parse_quantity(times[2] if times else right, measures)
    if quantity.measure == "outcome" and measures is None:
        raise ValueError(f'"{text[:60]}" compares a number with an outcome')
    return Clause(left, sign, float(times[1]) if times else 1.0, right=quantity)


def _check_equality(sign: str) -> str:
    if sign in ("=", "!="):
        return sign
    raise ValueError(f"an outcome is compared by = or !=, got {sign}")


def _parse_outcomes(text: str) -> tuple[str, ...]:
    words = tuple(each.strip() for each in re.split(r"\bor\b", text))
    for each in words:
        suggest("outcome", each, OUTCOMES)
    return words


def _parse_quantity(text: str, measures: Collection[str] | None) -> Quantity:
    text = " ".join(text.split())
    if measures is not None:
        return Quantity(suggest("measure of this picture", text, measures))
    found = re.fullmatch(r"([a-z ]+?)(?: (\d{1,3}))?(?: at (\d{1,6}))?", text)
    name = suggest("measure", found[1] if found else text, RUN_MEASURES)
    if not found or not found[2] or not int(found[2]):
        raise ValueError(f'"{text[:60]}" lacks the number of the run: write {name} 1')
    at = None if found[3] is None else int(found[3])
    if at is not None and name not in AT_STEP:
        raise ValueError(f"{name} is of a whole run: only {', '.join(AT_STEP)} can be at a step")
    if name == "loss" and at is None:
        raise ValueError(f"loss needs a step, such as loss {found[2]} at 20; the last is final")
    return Quantity(name, int(found[2]), at)


def suggest(kind: str, name: str, known: Collection[str]) -> str:
    """Return a name that is known.

    Raises: ValueError: no outcome "convergd"; nearest: converged
    """
    if name in known:
        return name
    near = difflib.get_close_matches(name, list(known), 1, 0.5)
    hint = f"nearest: {near[0]}" if near else f"choose from {', '.join(known)}"
    raise ValueError(f'no {kind} "{name[:60]}"; {hint}')


def holds(condition: Condition, read: Read) -> bool:
    """Return True if all clauses of a condition hold for what `read` returns.

    A comparison with a number that is none (such as the loss at a step that was not made) fails.
    """
    return all(_holds(clause, read) for clause in condition)


def _holds(clause: Clause, read: Read) -> bool:
    left = read(clause.left)
    if isinstance(left, str):
        return (left in clause.words) == (clause.sign == "=")
    right = _read_right(clause, read)
    return not isnan(left) and not isnan(right) and SIGNS[clause.sign](left, right)


def _read_right(clause: Clause, read: Read) -> float:
    return clause.number if clause.right is None else clause.number * float(read(clause.right))


def is_close(clause: Clause, read: Read) -> bool:
    """Return True if a comparison is a tie but for rounding, so that machines may differ."""
    if clause.words or clause.sign in ("=", "!="):
        return False
    left, right = float(read(clause.left)), _read_right(clause, read)
    return isfinite(left) and isfinite(right) and isclose(left, right, rel_tol=TIE)


def write_condition(condition: Condition) -> list[dict]:
    """Return a condition as data for the browser, see views/live/lesson/judge.js."""
    return [
        clause._asdict()
        | {"left": clause.left._asdict(), "right": clause.right and clause.right._asdict()}
        for clause in condition
    ]
