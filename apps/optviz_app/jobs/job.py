"""The jobs of a server, whose turn is next, and how many one browser may have."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from optviz_app.jobs.channel import LEFT_S, WATCHED_S, Channel
from optviz_app.jobs.tasks import Task

MOST = 20
"""Jobs under way at once, running and waiting."""
MOST_EACH = 3
"""Of one browser."""
MOST_FROM = 8
"""Of one address of another machine, whatever number of browsers it claims to have."""
PAGES = 100
"""Pages that are known to watch one job, and browsers that are known to have asked for it."""


@dataclass
class Job:
    """A piece of work under way, as the server knows it."""

    task: Task
    channel: Channel
    browsers: list[str]
    """The browsers that asked for it; it counts as a turn of the first."""
    address: str = ""
    """The address of the machine that asked first; "" for this one."""
    future: Future | None = None
    """None while it waits."""
    watchers: dict[str, float] = field(default_factory=dict)
    """The time at which each page was last heard of."""
    crowded: float = -math.inf
    """The last time at which more pages watched than are known."""
    until: float = math.inf
    """The end of its lease, which the server checks while the job waits."""
    why: str = ""
    """Why the server ended it."""
    end: dict[str, Any] | None = None
    """What was told at its end, once that was read."""

    @property
    def is_over(self) -> bool:
        """True once it ended, one way or another."""
        return self.future is not None and self.future.done()

    @property
    def owner(self) -> tuple[str, ...]:
        """The browser whose turn it takes, and its address where that counts too."""
        return (self.browsers[0], self.address) if self.address else (self.browsers[0],)

    def watch(self, page: str, leave: bool) -> None:
        """Note that a page watches or leaves; only the last one that leaves shortens the lease.

        Of very many pages the latest are known. While others may watch, leaving changes nothing.
        """
        now = time.monotonic()
        self.watchers = {p: at for p, at in self.watchers.items() if now - at < WATCHED_S}
        is_known = self.watchers.pop(page, None) is not None
        if not leave:
            self.watchers[page] = now
            if len(self.watchers) > PAGES:
                self.crowded = now
                del self.watchers[next(iter(self.watchers))]
            self.lend(WATCHED_S)
        elif is_known and not self.watchers and now - self.crowded >= WATCHED_S:
            self.lend(LEFT_S)

    def lend(self, seconds: float) -> None:
        """Let it wait or go on for so long from now."""
        self.until = time.monotonic() + seconds
        self.channel.lend(seconds)

    def drop(self, why: str) -> None:
        """End it before it began."""
        self.future = Future()
        self.future.cancel()
        self.why = why
        self.channel.write_progress({"version": 1, "phase": "canceled", "why": why})


def check_room(jobs: Sequence[Job], browser: str, address: str = "") -> None:
    """Refuse one job more of a browser, or of another machine, where too many are under way."""
    mine = [job for job in jobs if job.browsers[0] == browser and job.address == address]
    near = [job for job in jobs if address and job.address == address]
    for found, most, whose, way_out in (
        (mine, MOST_EACH, " of this browser", "wait for one or cancel one"),
        (near, MOST_FROM, " of this network address", "wait for one"),
        (jobs, MOST, "", "try again later"),
    ):
        if len(found) >= most:
            names = {job.task.plural for job in found}
            noun = names.pop() if len(names) == 1 else "jobs"
            raise ValueError(f"{len(found)} {noun}{whose} are under way already: {way_out}")


def order_turns(
    waiting: Iterable[tuple[str, Sequence[str]]], running: Iterable[Sequence[str]]
) -> list[str]:
    """Return the keys of waiting jobs in the order in which they will begin.

    `waiting` has the key and the owner of each, the earliest first; `running` the owners of those
    that run. A browser's second job comes after the first of every other, and so on, and so does
    another machine's; as what runs counts, and ends, nobody waits forever.
    """
    before, rounds = Counter(name for owner in running for name in owner), []
    for key, owner in waiting:
        rounds.append((max(before[name] for name in owner), key))
        before.update(owner)
    return [key for _, key in sorted(rounds, key=lambda each: each[0])]
