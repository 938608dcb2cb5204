"""Forks, pinned runs and further starts of an experiment: added, changed, dropped, without Dash."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from optviz.experiments.limits import MOST, Fork, parse_fork
from optviz.experiments.surface import Experiment
from optviz.specs import number
from optviz_app.components.optimizer_cards.state import edited


def with_edit(experiment: Experiment, action: str, index: int) -> Experiment:
    """The experiment after `add`, `duplicate` or `remove` of an optimizer and its forks."""
    rules = tuple(edited(list(experiment.rules), action, index))
    forks = list(map(parse_fork, experiment.forks))
    if action == "remove" and len(rules) < len(experiment.rules):
        forks = [fork for fork in forks if fork.optimizer != index + 1]
    shift = len(rules) - len(experiment.rules) if action != "add" else 0
    moved = [
        fork._replace(optimizer=fork.optimizer + shift * (fork.optimizer > index + 1))
        for fork in forks
    ]
    return replace(experiment, rules=rules, forks=tuple(fork.text for fork in moved))


def fork_rules(experiment: Experiment) -> list[str]:
    """The rule with which each fork goes on."""
    return [parse_fork(text).rule for text in experiment.forks]


def with_fork_rules(experiment: Experiment, rules: Sequence[str]) -> Experiment:
    """The experiment, each fork going on as one of these rules."""
    forks = zip(map(parse_fork, experiment.forks), rules, strict=True)
    return replace(experiment, forks=tuple(fork._replace(rule=rule).text for fork, rule in forks))


def forked(experiment: Experiment, rule: int, at: int) -> Experiment:
    """The experiment with one more fork: an optimizer goes on from a step, unchanged as yet.

    Raises: ValueError: an experiment has at most 8 forks: remove one first
    """
    if len(experiment.forks) >= MOST["forks"]:
        raise ValueError(f"an experiment has at most {MOST['forks']} forks: remove one first")
    fork = Fork(rule + 1, max(0, min(at, experiment.steps - 1)), experiment.rules[rule])
    return replace(experiment, forks=(*experiment.forks, fork.text))


def pinned(experiment: Experiment, rule: int, start: int) -> Experiment:
    """The experiment with one more pinned run: an optimizer as it is now, whatever changes.

    Raises: ValueError: an experiment has at most 6 pinned runs: remove one first
    """
    if len(experiment.pins) >= MOST["pins"]:
        raise ValueError(f"an experiment has at most {MOST['pins']} pinned runs: remove one first")
    begins = experiment.also[start - 1] if start else experiment.start
    plain = replace(experiment.race(), also=(), forks=(), pins=())
    alone = replace(plain, rules=(experiment.rules[rule],), start=begins)
    return replace(experiment, pins=(*experiment.pins, alone.to_query()))


def without(experiment: Experiment, kind: str, place: int) -> Experiment:
    """The experiment without one of its `forks`, `pins` or `also`."""
    kept = getattr(experiment, kind)
    return replace(experiment, **{kind: kept[:place] + kept[place + 1 :]})


def acted(experiment: Experiment, act: str, place: int, start: int, at: int) -> Experiment:
    """The experiment after a button of the result table: fork, pin, or drop something.

    `place` counts rules for fork and pin, else what is dropped.
    Raises: ValueError: an experiment has at most 8 forks: remove one first
    """
    if act == "fork":
        return forked(experiment, place, at)
    return pinned(experiment, place, start) if act == "pin" else without(experiment, act, place)


def starts_of(text: str) -> tuple[tuple[float, float], ...]:
    """The starts that a text such as `1,2; -1,0` names.

    Raises: ValueError: write further starts as 1,2; -1,0
    """
    found = []
    for part in filter(str.strip, text.split(";")):
        pair = part.split(",")
        if len(pair) != 2:
            raise ValueError(f'write further starts as 1,2; -1,0 and not as "{part.strip()[:40]}"')
        found.append((number("start", pair[0]), number("start", pair[1])))
    return tuple(found)


def spell_starts(starts: Sequence[tuple[float, float]]) -> str:
    """The text that `starts_of` reads."""
    return "; ".join(f"{x:.12g},{y:.12g}" for x, y in starts)
