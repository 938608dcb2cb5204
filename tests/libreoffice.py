"""LibreOffice as an oracle: it recalculates a workbook from its formulas and says every value."""

import io
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

SOFFICE = os.environ.get("OPTVIZ_SOFFICE") or shutil.which("soffice") or ""
SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="ODFRecalcMode" oor:op="fuse"><value>0</value></prop></item>
</oor:items>
"""
"""Recalculate always on load: what a file says its formulas gave is never believed."""

Values = dict[str, dict[str, Any]]
"""Sheet -> address -> value; an error is its text, such as "#DIV/0!"."""
Recalculate = Callable[[bytes], Values]


@pytest.fixture(scope="session")
def libreoffice(tmp_path_factory) -> Recalculate:
    """A function from the bytes of an .xlsx to what LibreOffice computes in every cell.

    Each call starts LibreOffice, which takes a second or more: put many sheets in one workbook.
    It saves 15 digits of a number, and its + and - round to 0 what is within 2**-48 of it.
    """
    from conftest import missing

    if not SOFFICE:
        missing("there is no LibreOffice on this machine: apt-get install libreoffice-calc")
    folder = tmp_path_factory.mktemp("libreoffice")
    settings = folder / "profile" / "user" / "registrymodifications.xcu"
    settings.parent.mkdir(parents=True)
    settings.write_text(SETTINGS)
    return lambda data: values_of(convert(data, folder))


def convert(data: bytes, folder: Path) -> bytes:
    """The workbook as LibreOffice saves it after recalculating."""
    given, made = folder / "book.xlsx", folder / "out" / "book.xlsx"
    given.write_bytes(data)
    made.unlink(missing_ok=True)
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    command = [SOFFICE, profile, "--headless", "--norestore", "--convert-to", "xlsx"]
    command += ["--outdir", str(made.parent), str(given)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert made.exists(), f"LibreOffice made no file: {done.stdout}{done.stderr}"
    return made.read_bytes()


def values_of(data: bytes) -> Values:
    """Every filled cell of a workbook by sheet and address."""
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
    return {
        sheet.title: {
            cell.coordinate: cell.value
            for row in sheet.iter_rows()
            for cell in row
            if cell.value is not None
        }
        for sheet in book.worksheets
    }
