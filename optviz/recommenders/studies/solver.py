"""Excel's Solver question: one small table of ratings, solved by solvers and by every rule.

Excel's Solver with GRG Nonlinear is a generalized reduced gradient method: on a table without
constraints the reduced gradient is the gradient, and it searches along quasi-Newton or conjugate
directions, with derivatives from finite differences (one more evaluation a parameter and gradient).
Excel is not run here: scipy's BFGS, L-BFGS and CG stand for it, with the exact gradient.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np

from optviz.movielens.ratings import Ratings
from optviz.recommenders.studies.kinds import StudyError
from optviz.recommenders.studies.picture import Axis, Level, Picture, Series
from optviz.recommenders.studies.small_table import SmallTable, make_small_table
from optviz.recommenders.studies.table import Column, Row, Table, average, group_rows
from optviz.recommenders.studies.tuning import TUNING_SEEDS, check_seeds, draw_trials
from optviz.rules import RULES, Rule

if TYPE_CHECKING:
    from optviz.recommenders.studies.study import Watch

CLOSE = 1e-5
"""A loss this close to the lowest of all counts as solved, in stars squared."""
FLOOR = 1e-12
"""Gaps below this are rounding."""
RATES = (1e-4, 10.0)
"""The range of the learning rates that are tried, the same for every rule."""
POINTS = 24
"""Points of a saved curve, evenly over the logarithm of the evaluations."""


class SpentError(Exception):
    """The end of the evaluations that a solver may make."""


class Meter:
    """The loss of a table, with a note of each evaluation: lowest loss so far, processor time."""

    def __init__(self, table: SmallTable, most: int):
        self.table, self.most = table, most
        self.began = time.process_time()
        self.seconds: list[float] = []
        self.losses: list[float] = []
        self.best = np.zeros(table.size)

    def loss_and_grad(self, params: np.ndarray) -> tuple[float, np.ndarray]:
        """Return loss and gradient.

        Raises: SpentError: all evaluations are made
        """
        if len(self.losses) == self.most:
            raise SpentError
        loss, grad = self.table.loss_and_grad(params)
        lowest, loss = self.losses[-1] if self.losses else np.inf, float(loss)
        if loss < lowest:
            lowest, self.best = loss, params.copy()
        self.losses.append(lowest)
        self.seconds.append(time.process_time() - self.began)
        return loss, grad


def solve_alternating(meter: Meter, start: np.ndarray) -> None:
    """Alternate ridge regressions: every user's vector with the movies fixed, and the reverse.

    One sweep over both counts as one evaluation, made after it. The small constant gives a user
    with fewer ratings than factors an answer where there is no decay.
    """
    table, params = meter.table, start.copy()
    user, movie = table.split(params)  # views: what is solved stands in params
    strength = table.l2 / 2 * table.known.sum() + FLOOR
    sides = (user, movie, table.known, table.rating), (movie, user, table.known.T, table.rating.T)
    while True:
        meter.loss_and_grad(params)
        for free, fixed, known, rating in sides:
            products = known @ (fixed[:, :, None] * fixed[:, None]).reshape(len(fixed), -1)
            squares = products.reshape(len(free), table.factors, table.factors)
            ridge = squares + strength * np.eye(table.factors)
            free[:] = np.linalg.solve(ridge, (rating @ fixed)[:, :, None])[:, :, 0]


def make_scipy_solver(method: str, **options: float) -> Callable[[Meter, np.ndarray], None]:
    """Return a solver of scipy that stops at a gradient of about rounding."""

    def solve(meter: Meter, start: np.ndarray) -> None:
        from scipy.optimize import minimize

        more = {"maxiter": meter.most, "gtol": 1e-9, **options}
        minimize(meter.loss_and_grad, start, jac=True, method=method, options=more)

    return solve


def make_rule_solver(rule: Rule) -> Callable[[Meter, np.ndarray], None]:
    """Return a rule, stepped without noise, as a solver: one evaluation a step."""

    def solve(meter: Meter, params: np.ndarray) -> None:
        state = rule.init(params)
        while np.isfinite(params).all():
            _, grad = meter.loss_and_grad(params)
            params, state = rule.update(params, grad, state)

    return solve


SOLVERS: dict[str, Callable[[Meter, np.ndarray], None]] = {
    "ALS": solve_alternating,
    "L-BFGS": make_scipy_solver("L-BFGS-B", ftol=0.0, maxfun=1_000_000),
    "CG": make_scipy_solver("CG"),
    "BFGS": make_scipy_solver("BFGS"),
}
"""The solvers that need no learning rate."""


def measure(
    data: Ratings,
    seeds: Sequence[int],
    watch: Watch,
    *,
    side: int = 15,
    factors: int = 5,
    l2: float = 0.002,
    evaluations: int = 5000,
    trials: int = 30,
) -> list[Row]:
    """Solve the table from standard normal starts, one a seed, with the decay and without.

    Each rule has its learning rate chosen among `trials`, even in the logarithm of RATES, on
    TUNING_SEEDS.

    Raises: StudyError: l2 must be above 0, got 0: the table is solved without decay besides
    """
    check_seeds(seeds)
    if not l2 > 0:
        raise StudyError(f"l2 must be above 0, got {l2}: the table is solved without decay besides")
    tables = [make_small_table(data, side, factors, each) for each in (l2, 0.0)]
    rates = np.array([each["lr"] for each in draw_trials(trials, lr=RATES)])
    watch.begin(len(tables) * (len(RULES) + (len(SOLVERS) + len(RULES)) * len(seeds)))
    rows: list[Row] = []
    for table in tables:
        racers: dict[str, tuple[Any, float | None]] = {
            name: (solve, None) for name, solve in SOLVERS.items()
        }
        for name, rule in RULES.items():
            lr = choose_rate(table, rule, rates, evaluations)
            racers[name] = make_rule_solver(rule(lr=lr)), lr  # type: ignore[call-arg]
            watch.step(f"{name}: lr {lr:.3g}")
        for solve, _ in racers.values():  # what happens at the first call alone is not counted
            solve_once(table, solve, TUNING_SEEDS[0], 20)
        for seed in seeds:
            for name, (solve, lr) in racers.items():
                row = {"solver": name, "seed": seed, "l2": table.l2}
                row |= {} if lr is None else {"lr": lr, "trials": trials}
                rows.append(row | solve_once(table, solve, seed, evaluations))
                watch.step(f"{name}, l2 {table.l2:g}, start {seed}")
    return add_gaps(rows)


def choose_rate(table: SmallTable, rule: type[Rule], rates: np.ndarray, evaluations: int) -> float:
    """Return the learning rate with the lowest loss on other starts, all tried at once.

    Of those within CLOSE of the lowest on every start, the one that came so close first.
    """
    params = np.stack([table.draw_start(seed) for seed in TUNING_SEEDS], axis=-1)[:, :, None]
    params = np.repeat(params, len(rates), axis=-1)
    made = rule(lr=rates)  # type: ignore[call-arg]
    state, lowest = made.init(params), []
    with np.errstate(all="ignore"):
        for _ in range(evaluations):
            loss, grad = table.loss_and_grad(params)
            lowest.append(np.fmin(lowest[-1], loss) if lowest else loss)
            params, state = made.update(params, grad, state)
    losses = np.array(lowest)  # (evaluations, starts, rates)
    needed = (losses > losses.min() + CLOSE).sum(axis=0).max(axis=0)
    order = np.lexsort((losses[-1].mean(axis=0), needed))
    return float(rates[order[0]])


def solve_once(
    table: SmallTable, solve: Callable[[Meter, np.ndarray], None], seed: int, evaluations: int
) -> Row:
    """Return how low a solver came from one start, after how many evaluations and seconds."""
    meter = Meter(table, evaluations)
    with np.errstate(all="ignore"), suppress(SpentError):
        solve(meter, table.draw_start(seed))
    return {
        "rmse": table.find_rmse(meter.best),
        "losses": meter.losses,
        "seconds": meter.seconds,
    }


def add_gaps(rows: list[Row]) -> list[Row]:
    """Turn the losses of each row into gaps to the lowest loss that any row with its decay has."""
    lowest = {
        l2: min(row["losses"][-1] for row in rows if row["l2"] == l2)
        for l2 in dict.fromkeys(row["l2"] for row in rows)
    }
    longest = max(len(row["losses"]) for row in rows)
    at = np.unique(np.geomspace(1, longest, POINTS).astype(int))
    out = []
    for row in rows:
        gaps, seconds = np.array(row.pop("losses")) - lowest[row["l2"]], row.pop("seconds")
        close = np.flatnonzero(gaps <= CLOSE)
        row |= {"gap": gaps[-1], "spent": len(gaps), "evaluations": None, "seconds": None}
        if len(close):
            row |= {"evaluations": int(close[0]) + 1, "seconds": seconds[close[0]]}
        if row["l2"]:  # a curve goes on level where its solver has ended
            places = np.minimum(at, len(gaps)) - 1
            row["at"] = at.tolist()
            row["gaps"] = [float(f"{max(gaps[place], FLOOR):.4g}") for place in places]
            row["times"] = [float(f"{seconds[place]:.4g}") for place in places]
        out.append(row)
    return out


def summarize(rows: Sequence[Row]) -> Table:
    """Return one line a solver: how soon its loss is CLOSE to the lowest, and where it ends."""
    decayed, free = split_rows(rows)
    lines = group_rows(
        decayed,
        "solver",
        evaluations="evaluations",
        milliseconds=lambda row: None if row["seconds"] is None else 1e3 * row["seconds"],
    )
    for line in lines:
        mine = [row for row in decayed if row["solver"] == line["solver"]]
        ends = [row["rmse"] for row in free if row["solver"] == line["solver"]]
        solved = sum(row["evaluations"] is not None for row in mine)
        line |= {
            "name": label(line["solver"]),
            "lr": mine[0].get("lr"),
            "solved": f"{solved} of {len(mine)}",
        }
        line |= {"gap": max(row["gap"] for row in mine), "low": min(ends), "high": max(ends)}
    columns = (
        Column("name", "solver"),
        Column("lr", "learning rate", ".3g"),
        Column("solved", f"starts solved to {CLOSE:g}"),
        Column("evaluations", "evaluations until then", ".0f"),
        Column("milliseconds", "processor time until then (ms)", ".1f"),
        Column("gap", "largest gap at the end (stars²)", ".1e"),
        Column("low", "RMSE without decay, lowest start", ".4f"),
        Column("high", "highest start", ".4f"),
    )
    return Table(columns, tuple(lines))


def split_rows(rows: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    """Return the rows with decay and those without."""
    return [row for row in rows if row["l2"]], [row for row in rows if not row["l2"]]


def conclude(rows: Sequence[Row]) -> str:
    """Return what follows."""
    decayed, free = split_rows(rows)
    lines = {line["solver"]: line for line in summarize(rows).rows}
    most = max(row["spent"] for row in rows)
    missed = [
        name
        for name in lines
        if any(row["evaluations"] is None for row in decayed if row["solver"] == name)
    ]
    stopped = [row["rmse"] for row in free if row["spent"] < most]
    words = [describe_ends(decayed, lines, missed)]
    if stopped:
        words.append(
            f"Without decay the solvers that come to rest do so between RMSE {min(stopped):.4f} "
            f"and {max(stopped):.4f}, depending on the start."
        )
    words.append(compare(rows, {name: lines[name] for name in lines if name not in missed}))
    words.append(
        "Excel was not run: its GRG Nonlinear searches along quasi-Newton or conjugate directions, "
        "as BFGS and CG do, but finds each gradient by finite differences, one more evaluation a "
        "parameter."
    )
    return " ".join(words)


def describe_ends(decayed: Sequence[Row], lines: dict[str, Row], missed: Sequence[str]) -> str:
    """Return whether all end at one loss with decay; `missed` are those that do not always."""
    head = f"With L2 {decayed[0]['l2']:g}"
    if len(missed) == len(lines):
        ends = [row["rmse"] for row in decayed]
        return (
            f"{head} none ends within {CLOSE:g} of the lowest loss from every start: the ends lie "
            f"between RMSE {min(ends):.4f} and {max(ends):.4f}."
        )
    starts = len({row["seed"] for row in decayed})
    rmse = average(row["rmse"] for row in decayed if row["solver"] not in missed)
    who = f"all but {join_words(missed)}" if missed else "all"
    gap = max((lines[name]["gap"] for name in missed), default=0)
    return (
        f"{head} {who} end within {CLOSE:g} of one loss from each of {starts} "
        f"start{'s' if starts > 1 else ''} (RMSE {rmse.mean:.4f})."
        + (f" {join_words(missed)}: up to {gap:.0e} above at the end." if missed else "")
    )


def join_words(names: Sequence[str]) -> str:
    """Return names as words, with commas and an "and"."""
    *rest, last = (label(name) for name in names)
    return f"{', '.join(rest)} and {last}" if rest else last


def label(name: str) -> str:
    """Return the name of a solver or rule as it is written."""
    return RULES[name].__name__ if name in RULES else name


def compare(rows: Sequence[Row], fit: dict[str, Row]) -> str:
    """Return what the soonest solver and the soonest rule need, of those that always arrived."""
    sides = [name for name in fit if name in SOLVERS], [name for name in fit if name in RULES]
    if not all(sides):
        return "Either no solver or no rule came so close from every start."
    solver, rule = (min(names, key=lambda name: fit[name]["evaluations"].mean) for names in sides)
    words = []
    units = ("evaluations", "evaluations", ".0f"), ("milliseconds", "ms of the processor", ".1f")
    for key, unit, form in units:
        first, second = fit[solver][key], fit[rule][key]
        apart = first.high < second.low or second.high < first.low
        words.append(
            f"{first.write(form)} against {second.write(form)} {unit}"
            + ("" if apart else " (the intervals overlap: no difference shown)")
        )
    tried = next(row for row in rows if row["solver"] == rule)
    count = tried["trials"] * len(TUNING_SEEDS) * tried["spent"]
    return (
        f"{solver} and {label(rule)}, the soonest solver and rule, need {' and '.join(words)}; "
        f"each rule's learning rate was chosen before among {tried['trials']}, on "
        f"{len(TUNING_SEEDS)} other starts: {count:,} evaluations more, which no solver needs."
    )


def draw(rows: Sequence[Row]) -> tuple[Picture, ...]:
    """Return the gap against evaluations and against seconds, and the ends by start."""
    decayed, free = split_rows(rows)
    gap = Axis("median gap (stars²)", log=True)
    by_count, by_time = [], []
    for name in sorted({row["solver"] for row in decayed}, key=[*RULES, *SOLVERS].index):
        mine = [row for row in decayed if row["solver"] == name]
        gaps, times = (np.median([row[key] for row in mine], axis=0) for key in ("gaps", "times"))
        going = np.diff(times, prepend=-1.0) > 0
        kind = name if name in RULES else ""
        by_count.append(Series(label(name), mine[0]["at"], gaps.tolist(), kind=kind))
        milliseconds = (1e3 * times[going]).tolist()
        by_time.append(Series(label(name), milliseconds, gaps[going].tolist(), kind=kind))
    level = (Level("solved", CLOSE),)
    ends = tuple(
        Series(
            title,
            [label(row["solver"]) for row in some],
            [row["rmse"] for row in some],
            mode="markers",
        )
        for title, some in ((f"L2 {decayed[0]['l2']:g}", decayed), ("no decay", free))
    )
    evaluations, seconds = Axis("evaluations", log=True), Axis("processor time (ms)", log=True)
    return (
        Picture("Gap against evaluations", evaluations, gap, tuple(by_count), level),
        Picture("Gap against processor time", seconds, gap, tuple(by_time), level),
        Picture("RMSE at the end, a point a start", Axis("solver"), Axis("RMSE (stars)"), ends),
    )
