"""What a figure's file says of itself: its size on paper, what it shows, how to make it again."""

from __future__ import annotations

import re
import struct
import zlib
from html import escape

import optviz
from optviz.views.export.figure_options import PX_PER_CM
from optviz.views.export.figure_panels import Subject

PNG = b"\x89PNG\r\n\x1a\n"
Size = tuple[float, float]
"""Width and height in pixels of 1/96 inch."""


def describe_subject(subject: Subject) -> dict[str, str]:
    """Return what a file says of a subject: title, link, version, and whom to cite."""
    first = next(iter(subject.runs), None)
    about = first.about if first else {}
    title = getattr(subject.problem, "title", "") or subject.problem.name
    said = {"Title": f"Optimizers on {title}", "Software": f"optviz {optviz.__version__}"}
    if subject.link:
        said["Source"] = f"?{subject.link}"
    said["Comment"] = f"{about.get('steps', 0)} steps, seed {about.get('seed', 0)}"
    if "ratings" in str(about.get("problem", "")) or "ml-" in str(about.get("data", "")):
        from optviz.movielens.catalog import CITATION

        said["Copyright"] = CITATION
    return said


def stamp(picture: bytes, kind: str, size: Size, dpi: int, said: dict[str, str]) -> bytes:
    """Return a picture that says its size on paper and what it shows."""
    if kind == "png":
        return stamp_png(picture, dpi, said)
    if kind == "svg":
        return stamp_svg(picture.decode("utf-8"), size, said).encode("utf-8")
    return stamp_pdf(picture, said)


def stamp_png(picture: bytes, dpi: int, said: dict[str, str]) -> bytes:
    """Return a PNG with its pixels to the meter and its texts, right after its header."""
    header = 8 + 25
    per_meter = round(dpi / 0.0254)
    chunks = make_chunk(b"pHYs", struct.pack(">IIB", per_meter, per_meter, 1))
    for key, text in said.items():
        body = key.encode("latin-1") + b"\0\0\0\0\0" + text.encode("utf-8")
        chunks += make_chunk(b"iTXt", body)
    return picture[:header] + chunks + drop_chunk(picture[header:], b"pHYs")


def make_chunk(name: bytes, body: bytes) -> bytes:
    """Return a chunk of a PNG."""
    check = zlib.crc32(name + body)
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", check)


def drop_chunk(rest: bytes, name: bytes) -> bytes:
    """Return the chunks of a PNG without those of a name."""
    out, at = b"", 0
    while at < len(rest):
        (length,) = struct.unpack(">I", rest[at : at + 4])
        end = at + 12 + length
        out += b"" if rest[at + 4 : at + 8] == name else rest[at:end]
        at = end
    return out


def stamp_svg(text: str, size: Size, said: dict[str, str]) -> str:
    """Return an SVG of a size in centimeters, with a title and a description."""
    wide, high = (f"{each / PX_PER_CM:.4f}cm" for each in size)
    head, mark, body = text.partition(">")
    head = re.sub(r' width="[^"]*"', f' width="{wide}"', head, count=1)
    head = re.sub(r' height="[^"]*"', f' height="{high}"', head, count=1)
    rest = ". ".join(f"{key}: {each}" for key, each in said.items() if key != "Title")
    words = f"<title>{escape(said['Title'])}</title><desc>{escape(rest)}</desc>"
    return f"{head}{mark}{words}{body}"


def stamp_pdf(picture: bytes, said: dict[str, str]) -> bytes:
    """Return a PDF with another description, written after its end as the format provides.

    The old one, which names the browser and the hour, is overwritten with spaces.
    """
    found = re.search(rb"trailer\s*<<(.*?)>>\s*startxref\s+(\d+)", picture, re.S)
    info = re.search(rb"/Info (\d+) 0 R", found[1]) if found else None
    if not found or not info:
        return picture
    number = int(info[1])
    old = re.search(rb"(?<!\d)%d 0 obj\s*<<(.*?)>>\s*endobj" % number, picture, re.S)
    if old:
        blank = b" " * (old.end(1) - old.start(1))
        picture = picture[: old.start(1)] + blank + picture[old.end(1) :]
    keys = {"Title": "Title", "Software": "Creator", "Source": "Subject", "Comment": "Keywords"}
    keys |= {"Copyright": "Author"}
    entries = "".join(f"/{keys[key]} {write_pdf_text(each)}\n" for key, each in said.items())
    at = len(picture) + 1
    body = f"\n{number} 0 obj\n<<{entries}>>\nendobj\n".encode("ascii")
    table = f"xref\n{number} 1\n{at:010d} 00000 n \ntrailer\n<<".encode("ascii")
    tail = found[1].strip() + b"\n/Prev " + found[2]
    start = f">>\nstartxref\n{len(picture) + len(body)}\n%%EOF\n".encode("ascii")
    return picture + body + table + tail + start


def write_pdf_text(text: str) -> str:
    """Return a text as a PDF has it: UTF-16 in hexadecimal digits."""
    return f"<FEFF{text.encode('utf-16-be').hex().upper()}>"
