"""Batch size at equal epochs and at equal steps, each at its own learning rate."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from optviz.movielens.ratings import Ratings
from optviz.recommenders.baseline import bias_only
from optviz.recommenders.studies.descent import Halves, split_twice
from optviz.recommenders.studies.picture import Axis, Level, Picture, Series, make_series
from optviz.recommenders.studies.table import Column, Row, Table, group_rows
from optviz.recommenders.studies.tuning import (
    TUNING_SEEDS,
    draw_trials,
    fit_steps,
    is_close,
    spell_range,
    tune_and_report,
)
from optviz.rules import L2, Adam
from optviz.schedules import Cosine

if TYPE_CHECKING:
    from optviz.recommenders.studies.study import Watch

RATES = (0.0007, 0.1)
"""The range of the learning rates that are tried, the same for every batch size."""
BUDGETS = {"epochs": "equal epochs", "steps": "equal steps"}


def measure(
    data: Ratings,
    seeds: Sequence[int],
    watch: Watch,
    *,
    batches: Sequence[int] = (64, 256, 1024, 4096),
    epochs: int = 5,
    steps: int = 500,
    trials: int = 8,
) -> list[Row]:
    """Train the model with biases on batches of several sizes, for equal epochs and equal steps.

    Adam with L2 of 1e-4 and a cosine schedule. The learning rate is chosen for each size and budget
    on a fifth of the training ratings with the first of TUNING_SEEDS; each seed of the report
    chooses among three quarters of the `trials`, drawn for it.
    """
    halves = split_twice(data)
    watch.begin(len(batches) * len(BUDGETS) * (trials + len(seeds)))
    rows: list[Row] = []
    for budget in BUDGETS:
        for batch in batches:
            count = {"epochs": epochs} if budget == "epochs" else {"steps": steps}
            fit = partial(train_one, watch=watch, batch=batch, **count)
            tried = draw_trials(trials, lr=RATES)
            made = tune_and_report(halves, seeds, tried, fit, TUNING_SEEDS[:1], share=0.75)
            rows += [{"budget": budget, "batch": batch} | row for row in made]
    baseline = bias_only(halves[1].train, halves[1].valid).mse
    return [row | ({"baseline": baseline} if row["part"] == "report" else {}) for row in rows]


def train_one(
    halves: Halves,
    seed: int,
    lr: float,
    watch: Watch,
    batch: int,
    epochs: int | None = None,
    steps: int = 0,
) -> Row:
    """Train once and return the validation error, steps, epochs and seconds."""
    if epochs is not None:
        steps = epochs * -(-len(halves.train) // batch)
    row = fit_steps(halves, L2(Adam(lr=lr), 1e-4), Cosine(), steps, batch, seed, watch)
    watch.step(f"{batch} ratings a step, lr {lr:g}, seed {seed}")
    return row | {"steps": steps, "epochs": round(steps * batch / len(halves.train), 2)}


def average_reports(rows: Sequence[Row]) -> list[Row]:
    """Return one line a budget and batch size with its mean validation error."""
    report = [row for row in rows if row["part"] == "report"]
    keys = "budget", "batch", "steps", "epochs", "baseline"
    lines = group_rows(report, *keys, last="last", seconds="seconds")
    for line in lines:
        pair = line["budget"], line["batch"]
        line["rates"] = [row["lr"] for row in report if (row["budget"], row["batch"]) == pair]
    return lines


def summarize(rows: Sequence[Row]) -> Table:
    """Return one line a budget and batch size."""
    lines = average_reports(rows)
    for line in lines:
        line |= {"title": BUDGETS[line["budget"]], "lr": spell_range(line["rates"])}
    columns = (
        Column("title", "budget"),
        Column("batch", "ratings a step"),
        Column("steps", "steps", ","),
        Column("epochs", "epochs", ".1f"),
        Column("lr", "learning rate"),
        Column("last", "validation MSE (stars²)", ".4f"),
        Column("baseline", "bias only", ".4f"),
        Column("seconds", "processor time (s)", ".2f"),
    )
    return Table(columns, tuple(lines))


def conclude(rows: Sequence[Row]) -> str:
    """Return what follows."""
    lines = average_reports(rows)
    words = []
    for budget, title in BUDGETS.items():
        mine = [line for line in lines if line["budget"] == budget]
        best = min(mine, key=lambda line: line["last"].mean)
        level = [line for line in mine if line is best or is_close(line["last"], best["last"])]
        sizes = ", ".join(str(line["batch"]) for line in level)
        quick = min(level, key=lambda line: line["seconds"].mean)
        worse = [line for line in mine if line not in level]
        words.append(
            f"At {title} {best['batch']} ratings a step have the lowest MSE, "
            f"{best['last'].write('.4f')}"
            + (f"; no difference is shown among {sizes}" if len(level) > 1 else "")
            + f", of which {quick['batch']} take the least time, {quick['seconds'].mean:.2f} s"
            + (f"; worse: {', '.join(describe(line) for line in worse)}." if worse else ".")
        )
    power = find_power([line for line in lines if line["budget"] == "epochs"])
    if np.isfinite(power):
        words.append(
            f"Each size is at its own learning rate, which at equal epochs grows as the power "
            f"{power:.2f} of the batch (Adam's rule of thumb is the root, 0.5): Adam's steps are "
            "about as long as its rate whatever the batch, and a larger one makes fewer of them."
        )
    return " ".join(words)


def describe(line: Row) -> str:
    """Return the batch size and the error of a line."""
    return f"{line['batch']} ({line['last'].write('.4f')})"


def find_power(lines: Sequence[Row]) -> float:
    """Return the power of the batch size with which the chosen rates grow; NaN for one size."""
    pairs = [(line["batch"], rate) for line in lines for rate in line["rates"]]
    if len(lines) < 2:
        return np.nan
    batches, rates = np.log(pairs).T
    return float(np.polyfit(batches, rates, 1)[0])


def draw(rows: Sequence[Row]) -> tuple[Picture, ...]:
    """Return the error and the time against the batch size."""
    lines = average_reports(rows)

    def list_series(key: str) -> tuple[Series, ...]:
        found = []
        for budget, title in BUDGETS.items():
            mine = [line for line in lines if line["budget"] == budget]
            sizes, values = [line["batch"] for line in mine], [line[key] for line in mine]
            found.append(make_series(title, sizes, values))
        return tuple(found)

    x = Axis("ratings a step", log=True)
    level = (Level("bias only", lines[0]["baseline"]),)
    return (
        Picture("Error by batch", x, Axis("validation MSE (stars²)"), list_series("last"), level),
        Picture("Time by batch", x, Axis("processor time (s)", log=True), list_series("seconds")),
    )
