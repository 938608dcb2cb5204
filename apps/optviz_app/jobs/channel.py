"""The folder by which the server and one training talk: progress one way, orders the other.

Any executor can carry a training whose process sees this folder: on a cluster, a shared one.
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
"""How long a training goes on when nobody watches it: hidden tabs may ask but once a minute."""
LEFT_S = 6.0
"""How long it goes on once its last page was left: long enough to load the page again."""
LOOK_S = 0.05
"""How often a training looks for orders."""


@dataclass(frozen=True)
class Channel:
    """A folder with up to three small files, each written whole or not at all."""

    folder: Path

    def tell(self, progress: dict[str, Any]) -> None:
        """Say how far the training is."""
        self._write("progress.json", json.dumps(progress, separators=(",", ":")))

    def told(self) -> dict[str, Any] | None:
        """How far the training said it is; None before it began."""
        try:
            return json.loads((self.folder / "progress.json").read_bytes())
        except FileNotFoundError:
            return None

    def lend(self, seconds: float = WATCHED_S) -> None:
        """Let the training go on for so long from now."""
        self._write("lease", str(seconds))

    def cancel(self) -> None:
        """Order the training to stop."""
        self._write("cancel", "")

    def remains(self) -> bool:
        """Whether the folder is there: a server that ends removes it."""
        return self.folder.is_dir()

    def _write(self, name: str, text: str) -> None:
        part = self.folder / f".{name}.{os.getpid()}.{time.monotonic_ns()}"
        with suppress(FileNotFoundError):  # the folder is gone, and with it who would read this
            part.write_text(text)
            part.replace(self.folder / name)


class Orders:
    """What a training was ordered, asked at most every LOOK_S.

    The lease is counted from the moment it was seen to change, by this process's own clock, so
    neither another machine's clock nor a sleeping laptop ends it.
    """

    def __init__(self, channel: Channel):
        self.channel, self.folder = channel, channel.folder
        self.why = ""
        """Why the training must stop, in words; empty while it may go on."""
        self.looked = -LOOK_S
        self.lease: tuple[int, float] = 0, WATCHED_S
        self.since = time.monotonic()

    def stop(self) -> bool:
        """Whether the training must stop."""
        now = time.monotonic()
        if not self.why and now - self.looked >= LOOK_S:
            self.looked, self.why = now, self._look(now)
        return bool(self.why)

    def _look(self, now: float) -> str:
        if (self.folder / "cancel").exists():
            return "canceled"
        if not self.channel.remains():
            return "stopped, as its server has ended"
        lease = self._lease()
        if lease != self.lease:
            self.lease, self.since = lease, now
        if now - self.since > self.lease[1]:
            return "stopped, as no page was watching"
        return ""

    def _lease(self) -> tuple[int, float]:
        """When the lease was written, and its seconds."""
        file = self.folder / "lease"
        try:
            return file.stat().st_mtime_ns, float(file.read_text())
        except (OSError, ValueError):
            return self.lease
