"""What can be read off the picture of a slice and what cannot, in plain sentences."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from optviz.landscapes.slices.shadows import Shadow, name_diverged, name_runs, spell_share

TIE = 1e-6
"""Losses that differ by less of themselves are a tie: those of float32 models round by 2e-7."""
READABLE = 0.02
"""Errors of a loss below this share of it are not seen: the colors and the 20 lines of a picture
tell losses apart to a few percent."""
WRONG = 0.1
"""From this share on an error changes the first digits of a loss, as large as the differences that
optimizers are compared by."""
APART = 0.5
"""From this share of its displacement off the plane on, a point is half as far from its mark as
from the plane's origin: the contours around the mark are those of another place."""


def order_losses(losses: Sequence[float]) -> list[list[int]]:
    """Return the places of the losses from the lowest up, those that tie in one group.

    What is not finite comes last, as a tie.
    """
    values = np.where(np.isnan(losses), np.inf, losses)
    groups: list[list[int]] = []
    for place in np.argsort(values, kind="stable").tolist():
        first = values[groups[-1][0]] if groups else -np.inf
        value = values[place]
        # Equal infinities have no difference; the first comparison takes them.
        is_tie = value == first or value - first <= TIE * max(abs(value), abs(first))
        if groups and is_tie and np.isfinite(value) == np.isfinite(first):
            groups[-1].append(place)
        else:
            groups.append([place])
    return [sorted(group) for group in groups]


def rank_ends(shadows: Sequence[Shadow]) -> tuple[str, str, bool]:
    """Return the runs by the losses shown at their ends, by those there; True if it is one order.

    Runs that tie are joined by an equals sign; those that diverged have no end and come last.
    """
    pairs = [*zip(name_runs(shadows), shadows, strict=True)]
    names = [name for name, each in pairs if each.diverged is None]
    lost = [f"{name} (diverged)" for name, each in pairs if each.diverged is not None]
    finished = find_finished(shadows)
    orders = [
        order_losses([getattr(each, column)[-1] for each in finished])
        for column in ("shown", "true")
    ]
    shown, true = (
        ", ".join([*(" = ".join(names[place] for place in group) for group in order), *lost])
        for order in orders
    )
    return shown, true, orders[0] == orders[1]


def find_finished(shadows: Sequence[Shadow]) -> list[Shadow]:
    """Return the runs whose drawn end is their own: those that did not diverge."""
    return [each for each in shadows if each.diverged is None]


def measure_errors(shadows: Sequence[Shadow]) -> list[np.ndarray]:
    """Return the errors of the losses shown, as shares of the losses at the points.

    They are negative where too little is shown; infinite where one of the two is not finite.

    Shapes: for each path (points,)
    """
    sizes = np.abs(np.concatenate([each.true for each in shadows]))
    least = TIE * sizes[np.isfinite(sizes)].max(initial=0.0) or 1.0
    errors = []
    for each in shadows:
        with np.errstate(invalid="ignore"):
            error = (each.shown - each.true) / np.maximum(np.abs(each.true), least)
        known = np.isfinite(each.shown), np.isfinite(each.true)
        lost = np.where(known[0] | known[1], np.where(known[0], -np.inf, np.inf), 0.0)
        errors.append(np.where(known[0] & known[1], error, lost))
    return errors


def grade_picture(shadows: Sequence[Shadow]) -> str:
    """Return how far the losses at the ends can be read: exact, close, rough or misleading."""
    if all(bool(each.exact.all()) for each in shadows):
        return "exact"
    finished = find_finished(shadows)
    ends = [abs(float(each[-1])) for each in measure_errors(shadows)]
    pairs = zip(ends, shadows, strict=True)
    worst = max([end for end, each in pairs if each.diverged is None], default=max(ends))
    if worst >= WRONG or not rank_ends(shadows)[2]:
        return "misleading"
    is_far = any(each.off[-1] >= APART for each in shadows)
    is_rough = worst >= READABLE or is_far or not finished
    return "rough" if is_rough else "close"


