"""Answers of worker processes that take time or break off."""

import os
import time
from collections.abc import Callable


def prepare(start: int) -> Callable[[str], int]:
    """Return a function that counts what it is asked, from a number on."""
    count = [start]

    def answer(question: str) -> int:
        count[0] += 1
        if question == "sleep":
            time.sleep(60)
        if question == "die":
            os._exit(1)
        if question == "fail":
            raise ValueError("no such thing")
        return count[0]

    return answer
