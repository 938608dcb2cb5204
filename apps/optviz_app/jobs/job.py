"""One training as the server knows it."""

from __future__ import annotations

import math
import time
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass, field

from optviz_app.jobs.channel import Channel


@dataclass
class Job:
    """A training that was asked for."""

    channel: Channel
    arguments: tuple[str, ...]
    browsers: list[str]
    """Who asked for it: it is the first one's turn."""
    future: Future | None = None
    """None while it waits."""
    watchers: dict[str, float] = field(default_factory=dict)
    """When each page was last heard of."""
    until: float = math.inf
    """When its lease ends; while it waits, nobody else looks."""

    @property
    def over(self) -> bool:
        """Whether it ended, one way or another."""
        return self.future is not None and self.future.done()

    def lend(self, seconds: float) -> None:
        """Let it wait or go on for so long from now."""
        self.until = time.monotonic() + seconds
        self.channel.lend(seconds)

    def drop(self, why: str) -> None:
        """End it before it began."""
        self.future = Future()
        self.future.cancel()
        self.channel.tell({"version": 1, "phase": "canceled", "why": why})


def fault(future: Future | None) -> BaseException | None:
    """What a training that ended raised."""
    if future is None or future.cancelled():
        return CancelledError()
    return future.exception()
