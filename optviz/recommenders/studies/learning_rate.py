"""Learning rate and annealing: a range test, and schedules each at its own best rate."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from optviz.movielens.ratings import Ratings
from optviz.recommenders.baseline import bias_only
from optviz.recommenders.problems.dot_problem import DotBias
from optviz.recommenders.studies.descent import (
    Halves,
    build_problem,
    draw_weights,
    split_twice,
)
from optviz.recommenders.studies.picture import Axis, Level, Picture, Series, make_series
from optviz.recommenders.studies.rate_range import RunningTraining, find_rates, suggest_rate
from optviz.recommenders.studies.table import Column, Row, Table, average, group_rows
from optviz.recommenders.studies.tuning import (
    TUNING_SEEDS,
    draw_trials,
    fit_steps,
    is_close,
    spell_range,
    tune_and_report,
)
from optviz.rules import L2, Adam
from optviz.schedules import Cosine, OneCycle, Schedule, Step

if TYPE_CHECKING:
    from optviz.recommenders.studies.study import Watch

SCHEDULES = {
    "constant": "constant",
    "step": "halved after each epoch",
    "cosine": "cosine",
    "onecycle": "one-cycle",
}
RATES = (0.001, 0.1)
"""The range of the learning rates that are tried, the same for every schedule."""
RANGE_TEST = (1e-5, 1.0, 150)
"""Lowest and highest rate of the range test, and its steps."""
SUGGESTED = "suggested"
"""The schedule of a constant rate that was read off the range test, with no trial at all."""
WARM = 40
"""Steps of the training that the range test interrupts."""


def measure(
    data: Ratings,
    seeds: Sequence[int],
    watch: Watch,
    *,
    epochs: int = 5,
    batch: int = 512,
    trials: int = 12,
) -> list[Row]:
    """Make range tests, then train the model with biases under each schedule.

    Adam with L2 of 1e-4. The learning rate is chosen for each schedule on a fifth of the training
    ratings with the first of TUNING_SEEDS; each seed of the report chooses among three quarters of
    the `trials`, drawn for it. The rate that a range test suggests is trained with as it is.
    """
    halves = split_twice(data)
    watch.begin(2 * len(seeds) + len(SCHEDULES) * (trials + len(seeds)))
    fit = partial(train_one, watch=watch, epochs=epochs, batch=batch)
    tried = draw_trials(trials, lr=RATES)
    rows: list[Row] = []
    for name in SCHEDULES:
        one = partial(fit, schedule=name)
        made = tune_and_report(halves, seeds, tried, one, TUNING_SEEDS[:1], share=0.75)
        rows += [{"schedule": name} | row for row in made]
    for seed in seeds:
        rows.append({"part": "range", "seed": seed} | make_range_test(halves[1].train, seed, batch))
        watch.step(f"range test, seed {seed}")
        about = {"schedule": SUGGESTED, "part": "report", "seed": seed, "lr": rows[-1]["suggested"]}
        rows.append(about | fit(halves[1], seed, about["lr"], schedule="constant"))
    baseline = bias_only(halves[1].train, halves[1].valid).mse
    return [row | ({"baseline": baseline} if row["part"] == "report" else {}) for row in rows]


def train_one(
    halves: Halves, seed: int, lr: float, watch: Watch, schedule: str, epochs: int, batch: int
) -> Row:
    """Train once and return the validation error and the seconds."""
    each = -(-len(halves.train) // batch)
    rule, factor = L2(Adam(lr=lr), 1e-4), make_schedule(schedule, each)
    row = fit_steps(halves, rule, factor, epochs * each, batch, seed, watch)
    watch.step(f"{schedule}, lr {lr:g}, seed {seed}")
    return row


def make_schedule(name: str, epoch: int) -> Schedule | None:
    """Return a schedule by its name here; `epoch` is the number of steps in one."""
    made = {"step": Step(every=epoch, factor=0.5), "cosine": Cosine(), "onecycle": OneCycle()}
    return made.get(name)


def make_range_test(ratings: Ratings, seed: int, batch: int) -> Row:
    """Interrupt a young training with a range test; return its curve, and what it left behind.

    `restored` says whether every byte is as found, `continued` whether the next steps are those of
    a training that no test interrupted.
    """
    first, second = (start_training(ratings, seed, batch) for _ in range(2))
    found = first.digest()
    rates, losses = find_rates(first, *RANGE_TEST)
    restored = first.digest() == found
    for _ in range(3):
        first.step()
        second.step()
    return {
        "rates": [float(f"{each:.4g}") for each in rates],
        "losses": [float(f"{each:.4g}") for each in losses],
        "suggested": float(f"{suggest_rate(rates, losses):.3g}"),
        "restored": restored,
        "continued": first.digest() == second.digest(),
    }


def start_training(ratings: Ratings, seed: int, batch: int) -> RunningTraining:
    """Return a training after its first steps."""
    size = min(batch, len(ratings))
    problem = build_problem(DotBias, ratings, size, bounds=ratings.scale)
    training = RunningTraining(
        problem, L2(Adam(lr=0.006), 1e-4), draw_weights(problem.size, seed), seed
    )
    for _ in range(WARM):
        training.step()
    return training


def average_reports(rows: Sequence[Row]) -> dict[str, Row]:
    """Return one line a schedule with its mean validation error, by its name."""
    report = [row for row in rows if row["part"] == "report"]
    lines = group_rows(report, "schedule", "baseline", last="last")
    for line in lines:
        line["rates"] = [row["lr"] for row in report if row["schedule"] == line["schedule"]]
    return {line["schedule"]: line for line in lines}


def summarize(rows: Sequence[Row]) -> Table:
    """Return one line a schedule."""
    names = SCHEDULES | {SUGGESTED: "constant, rate read off the range test"}
    lines = list(average_reports(rows).values())
    for line in lines:
        line |= {"title": names[line["schedule"]], "lr": spell_range(line["rates"])}
    columns = (
        Column("title", "schedule"),
        Column("lr", "learning rate (the highest)"),
        Column("last", "validation MSE (stars²)", ".4f"),
        Column("baseline", "bias only", ".4f"),
    )
    return Table(columns, tuple(lines))


def conclude(rows: Sequence[Row]) -> str:
    """Return what follows."""
    lines = average_reports(rows)
    tests = [row for row in rows if row["part"] == "range"]
    kept = all(row["restored"] and row["continued"] for row in tests)
    best = min(SCHEDULES, key=lambda name: lines[name]["last"].mean)
    level = [name for name in SCHEDULES if is_close(lines[name]["last"], lines[best]["last"])]
    constant, lowest = lines["constant"]["last"], lines[best]["last"]
    gain = f"annealing gains {constant.mean - lowest.mean:.4f} over a constant rate"
    if "constant" in level:
        gain = "annealing shows no gain over a constant rate"
    others = ", ".join(SCHEDULES[name] for name in level)
    return (
        f"Each at its own best rate, {gain}: {lowest.write('.4f')} with {SCHEDULES[best]} against "
        f"{constant.write('.4f')} with a constant one"
        + (f"; no difference is shown among {others}. " if len(level) > 1 else ". ")
        + compare_suggestion(lines)
        + (
            " Each test left weights, averages and the random generator as found, to the bit."
            if kept
            else " A test did not leave the training as found."
        )
    )


def compare_suggestion(lines: dict[str, Row]) -> str:
    """Return how good the rate of the range test is, beside the one that trials chose."""
    suggested, chosen = lines[SUGGESTED], lines["constant"]
    rate = average(suggested["rates"])
    text = (
        f"A range test suggests {rate.write('.2g')} (a tenth of the rate with the lowest loss), "
        f"trials a constant rate of {spell_range(chosen['rates'])}: MSE "
        f"{suggested['last'].write('.4f')} against {chosen['last'].write('.4f')}"
    )
    return text + (
        " (no difference shown)." if is_close(suggested["last"], chosen["last"]) else "."
    )


def draw(rows: Sequence[Row]) -> tuple[Picture, ...]:
    """Return the error of every trial by its rate, the reports, and the range tests."""
    lines = average_reports(rows)
    error = Axis("validation MSE (stars²)")
    level = (Level("bias only", lines["constant"]["baseline"]),)
    trials = []
    for name, title in SCHEDULES.items():
        mine = [row for row in rows if row["part"] == "tuning" and row["schedule"] == name]
        mine = sorted((row["lr"], row["last"]) for row in mine if row["last"] is not None)
        rates, errors = zip(*mine, strict=True)
        trials.append(Series(title, rates, errors, mode="lines+markers"))
    names = [*SCHEDULES.values(), "range test"]
    ends = [lines[name]["last"] for name in [*SCHEDULES, SUGGESTED]]
    report = make_series("at its own rate", names, ends, "markers")
    tests = [row for row in rows if row["part"] == "range"]
    shortest = min((row["rates"] for row in tests), key=len)
    losses = np.array([row["losses"][: len(shortest)] for row in tests])
    middle = [
        losses.mean(axis=0).tolist(),
        losses.min(axis=0).tolist(),
        losses.max(axis=0).tolist(),
    ]
    curve = Series("range test", shortest, *middle)
    rate = Axis("learning rate", log=True)
    return (
        Picture("Trials of each schedule", rate, error, tuple(trials)),
        Picture("Error at the best rate", Axis(""), error, (report,), level, steep=True),
        Picture("Range test", rate, Axis("loss of the batches, smoothed (stars²)"), (curve,)),
    )
