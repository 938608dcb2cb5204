"""How other libraries spell a rule: their words, their defaults, and where they differ."""

from __future__ import annotations

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
    cards = [show_spelling(each) for each in DIALECTS[name].values()]
    absent = ABSENT.get(name, {})
    out = [element("div", cards, class_="spellings")]
    out += [element("p", f"Not here: {who}: {why}.", class_="note") for who, why in absent.items()]
    return [*out, *show_divergences(name), *show_conversions(name)]


def show_spelling(spelling: Dialect) -> Markup:
    """Write one spelling: its source, one step of it, and its own words for the settings."""
    title = element("h3", link(spelling.url, spelling.title, rel="noreferrer"))
    step = element("pre", spelling.formula.strip(), class_="doc", tabindex=0)
    note = element("p", spelling.note, class_="note") if spelling.note else None
    source = element("p", spelling.source, class_="note")
    return element("article", title, step, show_words(spelling), note, source)


def show_words(spelling: Dialect) -> Markup:
    """Write a spelling's own word and default for each setting."""
    rows = []
    for key in COMMON[spelling.optimizer]:
        word, default = spelling.words.get(key), spelling.defaults.get(key)
        if word or default is not None:
            own = "" if default is None else f"{', default ' if word else 'always '}{default:g}"
            rows.append((element("dt", element("code", key)), element("dd", f"{word or ''}{own}")))
    return element("dl", rows, class_="heads")


def show_divergences(name: str) -> list[Markup]:
    """Write which spellings make the same steps, and where each two others part."""
    lr = find_lr(RULE_SURFACE, name)
    race = dialects.compare(name, SURFACES[RULE_SURFACE], steps=STEPS, lr=lr)
    heads = {group[0]: group for group in race.groups}
    rows = [
        [write_group(heads[each.first]), write_group(heads[each.second]), each.step, each.term]
        for each in race.divergences
        if each.first in heads and each.second in heads
    ]
    title = SURFACES[RULE_SURFACE].title
    lead = f"With the same settings, over {STEPS} steps on {title} at lr {lr:g},"
    if not rows:
        return [element("p", f"{lead} all of them make the same steps.")]
    words = ["spelling", "and", "part at step", "by their"]
    return [element("p", f"{lead} these differ:"), table(words, rows, "where spellings part")]


def write_group(names: list[str]) -> str:
    """Return the names of spellings that make the same steps, in words."""
    return ", ".join(names).replace("_", " ")


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
