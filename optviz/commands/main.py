"""The `optviz` command: app, races, claims, pages, lessons, figures, workbook, MovieLens, site."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Sequence
from io import TextIOWrapper
from typing import NoReturn

import optviz
from optviz.commands import (
    INTERRUPTED,
    app,
    claim,
    data,
    figure,
    film,
    gradients,
    lesson,
    live,
    lr_find,
    maps,
    open_files,
    race,
    replay,
    run,
    schedule_races,
    site,
    study,
    workbook,
)

BROKEN_PIPE = 141


class Parser(argparse.ArgumentParser):
    """An argument parser whose complaint is one sentence and exit status 2."""

    def error(self, message: str) -> NoReturn:
        """Print the complaint and exit."""
        self.exit(2, f"optviz: {message}\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line, which opens the app without a command, and return its exit status."""
    top = Parser(prog="optviz", description=str(optviz.__doc__).splitlines()[0])
    top.add_argument("--version", action="version", version=f"optviz {optviz.__version__}")
    top.set_defaults(perform=app.open_app)
    commands = top.add_subparsers(dest="command")
    for command in (
        app,
        run,
        race,
        schedule_races,
        claim,
        maps,
        gradients,
        lr_find,
        live,
        open_files,
        lesson,
        figure,
        film,
        workbook,
        data,
        study,
        replay,
        site,
    ):
        command.add_parser(commands)
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a console that lacks a letter
    words = list(sys.argv[1:] if argv is None else argv)
    if words and words[0][0:1] == "-" and words[0] not in ("-h", "--help", "--version"):
        words.insert(0, "app")  # the options of the command that opens without a name
    if formula := find_bare_formula(words):
        top.error(
            f'a formula that begins with a minus goes last, after --: {words[0]} -- "{formula}"'
        )
    arguments = top.parse_args(join_negative_values(words))
    try:
        status = arguments.perform(arguments)
        sys.stdout.flush()
        return status
    except BrokenPipeError:  # the reader has read enough, as in `optviz ... | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except (ValueError, OSError) as error:
        text = str(error)
        if isinstance(error, OSError) and error.filename is not None and error.strerror:
            text = f"{error.filename}: {error.strerror.lower()}"
        print(f"optviz: {text}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("optviz: stopped", file=sys.stderr)
        return INTERRUPTED


def find_bare_formula(words: list[str]) -> str | None:
    """Return a formula that argparse would take for an option, as it begins with a minus."""
    if words[:1] not in (["run"], ["live"], ["figure"], ["film"]) or "--" in words:
        return None
    return next((each for each in words[1:] if re.match(r"-[^-=]*[xy(]", each)), None)


def join_negative_values(words: list[str]) -> list[str]:
    """Return the words, a value that begins with a minus joined to its option (`--start -1,1`)."""
    out: list[str] = []
    for word in words:
        option = out and re.fullmatch(r"--(start|noise|seed|steps)", out[-1])
        if option and re.match(r"-[\d.]", word):
            out[-1] += f"={word}"
        else:
            out.append(word)
    return out


if __name__ == "__main__":
    sys.exit(main())
