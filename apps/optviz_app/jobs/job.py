"""The jobs of a server, whose turn is next, and how many one browser may have."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

from optviz_app.jobs.channel import Channel
from optviz_app.jobs.tasks import Task

MOST = 20
"""Jobs under way at once, running and waiting."""
MOST_EACH = 3
"""Of one browser."""


@dataclass
class Job:
    """A piece of work under way, as the server knows it."""

    task: Task
    channel: Channel
    browsers: list[str]
    """The browsers that asked for it; it counts as a turn of the first."""
    future: Future | None = None
    """None while it waits."""
    watchers: dict[str, float] = field(default_factory=dict)
    """The time at which each page was last heard of."""
    until: float = math.inf
    """The end of its lease, which the server checks while the job waits."""

    @property
    def is_over(self) -> bool:
        """True once it ended, one way or another."""
        return self.future is not None and self.future.done()

    def lend(self, seconds: float) -> None:
        """Let it wait or go on for so long from now."""
        self.until = time.monotonic() + seconds
        self.channel.lend(seconds)

    def drop(self, why: str) -> None:
        """End it before it began."""
        self.future = Future()
        self.future.cancel()
        self.channel.write_progress({"version": 1, "phase": "canceled", "why": why})


def check_room(jobs: Sequence[Job], browser: str) -> None:
    """Refuse one job more of a browser where too many are under way."""
    mine = [job for job in jobs if job.browsers[0] == browser]
    for found, most, whose, way_out in (
        (mine, MOST_EACH, " of this browser", "wait for one or cancel one"),
        (jobs, MOST, "", "try again later"),
    ):
        if len(found) >= most:
            names = {job.task.plural for job in found}
            noun = names.pop() if len(names) == 1 else "jobs"
            raise ValueError(f"{len(found)} {noun}{whose} are under way already: {way_out}")


def order_turns(waiting: Iterable[tuple[str, str]], running: Iterable[str]) -> list[str]:
    """Return the keys of waiting jobs in the order in which they will begin.

    `waiting` has the key and the owner of each, the earliest first; `running` the owners of those
    that run. A browser's second job comes after the first of every other, and so on; as what runs
    counts, and ends, nobody waits forever.
    """
    before, rounds = Counter(running), []
    for key, owner in waiting:
        rounds.append((before[owner], key))
        before[owner] += 1
    return [key for _, key in sorted(rounds, key=lambda each: each[0])]
