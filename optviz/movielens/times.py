"""Times of ratings: seconds since 1970 as files write them, in the fewest bytes that hold them."""

from typing import Any

import numpy as np

LATEST = 253_402_300_799
"""The last second of the year 9999: a larger number counts something else, such as milliseconds."""


class TimeReader:
    """A reader of the column of times, block by block.

    A rating counts without its time, so a time that cannot be read refuses no row; but times are
    of use only where every rating has one: at the first that is missing, the column is given up.
    """

    def __init__(self, name: str):
        self.name = name
        self.fault = "" if name else "no times"
        """Why there are no times, in words; empty as long as all were read."""

    def read(self, values: np.ndarray, lines: np.ndarray) -> np.ndarray | None:
        """Return the times of a block of rows, given as numbers or as text; None without.

        Units: seconds since 1970, int32 where that holds them (until 2038), else int64
        """
        if self.fault:
            return None
        seconds = to_seconds(values)
        bad = ~((seconds >= 0) & (seconds <= LATEST))
        if bad.any():
            first = int(np.argmax(bad))
            shown = f"{str(values[first])[:40]!r}"
            self.fault = f"no times, as {self.name} {shown} in line {lines[first]} is none"
            return None
        is_short = seconds.max(initial=0) <= np.iinfo(np.int32).max
        return seconds.astype(np.int32 if is_short else np.int64)

    def describe(self, time: np.ndarray | None) -> str:
        """Return in words what was found."""
        if time is None or not len(time):
            return self.fault or "no times"
        return f"times from {spell_day(time.min())} to {spell_day(time.max())}"


def to_seconds(values: np.ndarray) -> np.ndarray:
    """Return whole seconds since 1970 as int64, -1 for what is no time.

    Text is a number or a date as ISO 8601 writes it, such as 2005-04-02 23:53:47, in UTC.
    """
    if values.dtype.kind == "i":
        return values
    if values.dtype.kind in "uf":
        is_time = (values >= 0) & (values <= LATEST)
        return np.where(is_time, values, -1).astype(np.int64)
    import pandas as pd

    texts: Any = pd.Series(values, dtype=object)
    numbers = np.asarray(pd.to_numeric(texts, errors="coerce"), np.float64)
    seconds = to_seconds(numbers)
    if (rest := np.flatnonzero(np.isnan(numbers))).size:
        dates = pd.to_datetime(texts.iloc[rest], errors="coerce", utc=True, format="ISO8601")
        seconds[rest] = dates.dt.as_unit("s").astype(np.int64)
    return seconds


def spell_day(seconds: Any) -> str:
    """Return the day of a time, such as 1998-04-22."""
    return str(np.datetime64(int(seconds), "s").astype("datetime64[D]"))
