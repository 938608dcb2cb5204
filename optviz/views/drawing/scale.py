"""The scale of losses: linear, or logarithmic with ticks that name the real losses."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor, isfinite, log10
from typing import Any, NamedTuple

import numpy as np

SMALLEST, LARGEST = 1e-300, 1e300
"""A log scale ends here, so that no power of ten on it is too small or too large for a float."""

RESOLVED = 0.75
"""The share of the points below a contour line that must lie in blocks of 3 x 3 such points."""


class Scale(NamedTuple):
    """A map from losses to heights and colors.

    A log scale takes log10(loss - offset), and losses up to offset + 10**low share the lowest
    value.
    """

    log: bool
    offset: float
    low: float
    high: float

    def transform(self, loss: Any) -> np.ndarray:
        """Return the height of each loss, NaN (a gap) where it is not finite."""
        loss = np.where(np.isfinite(loss), loss, np.nan)
        if not self.log:
            return loss
        with np.errstate(over="ignore"):
            return np.log10(np.maximum(loss - self.offset, 10**self.low))

    @property
    def title(self) -> str:
        """The title of an axis or color bar in this scale."""
        if not self.log:
            return "loss"
        if abs(self.offset) < 1e-3 * 10**self.low:
            return "loss (log scale)"
        return f"loss (log scale above {format_number(self.offset)})"

    def choose_levels(self, count: int) -> list[float]:
        """Return about `count` heights from lowest to highest, at round numbers."""
        step = round_step(self.high / count - self.low / count)
        first, last = ceil(self.low / step), floor(self.high / step)
        return [place * step for place in range(first, last + 1)]

    def choose_lines(self, loss: np.ndarray) -> dict[str, float]:
        """Return start, end and size of up to 20 contour lines of a grid of losses.

        They begin where the grid is fine enough to draw them: of the points below each line, at
        least `RESOLVED` lie in blocks of 3 x 3 such points. A valley narrower than that would be
        drawn as a row of specks.
        """
        levels = self.choose_levels(20) or [self.low]
        size = levels[1] - levels[0] if len(levels) > 1 else 1.0
        heights = np.nan_to_num(self.transform(loss), nan=np.inf)
        wide = take_blocks(take_blocks(heights, np.maximum), np.minimum)
        first = len(levels) - 1
        while first and levels[first - 1] > self.low + 1e-6 * size:
            below = np.count_nonzero(heights < levels[first - 1])
            if np.count_nonzero(wide < levels[first - 1]) < RESOLVED * max(below, 1):
                break
            first -= 1
        return {"start": levels[first], "end": levels[-1], "size": size}

    def choose_ticks(self) -> dict[str, Any]:
        """Return the tickvals and ticktext of an axis or color bar: real losses."""
        if not self.log:
            values = self.choose_levels(6)
            power = log10(values[1] - values[0]) if len(values) > 1 else None
            return {"tickvals": values, "ticktext": [format_number(each, power) for each in values]}
        every = max(1, ceil((self.high - self.low) / 8))
        powers = [p for p in range(ceil(self.low), floor(self.high) + 1) if p % every == 0]
        if len(powers) < 3:
            powers = [self.low, (self.low + self.high) / 2, self.high]
        text = [format_number(self.offset + 10.0**power, power) for power in powers]
        if powers[0] - self.low > 0.06 * (self.high - self.low):
            powers = [self.low, *powers]
            text = [format_number(self.offset + 10**self.low, self.low), *text]
        if powers[0] < self.low + 1e-9:
            text[0] = f"≤ {text[0]}"
        return {"tickvals": powers, "ticktext": text}


def fit_scale(loss: np.ndarray, log: bool, offset: float = 0.0) -> Scale:
    """Return the scale that shows a grid of losses, but for the lowest 1/500 of a log scale."""
    finite = loss[np.isfinite(loss)]
    if not finite.size:
        return Scale(False, 0.0, 0.0, 1.0)
    with np.errstate(over="ignore"):
        above = finite - offset
    above = above[(above > SMALLEST) & (above < LARGEST)]
    if log and above.size:
        low = log10(round_step(float(np.quantile(above, 0.002))))
        return Scale(True, offset, low, max(log10(above.max()), low + 0.3))
    low, high = float(finite.min()), float(finite.max())
    room = 0.0 if high > low else 0.1 * abs(low) or 1.0
    return Scale(False, 0.0, low - room, high + room)


def take_blocks(values: np.ndarray, choose: Any) -> np.ndarray:
    """Return for each point the most (np.maximum) or the least of the 3 x 3 points around it."""
    padded = np.pad(values, 1, mode="edge")
    rows = choose(choose(padded[:-2], padded[1:-1]), padded[2:])
    return choose(choose(rows[:, :-2], rows[:, 1:-1]), rows[:, 2:])


def to_single(values: np.ndarray) -> np.ndarray:
    """Return the values in single precision where that holds them; NaN for what is not finite."""
    values = np.where(np.isfinite(values), values, np.nan)
    fits = np.nanmax(np.abs(values), initial=0.0) < np.finfo("f4").max
    return values.astype("f4" if fits else "f8", copy=False)


def round_step(step: float) -> float:
    """Return the nearest of 1, 2, 2.5 and 5 times a power of ten; 1 for a step of 0."""
    if step <= 0:
        return 1.0
    power = 10.0 ** floor(log10(step))
    return power * min((1, 2, 2.5, 5, 10), key=lambda each: abs(log10(each * power / step)))


def format_number(value: float, power: float | None = None, least: int = 4) -> str:
    """Return a number of `least` digits as text, or more to tell steps of 10**power apart."""
    if value == 0:
        return "0"
    digits = least
    if power is not None:
        digits = max(digits, floor(log10(abs(value))) - floor(power) + 2)
    text = f"{value:.{digits}g}"
    mantissa, e, exponent = text.partition("e")
    return (f"{mantissa}e{int(exponent)}" if e else text).replace("-", "−")


def spell_number(value: float, digits: int = 5) -> str:
    """Return a number of a table as text, as `spellNumber` of columns.js does: 2.2868e−5, −0.5."""
    if not isfinite(value):
        return "not finite"
    mantissa, _, power = f"{value:.{digits - 1}e}".partition("e")
    exponent = int(power)
    if -5 < exponent < digits:
        text = f"{value:.{digits - 1 - exponent}f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
    else:
        text = f"{mantissa.rstrip('0').rstrip('.')}e{exponent}"
    return "0" if text in ("0", "-0") else text.replace("-", "−")


def choose_log_ticks(low: float, high: float) -> dict[str, Any]:
    """Return the ticks of a log axis between two powers of ten, whose labels do not overlap.

    They are the digits 1, 2 and 5 of each power or, of many, the powers alone.
    """
    span = high - low
    if span < 0.5:  # there may be no such digit
        return {"nticks": 5}
    return {"dtick": "D2" if span < 2.5 else max(1, round(span / 8))}


def lay_log_axis(curves: Sequence[np.ndarray]) -> dict[str, Any]:
    """Return a log axis for the values above 0 of some curves."""
    values = np.concatenate([*curves, [np.nan]])
    powers = np.log10(values[np.isfinite(values) & (values > 0)])
    ticks = choose_log_ticks(powers.min(), powers.max()) if powers.size else {}
    return {"type": "log", "tickformat": "~g", **ticks}


def lay_powers(low: float, high: float) -> dict[str, Any]:
    """Return a log axis between two powers of ten with some room, and ticks at whole ones.

    Where there are too few of those there are ticks between them.
    """
    room = max(0.05 * (high - low), 0.1)
    ticks = {"dtick": max(1, round((high - low) / 5))} if high - low > 1.3 else {"nticks": 5}
    ends = [float(low - room), float(high + room)]
    return {"type": "log", "range": ends, "exponentformat": "power", **ticks}
