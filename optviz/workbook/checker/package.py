"""An .xlsx or .xlsm file from anywhere, opened within limits.

A part is read when it is needed and never written to disk; no part may define XML entities.
"""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote
from xml.parsers import expat

MOST_BYTES = 20_000_000
"""Size of a file in bytes; the course's is a few hundred thousand."""
MOST_UNPACKED = 200_000_000
"""Unpacked bytes of all parts, both as the file's directory states them and as counted."""
MOST_RATIO = 200
"""Unpacked size of a large part over its packed size; sheets reach about 30."""
LARGE = 5_000_000
"""Bytes above which that ratio counts."""
MOST_PARTS = 2_000
MOST_SHEETS = 100
MOST_ELEMENTS = 1_000_000
"""XML elements of all sheets together; an empty cell with a border is one too."""
MOST_CELLS = 200_000
"""Filled cells of all sheets together."""
MOST_DEPTH = 50
MOST_TEXT = 100_000
"""Characters in a cell; Excel itself holds 32,767."""
MOST_KEPT = 1_000
"""Characters of a text that are kept; the headings, labels and errors that count have fewer."""
MOST_LETTERS = 10_000_000
"""Kept characters of all cells together, however many cells share one text."""
MOST_TAG = 1_000_000
"""Bytes of a tag or comment, which the parser keeps whole."""
MOST_QUOTED = 40
"""Characters of the file's text that a message quotes; a sheet's name has up to 31."""
CHUNK = 1 << 16
COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""The allowed ways of packing a part; zipfile unpacks the other methods without a bound."""

Event = tuple[str, dict[str, str], str | None]
"""An element's tag, with its attributes and None at its beginning, with its text at its end."""


class WorkbookError(ValueError):
    """A file that cannot be checked; its text is the sentence a user sees."""


