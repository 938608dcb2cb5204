"""The spellings of an optimizer side by side, and the choice that parts each pair of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from optviz.dialects.parting import TOLERANCE, Bench, Parting, spelled
from optviz.dialects.records import COMMON, Dialect, rule_of, single
from optviz.dialects.spellings import ABSENT, spelling, spellings
from optviz.problems.base import Problem
from optviz.rules import SGD, Rule
from optviz.runs.loop import prepared, run, whole
from optviz.runs.origin import labelled
from optviz.runs.trajectory import Trajectory
from optviz.schedules import Schedule

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class DialectComparison:
    """Several spellings of one optimizer on one problem: their runs, and where they part."""

    optimizer: str
    problem: Problem
    trajectories: dict[str, Trajectory]
    """By the source of the spelling; views draw them."""
    settings: dict[str, dict[str, float]]
    """The settings that each ran at."""
    partings: tuple[Parting, ...]
    """One for each pair."""

    @property
    def rules(self) -> dict[str, Rule]:
        """The rule of each, which `explain(trajectory, step, rule=...)` asks for."""
        each = ((name, spelling(self.optimizer, name)) for name in self.trajectories)
        return {
            name: rule_of(self.optimizer, dialect.spelling, self.settings[name])
            for name, dialect in each
        }

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
        """Where two spellings part, whichever is named first.

        Raises: ValueError: no pair "keras" and "torch"; the spellings here: keras, pytorch
        """
        for each in self.partings:
            if {each.first, each.second} == {first, second}:
                return each
        names = ", ".join(self.trajectories)
        raise ValueError(f'no pair "{first}" and "{second}"; the spellings here: {names}')

    def rows(self) -> list[dict[str, Any]]:
        """One dict a pair: the two, the step, the term, and what each chooses of it."""
        return [
            {
                "first": each.first,
                "second": each.second,
                "step": each.step,
                "term": each.term,
                "of the first": ", ".join(spelled(one) for one, _ in each.options),
                "of the second": ", ".join(spelled(other) for _, other in each.options),
            }
            for each in self.partings
        ]

    def to_frame(self) -> pd.DataFrame:
        """The rows as a pandas DataFrame; a pair that never parts has no step."""
        import pandas as pd

        return pd.DataFrame(self.rows()).astype({"step": "Int64"})

    def lines(self) -> list[str]:
        """What was run, who is left out, who is the same, and where the others part."""
        about = next(iter(self.trajectories.values())).about
        lines = [f"{self.optimizer} on {self.problem.name}, {about['steps']} steps"]
        absent = ABSENT.get(self.optimizer, {})
        lines += [f"  not here: {who}: {why}" for who, why in absent.items()]
        lines += [f"  the same: {', '.join(group)}" for group in self.groups if group[1:]]
        heads = {group[0] for group in self.groups}
        for each in self.partings:
            if {each.first, each.second} <= heads:
                lines += [f"  {each}", *(f"      {line}" for line in each.lines())]
        return lines

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def _repr_html_(self) -> str:
        """The table of pairs, for notebooks."""
        frame = self.to_frame().astype({"step": object})
        table = frame.fillna({"step": "never"}).to_html(index=False)
        return f"<p>{escape(self.lines()[0])}</p>{table}"


def compare(
    name: str,
    problem: Problem,
    *,
    steps: int = 100,
    start: Any = None,
    schedule: Schedule | None = None,
    seed: int = 0,
    only: Iterable[str] = (),
    defaults: bool = False,
    tolerance: float = TOLERANCE,
    **settings: float,
) -> DialectComparison:
    """The spellings of an optimizer side by side, and the term that parts each pair of them.

    Each setting given goes to all spellings that have it. The rest is common to all (the defaults
    of the package's rules), or with `defaults` each spelling's own. Where the squares start is part
    of a spelling, so it is each one's own; given, it is a state that all of them carry in.

    Two runs have parted where a parameter differs by more than `tolerance` of its size so far.

    Raises: ValueError: no optimizer "adm"; nearest: adam
    """
    names = dict.fromkeys([only] if isinstance(only, str) else only)
    dialects = [spelling(name, each) for each in names] or list(spellings(name).values())
    if len(dialects) < 2:
        raise ValueError(f"compare needs at least two spellings, got {dialects[0].name}")
    given = settings_of(dialects, settings, defaults)
    start = one_start(problem, start)
    how = {"steps": whole("steps", steps), "schedule": schedule, "seed": seed}

    def made(rule: Rule, moved: Any) -> Trajectory:
        return run(problem, rule, start=start + moved, **how)

    bench = Bench(name, made, tolerance)
    pairs = [(each.spelling, given[each.name]) for each in dialects]
    partings = tuple(
        bench.parting((one.name, other.name), a, b)
        for (one, a), (other, b) in combinations(zip(dialects, pairs, strict=True), 2)
    )
    runs = {
        each.name: labelled(bench.run(*pair), each.name)
        for each, pair in zip(dialects, pairs, strict=True)
    }
    return DialectComparison(name, problem, runs, given, partings)


def one_start(problem: Problem, start: Any) -> np.ndarray:
    """Where all runs begin, (n,).

    Raises: ValueError: start must be 2 numbers (x, y), got 3
    """
    point = prepared(problem, SGD(), start)[0].astype(float)
    if point.ndim > 1:
        raise ValueError("compare takes one start; give run() many")
    return point


def settings_of(
    dialects: list[Dialect], given: dict[str, float], own: bool
) -> dict[str, dict[str, float]]:
    """The settings of each spelling, given those for all that have them.

    Raises: ValueError: adam has no "eta"; it has lr, beta1, beta2, eps
    """
    has = COMMON[dialects[0].optimizer]
    for key in single(given):
        if key not in has:
            raise ValueError(f'{dialects[0].optimizer} has no "{key}"; it has {", ".join(has)}')
    carried = {key: value for key, value in given.items() if key == "initial"}
    return {
        each.name: each.settings({k: v for k, v in given.items() if k in each.words}, own) | carried
        for each in dialects
    }
