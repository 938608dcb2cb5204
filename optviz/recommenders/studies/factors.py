"""The number of factors, and biases against one more factor at equal parameter count."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from optviz.movielens.ratings import Ratings
from optviz.recommenders.baseline import bias_only
from optviz.recommenders.studies.descent import Halves, split_twice
from optviz.recommenders.studies.picture import Axis, Level, Picture, make_series
from optviz.recommenders.studies.table import Column, Interval, Row, Table, group_rows
from optviz.recommenders.studies.tuning import (
    TUNING_SEEDS,
    draw_trials,
    fit_dot,
    is_close,
    spell_range,
    tune_and_report,
)

if TYPE_CHECKING:
    from optviz.recommenders.studies.study import Watch

RANGES = {"lr": (0.003, 0.15), "l2": (3e-5, 4e-4)}
"""The ranges of learning rate and decay that are tried, the same for every model."""
NONE = "no difference between biases and one more factor is shown"
NAMES = {True: "biases", False: "one more factor"}


def measure(
    data: Ratings,
    seeds: Sequence[int],
    watch: Watch,
    *,
    counts: Sequence[int] = (0, 1, 2, 5, 10, 20, 50, 100),
    pairs: Sequence[int] = (1, 5, 10, 50),
    trials: int = 16,
    epochs: int = 6,
    batch: int = 512,
) -> list[Row]:
    """Train models with biases and each number of factors, and some without and one factor more.

    All have the sigmoid over the range of the ratings, Adam and a cosine schedule. Learning rate
    and L2 are chosen for each model on a fifth of the training ratings with the first of
    TUNING_SEEDS; each seed of the report chooses among a half of the `trials`, drawn for it.
    """
    halves = split_twice(data)
    models = [(count, True) for count in counts] + [(count + 1, False) for count in pairs]
    watch.begin(len(models) * (trials + len(seeds)))
    rows: list[Row] = []
    for factors, bias in models:
        fit = partial(
            train_one, watch=watch, factors=factors, bias=bias, epochs=epochs, batch=batch
        )
        tried = draw_trials(trials, **RANGES)
        made = tune_and_report(halves, seeds, tried, fit, TUNING_SEEDS[:1], share=0.5)
        about = {"factors": factors, "bias": bias}
        about["params"] = (data.users + data.movies) * (factors + bias)
        rows += [about | row for row in made]
    baseline = bias_only(halves[1].train, halves[1].valid).mse
    return [row | ({"baseline": baseline} if row["part"] == "report" else {}) for row in rows]


def train_one(
    halves: Halves, seed: int, lr: float, l2: float, watch: Watch, factors: int, **more: Any
) -> Row:
    """Train one model and return its validation errors."""
    rule = f"adam:lr={lr!r},l2={l2!r},schedule=cosine"
    row = fit_dot(halves, rule, seed, watch, factors=factors, **more)
    watch.step(f"{factors} factors, lr {lr:g}, l2 {l2:g}, seed {seed}")
    return row


def average_reports(rows: Sequence[Row]) -> list[Row]:
    """Return one line a model with its mean validation error."""
    report = [row for row in rows if row["part"] == "report"]
    keys = "factors", "bias", "params", "baseline"
    return group_rows(report, *keys, last="last", seconds="seconds")


def is_of(row: Row, line: Row) -> bool:
    """Check whether a row is of the model of a line."""
    return (row["factors"], row["bias"]) == (line["factors"], line["bias"])


def summarize(rows: Sequence[Row]) -> Table:
    """Return one line a model."""
    lines = average_reports(rows)
    for line in lines:
        line["model"] = "dot product" + (" and biases" if line["bias"] else " alone")
        mine = [row for row in rows if row["part"] == "report" and is_of(row, line)]
        for key in RANGES:
            line[key] = spell_range(row[key] for row in mine)
        line["gain"] = line["last"].mean / line["baseline"] - 1
    columns = (
        Column("model", "model"),
        Column("factors", "factors"),
        Column("params", "parameters", ","),
        Column("lr", "learning rate"),
        Column("l2", "L2"),
        Column("last", "validation MSE (stars²)", ".4f"),
        Column("baseline", "bias only", ".4f"),
        Column("gain", "against bias only", "+.1%"),
        Column("seconds", "processor time (s)", ".2f"),
    )
    return Table(columns, tuple(lines))


def conclude(rows: Sequence[Row]) -> str:
    """Return what follows."""
    lines = average_reports(rows)
    biased = {line["factors"]: line["last"] for line in lines if line["bias"]}
    best = min(biased, key=lambda each: biased[each].mean)
    level = [each for each in biased if is_close(biased[each], biased[best])]
    beaten = [each for each in biased if biased[each].high < lines[0]["baseline"]]
    shown = f"beaten from k = {min(beaten)} on" if beaten else "not shown to be beaten"
    words = [
        f"With biases and each at its own settings, k = {best} factors have the lowest MSE, "
        f"{biased[best].write('.4f')}; " + describe_level(level, best),
        f"Bias only ({lines[0]['baseline']:.4f}) is {shown}.",
    ]
    return " ".join([*words, *compare_pairs(lines, biased)])


def describe_level(level: Sequence[int], best: int) -> str:
    """Return which other numbers of factors are as good as the best for what was measured."""
    others = [str(each) for each in level if each != best]
    if not others:
        return "every other number is worse by more than the intervals."
    return f"no difference from it is shown for {', '.join(others)} (the intervals overlap)."


def compare_pairs(lines: Sequence[Row], biased: dict[int, Interval]) -> list[str]:
    """Return what is worth more at equal parameter count, biases or one more factor."""
    words: dict[str, list[str]] = {}
    for line in lines:
        pair = biased.get(line["factors"] - 1)
        if line["bias"] or pair is None:
            continue
        better = NAMES[pair.mean < line["last"].mean]
        verb = "are" if better == "biases" else "is"
        head = f"{better} {verb} worth more" if not is_close(pair, line["last"]) else NONE
        text = f"{pair.mean:.4f} against {line['last'].mean:.4f} at k = {line['factors'] - 1}"
        words.setdefault(head, []).append(text)
    return [f"At equal parameter count {head}: {', '.join(each)}." for head, each in words.items()]


def draw(rows: Sequence[Row]) -> tuple[Picture, ...]:
    """Return the validation error against the number of factors."""
    lines = average_reports(rows)
    series = []
    for bias, title in ((True, "k factors and biases"), (False, "k + 1 factors, no biases")):
        mine = [line for line in lines if line["bias"] == bias]
        counts = [str(line["factors"] - (not bias)) for line in mine]
        series.append(make_series(title, counts, [line["last"] for line in mine]))
    x, y = Axis("factors k"), Axis("validation MSE (stars²)")
    levels = (Level("bias only", lines[0]["baseline"]),)
    return (Picture("Error by number of factors", x, y, tuple(series), levels),)
