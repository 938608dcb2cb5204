"""The record of an evaluation: measures with intervals, differences, and what they stand on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any, NamedTuple

from optviz.recommenders.evaluation.bootstrap import Estimate
from optviz.runs.comparison import make_strict

MEASURES = ("rmse", "mae", "recall", "ndcg")
ERRORS = ("rmse", "mae")
"""The measures that are better where they are lower, in stars."""
SPLITS = {
    "time": "the latest of all, at one cut in time",
    "last": "the latest of each user",
}
"""The splits by time in words."""


class Counts(NamedTuple):
    """The counts behind an evaluation; the unknown have no training rating."""

    training: int
    held: int
    users: int
    """Users of the ratings held back."""
    ranked_users: int
    """Users who like a movie that was held back: ranking is measured for them."""
    liked: int
    """Ratings held back of at least the threshold."""
    unknown_users: int
    unknown_movies: int
    held_of_unknown_users: int
    liked_of_unknown_movies: int


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Measures of some models on one split, each an `Estimate` with its interval.

    Units: rmse and mae in stars; recall and ndcg are shares from 0 to 1
    """

    measures: dict[str, dict[str, Estimate]]
    """By model and measure; the models evaluated come first, then those beside them."""
    differences: dict[tuple[str, str], dict[str, Estimate]]
    """By pair of models: the first minus the second, within each resample."""
    counts: Counts
    about: dict[str, Any]
    """data, checksum, split, valid, users, unknown, k, threshold, level, resamples, seed"""

    @property
    def models(self) -> list[str]:
        """The names of the models."""
        return list(self.measures)

    def name_measure(self, measure: str) -> str:
        """Return the title of a measure, such as recall@10."""
        names = {"recall": f"recall@{self.about['k']}", "ndcg": f"NDCG@{self.about['k']}"}
        return names.get(measure, measure.upper())

    def table(self) -> list[dict[str, str]]:
        """Return one row a model: its name and each measure with its interval, as texts."""
        return [
            {"model": model} | {self.name_measure(key): each[key].write() for key in MEASURES}
            for model, each in self.measures.items()
        ]

    def compare(self, first: str, second: str) -> dict[str, Estimate]:
        """Return the first model's measures minus the second's, with paired intervals.

        Raises: ValueError: no model "svd": there are dot_bias, bias only, popularity
        """
        for name in (first, second):
            if name not in self.measures:
                raise ValueError(f'no model "{name}": there are {", ".join(self.models)}')
        if (first, second) in self.differences:
            return self.differences[first, second]
        turned = self.differences[second, first]
        return {key: Estimate(-e.value, -e.high, -e.low) for key, e in turned.items()}

    def words(self) -> str:
        """Return what was measured, how the first model stands to the others, and the caveats."""
        first, *others = self.models
        sentences = [self.describe_errors(first), self.describe_ranking(first)]
        for other in others:
            sentences += self.describe_difference(first, other)
        return " ".join([*sentences, *self.describe_unknown(), self.describe_method()])

    def name_split(self) -> str:
        """Return the name of the split, such as random split 0."""
        named = {"time": "split by time", "last": "split by each user's last"}
        return named.get(self.about["split"], f"random split {self.about['split']}")

    def describe_split(self) -> str:
        """Return in words which ratings were held back."""
        split = self.about["split"]
        how = SPLITS.get(split, f"at random, seed {split}")
        among = ", users with training ratings alone" if self.about["users"] == "known" else ""
        return f"{self.about['data']}, {self.counts.held:,} ratings held back ({how}{among})"

    def describe_errors(self, model: str) -> str:
        """Return the errors of a model as a sentence."""
        rmse, mae = (self.measures[model][key].write() for key in ERRORS)
        return f"On {self.describe_split()}, {model} has RMSE {rmse} and MAE {mae} stars."

    def describe_ranking(self, model: str) -> str:
        """Return the ranking of a model as a sentence."""
        counts, threshold = self.counts, self.about["threshold"]
        if not counts.ranked_users:
            return (
                f"No rating held back is of {threshold:g} stars or more: ranking is not measured."
            )
        recall, ndcg = (self.measures[model][key].write() for key in ("recall", "ndcg"))
        names = [self.name_measure(key) for key in ("recall", "ndcg")]
        return (
            f"Ranking every movie that a user has not rated, it has {names[0]} {recall} and "
            f"{names[1]} {ndcg} over the {counts.ranked_users:,} users who gave {threshold:g} "
            "stars or more to a movie held back."
        )

    def describe_difference(self, first: str, second: str) -> list[str]:
        """Return how the first model stands to the second, one sentence at most."""
        parts = []
        for key, each in self.compare(first, second).items():
            if each.value != each.value:
                continue
            better = -each.side if key in ERRORS else each.side
            word = {1: "better", -1: "worse", 0: "not told apart"}[better]
            parts.append(f"{self.name_measure(key)} {word} ({each.write('+.4f')})")
        return [f"Against {second}: {', '.join(parts)}."] if parts else []

    def describe_unknown(self) -> list[str]:
        """Return sentences about users and movies without training ratings, where there are any."""
        counts, sentences = self.counts, []
        if counts.unknown_users:
            share = counts.held_of_unknown_users / counts.held
            is_mean = self.about["unknown"] == "mean"
            own = "as the mean user" if is_mean else "by weights that no rating moved"
            sentences.append(
                f"{counts.unknown_users:,} of {counts.users:,} users have no training rating; "
                f"theirs are {share:.0%} of the ratings held back. No model knows their taste: a "
                f"trained one takes them {own}."
            )
        if counts.unknown_movies:
            sentences.append(
                f"{counts.unknown_movies:,} movies have no training rating: none is recommended, "
                f"and the {counts.liked_of_unknown_movies:,} ratings that like one count as missed."
            )
        return sentences

    def describe_method(self) -> str:
        """Return how the intervals were made."""
        about = self.about
        return (
            f"Intervals: {about['level']:.0%}, percentiles of {about['resamples']:,} resamples of "
            f"the users; differences within each resample; one training of each model."
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the record as JSON can hold it, with None for what is not known."""
        differences = [
            {"first": first, "second": second, "measures": pack_estimates(each)}
            for (first, second), each in self.differences.items()
        ]
        record = {
            "measures": {name: pack_estimates(each) for name, each in self.measures.items()},
            "differences": differences,
            "counts": self.counts._asdict(),
            "about": self.about,
        }
        return make_strict(record)

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Evaluation:
        """Read what `to_dict` wrote."""
        measures = {name: unpack_estimates(each) for name, each in record["measures"].items()}
        differences = {
            (each["first"], each["second"]): unpack_estimates(each["measures"])
            for each in record["differences"]
        }
        return cls(measures, differences, Counts(**record["counts"]), dict(record["about"]))

    def _repr_html_(self) -> str:
        """Return the table and the sentences, for notebooks."""
        import pandas as pd

        table = pd.DataFrame(self.table()).to_html(index=False)
        return f"{table}<p>{escape(self.words())}</p>"


def pack_estimates(estimates: Mapping[str, Estimate]) -> dict[str, list[float]]:
    """Return the estimates of some measures as lists."""
    return {key: list(each) for key, each in estimates.items()}


def unpack_estimates(record: Mapping[str, Any]) -> dict[str, Estimate]:
    """Return the estimates that `pack_estimates` packed, None as NaN."""
    nan = float("nan")
    return {
        key: Estimate(*(nan if each is None else each for each in values))
        for key, values in record.items()
    }
