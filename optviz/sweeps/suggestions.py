"""Suggestions of a learning rate, read off the losses of a range test."""

from __future__ import annotations

import numpy as np

SMOOTH = 0.98
"""The memory of the average of losses."""
SKIPPED = 0.05
"""The part of the steps at the start whose averages are still few."""


def smooth_losses(losses: np.ndarray) -> np.ndarray:
    """Return the bias-corrected exponential average of losses, (steps,).

    Source: Smith, 2017; its correction is Adam's.
    """
    average, out = 0.0, []
    for step, loss in enumerate(losses.tolist(), 1):
        average = SMOOTH * average + (1 - SMOOTH) * loss
        out.append(average / (1 - SMOOTH**step))
    return np.array(out)


def suggest_steepest(rates: np.ndarray, losses: np.ndarray) -> float:
    """Return the rate where the smoothed loss falls fastest in the logarithm of the rate."""
    first = int(SKIPPED * len(losses))
    slopes = np.gradient(losses, np.log(rates))
    return float(rates[first + int(np.argmin(slopes[first:]))])


def suggest_tenth(rates: np.ndarray, losses: np.ndarray) -> float:
    """Return a tenth of the rate with the lowest smoothed loss."""
    return float(rates[int(np.argmin(losses))]) / 10


def suggest_valley(rates: np.ndarray, losses: np.ndarray) -> float:
    """Return the rate halfway down the longest fall of the smoothed loss.

    The fall is the longest decreasing subsequence; halfway is the middle of its middle third.
    """
    lengths, previous = np.ones(len(losses), int), np.full(len(losses), -1)
    for place in range(1, len(losses)):
        higher = np.flatnonzero(losses[:place] > losses[place])
        if higher.size:
            best = higher[np.argmax(lengths[higher])]
            lengths[place], previous[place] = lengths[best] + 1, best
    last = first = int(np.argmax(lengths))
    while previous[first] >= 0:
        first = int(previous[first])
    return float(rates[first + round((last - first) / 2)])


def suggest_slide(rates: np.ndarray, losses: np.ndarray) -> float:
    """Return the rate at the left end of a window that slides down from the right.

    The window is a seventh of the steps wide, and stops where the slopes at its two ends differ by
    less than a half percent of the range of the loss.
    """
    slopes = np.gradient(losses)
    width = max(1, len(losses) // 7)
    limit = 0.005 * max(float(np.ptp(losses)), 1e-300)
    for right in range(len(losses) - 1, width - 1, -1):
        if abs(slopes[right] - slopes[right - width]) <= limit:
            return float(rates[right - width])
    return float(rates[0])


SUGGESTIONS = {
    "steepest": suggest_steepest,
    "minimum/10": suggest_tenth,
    "valley": suggest_valley,
    "slide": suggest_slide,
}
"""The rules that suggest a rate, by name."""
