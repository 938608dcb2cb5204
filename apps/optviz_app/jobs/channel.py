"""The folder by which the server and one piece of work talk: progress one way, orders the other.

Any executor can carry work whose process sees this folder: on a cluster, a shared one.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

WATCHED_S = 90.0
"""Time that work goes on unwatched: a hidden tab may ask but once a minute."""
LEFT_S = 20.0
"""Time that it goes on once its last page was left: room to load it again on a slow phone."""
FOLDER_GONE = "stopped, as its folder of temporary files was deleted"
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
        """Read how far the work is; None before it began, or where that cannot be read."""
        try:
            told = json.loads((self.folder / "progress.json").read_bytes())
            return told | {"phase": str(told["phase"]), "version": int(told["version"])}
        except (OSError, ValueError, TypeError, LookupError):
            return None

    def lend(self, seconds: float = WATCHED_S) -> None:
        """Let the work go on for so long from now; on a full disk, for as long as before."""
        if not self._write("lease", str(seconds)):
            with suppress(OSError):
                os.utime(self.folder / "lease")

    def cancel(self) -> None:
        """Order the work to stop; where that cannot be written, by removing the folder."""
        if not self._write("cancel", ""):
            shutil.rmtree(self.folder, ignore_errors=True)

    def _write(self, name: str, text: str) -> bool:
        """Write a file whole; return False where the folder is gone, full or not to be written."""
        part = self.folder / f".{name}.{os.getpid()}.{time.monotonic_ns()}"
        try:
            part.write_text(text)
            part.replace(self.folder / name)
            return True
        except OSError:
            with suppress(OSError):
                part.unlink()
            return False


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
        if not self.folder.is_dir():
            return FOLDER_GONE
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
        self.told: dict[str, Any] = {}
        """What was told last."""

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
        self.told = {"version": self.version, "phase": phase, **details}
        self.channel.write_progress(self.told)
