"""A check of the values in a callback's request, before Dash and our callbacks meet them."""

from __future__ import annotations

import json
import math
from typing import Any

MOST_DEPTH = 24
MOST_VALUES = 20_000
MOST_LETTERS = 100_000
"""Of one text; more than the longest link that reaches the server."""
MOST_INTEGER = 2**53
"""The largest whole number that a browser holds exactly."""


def check_body(data: bytes) -> None:
    """Refuse the body of a request that is no JSON object, or has values that no browser sends.

    Raises: ValueError: more than 20000 values
    """
    try:
        body = json.loads(data, parse_constant=refuse_constant)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(body, dict):
        raise ValueError("not a callback's request")
    count, open_ = 0, [(body, 1)]
    while open_:
        value, depth = open_.pop()
        inner = [*value, *value.values()] if isinstance(value, dict) else value
        if isinstance(inner, list):
            count += len(inner)
            if count > MOST_VALUES or depth > MOST_DEPTH:
                raise ValueError(f"more than {MOST_VALUES} values, or {MOST_DEPTH} within another")
            open_ += [(each, depth + 1) for each in inner]
        else:
            check_value(value)


def refuse_constant(name: str) -> None:
    """Refuse what is no JSON, though Python would read it.

    Raises: ValueError: NaN is no JSON
    """
    raise ValueError(f"{name} is no JSON")


def check_value(value: Any) -> None:
    """Refuse a number or a text that no browser sends.

    Raises: ValueError: a number that is not finite
    """
    if isinstance(value, str):
        if len(value) > MOST_LETTERS:
            raise ValueError(f"a text of more than {MOST_LETTERS} letters")
        value.encode()  # half a surrogate pair is no text
    elif isinstance(value, int) and abs(value) > MOST_INTEGER:
        raise ValueError("a whole number that no browser holds exactly")
    elif isinstance(value, float) and not math.isfinite(value):
        raise ValueError("a number that is not finite")
