"""Capsules: what a training was made of, in one small file, so that it can be made again.

capsule = result.capsule()
capsule.save("run.json")
again = replay("run.json")             # in another process: the same bytes, or an error
diff(capsule, other.capsule())         # the first thing that differs, or None
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from optviz.recommenders.training.versions import hash_array
from optviz.runs.comparison import make_strict
from optviz.runs.npz import RecordFileError

MOST_BYTES = 4096
"""The size of a capsule, at most."""
MARKS = 64
"""Losses of which a capsule keeps a mark, at most, for each of validation and steps."""
DATA = ("data", "ratings")
CONFIG = ("model", "settings", "rule", "epochs", "batch", "seed", "split", "valid", "keep")
CONFIG = (*CONFIG, "engine", "device", "threads", "patience", "steps", "weights")
RESULT = ("ended", "start", "end", "losses", "best", "last")
NOUNS = {
    "data": "the name of the data",
    "ratings": "the ratings",
    "start": "the weights at the start",
    "end": "the weights at the end",
    "losses": "the losses",
}
"""What a field is called in a sentence, where its own name does not say it."""


class Difference(NamedTuple):
    """The first thing in which two capsules differ."""

    what: str
    first: Any
    second: Any

    def __str__(self) -> str:
        first, second = map(shorten, (self.first, self.second))
        return f"{NOUNS.get(self.what, self.what)}: {first} and {second}"


def shorten(value: Any) -> str:
    """Return a value as a sentence shows it: of a hash its beginning."""
    if value is None:
        return "nothing"
    text = str(value)
    return f"{text[:12]}..." if len(text) == 64 and text.isalnum() else text


@dataclass(frozen=True)
class Capsule:
    """The seeds, data, settings, versions and hashes of a training, in at most 4 kB of JSON."""

    data: Mapping[str, Any]
    """Name and sha256 of the ratings."""
    config: Mapping[str, Any]
    """Model, rule, seeds and all else that `train` was given."""
    versions: Mapping[str, str]
    """What the bytes may depend on besides."""
    result: Mapping[str, Any]
    """How it ended, and the sha256 of the weights at the start and the end and of all losses."""
    marks: Mapping[str, str]
    """Four letters of the hash of each of some losses: `train` by reports, `valid` by epochs."""

    @classmethod
    def of(cls, training: Any) -> Capsule:
        """Return the capsule of a training.

        Raises: ValueError: this training was made before there were capsules: train again
        """
        about, curve, path = training.about, training.curve, training.trajectory
        if "versions" not in about:
            raise ValueError("this training was made before there were capsules: train again")
        losses = [np.array(getattr(curve, name), float) for name in ("valid", "train", "step")]
        result = {
            "ended": training.ended,
            "start": about["start"],
            "end": hash_array(training.trained.params),
            "losses": hash_array(*losses, path.losses, path.path),
            "best": training.best,
            "last": training.last,
        }
        marks = {"train": mark_losses(curve.step, curve.train)}
        marks["valid"] = mark_losses(range(1, len(curve.valid) + 1), curve.valid)
        data, config = ({key: about[key] for key in keys} for keys in (DATA, CONFIG))
        return cls(data, config, about["versions"], make_strict(result), marks)

    def to_json(self) -> str:
        """Return the capsule as JSON.

        Raises: ValueError: a capsule has at most 4096 bytes, this one 5120: ...
        """
        words = {"optviz capsule": 1, **vars(self)}
        text = json.dumps(words, indent=1, sort_keys=True, allow_nan=False)
        if (size := len(text.encode())) > MOST_BYTES:
            way_out = "give the model fewer settings"
            raise ValueError(
                f"a capsule has at most {MOST_BYTES} bytes, this one {size}: {way_out}"
            )
        return text

    @classmethod
    def from_json(cls, text: str) -> Capsule:
        """Read what `to_json` wrote.

        Raises: RecordFileError: this is no capsule of a training, or not all of one
        """
        try:
            words = json.loads(text)
            if words.pop("optviz capsule") != 1:
                raise ValueError
            made = cls(**words)
            for keys, values in ((DATA, made.data), (CONFIG, made.config), (RESULT, made.result)):
                if {*keys} != {*values}:
                    raise ValueError
        except (ValueError, KeyError, TypeError, AttributeError):
            raise RecordFileError("this is no capsule of a training, or not all of one") from None
        return made

    def save(self, file: str | Path) -> Path:
        """Write the capsule as JSON, whole or not at all, and return its path."""
        path, text = Path(file), self.to_json()
        part = path.with_name(path.name + ".part")
        try:
            part.write_text(text)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
        return path

    @classmethod
    def load(cls, file: str | Path) -> Capsule:
        """Read the capsule that `save` wrote.

        Raises: RecordFileError: run.json: this is no capsule of a training, or not all of one
        """
        try:
            return cls.from_json(Path(file).read_text())
        except (RecordFileError, UnicodeDecodeError):
            words = "this is no capsule of a training, or not all of one"
            raise RecordFileError(f"{file}: {words}") from None


def mark_losses(places: Iterable[int], losses: Iterable[float]) -> str:
    """Return a few letters of the hash of losses by their step or epoch, of MARKS at most."""
    pairs = list(zip(places, losses, strict=True))
    few = pairs[:: max(1, -(-len(pairs) // MARKS))]
    marks = ((place, hashlib.sha256(np.float64(loss).tobytes()).hexdigest()) for place, loss in few)
    return ",".join(f"{place}:{mark[:4]}" for place, mark in marks)


def diff(first: Any, second: Any) -> Difference | None:
    """Return the first thing in which two capsules, trainings or files of capsules differ.

    In this order: data, model and settings, versions, weights at the start, the first loss of
    the steps and of the epochs that is marked, all losses, weights at the end. None where all is
    equal to the bit.
    """
    return next(find_differences(read_capsule(first), read_capsule(second)), None)


def find_differences(one: Capsule, two: Capsule) -> Iterator[Difference]:
    """Yield everything in which two capsules differ, causes before effects."""
    for name, mine, theirs in zip_fields(one, two):
        if mine != theirs:
            yield Difference(name, mine, theirs)


def zip_fields(one: Capsule, two: Capsule) -> Iterator[tuple[str, Any, Any]]:
    """Yield the name and the two values of each field of two capsules, causes before effects."""
    for name in DATA:
        yield name, one.data[name], two.data[name]
    for name in CONFIG:
        yield name, one.config[name], two.config[name]
    for name in sorted({*one.versions, *two.versions}):
        yield name, one.versions.get(name), two.versions.get(name)
    yield "start", one.result["start"], two.result["start"]
    yield from zip_marks(one, two)
    for name in RESULT:
        yield name, one.result[name], two.result[name]


def zip_marks(one: Capsule, two: Capsule) -> Iterator[tuple[str, Any, Any]]:
    """Yield the marks of the losses of two capsules, in the order in which they were taken."""
    for name, what in (("train", "step"), ("valid", "epoch")):
        marks = (
            (mark.partition(":") for mark in each.marks[name].split(",")) for each in (one, two)
        )
        first, second = ({place: loss for place, _, loss in each if place} for each in marks)
        for place in sorted({*first, *second}, key=int):
            yield f"the loss of {what} {place}", first.get(place), second.get(place)


def read_capsule(given: Any) -> Capsule:
    """Return a capsule, or that of a training or of a file.

    Raises: ValueError: a capsule is given as such, as a training or as a file, got 3
    """
    if isinstance(given, Capsule):
        return given
    if hasattr(given, "capsule"):
        return given.capsule()
    if isinstance(given, (str, Path)):
        return Capsule.load(given)
    raise ValueError(f"a capsule is given as such, as a training or as a file, got {given!r:.40}")
