"""The command line: every command with its options, read off its parser."""

from __future__ import annotations

import argparse
import inspect
import re
import sys
from collections.abc import Iterator

from optviz.site.frame import File, Page, Section, write_heading
from optviz.site.markup import Markup, element, join
from optviz.site.plan import Plan
from optviz.site.prose import show_docstring, show_line

COMMANDS_PART = Section("commands", "Commands", "The optviz command and all its options.")


def make_commands(plan: Plan) -> Iterator[Page | File]:
    """Yield the page of all commands."""
    parts = [show_command(name, parser, plan) for name, parser in plan.commands.items()]
    body = join(write_heading(COMMANDS_PART.title, COMMANDS_PART.about), parts)
    yield Page("commands/index.html", COMMANDS_PART.title, COMMANDS_PART.about, body)


def show_command(name: str, parser: argparse.ArgumentParser, plan: Plan) -> Markup:
    """Write a command: how it is called, what its module says, and its options."""
    usage = " ".join(parser.format_usage().removeprefix("usage: ").split())
    usage = re.sub(r"^.*?\boptviz ", "optviz ", usage)
    perform = parser.get_default("perform")
    module = sys.modules[perform.__module__] if perform else None
    text = (inspect.getdoc(module) or "") if module and " " not in name else ""
    rows = [
        (
            element("dt", element("code", ", ".join(each.option_strings) or find_word(each))),
            element("dd", show_line(expand_help(each), plan.resolve)),
        )
        for each in parser._actions
        if not isinstance(each, (argparse._HelpAction, argparse._SubParsersAction))
    ]
    return element(
        "section",
        element("h2", f"optviz {name}", id=name.replace(" ", "-")),
        show_docstring(text, plan.resolve) if text else None,
        element("pre", usage, class_="doc", tabindex=0),
        element("dl", rows, class_="heads") if rows else None,
    )


def find_word(action: argparse.Action) -> str:
    """Return the word that stands for an argument in the usage."""
    return action.metavar if isinstance(action.metavar, str) else action.dest


def expand_help(action: argparse.Action) -> str:
    """Return what is said of an option, its value named."""
    text = " ".join((action.help or "").split()).replace("%%", "%")
    if action.option_strings and action.nargs != 0:
        choices = ", ".join(map(str, action.choices or ())) or action.metavar or action.dest.upper()
        text = f"`{choices}` {text}"
    return text


def list_commands(commands: argparse._SubParsersAction) -> dict[str, argparse.ArgumentParser]:
    """Return the parser of each command, and of each part of one, by its name."""
    out: dict[str, argparse.ArgumentParser] = {}
    for name, parser in commands.choices.items():
        out[name] = parser
        for each in parser._actions:
            if isinstance(each, argparse._SubParsersAction):
                out |= {f"{name} {part}": inner for part, inner in each.choices.items()}
    return out
