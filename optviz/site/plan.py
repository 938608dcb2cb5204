"""What of a site is built, and where each name of the package is told."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import optviz
from optviz.site.reference import Package, list_packages, read_addresses, read_packages


@dataclass(frozen=True)
class Plan:
    """The parts of a site to build, and what they are made from."""

    only: tuple[str, ...] = ()
    """Sections (`rules`) and pages of sections (`rules/adam`); none means all."""
    sources: Path | None = None
    """The folder with examples/, CHANGELOG.md and the like; an installed package has none."""
    commands: Mapping[str, ArgumentParser] = field(default_factory=dict)
    """The parser of each command by its name."""
    pool: ThreadPoolExecutor | None = None
    """Where work goes that needs no pages to be written, such as running the examples."""

    def has_section(self, section: str) -> bool:
        """Return True if some page of a section is built."""
        return not self.only or any(each.partition("/")[0] == section for each in self.only)

    def choose(self, section: str, names: Iterable[str]) -> list[str]:
        """Return those of a section's names whose pages are built."""
        if not self.only or section in self.only:
            return list(names)
        return [each for each in names if f"{section}/{each}" in self.only]

    @cached_property
    def packages(self) -> list[Package]:
        """The packages whose names are told."""
        return read_packages(self.choose("api", list_packages()))

    @cached_property
    def addresses(self) -> dict[str, str]:
        """The address of every name that is told."""
        return read_addresses(self.packages)

    def resolve(self, name: str) -> str | None:
        """Return the address of a name, such as `Adam` or `optviz.views.contour()`, or None."""
        return self.addresses.get(name.removesuffix("()").removeprefix("optviz."))


def find_sources() -> Path | None:
    """Return the folder that the package was checked out into; None for an installed one."""
    folder = Path(optviz.__file__).parents[1]
    return (
        folder if (folder / "examples").is_dir() and (folder / "CHANGELOG.md").is_file() else None
    )


@contextmanager
def open_pool() -> Iterator[ThreadPoolExecutor]:
    """Give two threads for work beside the writing; what has not begun at the end is dropped."""
    pool = ThreadPoolExecutor(2)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)
