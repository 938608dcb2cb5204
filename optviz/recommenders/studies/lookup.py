"""One-hot matrix product against embedding lookup: values, gradients, rows, time and memory."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from optviz.movielens.ratings import Ratings
from optviz.recommenders.studies.picture import Axis, Picture, Series
from optviz.recommenders.studies.table import Column, Row, Table, average, group_rows

if TYPE_CHECKING:
    from optviz.recommenders.studies.study import Watch

REPEATS = 7
"""Measurements of a time, of which the least is taken."""


def measure(
    data: Ratings,
    seeds: Sequence[int],
    watch: Watch,
    *,
    batches: Sequence[int] = (16, 64, 256, 1024),
    factors: int = 50,
) -> list[Row]:
    """Look the movies of mini-batches up in a table, and multiply with one-hot rows instead.

    Both make vectors (batch, factors) from weights (movies, factors), and the gradient of the
    weights from a gradient of the vectors; float32 as in training.
    """
    rows: list[Row] = []
    watch.begin(len(seeds) * len(batches))
    for seed in seeds:
        draw = np.random.default_rng(seed)
        weights = draw.uniform(-0.01, 0.01, (data.movies, factors)).astype(np.float32)
        for batch in batches:
            movie = data.movie[draw.choice(len(data), min(batch, len(data)), replace=False)]
            grad = draw.normal(size=(len(movie), factors)).astype(np.float32)
            rows.append({"seed": seed, "batch": len(movie)} | compare(weights, movie, grad))
            watch.step(f"{len(movie)} ratings, seed {seed}")
    return rows


def compare(weights: np.ndarray, movie: np.ndarray, grad: np.ndarray) -> Row:
    """Return what lookup and one-hot product have in common and what they cost.

    Shapes: weights (movies, factors); movie (batch,); grad (batch, factors)
    """
    onehot = np.zeros((len(movie), len(weights)), np.float32)
    onehot[np.arange(len(movie)), movie] = 1
    looked_up, product = weights[movie], onehot @ weights
    scattered, transposed = scatter(grad, movie, len(weights)), onehot.T @ grad
    in_order = np.zeros_like(weights)
    for one, line in zip(onehot, grad, strict=True):  # the same product, summed rating by rating
        in_order += one[:, None] * line
    counts = np.bincount(movie)
    return {
        "movies": len(weights),
        "values equal": bool(np.array_equal(looked_up, product)),
        "gradients equal": bool(np.array_equal(scattered, in_order)),
        "largest difference": float(np.abs(scattered - transposed).max() / np.abs(scattered).max()),
        "rows touched": int(np.count_nonzero(counts)),
        "most repeated": int(counts.max()),
        "lookup seconds": find_time(
            lambda: (weights[movie], scatter(grad, movie, len(weights))),
        ),
        "product seconds": find_time(lambda: (onehot @ weights, onehot.T @ grad)),
        "lookup bytes": movie.astype(np.int64).nbytes,
        "product bytes": onehot.nbytes,
    }


def scatter(grad: np.ndarray, movie: np.ndarray, movies: int) -> np.ndarray:
    """Return the gradient of the table: each rating's gradient added to the row of its movie."""
    into = np.zeros((movies, grad.shape[1]), grad.dtype)
    np.add.at(into, movie, grad)
    return into


def find_time(work: Callable[[], Any]) -> float:
    """Return the least time of a piece of work, in seconds."""
    times = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return min(times)


def summarize(rows: Sequence[Row]) -> Table:
    """Return one line a batch size."""
    lines = group_rows(
        rows,
        "batch",
        touched="rows touched",
        slower=lambda row: row["product seconds"] / row["lookup seconds"],
        larger=lambda row: row["product bytes"] / row["lookup bytes"],
        difference="largest difference",
    )
    for line in lines:
        same = [row for row in rows if row["batch"] == line["batch"]]
        line["values"] = spell_equal(all(row["values equal"] for row in same))
        line["gradients"] = spell_equal(all(row["gradients equal"] for row in same))
        line["difference"] = max(row["largest difference"] for row in same)
        line["movies"] = same[0]["movies"]
    columns = (
        Column("batch", "ratings a step"),
        Column("values", "values"),
        Column("gradients", "gradients, summed in the same order"),
        Column("difference", "gradients by BLAS: largest relative difference", ".1e"),
        Column("touched", "rows touched", ".0f"),
        Column("movies", "of rows"),
        Column("slower", "time, product / lookup", ".1f"),
        Column("larger", "memory of the input, product / lookup", ".0f"),
    )
    return Table(columns, tuple(lines))


def spell_equal(same: bool) -> str:
    """Return an equality in words."""
    return "equal to the bit" if same else "differ"


def conclude(rows: Sequence[Row]) -> str:
    """Return what follows."""
    every = all(row["values equal"] and row["gradients equal"] for row in rows)
    last = max(row["batch"] for row in rows)
    rows = [row for row in rows if row["batch"] == last]
    slower = average(row["product seconds"] / row["lookup seconds"] for row in rows)
    touched = average(row["rows touched"] for row in rows).mean / rows[0]["movies"]
    difference = max(row["largest difference"] for row in rows)
    head = (
        "Yes: a lookup is the product with one-hot rows without the multiplications by 0 and 1; "
        "values and gradients are equal to the bit."
        if every
        else "They should be equal to the bit, and were not: see the table."
    )
    return (
        f"{head} (A fast matrix product adds a movie's gradients in another order where it occurs "
        f"three times or more: {difference:.0e} at most.) With {last} ratings a step the product "
        f"takes {slower.mean:.0f} times as long, and the gradient has {touched:.0%} of the rows; "
        "the others are exactly 0, yet a dense Adam still moves them by their averages and decay."
    )


def draw(rows: Sequence[Row]) -> tuple[Picture, ...]:
    """Return the times and the memory against the batch size."""
    lines = group_rows(
        rows,
        "batch",
        lookup=lambda row: 1e3 * row["lookup seconds"],
        product=lambda row: 1e3 * row["product seconds"],
    )
    names = {"lookup": "lookup and scatter", "product": "one-hot product"}
    series = tuple(
        Series(
            title,
            [line["batch"] for line in lines],
            [line[key].mean for line in lines],
            [line[key].low for line in lines],
            [line[key].high for line in lines],
            "lines+markers",
        )
        for key, title in names.items()
    )
    x, y = Axis("ratings a step", log=True), Axis("time, forward and backward (ms)", log=True)
    return (Picture("Time of a lookup and of a one-hot product", x, y, series),)
