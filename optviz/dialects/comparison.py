"""The spellings of an optimizer side by side, and the choice in which each pair differs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from itertools import combinations
from typing import TYPE_CHECKING, Any

from optviz.dialects.divergence import TOLERANCE, Bench, Divergence, format_option
from optviz.dialects.spellings import (
    ABSENT,
    COMMON,
    Dialect,
    check_single,
    find_spelling,
    find_spellings,
    make_rule,
)
from optviz.problems.base import Problem
from optviz.rules import SGD, Rule
from optviz.runs.loop import check_whole, prepare_params, run
from optviz.runs.origin import relabel
from optviz.runs.trajectory import Trajectory
from optviz.schedules import Schedule

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class DialectComparison:
    """Several spellings of one optimizer on one problem: their runs, and where they diverge."""

    optimizer: str
    problem: Problem
    trajectories: dict[str, Trajectory]
    """By the source of the spelling; views draw them."""
    settings: dict[str, dict[str, float]]
    """By the source as well."""
    divergences: tuple[Divergence, ...]
    """One for each pair."""

    @property
    def rules(self) -> dict[str, Rule]:
        """The rule of each, which `explain(trajectory, step, rule=...)` asks for."""
        return {
            name: make_rule(self.optimizer, find_spelling(self.optimizer, name).spelling | settings)
            for name, settings in self.settings.items()
        }

    @property
    def groups(self) -> list[list[str]]:
        """The spellings, those together that never diverge."""
        same = {(each.first, each.second) for each in self.divergences if each.step is None}
        out: list[list[str]] = []
        for name in self.trajectories:
            home = next((group for group in out if (group[0], name) in same), None)
            out.append([name]) if home is None else home.append(name)
        return out

    def find_divergence(self, first: str, second: str) -> Divergence:
        """Return where two spellings diverge, whichever is named first.

        Raises: ValueError: no pair "keras" and "torch"; the spellings here: keras, pytorch
        """
        for each in self.divergences:
            if {each.first, each.second} == {first, second}:
                return each
        names = ", ".join(self.trajectories)
        raise ValueError(f'no pair "{first}" and "{second}"; the spellings here: {names}')

    def to_frame(self) -> pd.DataFrame:
        """Return a pandas row for each pair; one that never diverges has no step."""
        import pandas as pd

        rows = [
            {
                "first": each.first,
                "second": each.second,
                "step": each.step,
                "term": each.term,
                "of the first": ", ".join(format_option(one) for one, _ in each.options),
                "of the second": ", ".join(format_option(other) for _, other in each.options),
            }
            for each in self.divergences
        ]
        return pd.DataFrame(rows).astype({"step": "Int64"})

    def __str__(self) -> str:
        about = next(iter(self.trajectories.values())).about
        lines = [f"{self.optimizer} on {self.problem.name}, {about['steps']} steps"]
        absent = ABSENT.get(self.optimizer, {})
        lines += [f"  not here: {who}: {why}" for who, why in absent.items()]
        lines += [f"  the same: {', '.join(group)}" for group in self.groups if group[1:]]
        heads = {group[0] for group in self.groups}
        for each in self.divergences:
            if {each.first, each.second} <= heads:
                lines += [f"  {each}", *(f"      {line}" for line in each.describe_quantities())]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        """Return the table of pairs, for notebooks."""
        frame = self.to_frame().astype({"step": object})
        table = frame.fillna({"step": "never"}).to_html(index=False)
        return f"<p>{escape(str(self).splitlines()[0])}</p>{table}"


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
    """Run the spellings of an optimizer side by side and find the term in which each pair differs.

    Each setting given goes to all spellings that have it. The rest is common to all (the defaults
    of the package's rules), or with `defaults` each spelling's own. Where the squares start is part
    of a spelling, so it is each one's own; given, it is a state that all of them carry in.

    Two runs have diverged where a parameter differs by more than `tolerance` of its size so far.

    Raises: ValueError: no optimizer "adm"; nearest: adam
    """
    names = dict.fromkeys([only] if isinstance(only, str) else only)
    dialects = [find_spelling(name, each) for each in names] or [*find_spellings(name).values()]
    if len(dialects) < 2:
        raise ValueError(f"compare needs at least two spellings, got {dialects[0].name}")
    given = spread_settings(name, dialects, settings, defaults)
    point = prepare_params(problem, SGD(), start)[0].astype(float)
    if point.ndim > 1:
        raise ValueError("compare takes one start; give run() many")
    how = {"steps": check_whole("steps", steps), "schedule": schedule, "seed": seed}

    def perform(rule: Rule, shift: Any) -> Trajectory:
        return run(problem, rule, start=point + shift, **how)

    bench = Bench(name, perform, tolerance)
    pairs = {each.name: each.spelling | given[each.name] for each in dialects}
    divergences = tuple(
        bench.compare((one, other), pairs[one], pairs[other])
        for one, other in combinations(pairs, 2)
    )
    runs = {source: relabel(bench.run(pair), source) for source, pair in pairs.items()}
    return DialectComparison(name, problem, runs, given, divergences)


def spread_settings(
    name: str, dialects: Iterable[Dialect], settings: dict[str, float], defaults: bool
) -> dict[str, dict[str, float]]:
    """Return the settings of each spelling, by its name.

    Raises: ValueError: adam has no "momentum"; it has lr, ...
    """
    for key in check_single(settings):
        if key not in COMMON[name]:
            raise ValueError(f'{name} has no "{key}"; it has {", ".join(COMMON[name])}')
    carried = {key: value for key, value in settings.items() if key == "initial"}
    given: dict[str, dict[str, float]] = {}
    for each in dialects:
        own = {key: value for key, value in settings.items() if key in each.words}
        given[each.name] = each.fill_settings(own, defaults) | carried
    return given
