"""An .xlsx or .xlsm file opened within limits: it may come from anywhere.

A part is read when it is asked for and never written to disk; no part may define XML entities.
"""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote
from xml.parsers import expat

MOST_BYTES = 20_000_000
"""Size of a file in bytes; the course's is a few hundred thousand."""
MOST_UNPACKED = 200_000_000
"""Bytes that all parts of a file may unpack to, by its own directory and by count."""
MOST_RATIO = 200
"""How often a large part may be larger than its packed form; sheets reach about 30."""
LARGE = 5_000_000
"""Bytes from which on that ratio counts."""
MOST_PARTS = 2_000
MOST_SHEETS = 100
MOST_ELEMENTS = 1_000_000
"""XML elements of all sheets together; an empty cell that has a border is one as well."""
MOST_CELLS = 200_000
"""Cells of all sheets together that hold something."""
MOST_DEPTH = 50
MOST_TEXT = 100_000
"""Characters of one cell; Excel itself holds 32,767."""
MOST_TAG = 1_000_000
"""Bytes of one tag or comment: the parser keeps it whole."""
MOST_SHOWN = 40
"""Characters of a text of the file that a message repeats; a sheet's name has up to 31."""
CHUNK = 1 << 16
PLAIN = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""How parts may be packed; zipfile unpacks the other ways without a bound."""

OLD = "is an old .xls or has a password: open it and save it as .xlsx without one"


class WorkbookError(ValueError):
    """A file that cannot be checked; its text is the sentence a user sees."""


def loaded(source: str | Path | bytes) -> tuple[str, bytes]:
    """The name of a file for messages, and its bytes.

    Raises: WorkbookError: course.xls is an old .xls or has a password: ...
    """
    name = "this file" if isinstance(source, bytes) else str(source)
    try:
        if isinstance(source, bytes):
            data = source[: MOST_BYTES + 1]
        elif not Path(source).is_file():
            what = "a folder" if Path(source).is_dir() else "no file"
            raise WorkbookError(f"{name} is {what}: name an .xlsx or .xlsm file")
        else:
            with Path(source).open("rb") as stream:
                data = stream.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        if isinstance(error, WorkbookError):
            raise
        raise WorkbookError(f"{name} cannot be read: {error}") from None
    if len(data) > MOST_BYTES:
        raise WorkbookError(f"{name} is larger than {MOST_BYTES // 10**6} MB")
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise WorkbookError(f"{name} {OLD}")
    if not data.startswith(b"PK"):
        what = "is empty" if not data else "is not an .xlsx or .xlsm file"
        raise WorkbookError(f"{name} {what}")
    return name, data


class Package:
    """The parts of an open workbook, and what was spent of the limits while reading them."""

    def __init__(self, name: str, packed: zipfile.ZipFile):
        self.name, self.packed = name, packed
        self.unpacked = self.elements = self.cells = 0
        parts = packed.infolist()
        self.limit(len(parts) <= MOST_PARTS, f"has more than {MOST_PARTS:,} parts")
        whole = sum(part.file_size for part in parts)
        self.limit(whole <= MOST_UNPACKED, f"unpacks to {whole / 1e6:.0f} MB")
        for part in parts:
            if part.flag_bits & 1 or part.compress_type not in PLAIN:
                raise WorkbookError(f"{name} is packed in a way that no workbook is: not opened")
            fits = part.file_size <= max(LARGE, MOST_RATIO * part.compress_size)
            self.limit(fits, f"packs {shown(part.filename)} suspiciously small")
        self.parts = {part.filename.replace("\\", "/").lower(): part for part in parts}

    def limit(self, kept: bool, what: str) -> None:
        """Refuse a file that goes beyond a limit.

        Raises: WorkbookError: big.xlsx has more than 200,000 filled cells: too much for a check
        """
        if not kept:
            raise WorkbookError(f"{self.name} {what}: too much for a check")

    def targets(self, part: str, kind: str) -> dict[str, str]:
        """The parts of a kind that a part refers to, by their ids."""
        folder, _, file = part.rpartition("/")
        links = posixpath.join(folder, "_rels", f"{file}.rels")
        found: dict[str, str] = {}

        def start(tag: str, attributes: dict[str, str]) -> None:
            if tag == "Relationship" and attributes.get("Type", "").endswith(f"/{kind}"):
                path = posixpath.join("/", folder, unquote(attributes.get("Target", "")))
                found[attributes.get("Id", "")] = posixpath.normpath(path).lstrip("/")

        if links.lower() in self.parts:
            self.walk(links, start)
        return found

    def walk(
        self,
        part: str,
        start: Callable[[str, dict[str, str]], None],
        end: Callable[[str, str], None] = lambda _tag, _text: None,
    ) -> None:
        """Call `start(tag, attributes)` and `end(tag, text)` for each element of a part.

        Tags and attributes come without their namespaces.

        Raises: WorkbookError: broken.xlsx is damaged: xl/workbook.xml is no XML (...)
        """
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        walk = Walk(self, start, end)
        parser.StartElementHandler, parser.EndElementHandler = walk.opened, walk.closed
        parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = walk.heard, walk.refused
        try:
            self.feed(parser, part)
        except (expat.ExpatError, LookupError, UnicodeError) as error:
            raise WorkbookError(f"{self.name} is damaged: {part} is no XML ({error})") from None

    def feed(self, parser: expat.XMLParserType, part: str) -> None:
        """Let a parser read a part, counting the bytes that really come out of it."""
        fed = 0
        with self.packed.open(self.parts[part.lower()]) as stream:
            while chunk := stream.read(CHUNK):
                fed, self.unpacked = fed + len(chunk), self.unpacked + len(chunk)
                self.limit(self.unpacked <= MOST_UNPACKED, "unpacks to more than it says")
                parser.Parse(chunk, False)
                waiting = fed - parser.CurrentByteIndex
                self.limit(waiting <= MOST_TAG, f"has a tag of more than {MOST_TAG} bytes")
        parser.Parse(b"", True)


class Walk:
    """What the XML parser calls: it counts, and hands elements on without their namespaces."""

    def __init__(
        self,
        package: Package,
        start: Callable[[str, dict[str, str]], None],
        end: Callable[[str, str], None],
    ):
        self.package, self.start, self.end = package, start, end
        self.depth = self.length = 0
        self.texts: list[str] = []

    def opened(self, tag: str, attributes: dict[str, str]) -> None:
        """Count an element that begins."""
        package = self.package
        self.depth, self.length, package.elements = self.depth + 1, 0, package.elements + 1
        package.limit(self.depth <= MOST_DEPTH, f"nests elements more than {MOST_DEPTH} deep")
        package.limit(package.elements <= MOST_ELEMENTS, f"has over {MOST_ELEMENTS:,} elements")
        self.texts.clear()
        self.start(local(tag), {local(name): text for name, text in attributes.items()})

    def closed(self, tag: str) -> None:
        """Hand on an element that ends."""
        self.end(local(tag), "".join(self.texts))
        self.texts.clear()
        self.depth, self.length = self.depth - 1, 0

    def heard(self, text: str) -> None:
        """Keep a piece of text."""
        self.length += len(text)
        fits = self.length <= MOST_TEXT
        self.package.limit(fits, f"has a text of more than {MOST_TEXT:,} characters")
        self.texts.append(text)

    def refused(self, *_: object) -> None:
        """Refuse a part that could define entities.

        Raises: WorkbookError: laughs.xlsx defines XML entities, as no workbook does: not opened
        """
        raise WorkbookError(
            f"{self.package.name} defines XML entities, as no workbook does: not opened"
        )


def local(tag: str) -> str:
    """A name without its namespace."""
    return tag.rpartition(" ")[2]


def shown(text: str) -> str:
    """A text from a file as it may be printed: one line, without control characters, not long."""
    return "".join(each if each.isprintable() else " " for each in text[:MOST_SHOWN])
