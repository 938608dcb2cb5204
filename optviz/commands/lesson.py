"""The `optviz lesson` command: a lesson of one's own, checked and opened.

A lesson is a TOML file: steps with a title, a sentence or two, the link of an experiment copied
from the app, and questions whose answers the runs judge. `--new FILE LINK...` writes one to begin
with, a step for each link. Every mistake is told with a sentence that says which step, what was
expected and the nearest name; `--check` only checks. `-o page.html` writes the lesson as one file
that works from a disk, without a server; without either the app opens it. A name of the library,
such as `momentum`, opens or writes that lesson.
"""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path

from optviz.commands.app import HOST, PORT, find_serve


def add_parser(commands: argparse._SubParsersAction) -> None:
    """Add the command."""
    lesson = commands.add_parser("lesson", help="check a lesson of your own, and open it")
    lesson.set_defaults(perform=open_lesson)
    lesson.add_argument("lesson", nargs="?", help="a TOML file, or the name of a lesson")
    lesson.add_argument("links", nargs="*", metavar="link", help="links of the app, for --new")
    what = lesson.add_mutually_exclusive_group()
    what.add_argument("--check", action="store_true", help="only check it")
    what.add_argument("-o", "--output", metavar="FILE", help="write it as a page in one file")
    what.add_argument("--new", metavar="FILE", help="write a lesson to begin with, from links")
    lesson.add_argument("--host", default=HOST, help=f"address to listen on (default {HOST})")
    lesson.add_argument("--port", type=int, default=PORT, help=f"port (default {PORT})")
    lesson.add_argument("--no-browser", action="store_true", help="do not open a browser")


def open_lesson(arguments: argparse.Namespace) -> int:
    """Check a lesson, and write its page or open it in the app.

    Raises: ValueError: which lesson? give a TOML file, or one of learning_rate, momentum, ...
    """
    from optviz.lessons.page import lesson_page

    if arguments.new:
        return write_new(
            Path(arguments.new), list(filter(None, [arguments.lesson, *arguments.links]))
        )
    if arguments.links:
        raise ValueError(f"one lesson at a time: {arguments.links[0]} is one more")
    lesson = find_checked(arguments.lesson)
    steps, questions = len(lesson.steps), len(lesson.questions)
    print(f'"{lesson.title}" is right: {steps} steps, {questions} questions')
    if arguments.check:
        return 0
    if arguments.output:
        file = lesson_page(lesson, arguments.output)
        size = file.stat().st_size / 1000
        print(f"{file} ({size:.0f} kB): open it in a browser, without a network")
        return 0
    if (serve := find_serve()) is None:
        return 2
    serve(
        host=arguments.host,
        port=arguments.port,
        browser=not arguments.no_browser,
        lesson=lesson,
        started=shlex.join(["optviz", "lesson", arguments.lesson]),
    )
    return 0


def find_checked(name: str | None):
    """Return a lesson of a file, or one of the library, without a mistake.

    Raises: LessonError: my.toml: 2 mistakes, and a sentence for each
            ValueError: which lesson? give a TOML file, or one of learning_rate, momentum, ...
    """
    from optviz.lessons.checking import check_lesson
    from optviz.lessons.library import find_lesson, read_library
    from optviz.lessons.reading import read_lesson

    if name is None:
        known = ", ".join(read_library())
        raise ValueError(f"which lesson? give a TOML file, or one of {known}")
    path = Path(name)
    if path.suffix or path.exists():
        return check_lesson(read_lesson(path))
    return check_lesson(find_lesson(name))


def write_new(path: Path, links: list[str]) -> int:
    """Write a lesson to begin with into a new file, a step for each link.

    Raises: ValueError: my.toml is there already: choose another name
    """
    from optviz.lessons.template import write_template

    text = write_template(links)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise ValueError(f"{path} is there already: choose another name") from None
    print(f"{path}: change its texts, then run optviz lesson {path}")
    return 0
