"""The glossary feeds README and site, each term once."""

from collections import Counter
from pathlib import Path

import optviz
from optviz.glossary import ALIASES, GROUPS, WORDS, write_glossary
from optviz.site.build import build_site

README = Path(optviz.__file__).parents[1] / "README.md"


def test_every_term_stands_in_one_group():
    assert Counter(term for group in GROUPS.values() for term in group) == Counter(list(WORDS))
    assert set(ALIASES.values()) <= set(WORDS)
    assert not set(ALIASES) & set(WORDS)


def test_the_readme_has_the_glossary_as_it_is():
    assert write_glossary() in README.read_text("utf-8")


def test_the_site_has_an_address_for_every_term(tmp_path):
    page = (build_site(tmp_path / "site", ["words"]) / "words/index.html").read_text("utf-8")
    for term in WORDS:
        assert f'<dt id="{term.lower().replace(" ", "-")}">' in page
