"""A check of the values in a callback's request, before Dash and our callbacks meet them."""

from __future__ import annotations

import math
from collections import defaultdict

import orjson

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
    body = orjson.loads(data)  # refuses NaN, half a surrogate pair and a depth of 1,024
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
        check_texts(by_type[str])
        check_numbers(by_type[int] + by_type[float])
        level = by_type[dict] + by_type[list]


def check_texts(texts: list[str]) -> None:
    """Refuse texts that no browser sends.

    Raises: ValueError: a text of more than 100000 letters
    """
    if max(map(len, texts), default=0) > MOST_LETTERS:
        raise ValueError(f"a text of more than {MOST_LETTERS} letters")


def check_numbers(numbers: list[float]) -> None:
    """Refuse numbers that no browser sends.

    Raises: ValueError: a number that is not finite
    """
    for each in numbers:
        if isinstance(each, int) and abs(each) > MOST_INTEGER:
            raise ValueError("a whole number that no browser holds exactly")
        if isinstance(each, float) and not math.isfinite(each):
            raise ValueError("a number that is not finite")
