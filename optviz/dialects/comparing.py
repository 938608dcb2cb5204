"""The spellings of an optimizer side by side, and the choice that parts each pair of them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from optviz.dialects.records import Dialect, rule_of
from optviz.dialects.spellings import DIALECTS
from optviz.origins import labelled
from optviz.problems.base import Problem
from optviz.rules import Rule
from optviz.runs import run
from optviz.schedules import Schedule
from optviz.spelling import known
from optviz.symbols import evaluate, trace
from optviz.trajectory import Trajectory

if TYPE_CHECKING:
    import pandas as pd

TOLERANCE = 1e-10
"""Two runs have parted where a parameter differs by more than this share of its size so far."""


@dataclass(frozen=True)
class Parting:
    """Where two spellings part, and by what."""

    first: str
    second: str
    step: int | None
    """The first step that ends apart; None where no step does."""
    terms: tuple[str, ...] = ()
    """The choices or settings that make the difference: swapped, they make the runs one."""
    options: tuple[tuple[Any, Any], ...] = ()
    """What the two choose of each term."""
    quantities: tuple[tuple[str, Any, Any], ...] = ()
    """The named quantities of that step that differ, None where one has no such quantity."""

    def __str__(self) -> str:
        pair = f"{self.first} and {self.second}"
        if self.step is None:
            return f"{pair}: the same"
        told = [
            f"{term} ({spelled(one)} against {spelled(other)})"
            for term, (one, other) in zip(self.terms, self.options, strict=True)
        ]
        return f"{pair}: step {self.step}, {', '.join(told) or 'rounding alone'}"


@dataclass(frozen=True, eq=False)
class DialectComparison:
    """Several spellings of one optimizer on one problem: their runs, and where they part."""

    optimizer: str
    problem: Problem
    trajectories: dict[str, Trajectory]
    """By the name of the spelling; views draw them."""
    settings: dict[str, dict[str, float]]
    partings: tuple[Parting, ...]

    @property
    def groups(self) -> list[list[str]]:
        """The spellings, those together that never part."""
        same = {(each.first, each.second) for each in self.partings if each.step is None}
        out: list[list[str]] = []
        for name in self.trajectories:
            home = next((group for group in out if (group[0], name) in same), None)
            out.append([name]) if home is None else home.append(name)
        return out

    def parting(self, first: str, second: str) -> Parting:
        """Where two spellings part, in the order asked for or the other."""
        for each in self.partings:
            if {each.first, each.second} == {first, second}:
                return each
        names = ", ".join(self.trajectories)
        raise ValueError(f'no pair "{first}" and "{second}"; the spellings here: {names}')

    def rows(self) -> list[dict[str, Any]]:
        """One dict a pair: the two, the step, the terms, and what each chooses."""
        return [
            {
                "first": each.first,
                "second": each.second,
                "step": each.step,
                "term": ", ".join(each.terms),
                "of the first": ", ".join(spelled(one) for one, _ in each.options),
                "of the second": ", ".join(spelled(other) for _, other in each.options),
            }
            for each in self.partings
        ]

    def to_frame(self) -> pd.DataFrame:
        """The rows as a pandas DataFrame."""
        import pandas as pd

        return pd.DataFrame(self.rows()).astype({"step": "Int64"})

    def __str__(self) -> str:
        about = next(iter(self.trajectories.values())).about
        lines = [f"{self.optimizer} on {self.problem.name}, {about['steps']} steps"]
        lines += [f"  the same: {', '.join(group)}" for group in self.groups if group[1:]]
        heads = {group[0] for group in self.groups}
        for each in self.partings:
            if {each.first, each.second} <= heads:
                lines += [f"  {each}", *(f"      {text}" for text in told(each.quantities))]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        """The table of pairs, for notebooks."""
        return self.to_frame().to_html(index=False, na_rep="never")


def spelled(value: Any) -> str:
    """A choice or a number as a reader sees it."""
    return value if isinstance(value, str) else "none" if value is None else f"{value:.6g}"


def told(quantities: tuple[tuple[str, Any, Any], ...]) -> list[str]:
    """One line for each quantity that differs."""
    out = []
    for name, one, other in quantities:
        pair = shown(one), shown(other)
        # Digits enough to see that the two differ.
        pair = (shown(one, 17), shown(other, 17)) if pair[0] == pair[1] else pair
        out.append(f"{name}: {pair[0]} against {pair[1]}")
    return out


def shown(value: Any, digits: int = 6) -> str:
    """A number, or one for each parameter, short."""
    if value is None:
        return "none"
    numbers = np.atleast_1d(value)
    more = ", ..." if numbers.size > 4 else ""
    text = ", ".join(f"{each:.{digits}g}" for each in numbers[:4]) + more
    return f"({text})" if np.ndim(value) else text


def compare(
    name: str,
    problem: Problem,
    *,
    steps: int = 100,
    start: Any = None,
    schedule: Schedule | None = None,
    seed: int = 0,
    only: Any = None,
    defaults: bool = False,
    tolerance: float = TOLERANCE,
    **settings: float,
) -> DialectComparison:
    """The spellings of an optimizer side by side, and the term that parts each pair of them.

    Each setting given goes to all spellings that have it. The rest is common to all (the defaults
    of the package's rules), or with `defaults` each spelling's own.

    Raises: ValueError: no optimizer "adm"; nearest: adam
    """
    dialects = chosen(name, only)
    check_settings(name, dialects, settings)
    given = {
        each.name: each.settings(
            defaults, **{key: value for key, value in settings.items() if key in each.words}
        )
        for each in dialects
    }
    bench = Bench(name, problem, dict(steps=steps, start=start, schedule=schedule, seed=seed))
    runs = {each.name: bench.run(each.spelling, given[each.name]) for each in dialects}
    partings = tuple(
        bench.parting(one, other, given, tolerance) for one, other in combinations(dialects, 2)
    )
    labels = {key: labelled(trajectory, key) for key, trajectory in runs.items()}
    return DialectComparison(name, problem, labels, given, partings)


def chosen(name: str, only: Any) -> list[Dialect]:
    """The spellings of an optimizer, all or those named.

    Raises: ValueError: no spelling "torch" of adam; nearest: pytorch
    """
    all_of = DIALECTS[known("optimizer", name, DIALECTS)]
    return [all_of[known(f"spelling of {name}", each, all_of)] for each in only or all_of]


def check_settings(name: str, dialects: list[Dialect], settings: dict[str, float]) -> None:
    """Refuse a setting that none of the spellings has."""
    has = list(dict.fromkeys(key for each in dialects for key in each.words))
    for key in settings:
        if key not in has:
            raise ValueError(f'{name} has no "{key}"; it has {", ".join(has)}')


class Bench:
    """One problem on which spellings run, each once."""

    def __init__(self, optimizer: str, problem: Problem, how: dict[str, Any]):
        self.optimizer, self.problem, self.how = optimizer, problem, how
        self.made: dict[Any, Trajectory] = {}

    def rule(self, choices: dict[str, str], settings: dict[str, float]) -> Rule:
        return rule_of(self.optimizer, choices, settings)

    def run(self, choices: dict[str, str], settings: dict[str, float]) -> Trajectory:
        key = (*sorted(choices.items()), *sorted(settings.items()))
        if key not in self.made:
            self.made[key] = run(self.problem, self.rule(choices, settings), **self.how)
        return self.made[key]

    def parting(self, one: Dialect, other: Dialect, given: dict[str, Any], tolerance: float):
        """Where two spellings part, and by what."""
        a, b = (one.spelling, given[one.name]), (other.spelling, given[other.name])
        runs = self.run(*a), self.run(*b)
        step = first_apart(*runs, tolerance)
        if step is None:
            return Parting(one.name, other.name, None)
        terms = self.terms(a, b, step, tolerance)
        options = tuple((value_of(a, term), value_of(b, term)) for term in terms)
        rules = self.rule(*a), self.rule(*b)
        different = quantities_apart(rules, runs, step, tolerance)
        return Parting(one.name, other.name, step, terms, options, different)

    def terms(self, a: Any, b: Any, step: int, tolerance: float) -> tuple[str, ...]:
        """The fewest choices and settings that, swapped for the other's, undo the difference."""
        items = [key for key in {**a[0], **a[1], **b[1]} if value_of(a, key) != value_of(b, key)]
        target = self.run(*b)
        for count in range(1, len(items) + 1):
            for swapped in combinations(items, count):
                apart = first_apart(self.run(*hybrid(a, b, swapped)), target, tolerance)
                if apart is None or apart > step:
                    return swapped
        return ()


def value_of(spelling: Any, key: str) -> Any:
    """A choice or a setting of a spelling."""
    choices, settings = spelling
    return choices[key] if key in choices else settings.get(key)


def hybrid(a: Any, b: Any, swapped: tuple[str, ...]) -> tuple[dict[str, str], dict[str, float]]:
    """The spelling a, but for the choices and settings swapped for b's."""
    choices = {key: b[0][key] if key in swapped else value for key, value in a[0].items()}
    settings = b[1] | a[1] | {key: b[1][key] for key in swapped if key in b[1]}
    return choices, settings


def first_apart(one: Trajectory, other: Trajectory, tolerance: float) -> int | None:
    """The first step after which two runs are apart; None where they never are."""
    count = min(len(one.path), len(other.path))
    a, b = one.path[:count], other.path[:count]
    with np.errstate(invalid="ignore"):
        size = np.maximum.accumulate(np.fmax(np.abs(a), np.abs(b)), axis=0)
        close = (np.abs(a - b) <= tolerance * size) & np.isfinite(a - b)
    alike = close | (np.isnan(a) & np.isnan(b)) | (a == b)
    apart = np.flatnonzero(~alike.reshape(count, -1).all(axis=1))
    if apart.size:
        return int(one.step[apart[0] - 1])
    return None if len(one.path) == len(other.path) else int(one.step[count - 1])


def quantities_apart(
    rules: tuple[Rule, Rule], runs: tuple[Trajectory, Trajectory], step: int, tolerance: float
) -> tuple[tuple[str, Any, Any], ...]:
    """The named quantities of a step that differ between two rules, in order, and the step."""
    one, other = (quantities(rule, each, step) for rule, each in zip(rules, runs, strict=True))
    out = []
    for name in dict.fromkeys([*one, *other]):
        a, b = one.get(name), other.get(name)
        if a is None or b is None or not np.allclose(a, b, tolerance, 0.0, equal_nan=True):
            out.append((name, a, b))
    return tuple(out)


def quantities(rule: Rule, trajectory: Trajectory, step: int) -> dict[str, Any]:
    """The value of every quantity that a rule's text names, at one step of its run."""
    row = step - int(trajectory.step[0])
    if trajectory.grad is None or row >= len(trajectory.grad):
        return {}
    formulas = trace(rule)
    before = rule.init(trajectory.path[0])._asdict()
    if row:
        before = {name: column[row - 1] for name, column in trajectory.state.items()}
    values = formulas.hypers | before | {"lr": trajectory.lr[row]}
    values |= {"params": trajectory.path[row], "grad": trajectory.grad[row]}
    with np.errstate(all="ignore"):
        out = {name: evaluate(expr, values) for name, expr in formulas.steps}
    return out | {"step": trajectory.new[row] - trajectory.path[row]}
