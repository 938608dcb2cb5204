"""The words: every term that pages and lessons explain, each with an address of its own."""

from __future__ import annotations

from collections.abc import Iterator

from optviz.glossary import GROUPS, WORDS
from optviz.site.frame import File, Page, Section, write_heading
from optviz.site.markup import Markup, element, join, section
from optviz.site.plan import Plan

WORDS_PART = Section("words", "Words", "Every term of the pages and lessons, in plain words.")


def make_words(plan: Plan) -> Iterator[Page | File]:
    """Yield the page of all terms, by what they belong to."""
    if not plan.choose("words", ["index"]):
        return
    lists = [section(title, list_terms(terms)) for title, terms in GROUPS.items()]
    head = write_heading(WORDS_PART.title, WORDS_PART.about)
    yield Page("words/index.html", WORDS_PART.title, WORDS_PART.about, join(head, lists))


def list_terms(terms: tuple[str, ...]) -> Markup:
    """Return a list of terms with what they mean."""
    pairs = [
        [element("dt", term, id=name_anchor(term)), element("dd", WORDS[term].says)]
        for term in terms
    ]
    return element("dl", pairs, class_="words")


def name_anchor(term: str) -> str:
    """Return the part of an address that leads to a term: "gradient-noise"."""
    return term.lower().replace(" ", "-")
