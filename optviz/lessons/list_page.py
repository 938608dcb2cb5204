"""The list of lessons as a page of its own."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from string import Template

from optviz.lessons.record import Lesson
from optviz.views.live.bundle import read_module
from optviz.views.live.page import LivePage, write_policy, write_style

SCRIPT = """const key = "mantine-color-scheme-value";
let scheme = "";
try { scheme = localStorage.getItem(key) || ""; } catch { /* the browser keeps nothing */ }
if (["light", "dark"].includes(scheme)) document.documentElement.dataset.scheme = scheme;
"""
TITLE = "Lessons"
LEAD = "Each takes a few minutes: read, predict, and let the run answer."


def build_list_page(addresses: Mapping[Lesson, str], home: str) -> LivePage:
    """Return the page that lists lessons, each with its address; `home` is that of the app."""
    items = "\n".join(write_item(lesson, href) for lesson, href in addresses.items())
    style = write_style() + read_module("views/live/lesson/list.css")
    policy = write_policy(SCRIPT, style)
    text = Template(read_module("views/live/lesson/list.html")).substitute(
        policy=escape(policy),
        title=TITLE,
        lead=LEAD,
        items=items,
        home=escape(home),
        style=style,
        script=SCRIPT,
    )
    return LivePage(text, policy)


def write_item(lesson: Lesson, href: str) -> str:
    """Write the entry of a lesson."""
    return (
        f'<li><a href="{escape(href)}"><strong>{escape(lesson.title)}</strong>'
        f"{escape(lesson.about)}<small>{count_parts(lesson)}</small></a></li>"
    )


def count_parts(lesson: Lesson) -> str:
    """Return the numbers of steps and of predictions of a lesson in words."""
    steps, questions = len(lesson.steps), len(lesson.questions)
    return f"{steps} step{'s' * (steps != 1)}, {questions} predictions"
