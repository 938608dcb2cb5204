"""The record behind every kind of experiment: a link, JSON, and back."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields, replace
from functools import partial
from hashlib import sha256
from typing import Any, ClassVar, Self
from urllib.parse import parse_qsl, quote

from optviz.experiments.limits import (
    LIMITS,
    check_count,
    check_length,
    format_field,
    normalize_rule,
)
from optviz.specs import OptimizerSpec, parse_number, parse_spec

Fields = dict[str, Any]
Texts = dict[str, list[str]]
"""The texts that a link gives for each key or field."""


@dataclass(frozen=True)
class Record:
    """A frozen experiment: its optimizers, its seed, and its way into text."""

    rules: tuple[str, ...] = ()
    """The optimizers as texts that `specs.parse_spec` reads, each in its one spelling."""
    seed: int = 0

    lists: ClassVar[dict[str, str]] = {"rules": "rule"}
    """Fields that a link repeats, an item at a time, and their key there."""
    commas: ClassVar[tuple[str, ...]] = ()
    """Fields whose items a link separates by commas."""
    added: ClassVar[tuple[str, ...]] = ()
    """Fields that came later: the JSON leaves them out at their default, so that what was saved
    under the JSON from before is found."""
    migrations: ClassVar[dict[int, Callable[[Fields], Fields]]] = {}
    """From each version but the last: its fields (or a link's texts) to those of the next."""
    parsers: ClassVar[dict[str, Callable[[str], Any]]] = {
        "rules": normalize_rule,
        "seed": partial(parse_number, "seed"),
    }
    """The reader of a link's text for each field, or an item of it; in the order of the fields."""

    def __post_init__(self):
        if not 1 <= len(self.rules) <= LIMITS["rules"]:
            most, count = LIMITS["rules"], len(self.rules)
            raise ValueError(f"an experiment has 1 to {most} rules, got {count}")
        self._set(rules=tuple(map(normalize_rule, check_length("rules", self.rules))))
        self._set(seed=check_count("seed", self.seed, low=0))

    def _set(self, **changes: Any) -> None:
        for name, value in changes.items():
            object.__setattr__(self, name, value)

    @property
    def entries(self) -> list[OptimizerSpec]:
        """The optimizers, including those that are switched off."""
        return [parse_spec(text) for text in self.rules]

    @classmethod
    def version(cls) -> int:
        """Return the version that is written now; earlier ones can be read too."""
        return 1 + len(cls.migrations)

    @classmethod
    def migrate(cls, record: Fields, version: int) -> Fields:
        """Return the fields of a record of an earlier version as this version has them."""
        for each in range(version, cls.version()):
            record = cls.migrations[each](record)
        return record

    def to_json(self) -> str:
        """Return the canonical JSON: the identity of the experiment."""
        record = {"kind": type(self).__name__, "version": self.version(), **asdict(self)}
        for spec in fields(self):
            if spec.name in self.added and record[spec.name] == spec.default:
                del record[spec.name]
        return json.dumps(record, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote, in this version or an earlier one.

        Raises: ValueError: not an experiment: ...
        """
        try:
            record = dict(json.loads(text))
        except (TypeError, ValueError, RecursionError):
            raise ValueError("not an experiment: the text is not a JSON object") from None
        kind, version = record.pop("kind", None), record.pop("version", None)
        if kind != cls.__name__ or version not in range(1, cls.version() + 1):
            known = f"{cls.__name__} of version 1 to {cls.version()}"
            raise ValueError(f"not an experiment, {known}: {kind!r:.40} {version!r:.40}")
        record = cls.migrate(record, version)
        if extra := set(record) - {spec.name for spec in fields(cls)}:
            raise ValueError(f"not an experiment: unknown field {min(extra)!r:.40}")
        try:
            return cls(**{key: freeze_lists(value) for key, value in record.items()})
        except (TypeError, AttributeError, OverflowError) as error:
            raise ValueError(f"not an experiment: a field is of the wrong kind ({error})") from None

    @property
    def key(self) -> str:
        """A short name, from the canonical JSON."""
        return sha256(self.to_json().encode()).hexdigest()[:16]

    def to_query(self) -> str:
        """Return the link's part after the question mark; defaults are left out."""
        pairs: list[tuple[str, str]] = []
        for spec in fields(self):
            value = getattr(self, spec.name)
            if spec.name in self.lists:
                pairs += [(self.lists[spec.name], format_field(each)) for each in value]
            elif value != spec.default:
                pairs.append((spec.name, format_field(value)))
        if pairs and self.version() > 1:
            pairs.append(("v", str(self.version())))
        return "&".join(f"{key}={quote(text, safe=':,=()*/^-._@')}" for key, text in pairs)

    @classmethod
    def from_query(cls, query: str) -> tuple[Self, list[str]]:
        """Read a link; return the experiment and a sentence for each part that is wrong.

        A wrong part keeps its default; of a list only the wrong item is left out. A link of an
        earlier version means what it meant then; of a later one, what this version knows of it.
        """
        sentences: list[str] = []
        given: Texts = {}
        for key, text in read_pairs(query, sentences):
            given.setdefault(key, []).append(text)
        version = cls._read_version(given.pop("v", ["1"])[-1], sentences)
        names = {key: name for name, key in cls.lists.items()}
        texts = cls.migrate({names.get(key, key): each for key, each in given.items()}, version)
        for name in cls.commas:
            if texts.get(name):
                texts[name] = texts[name][-1].split(",")
        try:
            experiment = cls._read_at_once(texts)
        except ValueError:
            experiment = cls._read_by_field(texts, sentences)
        unknown = (key for key in texts if key not in cls.parsers)
        add_sentences(sentences, *(f'the link has an unknown part "{key[:40]}"' for key in unknown))
        return experiment._settle(given, sentences), sentences

    def _settle(self, given: Texts, sentences: list[str]) -> Self:
        """Return the experiment of a link with what follows from the link's texts as a whole."""
        return self

    @classmethod
    def _read_at_once(cls, texts: Texts) -> Self:
        """Return the experiment of texts that are all right; raise ValueError for any other."""
        values: Fields = {}
        for name, parse in cls.parsers.items():
            if each := texts.get(name):
                items = name in cls.lists or name in cls.commas
                values[name] = tuple(map(parse, each)) if items else parse(each[-1])
        return cls(**values)

    @classmethod
    def _read_by_field(cls, texts: Texts, sentences: list[str]) -> Self:
        """Return the experiment of the texts that are right, and a sentence for each other."""
        experiment = cls()
        # In the order of the fields: a problem comes before the parameters that it must have.
        for name, parse in cls.parsers.items():
            is_list = name in cls.lists or name in cls.commas
            value: Any = ()
            for text in texts.get(name, [])[0 if is_list else -1 :]:
                try:
                    longer = (*value, parse(text)) if is_list else parse(text)
                    experiment = replace(experiment, **{name: longer})
                    value = longer
                except ValueError as error:
                    add_sentences(sentences, str(error))
        return experiment

    @classmethod
    def _read_version(cls, text: str, sentences: list[str]) -> int:
        """Return the version of a link as far as this one can read it."""
        if text in map(str, range(1, cls.version() + 1)):
            return int(text)
        why = f'a link has a version from 1 to {cls.version()}, got "{text[:40]}"'
        if text.isdecimal() and text.strip("0"):
            why = f"the link is of version {text[:9]}, newer than this optviz reads "
            why += f"({cls.version()}): parts of it may be missing"
        add_sentences(sentences, why)
        return cls.version()


def read_pairs(query: str, sentences: list[str]) -> list[tuple[str, str]]:
    """Return the keys and texts of a link in order, as far as a link may be long."""
    query, most = query.lstrip("?"), LIMITS["link"]
    if len(query) > most:
        add_sentences(sentences, f"the link is longer than {most} characters: its end was not read")
        query = query[:most].rpartition("&")[0]
    # A plus is one: `to_query` writes a blank as %20, and a formula typed into a link has both.
    pairs = parse_qsl(query.replace("+", "%2B"), keep_blank_values=True)
    if len(pairs) > (most := LIMITS["parts"]):
        add_sentences(sentences, f"the link has more than {most} parts: its end was not read")
    return pairs[: LIMITS["parts"]]


def add_sentences(sentences: list[str], *new: str) -> None:
    """Add sentences, each once and cut to a readable length."""
    for each in new:
        short = each if len(each) <= 240 else f"{each[:239]}…"
        if short not in sentences:
            sentences.append(short)


def freeze_lists(value: Any) -> Any:
    """Return JSON's lists as tuples."""
    return tuple(map(freeze_lists, value)) if isinstance(value, list) else value
