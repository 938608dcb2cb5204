"""The table of a study, and the interval of a mean over seeds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import nan, sqrt
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import pandas as pd

Row = dict[str, Any]
"""One measurement as JSON can hold it: names to numbers, texts and lists of them."""


class Interval(NamedTuple):
    """A mean with its 95 % interval; without a second value the interval is not known (NaN)."""

    mean: float
    low: float
    high: float
    count: int
    """The number of values behind it."""

    def write(self, form: str) -> str:
        """Return the mean and the half-width in one number format."""
        if self.count < 2:
            return format(self.mean, form)
        return f"{self.mean:{form}} ± {(self.high - self.low) / 2:{form.lstrip('+')}}"


def average(values: Iterable[float], level: float = 0.95) -> Interval:
    """Return the mean of some values, one a seed, with its Student interval.

    Raises: ValueError: a mean needs at least one value
    """
    numbers = [float(each) for each in values]
    if not numbers:
        raise ValueError("a mean needs at least one value")
    count = len(numbers)
    mean = sum(numbers) / count
    if count < 2:
        return Interval(mean, nan, nan, count)
    from scipy.stats import t

    spread = sqrt(sum((each - mean) ** 2 for each in numbers) / (count - 1) / count)
    half = float(t.ppf((1 + level) / 2, count - 1)) * spread
    return Interval(mean, mean - half, mean + half, count)


class Column(NamedTuple):
    """One column of a table: the key of its values in a row, its title and its number format."""

    key: str
    title: str
    """With the unit where the values have one."""
    form: str = ""

    def write(self, value: Any) -> str:
        """Return a value as text; a dash where there is none."""
        if value is None or value != value:
            return "–"
        if isinstance(value, Interval):
            return value.write(self.form)
        return format(value, self.form) if isinstance(value, (int, float)) else str(value)


@dataclass(frozen=True)
class Table:
    """The rows of a summary under their columns; a value is a number, an `Interval` or a text."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]

    def write_cells(self) -> list[list[str]]:
        """Return the cells of each row as texts."""
        return [[each.write(row.get(each.key)) for each in self.columns] for row in self.rows]

    def to_frame(self) -> pd.DataFrame:
        """Return the table as a DataFrame; an interval takes three columns."""
        import pandas as pd

        return pd.DataFrame([dict(self.list_values(row)) for row in self.rows])

    def list_values(self, row: Row) -> Iterable[tuple[str, Any]]:
        """Yield the title and the value of each cell; an interval gives its mean and both ends."""
        for column in self.columns:
            value = row.get(column.key)
            if isinstance(value, Interval):
                yield column.title, value.mean
                yield f"{column.title} (low)", value.low
                yield f"{column.title} (high)", value.high
            else:
                yield column.title, value

    def to_text(self) -> str:
        """Return the table as aligned text for a terminal."""
        lines = [[each.title for each in self.columns], *self.write_cells()]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        is_text = [
            any(isinstance(row.get(each.key), str) for row in self.rows) for each in self.columns
        ]
        return "\n".join(
            "  ".join(
                cell.ljust(width) if left else cell.rjust(width)
                for cell, width, left in zip(line, widths, is_text, strict=True)
            ).rstrip()
            for line in lines
        )


def group_rows(
    rows: Sequence[Row], *keys: str, **averages: str | Callable[[Row], float | None]
) -> list[Row]:
    """Return one row a combination of `keys`, in the order of their first appearance.

    Each of `averages` names a value of the result and the key, or the function of a row, that it is
    the mean of; rows that lack the key, or give None, have no part in it.
    """
    groups: dict[tuple, list[Row]] = {}
    for row in rows:
        groups.setdefault(tuple(row[key] for key in keys), []).append(row)
    out = []
    for group, members in groups.items():
        made: Row = dict(zip(keys, group, strict=True))
        for name, source in averages.items():
            read = source if callable(source) else (lambda row, key=source: row.get(key))
            values = [value for row in members if (value := read(row)) is not None]
            made[name] = average(values) if values else None
        out.append(made)
    return out
