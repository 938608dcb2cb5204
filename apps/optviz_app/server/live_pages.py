"""Live pages at addresses of the app: the presentation, and what else the browser computes itself.

Each is one file under a Content-Security-Policy of its own, which names its script and its style
sheet by their hashes.
"""

from __future__ import annotations

from functools import lru_cache
from html import escape
from urllib.parse import quote

from dash import Dash
from flask import Flask, Response, request

from optviz.experiments.home import HOME, NOTICE
from optviz.experiments.surface import Experiment
from optviz.lessons.library import find_part
from optviz.lessons.prose import strip_marks
from optviz.views.live.page import LivePage, build_live_page
from optviz_app.server.heavy import weigh

LETTER = 40
"""Steps of a race that weigh as much as a letter of a formula: some long ones take seconds."""
SHOWN = ("present", "sliders")
"""Parts of an address that say how a page is shown, and that an experiment does not have."""
OUTSIDE = "; frame-ancestors 'none'"
"""What a policy says in a header alone."""
MESSAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title} · optviz</title>
<style>
body {{ font: 1rem/1.5 system-ui, sans-serif; margin: 15vh auto; max-width: 34rem; padding: 1rem }}
:root {{ color-scheme: light dark }}
p {{ overflow-wrap: anywhere }}
a {{ color: inherit }}
</style>
<main>
<h1>{title}</h1>
<p>{sentence}</p>
<p><a href="{href}">{words}</a></p>
</main>
"""


def register(app: Dash) -> None:
    """Serve the presentation of an experiment at /present?QUERY."""
    server: Flask = app.server  # type: ignore[assignment]

    @server.get("/present")
    def present() -> Response:
        return answer_experiment(read_address(), home="/")


def read_address() -> str:
    """Return the query of the request without what only the page reads."""
    query = request.query_string.decode("utf-8", "replace")
    parts = [each for each in query.split("&") if each.partition("=")[0] not in SHOWN]
    return "&".join(filter(None, parts))


def answer_experiment(query: str, home: str) -> Response:
    """Answer with the live page of an experiment; one left leads back to `home`."""
    experiment, sentences = Experiment.from_query(query) if query else (HOME, [])
    weigh(LETTER * len(experiment.problem) + (experiment.steps if experiment.noise else 0))
    plays = not query or "play" in experiment.view
    try:
        page = make_page(experiment, home, plays, tuple(sentences))
    except ValueError as error:
        sentence = f"The browser cannot compute this race itself: {error}."
        back = f"{home}?{quote(query, safe='=&%:,()*/^-._@+')}"
        return answer_message("No presentation", sentence, back, "Open it on Surfaces")
    return answer_page(page)


@lru_cache(maxsize=32)
def make_page(
    experiment: Experiment, home: str, plays: bool, sentences: tuple[str, ...]
) -> LivePage:
    """Return the live page of an experiment as the app serves it."""
    view = [word for word in experiment.view if word != "play"]  # also what Surfaces alone draws
    more = {
        "view": view,
        "notice": write_notice(experiment),
        "home": home,
        "plays": plays,
        "sentences": list(sentences),
    }
    return build_live_page(experiment, more, connects=True)


def write_notice(experiment: Experiment) -> str:
    """Return what to notice in a race that a text was written on, "" for any other."""
    if found := find_part(experiment):
        step = found[0].steps[found[1] - 1]
        is_own = step.shown.experiment and step.shown.experiment.race() == experiment.race()
        return strip_marks(step.text) if is_own else ""
    return NOTICE if experiment.race() == HOME.race() else ""


def answer_page(page: LivePage) -> Response:
    """Answer with a live page under its own policy."""
    headers = {"Content-Security-Policy": page.policy + OUTSIDE}
    return Response(page.text, headers=headers, mimetype="text/html")


def answer_message(title: str, sentence: str, href: str, words: str, status: int = 422) -> Response:
    """Answer with a page of one sentence and a link that leads on."""
    texts = {"title": title, "sentence": sentence, "href": href, "words": words}
    page = MESSAGE.format_map({name: escape(text) for name, text in texts.items()})
    return Response(page, status, mimetype="text/html")
