"""What is done with the optimizers, forks, pins and starts of a race, in the order of the presses.

A press may come before the answer to the one before. So each names its item by a number that stays
while others come and go, and the browser sends all presses again until they are answered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import compress
from typing import Any, NamedTuple

from optviz.experiments.limits import LIMITS, parse_fork
from optviz.experiments.surface import Experiment
from optviz.experiments.trial import choose_lr, vary_fork, vary_lr
from optviz.specs import format_label, format_value, parse_spec
from optviz_app.components.optimizer_cards.state import edit_rules

KINDS = ("rules", "forks", "pins", "also")
WORDS = {"rules": "optimizers", "forks": "forks", "pins": "pinned runs", "also": "starting points"}
MOST_PRESSES = 100

Items = dict[str, Any]
"""The number of each item, in lists by kind, and under "next" the first that is free."""


class Done(NamedTuple):
    """The outcome of an act: a sentence, and the card that is new, if there is one."""

    words: str = ""
    kind: str | None = None
    place: int | None = None


def name_items(experiment: Experiment) -> Items:
    """Return a number for each item of an experiment."""
    counts = [len(getattr(experiment, kind)) for kind in KINDS]
    ends = [sum(counts[: i + 1]) for i in range(len(KINDS))]
    lists = [list(range(end - count, end)) for end, count in zip(ends, counts, strict=True)]
    return dict(zip(KINDS, lists, strict=True)) | {"next": ends[-1]}


def match_items(items: Any, experiment: Experiment) -> Items:
    """Return the numbers that the browser has; new ones for a kind whose items an edit changed."""
    fresh = name_items(experiment)
    try:
        lists = {kind: [int(each) for each in items[kind]] for kind in KINDS}
        first = int(items["next"])
    except (KeyError, TypeError, ValueError):
        return fresh
    for kind in KINDS:
        if len(lists[kind]) != len(fresh[kind]):
            lists[kind] = [first + place for place in range(len(fresh[kind]))]
            first += len(fresh[kind])
    return lists | {"next": first}


def list_new(pressed: Any, seen: Any) -> list[dict[str, Any]]:
    """Return the presses that were not answered yet: {count, last} of them, and how many were."""
    try:
        more = min(int(pressed["count"]) - int(seen or 0), MOST_PRESSES)
        last = [each for each in pressed["last"] if isinstance(each, dict)]
    except (KeyError, TypeError, ValueError):
        return []
    return last[-more:] if more > 0 else []


def apply_acts(
    experiment: Experiment, items: Items, acts: Sequence[dict[str, Any]]
) -> tuple[Experiment, Items, Done, str]:
    """Return the experiment and its items after some presses, the last one's words, and a refusal.

    A press on an item that an earlier one took away does nothing.
    """
    done, wrong = Done(), ""
    for act in acts:
        try:
            experiment, items, done = apply_act(experiment, items, act)
            wrong = ""
        except ValueError as error:
            wrong = str(error)
    return experiment, items, done, wrong


def apply_act(
    experiment: Experiment, items: Items, act: dict[str, Any]
) -> tuple[Experiment, Items, Done]:
    """Return the experiment, its items and what was done, after one press."""
    name, kind = act.get("act"), act.get("kind", "rules")
    if name == "sample":
        if not experiment.noise:
            raise ValueError("there is no noise to renew: set gradient noise above 0")
        seed = (experiment.seed + 1) % (LIMITS["seed"] + 1)
        return replace(experiment, seed=seed), items, Done(f"New noise: seed {seed}.")
    if name == "add":
        return add_rule(experiment, items)
    if kind not in KINDS or name not in ACTS or act.get("item") not in items[kind]:
        return experiment, items, Done()
    place = items[kind].index(act["item"])
    return ACTS[name](experiment, items, kind, place, act)


def put_item(items: Items, kind: str, place: int) -> Items:
    """Return the numbers with a new one at a place."""
    own = [*items[kind][:place], items["next"], *items[kind][place:]]
    return items | {kind: own, "next": items["next"] + 1}


def check_room(experiment: Experiment, kind: str) -> None:
    """Refuse one more item of a kind where there are as many as an experiment may have."""
    if len(getattr(experiment, kind)) >= LIMITS[kind]:
        raise ValueError(
            f"an experiment has at most {LIMITS[kind]} {WORDS[kind]}: remove one first"
        )


def list_rates(experiment: Experiment, text: str) -> list[float]:
    """Return the learning rates of the optimizers with the same rule."""
    kind = text.partition(":")[0]
    return [
        entry.rule.lr
        for other, entry in zip(experiment.rules, experiment.entries, strict=True)
        if other.partition(":")[0] == kind
    ]


def add_rule(experiment: Experiment, items: Items) -> tuple[Experiment, Items, Done]:
    """Add an optimizer that is not there yet, with a learning rate at which it runs."""
    check_room(experiment, "rules")
    *before, text = edit_rules(list(experiment.rules), "add", 0)
    text = choose_lr(experiment, text, list_rates(experiment, text))
    after = replace(experiment, rules=(*before, text))
    words = f"Added {name_rule(text)}, a learning rate that runs here."
    return after, put_item(items, "rules", len(before)), Done(words, "rules", len(before))


def name_rule(text: str) -> str:
    """Return what an optimizer is called in a sentence."""
    return format_label(parse_spec(text))


def duplicate(
    experiment: Experiment, items: Items, kind: str, place: int, _act: Any
) -> tuple[Experiment, Items, Done]:
    """Add a copy of an optimizer or a fork behind it, with another learning rate."""
    check_room(experiment, kind)
    if kind == "rules":
        text = experiment.rules[place]
        copy = vary_lr(experiment, text, list_rates(experiment, text))
        forks = [move_fork(each, place + 1, 1) for each in experiment.forks]
        rules = (*experiment.rules[: place + 1], copy, *experiment.rules[place + 1 :])
        after = replace(experiment, rules=rules, forks=tuple(forks))
        words = f"Added a copy with another learning rate: {name_rule(copy)}."
    else:
        fork = parse_fork(experiment.forks[place])
        copy = leave_run(experiment, fork.optimizer - 1, fork.step, fork.rule)
        forks = [*experiment.forks[: place + 1], copy, *experiment.forks[place + 1 :]]
        after = replace(experiment, forks=tuple(forks))
        words = f"Added a fork from step {fork.step}: {name_rule(parse_fork(copy).rule)}."
    return after, put_item(items, kind, place + 1), Done(words, kind, place + 1)


def leave_run(experiment: Experiment, optimizer: int, step: int, text: str) -> str:
    """Return the text of a fork with a learning rate that no other fork there has."""
    forks = [parse_fork(each) for each in experiment.forks]
    own = [each.rule for each in forks if (each.optimizer, each.step) == (optimizer + 1, step)]
    kind = text.partition(":")[0]
    taken = [parse_spec(each).rule.lr for each in own if each.partition(":")[0] == kind]
    return vary_fork(experiment, optimizer, step, text, taken).text


def move_fork(text: str, after: int, by: int) -> str:
    """Return a fork whose optimizer has moved if it is behind a place, counted from 1."""
    fork = parse_fork(text)
    return fork._replace(optimizer=fork.optimizer + by * (fork.optimizer > after)).text


def remove(
    experiment: Experiment, items: Items, kind: str, place: int, _act: Any
) -> tuple[Experiment, Items, Done]:
    """Take an item away, and with an optimizer its forks; the last optimizer stays."""
    if kind == "rules" and len(experiment.rules) == 1:
        raise ValueError("the only optimizer stays: add another one first")
    after = experiment
    if kind == "rules":
        stays = [parse_fork(each).optimizer != place + 1 for each in experiment.forks]
        kept = [move_fork(each, place + 1, -1) for each in compress(experiment.forks, stays)]
        items = items | {"forks": list(compress(items["forks"], stays))}
        # Rules and forks change at once: a fork of an optimizer that is no more would be refused.
        rules = experiment.rules[:place] + experiment.rules[place + 1 :]
        after = replace(experiment, rules=rules, forks=tuple(kept))
    else:
        own = getattr(experiment, kind)
        after = replace(experiment, **{kind: own[:place] + own[place + 1 :]})
    items = items | {kind: [each for i, each in enumerate(items[kind]) if i != place]}
    return after, items, Done("Removed.")


def fork(
    experiment: Experiment, items: Items, kind: str, place: int, act: dict[str, Any]
) -> tuple[Experiment, Items, Done]:
    """Leave the run of an optimizer at the step shown, with another learning rate."""
    if kind != "rules":
        raise ValueError("only the run of an optimizer can be forked: choose one")
    check_room(experiment, "forks")
    step, count = read_step(act), len(experiment.forks)
    text = leave_run(experiment, place, step, experiment.rules[place])
    made = parse_spec(parse_fork(text).rule)
    words = (
        f"Forked {name_rule(experiment.rules[place])} at step {step}: "
        f"it goes on with lr={format_value(made.rule.lr)}. Change it in its card."
    )
    after = replace(experiment, forks=(*experiment.forks, text))
    return after, put_item(items, "forks", count), Done(words, "forks", count)


def read_step(act: dict[str, Any]) -> int:
    """Return the step at which something was pressed."""
    try:
        return max(0, int(act["at"]))
    except (KeyError, OverflowError, TypeError, ValueError):
        raise ValueError(f"a fork begins at a step, got {act.get('at')!r}") from None


def pin(
    experiment: Experiment, items: Items, kind: str, place: int, act: dict[str, Any]
) -> tuple[Experiment, Items, Done]:
    """Keep the run of an optimizer, from the start or from another one, as it is now."""
    if kind != "rules":
        raise ValueError("only the run of an optimizer can be pinned: choose one")
    check_room(experiment, "pins")
    start = act.get("start")
    if start is not None and start not in items["also"]:
        return experiment, items, Done()
    begins = experiment.start if start is None else experiment.also[items["also"].index(start)]
    plain = replace(experiment.race(), also=(), forks=(), pins=())
    alone = replace(plain, rules=(experiment.rules[place],), start=begins)
    if alone.to_query() in experiment.pins:
        raise ValueError(f"{name_rule(experiment.rules[place])} is pinned already")
    count = len(experiment.pins)
    after = replace(experiment, pins=(*experiment.pins, alone.to_query()))
    words = f"Pinned {name_rule(experiment.rules[place])}: it stays while you change the rest."
    return after, put_item(items, "pins", count), Done(words, "pins", count)


ACTS = {"duplicate": duplicate, "remove": remove, "fork": fork, "pin": pin}
"""What can be done with an item, by name."""
