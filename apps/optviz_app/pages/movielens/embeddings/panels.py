"""The parts of the Embeddings tab that fill in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dash import html

from optviz_app.components.fields import build_table

if TYPE_CHECKING:
    from optviz.recommenders.embeddings.maps import EmbeddingMap


def build_neighbors(shown: EmbeddingMap, row: int) -> Any:
    """Build the table of a movie's nearest in the full space, those that the map keeps marked."""
    kept = find_drawn_near(shown, row)
    body = []
    for other, cosine in zip(shown.neighbors[row], shown.cosines[row], strict=True):
        vectors = shown.vectors
        genres = html.Div(", ".join(vectors.genres[other]), className="genres")
        cells = [f"{cosine:.2f}".replace("-", "−"), f"{vectors.counts[other]:,}"]
        cells.append("yes" if int(other) in kept else "no")
        heading = html.Th([vectors.titles[other], genres], scope="row")
        body.append(html.Tr([heading, *[html.Td(each, className="number") for each in cells]]))
    return build_table(["movie", "cosine", "training ratings", "near on the map too"], body)


def find_drawn_near(shown: EmbeddingMap, row: int) -> set[int]:
    """Return the rows that are nearest to one on the map, as many as are kept of the full space."""
    distances = ((shown.points - shown.points[row]) ** 2).sum(axis=1)
    order = [int(each) for each in distances.argsort(kind="stable") if each != row]
    return set(order[: shown.neighbors.shape[1]])
