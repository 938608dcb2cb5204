"""What is taken of trainings before their weights along the way are forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from optviz.movielens.ratings import Ratings
    from optviz.recommenders.training.record import Training
    from optviz.runs.trajectory import Trajectory


def draw_films(trainings: list[Training], data: Ratings) -> dict[str, Any]:
    """Draw the drift of the embeddings of each training, and the singular values of all.

    Their weights along the way are not kept, so that it is done here; a training that diverged, or
    a model without tables, has words instead of a figure.
    """
    from optviz.recommenders.embeddings import film_drift, measure_spectra
    from optviz.views.embedding_films import build_drift_parts
    from optviz.views.singular_values import build_spectra_parts
    from optviz_app.components.figure_parts import pack_parts

    drift: list[dict[str, Any]] = []
    whole = [each for each in trainings if is_finite(each.trajectory)]
    for each in trainings:
        if each not in whole:
            drift.append({"figure": None, "words": f"There is no film: the model {each.ended}."})
            continue
        film = film_drift(each, data)
        parts, words = build_drift_parts(film), film.words()
        for frame, step, loss in zip(parts["frames"], film.step, film.losses, strict=True):
            frame["name"] = f"step {step:,} · loss {loss:.4f}"
        drift.append({"figure": pack_parts(parts), "words": words[:1].upper() + words[1:]})
    if not whole:
        return {"drift": drift, "spectra": None}
    spectra = measure_spectra(whole, data, points=1)
    words = " ".join(each.words() for each in spectra)
    drawn = {"figure": pack_parts(build_spectra_parts(spectra)), "words": words}
    return {"drift": drift, "spectra": drawn}


def evaluate_trainings(trainings: list[Training], data: Ratings) -> dict[str, Any] | None:
    """Return errors and ranking on the ratings held back, with intervals, as texts for a table.

    None where no model can be judged, such as one that diverged.
    """
    from optviz.recommenders import evaluate

    whole = [each for each in trainings if is_finite(each.trajectory)]
    try:
        made = evaluate(whole, data)
    except ValueError:
        return None
    stars, level = made.about["threshold"], made.about["level"]
    note = (
        f"On {made.describe_split()}. Recall and NDCG rank all "
        f"movies that a user has not rated; relevant are {stars:g} stars or more. In brackets: "
        f"{level:.0%} intervals, by {made.about['resamples']:,} resamples of the users."
    )
    rows = made.table()
    for row, training in zip(rows, whole, strict=False):  # the baselines follow
        row["model"] = training.label
    return {"rows": rows, "note": note}


def is_finite(path: Trajectory) -> bool:
    """Return True where all of a path is finite, so that it can be drawn."""
    return bool(np.isfinite(path.losses).all() and np.isfinite(path.path).all())
