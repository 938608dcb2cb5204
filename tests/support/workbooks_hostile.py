"""Files that are no workbooks, or that would fill the memory of a careless reader."""

import struct
from collections.abc import Callable
from functools import cache

from optviz.workbook.checker.package import MOST_BYTES
from tests.support.workbooks_made import (
    SHEET,
    pack,
    read_parts,
    replace_sheet,
    write_shared_strings,
)

HEAD = b'<worksheet xmlns="urn:x"><sheetData>'
TAIL = b"</sheetData></worksheet>"
LAUGHS = b'<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
BINARY = b'<x><Relationship Type="x/officeDocument" Target="xl/workbook.bin"/></x>'
LAUGHS_16 = '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE l []><l/>'.encode("utf-16")


def write_sheet(inside: bytes) -> bytes:
    """Write a workbook whose sheet holds this XML."""
    return replace_sheet(HEAD + inside + TAIL)


def repeat_element(element: bytes, count: int) -> bytes:
    """Write a workbook whose sheet repeats an element, with a number in its place `%d`."""
    return write_sheet(b"".join(element % (i % 997) for i in range(count)))


def share_text(text: bytes, count: int) -> bytes:
    """Write a workbook in which every cell of a column is the same text."""
    column = b"".join(b'<row r="%d"><c t="s"><v>0</v></c></row>' % i for i in range(1, count))
    shared = b'<sst xmlns="urn:x"><si><t>' + text + b"</t></si></sst>"
    whole = read_parts(write_shared_strings({"adam": {(1, 1): "text"}}))
    own = {SHEET: HEAD + column + TAIL, "xl/sharedStrings.xml": shared}
    return pack({**whole, **own})


def list_missing(count: int) -> bytes:
    """Write a zip file whose directory lists many parts that are missing."""
    one = b"PK\1\2" + bytes(24) + struct.pack("<H", 1) + bytes(16) + b"a"
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 9, 9, len(one) * count, 4, 0)
    return b"PK\3\4" + one * count + end


def understate_size(size: int, said: int) -> bytes:
    """Write a workbook whose sheet is larger than its directory says."""
    xml = HEAD + b" " * size + TAIL
    return replace_sheet(xml).replace(struct.pack("<L", len(xml)), struct.pack("<L", said))


def claim_password() -> bytes:
    """Write a workbook whose directory says that its first part has a password."""
    data = bytearray(write_sheet(b""))
    data[data.index(b"PK\1\2") + 8] = 1
    return bytes(data)


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty": (lambda: b"", "is empty"),
    "text": (lambda: b"x,y,b,a\n1,2,3,4\n", "is not an .xlsx"),
    "pdf": (lambda: b"%PDF-1.7 ...", "is not an .xlsx"),
    "xls": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old .xls or has a pass"),
    "no zip": (lambda: b"PK\3\4" + bytes(range(256)) * 9, "is damaged"),
    "cut": (lambda: write_sheet(b"")[:-40], "is damaged"),
    "too large": (lambda: b"PK" + bytes(MOST_BYTES), "is larger than 20 MB"),
    "nested": (lambda: pack({"inner.zip": pack({"a": bytes(9000)})}), "no .xlsx workbook"),
    "ods": (lambda: pack({"mimetype": b"application/vnd.oasis"}), "save an .ods"),
    "xlsb": (lambda: pack({"_rels/.rels": BINARY}), "save an .ods or .xlsb"),
    "password": (claim_password, "packed in a way"),
    "many parts": (lambda: pack({str(i): b"" for i in range(2100)}), "more than 2,000 parts"),
    "listed": (lambda: list_missing(300_000), "more than 2,000 parts"),
    "gigabyte": (lambda: replace_sheet(b"", {"xl/sharedStrings.xml": 10**9}), "unpacks to 1000 MB"),
    "high ratio": (lambda: write_sheet(b" " * 10**7), "suspiciously small"),
    "lying": (lambda: understate_size(4_000_000, 1000), "is damaged"),
    "no XML": (lambda: replace_sheet(b"nothing"), "is no XML"),
    "laughs": (lambda: replace_sheet(LAUGHS + HEAD + TAIL), "XML entities"),
    "laughs in UTF-16": (lambda: replace_sheet(LAUGHS_16), "XML entities"),
    "deep": (lambda: write_sheet(b"<a>" * 60), "more than 50 deep"),
    "long tag": (lambda: write_sheet(b'<row r="' + b"1" * 3_000_000 + b'"/>'), "a tag of"),
    "long text": (lambda: write_sheet(b"<c><v>" + b"9" * 200_000 + b"</v></c>"), "a text of"),
    "many cells": (lambda: repeat_element(b"<c><v>%d</v></c>", 201_000), "200,000 filled cells"),
    "shared text": (lambda: share_text(b"a" * 99_999, 6_000), "none of the tabs"),
    "shared digits": (lambda: share_text(b"9" * 99_998 + b"x", 190_000), "10,000,000 characters"),
    "shared ligatures": (lambda: share_text("\ufdfa".encode() * 90, 99_000), "none of the tabs"),
    "half a number": (lambda: write_sheet(b"<c><v>" + b"9" * 99_999 + b"x</v></c>"), "none of the"),
    "many pieces": (lambda: write_sheet(b"<c>" + b"<v>9</v>" * 400_000 + b"</c>"), "none of the"),
    "many elements": (lambda: repeat_element(b'<c s="%d"/>', 1_000_001), "1,000,000 elements"),
}
"""Each file, made on request, and part of the sentence about it."""


@cache
def hostile_file(name: str) -> bytes:
    """Make a file once: the gigabyte takes seconds."""
    return HOSTILE[name][0]()
