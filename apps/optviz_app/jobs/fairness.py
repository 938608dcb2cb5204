"""Whose training is next: browsers take turns, and none may ask for too many."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

MOST = 20
"""Trainings under way at once, running and waiting."""
MOST_EACH = 3
"""Of one browser."""


def known(browser: Any) -> str:
    """The id of a browser as it was sent, or no id: all without one count as a single browser."""
    fits = isinstance(browser, str) and re.fullmatch(r"[a-z0-9-]{8,40}", browser)
    return browser if fits else ""


def check_room(owners: Sequence[str], browser: str) -> None:
    """Whether a browser may have one more training than those, given by their owners.

    Raises: ValueError: 3 trainings of this browser are under way already: wait for one or cancel it
    """
    mine = owners.count(browser)
    if mine >= MOST_EACH:
        raise ValueError(
            f"{mine} trainings of this browser are under way already: wait for one or cancel one"
        )
    if len(owners) >= MOST:
        raise ValueError(f"{len(owners)} trainings are under way already: try again later")


def in_turn(waiting: Iterable[tuple[str, str]], running: Iterable[str]) -> list[str]:
    """The keys of waiting trainings in the order in which they will begin.

    `waiting` has the key and the owner of each, the earliest first; `running` the owners of those
    that run. A browser's second training comes after the first of every other, and so on; as what
    runs counts, and ends, nobody waits forever.
    """
    before: dict[str, int] = {}
    for owner in running:
        before[owner] = before.get(owner, 0) + 1
    rounds: list[tuple[int, str]] = []
    for key, owner in waiting:
        rounds.append((before.get(owner, 0), key))
        before[owner] = before.get(owner, 0) + 1
    return [key for _, key in sorted(rounds, key=lambda each: each[0])]
