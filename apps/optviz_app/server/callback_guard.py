"""A check of the values in a callback's request, before Dash and our callbacks meet them."""

from __future__ import annotations

import json
import math
from collections import defaultdict

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

    def refuse_constant(name: str) -> None:
        raise ValueError(f"{name} is no JSON")  # though Python would read it

    try:
        body = json.loads(data, parse_constant=refuse_constant)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(body, dict):
        raise ValueError("not a callback's request")
    count, depth, level = 0, 0, [body]
    while level:
        inner = []
        for each in level:
            inner += [*each, *each.values()] if isinstance(each, dict) else each
        count, depth = count + len(inner), depth + 1
        if count > MOST_VALUES or depth > MOST_DEPTH:
            raise ValueError(f"more than {MOST_VALUES} values, or {MOST_DEPTH} within another")
        by_type = defaultdict(list)
        for each in inner:
            by_type[type(each)].append(each)
        if max(map(len, by_type[str]), default=0) > MOST_LETTERS:
            raise ValueError(f"a text of more than {MOST_LETTERS} letters")
        "".join(by_type[str]).encode()  # half a surrogate pair is no text
        if max(map(abs, by_type[int]), default=0) > MOST_INTEGER:
            raise ValueError("a whole number that no browser holds exactly")
        if not all(map(math.isfinite, by_type[float])):
            raise ValueError("a number that is not finite")
        level = by_type[dict] + by_type[list]