def load_file(source: str | Path | bytes) -> tuple[str, bytes]:
    """Return a file's name for messages, and its bytes.

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
    except WorkbookError:
        raise
    except (OSError, ValueError) as error:
        raise WorkbookError(f"{name} cannot be read: {error}") from None
    if len(data) > MOST_BYTES:
        raise WorkbookError(f"{name} is larger than {MOST_BYTES // 10**6} MB")
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        hint = "open it and save it as .xlsx without one"
        raise WorkbookError(f"{name} is an old .xls or has a password: {hint}")
    if not data.startswith(b"PK"):
        what = "is empty" if not data else "is not an .xlsx or .xlsm file"
        raise WorkbookError(f"{name} {what}")
    return name, data


class Package:
    """The parts of an open workbook, with counts of what reading them has used of the limits."""

    def __init__(self, name: str, packed: zipfile.ZipFile):
        self.name, self.packed = name, packed
        self.unpacked = self.elements = self.cells = self.letters = 0
        parts = packed.infolist()
        self.check_limit(len(parts) <= MOST_PARTS, f"has more than {MOST_PARTS:,} parts")
        total = sum(part.file_size for part in parts)
        self.check_limit(total <= MOST_UNPACKED, f"unpacks to {total / 1e6:.0f} MB")
        for part in parts:
            if part.flag_bits & 1 or part.compress_type not in COMPRESSIONS:
                raise WorkbookError(f"{name} is packed in a way that no workbook is: not opened")
            fits = part.file_size <= max(LARGE, MOST_RATIO * part.compress_size)
            self.check_limit(fits, f"packs {clean_text(part.filename)} suspiciously small")
        self.parts = {part.filename.replace("\\", "/").lower(): part for part in parts}

    def check_limit(self, is_within: bool, what: str) -> None:
        """Refuse a file that exceeds a limit."""
        if not is_within:
            raise WorkbookError(f"{self.name} {what}: too much for a check")

    def count_letters(self, count: int) -> None:
        """Count characters that are kept."""
        self.letters += count
        fits = self.letters <= MOST_LETTERS
        self.check_limit(fits, f"has more than {MOST_LETTERS:,} characters in its cells")

    def find_targets(self, part: str, kind: str) -> dict[str, str]:
        """Return the parts of a kind that a part refers to, by their ids."""
        folder, _, file = part.rpartition("/")
        links = posixpath.join(folder, "_rels", f"{file}.rels")
        found: dict[str, str] = {}
        for tag, attributes, _ in self.read_elements(links) if links.lower() in self.parts else ():
            if tag == "Relationship" and attributes.get("Type", "").endswith(f"/{kind}"):
                path = posixpath.join("/", folder, unquote(attributes.get("Target", "")))
                found[attributes.get("Id", "")] = posixpath.normpath(path).lstrip("/")
                fits = len(found) <= MOST_PARTS
                self.check_limit(fits, f"refers to more than {MOST_PARTS:,} parts")
        return found

    def read_elements(self, part: str) -> Iterator[Event]:
        """Yield the beginning and the end of each element of a part, without namespaces.

        Raises: WorkbookError: broken.xlsx is damaged: xl/workbook.xml is no XML (...)
        """
        elements, fed = Elements(self), 0
        try:
            with self.packed.open(self.parts[part.lower()]) as stream:
                while chunk := stream.read(CHUNK):
                    fed, self.unpacked = fed + len(chunk), self.unpacked + len(chunk)
                    self.check_limit(self.unpacked <= MOST_UNPACKED, "unpacks to more than it says")
                    yield from elements.parse(chunk)
                    waiting = fed - elements.parser.CurrentByteIndex
                    fits = waiting <= MOST_TAG
                    self.check_limit(fits, f"has a tag of more than {MOST_TAG} bytes")
            yield from elements.parse(b"", True)
        except (expat.ExpatError, LookupError, UnicodeError) as error:
            raise WorkbookError(f"{self.name} is damaged: {part} is no XML ({error})") from None


class Elements:
    """The elements of a part as an XML parser reports them, counted against the limits."""

    def __init__(self, package: Package):
        self.package = package
        self.depth = self.length = 0
        self.texts: list[str] = []
        self.events: list[Event] = []
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartElementHandler, self.parser.EndElementHandler = self.start, self.end
        self.parser.CharacterDataHandler = self.add_text
        self.parser.StartDoctypeDeclHandler = self.refuse

    def parse(self, chunk: bytes, is_last: bool = False) -> list[Event]:
        """Parse some bytes of the part and return the events in them."""
        self.events = []
        self.parser.Parse(chunk, is_last)
        return self.events

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Count an element and note its beginning."""
        package, check = self.package, self.package.check_limit
        self.depth, self.length, package.elements = self.depth + 1, 0, package.elements + 1
        check(self.depth <= MOST_DEPTH, f"nests elements more than {MOST_DEPTH} deep")
        check(package.elements <= MOST_ELEMENTS, f"has over {MOST_ELEMENTS:,} elements")
        self.texts.clear()
        own = {name.rpartition(" ")[2]: text for name, text in attributes.items()}
        self.events.append((tag.rpartition(" ")[2], own, None))

    def end(self, tag: str) -> None:
        """Note the end of an element, with its text."""
        self.events.append((tag.rpartition(" ")[2], {}, "".join(self.texts)))
        self.texts.clear()
        self.depth, self.length = self.depth - 1, 0

    def add_text(self, text: str) -> None:
        """Keep a piece of text."""
        self.length += len(text)
        fits = self.length <= MOST_TEXT
        self.package.check_limit(fits, f"has a text of more than {MOST_TEXT:,} characters")
        self.texts.append(text)

    def refuse(self, *_: object) -> None:
        """Refuse a part that could define entities."""
        name = self.package.name
        raise WorkbookError(f"{name} defines XML entities, as no workbook does: not opened")


def clean_text(text: str) -> str:
    """Make a file's text safe to print: one short line without control characters."""
    return "".join(each if each.isprintable() else " " for each in text[:MOST_QUOTED])
