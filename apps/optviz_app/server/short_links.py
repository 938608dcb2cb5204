"""Short links: a few letters for an address of the app, kept in one file of the cache.

The letters come from the address itself, so that the same one always has the same.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from threading import Lock

MOST_LINKS = 5_000
"""Kept at once; the oldest go first."""
MOST_LETTERS = 4_000
"""Of an address; longer ones would fill the file."""
LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
"""Those that are not mistaken for each other on a blackboard."""
SHORTEST, LONGEST = 5, 12
CODE = re.compile(rf"[{LETTERS}]{{{SHORTEST},{LONGEST}}}")
LINK = re.compile(r"(/|/present|/lesson/[a-z0-9_-]{1,60})(\?[!-~]*)?")
"""The addresses that have short links: pages of the app, and none of another site."""


class ShortLinks:
    """The short links of a folder, shared by all servers that use it."""

    def __init__(self, folder: Path) -> None:
        self.file, self.lock = folder / "short-links.json", Lock()

    def add(self, link: str) -> str:
        """Return the code of an address, which is kept from now on.

        Raises: ValueError: this address has no short link: "//elsewhere.org"
                OSError: where the folder cannot be written
        """
        check_link(link)
        with self.lock:
            links = self.read()
            code = next(c for c in list_codes(link) if links.get(c, link) == link)
            if links.get(code) != link:
                self.write(dict([*links.items(), (code, link)][-MOST_LINKS:]))
        return code

    def find(self, code: str) -> str | None:
        """Return the address of a code, None where there is none."""
        link = self.read().get(code) if CODE.fullmatch(code) else None
        return link if link is not None and LINK.fullmatch(link) else None

    def read(self) -> dict[str, str]:
        """Return the addresses by their codes; nothing of a file that was damaged."""
        try:
            found = json.loads(self.file.read_text("utf-8"))
        except (OSError, ValueError, RecursionError):
            return {}
        if not isinstance(found, dict):
            return {}
        return {code: link for code, link in found.items() if isinstance(link, str)}

    def write(self, links: dict[str, str]) -> None:
        """Replace the file at once, so that nobody reads a half of it."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        handle, part = tempfile.mkstemp(prefix=".short-links-", dir=self.file.parent)
        try:
            with open(handle, "w", encoding="utf-8") as stream:
                json.dump(links, stream, indent=0)
                stream.flush()
                os.fsync(stream.fileno())
            os.replace(part, self.file)
        except BaseException:
            with suppress(OSError):
                os.unlink(part)
            raise


def check_link(link: object) -> None:
    """Refuse what is no address of a page of the app.

    Raises: ValueError: this address has no short link: "//elsewhere.org"
    """
    if isinstance(link, str) and len(link) > MOST_LETTERS:
        raise ValueError(
            f"this address has {len(link)} letters, and a short link is for at most "
            f"{MOST_LETTERS}: take fewer optimizers or pinned runs"
        )
    if not isinstance(link, str) or not LINK.fullmatch(link):
        raise ValueError(f'this address has no short link: "{str(link)[:60]}"')


def list_codes(link: str) -> list[str]:
    """Return the codes that an address may have, the shortest first."""
    number, letters = int.from_bytes(sha256(link.encode()).digest(), "big"), ""
    for _ in range(LONGEST):
        number, place = divmod(number, len(LETTERS))
        letters += LETTERS[place]
    return [letters[:length] for length in range(SHORTEST, LONGEST + 1)]