def judge_picture(shadows: Sequence[Shadow], parameters: int, share: float | None) -> str:
    """Return a paragraph on what can be read off the picture of a slice and what cannot.

    `share` is that of the variance that the plane keeps, if known.
    """
    others = f"the other {parameters - 2:,} directions" if parameters > 3 else "the other direction"
    cut = f"Of the loss in {others} it says nothing." if parameters > 2 else ""
    if not shadows:
        return f"It shows the loss along two directions, and no path. {cut}".strip()
    lost = name_diverged(shadows)
    grade = grade_picture(shadows)
    if grade == "exact":
        all_true = "Every drawn point lies on this plane: the losses shown are the true ones."
        return " ".join(filter(None, [*lost, all_true, cut]))
    parts = [
        *lost,
        judge_order(shadows),
        judge_ends(shadows),
        judge_way(shadows),
        judge_off(shadows),
    ]
    if grade == "misleading" and share is not None and share >= APART:
        parts.append(
            f"Keeping {spell_share(share)} of the variance of the paths does not change that."
        )
    return " ".join(filter(None, parts))


def judge_order(shadows: Sequence[Shadow]) -> str:
    """Say if the order of the runs can be read off the picture; nothing of a single run."""
    if len(shadows) < 2 or not find_finished(shadows):
        return ""
    shown, true, is_same = rank_ends(shadows)
    known = not any(each.statistics for each in shadows)
    if is_same:
        order = "in their true order" if known else "in the order of the losses at the points"
        return f"By the losses shown at their ends the runs come {order}: {shown}."
    truly = "truly they" if known else "by the losses at the points they"
    warning = "Do not read the order of the runs off this picture:"
    return f"{warning} by the losses shown they rank {shown}; {truly} rank {true}."


def judge_ends(shadows: Sequence[Shadow]) -> str:
    """Say how far the losses at the ends of the paths can be read; nothing of cut-off ones."""
    rows = [
        (name, each, abs(float(error[-1])))
        for name, each, error in zip(
            name_runs(shadows), shadows, measure_errors(shadows), strict=True
        )
        if each.diverged is None
    ]
    if not rows:
        return ""
    is_cut = len(rows) < len(shadows)
    names, shadows, errors = zip(*rows, strict=True)
    place = int(np.argmax(errors))
    worst, error = shadows[place], errors[place]
    if error < READABLE:
        ends = "The loss at the end" if len(names) == 1 else "The losses at the ends"
        ends += f" of {join_names(names)}" if is_cut else ""
        return f"{ends} can be read: the largest error is {describe_share(error)}."
    shown, true = spell_loss(worst.shown[-1]), spell_loss(worst.true[-1])
    gap = f"shown at {shown}, its {worst.loss_name} is {true}"
    if error < WRONG:
        return f"Read the losses at the ends only roughly: {names[place]} is {gap}."
    wrong = [name for name, error in zip(names, errors, strict=True) if error >= WRONG]
    subject = "it" if len(wrong) == 1 else names[place]
    ends = "end" if len(wrong) == 1 else "ends"
    return f"Do not read the loss at the {ends} of {join_names(wrong)} off it: {subject} is {gap}."


def judge_way(shadows: Sequence[Shadow]) -> str:
    """Name the point of the paths that is shown most wrongly, where it is worse than the ends."""
    errors = [np.abs(each) for each in measure_errors(shadows)]
    pairs = zip(errors, shadows, strict=True)
    at_ends = max([float(error[-1]) for error, each in pairs if each.diverged is None], default=0.0)
    place = int(np.argmax([each.max() for each in errors]))
    point, each = int(np.argmax(errors[place])), shadows[place]
    if errors[place][point] < READABLE or errors[place][point] <= at_ends:
        return ""
    where = f"step {each.step[point]} of {name_runs(shadows)[place]}"
    shown, true = spell_loss(each.shown[point]), spell_loss(each.true[point])
    return f"On the way it is most wrong at {where}: {shown} shown, {each.loss_name} {true}."


def judge_off(shadows: Sequence[Shadow]) -> str:
    """Name the paths that end far off the plane, so that the contours are not their own."""
    pairs = zip(name_runs(shadows), shadows, strict=True)
    far = [f"{name} ({spell_share(each.off[-1])})" for name, each in pairs if each.off[-1] >= APART]
    if not far:
        return ""
    ends, own = ("end", "its own") if len(far) == 1 else ("ends", "their own")
    return f"Contours around the {ends} of {join_names(far)}, so far off the plane, are not {own}."


def join_names(names: Sequence[str]) -> str:
    """Return names as a text: A, B and C."""
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def describe_share(share: float) -> str:
    """Return a small share as a percentage with one digit."""
    return f"{share:.1%}" if share >= 0.0005 else "below 0.1%"


def spell_loss(loss: float) -> str:
    """Return a loss as text of three digits."""
    return f"{loss:.3g}" if np.isfinite(loss) else "not finite"
