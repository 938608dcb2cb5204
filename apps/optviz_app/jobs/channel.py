"""The folder by which the server and one piece of work talk: progress one way, orders the other.

Any executor can carry work whose process sees this folder: on a cluster, a shared one.
"""

from __future__ import annotations

import json
import os
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

WATCHED_S = 90.0
"""Time that work goes on unwatched: a hidden tab may ask but once a minute."""
LEFT_S = 6.0
"""Time that it goes on once its last page was left: enough to load the page again."""
LOOK_S = 0.05
"""Least time between two looks for orders."""
TELL_S = 0.1
"""Least time between two reports of progress."""


@dataclass(frozen=True)
class Channel:
    """A folder with up to three small files, each written whole or not at all."""

    folder: Path

    def write_progress(self, progress: dict[str, Any]) -> None:
        """Write how far the work is."""
        self._write("progress.json", json.dumps(progress, separators=(",", ":")))

    def read_progress(self) -> dict[str, Any] | None:
        """Read how far the work is; None before it began."""
        try:
            return json.loads((self.folder / "progress.json").read_bytes())
        except FileNotFoundError:
            return None

    def lend(self, seconds: float = WATCHED_S) -> None:
        """Let the work go on for so long from now."""
        self._write("lease", str(seconds))

    def cancel(self) -> None:
        """Order the work to stop."""
        self._write("cancel", "")

    def _write(self, name: str, text: str) -> None:
        part = self.folder / f".{name}.{os.getpid()}.{time.monotonic_ns()}"
        with suppress(FileNotFoundError):  # the folder is gone, and with it who would read this
            part.write_text(text)
            part.replace(self.folder / name)


class Orders:
    """The orders for one piece of work, looked for at most every LOOK_S.

    The lease is counted from the moment it was seen to change, by this process's own clock, so
    neither another machine's clock nor a sleeping laptop ends it.
    """

    def __init__(self, channel: Channel):
        self.folder = channel.folder
        self.why = ""
        """Why the work must stop, in words; empty while it may go on."""
        self.looked = -LOOK_S
        self.lease: tuple[int, float] = 0, WATCHED_S
        self.since = time.monotonic()

    def must_stop(self) -> bool:
        """Return True once the work must stop."""
        now = time.monotonic()
        if not self.why and now - self.looked >= LOOK_S:
            self.looked, self.why = now, self._look(now)
        return bool(self.why)

    def _look(self, now: float) -> str:
        if (self.folder / "cancel").exists():
            return "canceled"
        if not self.folder.is_dir():  # a server that ends removes it
            return "stopped, as its server has ended"
        file = self.folder / "lease"
        with suppress(OSError, ValueError):
            lease = file.stat().st_mtime_ns, float(file.read_text())
            if lease != self.lease:
                self.lease, self.since = lease, now
        if now - self.since > self.lease[1]:
            return "stopped, as no page was watching"
        return ""


class Stopped(Exception):  # noqa: N818 - not an error
    """Raised to leave a part of the work, once ordered to stop."""


class Reporter:
    """The worker's end of a channel, as a task uses it."""

    def __init__(self, channel: Channel):
        self.channel, self.orders = channel, Orders(channel)
        self.version, self.told_at = 0, 0.0

    def check(self) -> None:
        """Leave the work, by raising Stopped, if it was ordered to stop."""
        if self.orders.must_stop():
            raise Stopped

    def is_due(self) -> bool:
        """Return True unless something was told a moment ago."""
        return time.monotonic() - self.told_at >= TELL_S

    def tell(self, phase: str, **details: Any) -> None:
        """Tell the server the phase of the work, and what belongs to that phase."""
        self.version, self.told_at = self.version + 1, time.monotonic()
        self.channel.write_progress({"version": self.version, "phase": phase, **details})
