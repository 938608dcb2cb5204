"""The folder of a site: only a new, an empty or an earlier one is written, and whole or not at all.

The site is made in a folder beside it, which takes its name when it is complete: who cancels a
build, or meets an error, keeps the earlier site as it was.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MARK = "optviz-site.json"
"""Names every file of a site; without it a folder is no site of ours."""


def check_folder(folder: Path) -> None:
    """Refuse a folder that holds anything but an earlier site.

    Raises: ValueError: DIR holds files that are no site of optviz, such as notes.txt: ...
    """
    way = "choose a new or an empty folder"
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise ValueError(f"{folder} is no folder: {way}")
    if folder.resolve() == Path.cwd() or folder.is_mount():
        raise ValueError(f"{folder} cannot be replaced as a whole: {way} in it")
    if not folder.exists():
        return
    own = read_mark(folder)
    files = sorted(str(each.relative_to(folder)) for each in folder.rglob("*") if each.is_file())
    if strange := [each for each in files if each not in own]:
        raise ValueError(
            f"{folder} holds files that are no site of optviz, such as {strange[0]}: {way}"
        )


def read_mark(folder: Path) -> set[str]:
    """Return the names of the files of an earlier site; none where there is no such site."""
    try:
        return {MARK, *json.loads((folder / MARK).read_text("utf-8"))["files"]}
    except (OSError, ValueError, KeyError, TypeError):
        return set()


@contextmanager
def replace_folder(folder: Path) -> Iterator[Path]:
    """Give a new folder to write into, and put it in the place of `folder` at the end.

    Nothing of it is left where the block ends by an error.
    """
    check_folder(folder)
    folder = folder.absolute()
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    made.chmod(0o755)
    old = made.with_name(f"{made.name}-old")
    try:
        yield made
        write_mark(made)
        check_folder(folder)  # a build takes a while, and somebody may have been here
        if folder.exists():
            folder.rename(old)
        made.rename(folder)
    except BaseException:
        if old.exists() and not folder.exists():
            old.rename(folder)
        raise
    finally:
        for each in (made, old):
            shutil.rmtree(each, ignore_errors=True)


def write_mark(folder: Path) -> None:
    """Write the names of all files of a site into it."""
    files = sorted(each.relative_to(folder).as_posix() for each in list_files(folder))
    text = json.dumps({"files": files}, indent=0) + "\n"
    (folder / MARK).write_text(text, encoding="utf-8")


def list_files(folder: Path) -> list[Path]:
    """Return every file in a folder and those in it."""
    return [Path(top) / name for top, _, names in os.walk(folder) for name in sorted(names)]
