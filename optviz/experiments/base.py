"""A frozen record of what a person asked for, and its way into a link and JSON and back."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, fields, replace
from hashlib import sha256
from typing import Any, ClassVar
from urllib.parse import parse_qsl, quote

from optviz.experiments.limits import MOST, canonical, count, deep_tuple, few, spell_field
from optviz.specs import Entry, number, parse_entry

Fields = dict[str, Any]


@dataclass(frozen=True)
class Record:
    """What both kinds of experiment share: their rules, their seed, and their way into text."""

    rules: tuple[str, ...] = ()
    """Each optimizer as `specs.parse_entry` reads it, kept in the canonical spelling."""
    seed: int = 0

    lists: ClassVar[dict[str, str]] = {"rules": "rule"}
    """Fields that a link repeats, an item at a time, and their key there."""
    commas: ClassVar[tuple[str, ...]] = ()
    """Fields whose items a link separates by commas."""
    migrations: ClassVar[dict[int, Callable[[Fields], Fields]]] = {}
    """From each version but the last: its fields (or a link's texts) to those of the next."""

    def __post_init__(self):
        if not 1 <= len(self.rules) <= MOST["rules"]:
            raise ValueError(f"an experiment has 1 to {MOST['rules']} rules, got {len(self.rules)}")
        self._set(rules=tuple(canonical(text) for text in few("rules", self.rules)))
        self._set(seed=count("seed", self.seed, low=0))

    def _set(self, **changes: Any) -> None:
        for name, value in changes.items():
            object.__setattr__(self, name, value)

    @property
    def entries(self) -> list[Entry]:
        """The optimizers, those switched off among them."""
        return [parse_entry(text) for text in self.rules]

    @classmethod
    def version(cls) -> int:
        """The version that is written now; a record of an earlier one is read too."""
        return 1 + len(cls.migrations)

    # -- JSON ------------------------------------------------------------------------------

    def to_json(self) -> str:
        """The canonical JSON: the identity of the experiment and the key of every cache."""
        record = {"kind": type(self).__name__, "version": self.version(), **asdict(self)}
        return json.dumps(record, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Any:
        """The experiment that `to_json` wrote, of this version or an earlier one.

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
        record = cls.migrated(record, version)
        if extra := set(record) - {spec.name for spec in fields(cls)}:
            raise ValueError(f"not an experiment: unknown field {min(extra)!r:.40}")
        try:
            return cls(**{key: deep_tuple(value) for key, value in record.items()})
        except (TypeError, AttributeError, OverflowError) as error:
            raise ValueError(f"not an experiment: a field is of the wrong kind ({error})") from None

    @classmethod
    def migrated(cls, record: Fields, version: int) -> Fields:
        """The fields of a record of an earlier version as this version has them."""
        for each in range(version, cls.version()):
            record = cls.migrations[each](record)
        return record

    @property
    def key(self) -> str:
        """A short name for caches, from the canonical JSON."""
        return sha256(self.to_json().encode()).hexdigest()[:16]

    # -- links -----------------------------------------------------------------------------

    def to_query(self) -> str:
        """The link's part after the question mark; what is at its default is left out."""
        pairs: list[tuple[str, str]] = []
        for spec in fields(self):
            value = getattr(self, spec.name)
            if spec.name in self.lists:
                pairs += [(self.lists[spec.name], spell_field(each)) for each in value]
            elif value != spec.default:
                pairs.append((spec.name, spell_field(value)))
        if pairs and self.version() > 1:
            pairs.append(("v", str(self.version())))
        return "&".join(f"{key}={quote(text, safe=':,=()*/^-._@')}" for key, text in pairs)

    @classmethod
    def from_query(cls, query: str) -> tuple[Any, list[str]]:
        """The experiment of a link, and a sentence for each part that was not understood.

        Such a part is left at its default, of a list the one item. A link of an earlier version
        means what it meant then; of a later one, what this version knows of it.
        """
        sentences: list[str] = []
        given = parts_of(query, sentences)
        version = cls.version_of(given.pop("v", ["1"])[-1], sentences)
        names = {key: name for name, key in cls.lists.items()}
        given = cls.migrated({names.get(key, key): each for key, each in given.items()}, version)
        experiment = cls()
        # In the order of the fields: a problem comes before the parameters that it must have.
        for name, parse in cls.parsers().items():
            texts = given.pop(name, [])
            if name in cls.commas and texts:
                texts = texts[-1].split(",")
            if name in (*cls.lists, *cls.commas):
                experiment = with_items(experiment, name, texts, parse, sentences)
            elif texts:
                experiment = with_field(experiment, name, texts[-1], parse, sentences)
        note(sentences, *(f'the link has an unknown part "{key[:40]}"' for key in given))
        return experiment, sentences

    @classmethod
    def version_of(cls, text: str, sentences: list[str]) -> int:
        """The version of a link as far as this one can read it."""
        if text in map(str, range(1, cls.version() + 1)):
            return int(text)
        newer = text.isdecimal() and text.strip("0")
        note(
            sentences,
            f"the link is of version {text[:9]}, newer than this optviz reads "
            f"({cls.version()}): parts of it may be missing"
            if newer
            else f'a link has a version from 1 to {cls.version()}, got "{text[:40]}"',
        )
        return cls.version()

    @classmethod
    def parsers(cls) -> dict[str, Callable[[str], Any]]:
        """How a link's text becomes each field, or an item of it."""
        return {"rules": canonical, "seed": lambda text: number("seed", text)}


def parts_of(query: str, sentences: list[str]) -> dict[str, list[str]]:
    """The texts of each key of a link, as far as a link may be long."""
    given: dict[str, list[str]] = {}
    for key, text in pairs_of(query, sentences):
        given.setdefault(key, []).append(text)
    return given


def pairs_of(query: str, sentences: list[str]) -> list[tuple[str, str]]:
    """The keys and texts of a link in order, as far as a link may be long."""
    query, most = query.lstrip("?"), MOST["link"]
    if len(query) > most:
        note(sentences, f"the link is longer than {most} characters: its end was not read")
        query = query[:most].rpartition("&")[0]
    pairs = parse_qsl(query, keep_blank_values=True)
    if len(pairs) > MOST["parts"]:
        note(sentences, f"the link has more than {MOST['parts']} parts: its end was not read")
    return pairs[: MOST["parts"]]


def with_field(
    experiment: Any, name: str, text: str, parse: Callable[[str], Any], sentences: list[str]
) -> Any:
    """The experiment with a field that a text spells; as it was, and a sentence, if it does not."""
    try:
        return replace(experiment, **{name: parse(text)})
    except ValueError as error:
        note(sentences, str(error))
        return experiment


def with_items(
    experiment: Any,
    name: str,
    texts: Iterable[str],
    parse: Callable[[str], Any],
    sentences: list[str],
) -> Any:
    """The experiment with those items of a list that it can have; a sentence for each other."""
    kept: tuple[Any, ...] = ()
    for text in texts:
        try:
            item = parse(text)
            experiment = replace(experiment, **{name: (*kept, item)})
            kept = (*kept, item)
        except ValueError as error:
            note(sentences, str(error))
    return experiment


def note(sentences: list[str], *new: str) -> None:
    """Add sentences, each once and no longer than a person reads."""
    for each in new:
        short = each if len(each) <= 240 else f"{each[:239]}…"
        if short not in sentences:
            sentences.append(short)
