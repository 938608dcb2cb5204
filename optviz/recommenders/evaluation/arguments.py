"""The checked arguments of `evaluate`: the models, their split, and the settings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from optviz.movielens.ratings import MovieLensError, Ratings, check_ratings
from optviz.recommenders.trained import Trained

LIKED = 0.8
"""The share of the highest rating from which a movie counts as liked: 4 of 5 stars."""


def name_models(models: Sequence[Any]) -> dict[str, Trained]:
    """Return trained models by name; the training's label tells those of one kind apart.

    Raises: ValueError: a model to evaluate comes from train, got 'dot_bias'
    """
    chosen = [getattr(each, "trained", each) for each in models]
    for each in chosen:
        if not isinstance(each, Trained):
            raise ValueError(f"a model to evaluate comes from train, got {each!r:.60}")
    if not chosen:
        raise ValueError("there is no model to evaluate: give at least one")
    kinds = Counter(each.model for each in chosen)
    named: dict[str, Trained] = {}
    for each in chosen:
        label = f", {each.about.get('label', 'untrained')}" if kinds[each.model] > 1 else ""
        name = base = f"{each.model}{label}"
        while name in named:
            name = f"{base} ({1 + sum(other.startswith(base) for other in named)})"
        named[name] = each
    return named


def find_split(models: Sequence[Trained], data: Ratings) -> tuple[int | str, float]:
    """Return the split that all models share and the share that it held back.

    Raises: MovieLensError: the models must share one split to be compared: split 0 of 0.2, ...
    """
    check_ratings(data)
    found = []
    for each in models:
        each.check(data)
        if "split" not in each.about:
            text = "this model does not say which ratings its training held back: train it anew"
            raise MovieLensError(text)
        if each.about.get("checksum") != data.checksum:
            raise MovieLensError(
                f"this model was trained on another copy of {data.name}, whose rows may be in "
                "another order: load that copy, or the ratings held back are not the same"
            )
        found.append((each.about["split"], each.about["valid"]))
    if len(set(found)) > 1:
        listed = ", ".join(f"split {split} of {valid:g}" for split, valid in dict.fromkeys(found))
        raise MovieLensError(f"the models must share one split to be compared: {listed}")
    return found[0]


def choose_threshold(threshold: float | None, scale: tuple[float, float]) -> float:
    """Return the stars from which a movie counts as liked.

    Raises: ValueError: threshold must be from 1 to 5 stars, got 8
    """
    low, high = scale
    chosen = LIKED * high if threshold is None else threshold
    if (
        isinstance(chosen, bool)
        or not isinstance(chosen, (int, float))
        or not low <= chosen <= high
    ):
        raise ValueError(f"threshold must be from {low:g} to {high:g} stars, got {threshold!r:.40}")
    return float(chosen)


def check_word(name: str, value: Any, *words: str) -> str:
    """Return one of some words.

    Raises: ValueError: users must be "all" or "known", got 'some'
    """
    if value not in words:
        expected = " or ".join(f'"{word}"' for word in words)
        raise ValueError(f"{name} must be {expected}, got {value!r:.40}")
    return value


def check_level(level: Any) -> float:
    """Return the share of the resamples that an interval holds.

    Raises: ValueError: level must be between 0 and 1, got 95
    """
    if isinstance(level, bool) or not isinstance(level, (int, float)) or not 0 < level < 1:
        raise ValueError(f"level must be between 0 and 1, got {level!r:.40}")
    return float(level)
