"""What a browser sent, trusted no further than its type: anything else counts as nothing sent."""

from __future__ import annotations

from typing import Any

LONGEST = 20_000
"""Characters of a query that are read."""
PHASES = ("waiting", "starting", "fetching", "preparing", "training", "drawing")
"""The phases of a training that is under way."""
ENDED = ("none", "finished", "canceled", "failed")


def text(value: Any, longest: int = LONGEST) -> str:
    """The text that was sent, none for anything else."""
    return value[:longest] if isinstance(value, str) else ""


def whole(value: Any) -> int | None:
    """The whole number that a text or a number stands for, None where it is none."""
    digits = str(value) if type(value) is int else text(value, 16)
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 13 else None


def run(value: Any) -> dict[str, Any]:
    """What a page followed: query (None for nothing), phase, version, canceling."""
    sent = value if isinstance(value, dict) else {}
    phase, version = sent.get("phase"), sent.get("version")
    known = isinstance(phase, str) and phase in (*PHASES, *ENDED)
    return {
        "query": text(sent["query"]) if isinstance(sent.get("query"), str) else None,
        "phase": phase if known else "none",
        "version": version if isinstance(version, (str, int)) else None,
        "canceling": sent.get("canceling") is True,
    }


def result(value: Any) -> dict[str, str] | None:
    """Which result a page shows: query and stamp; None for none."""
    query = value.get("query") if isinstance(value, dict) else None
    if not isinstance(query, str):
        return None
    return {"query": text(query), "stamp": text(value.get("stamp"), 40)}
