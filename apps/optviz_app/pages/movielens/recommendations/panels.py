"""The parts of the Recommend tab that fill in: movies to rate, recommendations, similar movies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import dash_mantine_components as dmc
from dash import html

from optviz_app.components.fields import aria, build_table
from optviz_app.components.status_line import end_sentence

if TYPE_CHECKING:
    from optviz.recommenders.movie_tables import Neighbor, Recommendation
    from optviz.recommenders.new_users.asking import Question


def build_rating_row(movie: int, title: str, stars: float, step: float, note: str = "") -> Any:
    """Build a movie with its stars, 0 before it is rated, and the button that takes it off."""
    rating = dmc.Rating(
        id={"role": "stars", "movie": movie},
        value=stars,
        count=5,
        fractions=round(1 / step),
        size="sm",
        **aria(f"stars for {title}"),
    )
    away = dmc.ActionIcon(
        "×",
        id={"role": "unrate", "movie": movie},
        variant="subtle",
        color="gray",
        size="sm",
        **aria(f"take off {title}"),
    )
    rest = [away] if stars else [html.Span(note, className="small"), build_skip(movie, title)]
    line = [rating, html.Span(rest, className="rest")]
    looks: Any = {"data-movie": str(movie)}
    inside = [html.Span(title, className="title"), html.Div(line, className="stars")]
    return html.Li(inside, className="rated" if stars else "asked", **looks)


def build_skip(movie: int, title: str) -> Any:
    """Build the button for who does not know a movie."""
    return dmc.Button(
        "skip",
        id={"role": "skip", "movie": movie},
        variant="subtle",
        size="compact-xs",
        **aria(f"skip {title}, not known"),
    )


def describe_gain(question: Question) -> str:
    """Return what an answer to a question would tell."""
    return f"± {question.before:.3f} → {question.after:.3f}"


def build_recommendations(found: Sequence[Recommendation], least: int) -> Any:
    """Build the table of recommendations, each with its reasons."""
    if not found:
        return build_refusal(
            f"No movie left to rate has {least:,} training ratings: lower that number."
        )
    has_interval = any(each.interval for each in found)
    names = ["movie", "stars", *(["80 % interval"] if has_interval else []), "ratings", "because"]
    rows = []
    for each in found:
        span = [f"{each.interval[0]:.1f} to {each.interval[1]:.1f}"] if each.interval else []
        cells = [f"{each.rating:.2f}", *span, f"{each.count:,}"]
        parts = [build_title(each.title, each.genres)]
        parts += [html.Td(cell, className="number") for cell in cells]
        parts.append(html.Td(build_reasons(each), className="reasons"))
        rows.append(html.Tr(parts))
    return build_table(names, rows)


def build_title(title: str, genres: tuple[str, ...]) -> Any:
    """Build a movie's title with its genres below."""
    return html.Th([title, html.Div(", ".join(genres), className="genres")], scope="row")


def build_reasons(each: Recommendation) -> list[Any]:
    """Build the reasons of a recommendation: rated movies nearby, and the factors that add most."""
    near = [
        f"{one.title}{'' if one.rating is None else f' ({one.rating:g}★)'}, cosine {one.cosine:.2f}"
        for one in each.neighbors
    ]
    factors = ", ".join(f"{factor} ({product:+.2f})" for factor, product in each.factors)
    parts = [html.Div(["near ", "; ".join(near)])] if near else []
    if factors:
        parts.append(html.Div(f"factors that add most: {factors}".replace("-", "−")))
    return parts or ["the movie's own bias"]


def build_similar(found: Sequence[Neighbor]) -> Any:
    """Build the table of movies that are similar to one."""
    rows = [
        html.Tr(
            [
                build_title(each.title, each.genres),
                html.Td(f"{each.cosine:.2f}".replace("-", "−"), className="number"),
                html.Td(f"{each.count:,}", className="number"),
            ]
        )
        for each in found
    ]
    return build_table(["movie", "cosine", "ratings"], rows)


def build_refusal(sentence: str) -> Any:
    """Build what stands there where a model cannot answer."""
    return dmc.Alert(end_sentence(sentence), color="orange", className="said")
