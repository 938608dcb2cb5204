"""How a rule, decay or schedule works, in its own words: its docstring and its source."""

from __future__ import annotations

import inspect
from textwrap import dedent
from typing import Any, NamedTuple

from optviz.code_text import read_code
from optviz.rules import Rule


class Source(NamedTuple):
    """The words and the code of a class or function."""

    title: str
    lead: str
    """The first line of its docstring."""
    doc: str
    """The rest of it."""
    code: str
    """A rule's own `init` and `update`, else the whole; empty where it is not to be had."""


def read_source(thing: Any) -> Source:
    """Return the docstring of a rule, schedule or function, and the source of its own methods."""
    lead, _, rest = (inspect.getdoc(thing) or "It has no docstring.").partition("\n")
    methods = [getattr(thing, name, None) for name in ("init", "update")]
    own = [each for each in methods if each not in (None, Rule.init, Rule.update)]
    try:
        code = "\n".join(dedent(read_code(each)) for each in own or [thing])
    except (OSError, TypeError):  # such as a rule typed into a prompt
        code = ""
    return Source(thing.__name__, lead, rest.strip("\n"), code)
