"""The sentence of a claim, such as "adam beats sgd on rosenbrock", read and told."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from optviz.problems.base import Problem
from optviz.problems.surfaces import surface
from optviz.specs import parse_spec, split_settings, unwrap_rule
from optviz.sweeps.conditions import describe_rival
from optviz.sweeps.contestants import Contestant
from optviz.sweeps.trials import declare_space
from optviz.sweeps.workloads import BaseWorkload, Workload

MOST = 4
"""Phrases that a sentence lists; of more it gives the number."""


def split_claim(text: Any) -> tuple[str, str, str]:
    """Return the texts of the two rules of a claim and of the problem it names, "" for none.

    Raises: ValueError: a claim reads like "adam beats sgd", got "adam is best"
    """
    words = " ".join(text.split()) if isinstance(text, str) else ""
    sides = re.split(" beats ", words, flags=re.IGNORECASE)
    if len(sides) != 2:
        raise ValueError(f'a claim reads like "adam beats sgd", got {text!r:.60}')
    other, *where = re.split(" on ", sides[1], maxsplit=1, flags=re.IGNORECASE)
    return sides[0], other, where[0] if where else ""


def read_claim(text: Any) -> tuple[Contestant, Contestant, str]:
    """Return the two rules of a claim and the text of the problem that it names, "" for none.

    Raises: ValueError: no rule "adm"; nearest: adam; the claim compares Adam with itself: name two
        optimizers
    """
    first, second, where = split_claim(text)
    one, other = read_rival(first), read_rival(second)
    if describe_rival(one) == describe_rival(other):
        raise ValueError(f"the claim compares {one.label} with itself: name two optimizers")
    if one.label == other.label:
        one, other = (
            replace(each, label=f"{each.label} {name_rate(each)}") for each in (one, other)
        )
    return one, other, where


def name_rate(rival: Contestant) -> str:
    """Return what tells a rule from the same one with another learning rate."""
    low, high = rival.space["lr"]
    return f"lr={low:g}" if low == high else "lr tuned"


def read_rival(text: str) -> Contestant:
    """Return a rule of a claim: what is written of it is kept, all else is tuned.

    Its label has what is written but the learning rate, which conditions change.

    Raises: ValueError: lr must be > 0 in a claim, got 0
    """
    rule, schedule, _ = parse_spec(text)
    space = declare_space(rule)
    _, _, rest = text.partition(":")
    words = [type(unwrap_rule(rule)).__name__]
    for each in split_settings(rest):
        name, _, value = (part.strip() for part in each.partition("="))
        if name == "lr":
            if rule.lr <= 0:
                raise ValueError(f"lr must be > 0 in a claim, got {rule.lr:g}")
            space["lr"] = rule.lr, rule.lr
            continue
        words.append(f"{name}={value}")
        space.pop("wd" if name == "l2" else name, None)
    return Contestant(" ".join(words), rule, schedule, space)


def find_workload(given: BaseWorkload | Problem | str | None, named: str) -> BaseWorkload:
    """Return the workload of a claim.

    Raises: ValueError: the claim names no problem: write "adam beats sgd on rosenbrock"; the claim
        names rosenbrock, and a problem is given besides: leave out one of them
    """
    if given is None and not named:
        raise ValueError('the claim names no problem: write "adam beats sgd on rosenbrock"')
    if given is not None and named:
        raise ValueError(
            f"the claim names {named:.40}, and a problem is given besides: leave out one of them"
        )
    found = named if given is None else given
    if isinstance(found, str):
        found = surface(found)
    return found if isinstance(found, BaseWorkload) else Workload(found)


def list_phrases(phrases: Sequence[str]) -> str:
    """Return phrases as one: "with a, with b and with c", or their number where they are many."""
    if len(phrases) > MOST:
        return f"in {len(phrases)}"
    *others, last = phrases
    return f"{', '.join(others)} and {last}" if others else last
