"""How other libraries spell a rule: their words, their defaults, and where they differ."""

from __future__ import annotations

from typing import Any

from optviz import dialects
from optviz.dialects.spellings import ABSENT, COMMON, DIALECTS, Dialect
from optviz.problems.surfaces import SURFACES
from optviz.site.markup import Markup, element, link, table
from optviz.site.prose import show_markdown
from optviz.site.races import RULE_SURFACE, find_lr

STEPS = 100


def show_spellings(name: str) -> list[Markup]:
    """Write every known spelling of a rule, where each two differ, and how to convert."""
    if name not in DIALECTS:
        return [element("p", "No source is known that computes it in another way.")]
    found = DIALECTS[name]
    heads = ["source", "one step", "words for the settings", "note"]
    rows = [
        [link_source(each), show_step(each), show_words(each), each.note] for each in found.values()
    ]
    out = [table(heads, rows, "spellings")]
    absent = ABSENT.get(name, {})
    out += [element("p", f"Not here: {who}: {why}.", class_="note") for who, why in absent.items()]
    return [*out, *show_divergences(name), *show_conversions(name)]


def link_source(spelling: Dialect) -> Markup:
    """Write the title of a spelling as a link to its source."""
    return link(spelling.url, spelling.title, rel="noreferrer")


def show_step(spelling: Dialect) -> Markup:
    """Write one step of a spelling, and the call that makes it where there is one."""
    lines = spelling.formula.strip()
    return element("pre", lines, class_="doc")


def show_words(spelling: Dialect) -> list[Any]:
    """Write a spelling's own word and default for each setting."""
    out = []
    for key in COMMON[spelling.optimizer]:
        word, default = spelling.words.get(key), spelling.defaults.get(key)
        if word:
            own = f" (default {default:g})" if default is not None else ""
            out.append(element("div", element("code", key), f": {word}{own}"))
        elif default is not None:
            out.append(element("div", element("code", key), f": always {default:g}"))
    return out


def show_divergences(name: str) -> list[Markup]:
    """Write at which step, and in which term, the spellings part at the same settings."""
    lr = find_lr(RULE_SURFACE, name)
    race = dialects.compare(name, SURFACES[RULE_SURFACE], steps=STEPS, lr=lr)
    rows = [
        [
            join_names(each.first, each.second),
            "never" if each.step is None else str(each.step),
            each.term or "",
        ]
        for each in race.divergences
    ]
    title = SURFACES[RULE_SURFACE].title
    lead = f"With the same settings on {title}, lr {lr:g}, {STEPS} steps, each two part at:"
    return [
        element("p", lead),
        table(["spellings", "step", "the term that differs"], rows, "where they part"),
    ]


def join_names(first: str, second: str) -> str:
    """Return two names of spellings in words."""
    return f"{first} and {second}".replace("_", " ")


def show_conversions(name: str) -> list[Markup]:
    """Write how settings of one spelling become those of another."""
    text = dialects.table(name)
    if not text.count("\n") > 1:
        return []
    inner = show_markdown(text, lambda _: None)
    return [
        element(
            "details", element("summary", "From the settings of one to those of another"), inner
        )
    ]
