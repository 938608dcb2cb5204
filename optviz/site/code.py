"""Source code in colors, and formulas in MathML: both made when the site is built."""

from __future__ import annotations

from functools import lru_cache

from optviz.extras import describe_missing
from optviz.site.markup import Markup, element


def check_tools() -> None:
    """Refuse to begin without the packages that write code, formulas and prose.

    Raises: ValueError: a site needs pygments, latex2mathml and markdown-it-py: pip install ...
    """
    try:
        import latex2mathml.converter  # noqa: F401
        import markdown_it  # noqa: F401
        import pygments  # noqa: F401
    except ImportError:
        tools = "pygments, latex2mathml and markdown-it-py"
        raise ValueError(describe_missing("a site", tools, "site")) from None


def show_code(text: str, language: str = "python", label: str = "source code") -> Markup:
    """Write source code in colors, in a box that can be scrolled by keyboard."""
    from pygments import highlight
    from pygments.formatters.html import HtmlFormatter
    from pygments.lexers import get_lexer_by_name

    inner = highlight(text.strip("\n"), get_lexer_by_name(language), HtmlFormatter(nowrap=True))
    code = element("code", Markup(inner.rstrip("\n")))
    return element("pre", code, class_="code", role="region", aria_label=label, tabindex=0)


@lru_cache(maxsize=4096)
def show_formula(latex: str, *, block: bool = False) -> Markup:
    """Write a formula in MathML, which browsers set without a script."""
    from latex2mathml.converter import convert

    return Markup(convert(latex, display="block" if block else "inline"))
