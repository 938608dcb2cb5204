"""The public names of the package, read from `__all__`, signatures, docstrings and source."""

from __future__ import annotations

import ast
import inspect
import sys
from dataclasses import MISSING, dataclass, fields, is_dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import optviz

PRIVATE_ROOMS = ("optviz.site",)
"""Packages that only the project itself has a use for."""


class Member(NamedTuple):
    """A method, a property or a field of a class."""

    name: str
    kind: str
    """method, property or field."""
    signature: str
    text: str
    """Its docstring."""


@dataclass(frozen=True)
class Entry:
    """A public name: where it is told, what it is, how it is called, what its docstring says."""

    name: str
    package: str
    kind: str
    """class, function, module or data."""
    signature: str
    text: str
    members: tuple[Member, ...] = ()
    same_as: str = ""
    """The address where it is told, for one that another package has too."""

    @property
    def href(self) -> str:
        """The address of the name."""
        return self.same_as or f"/api/{self.package}.html#{self.name}"


class Package(NamedTuple):
    """A package with its docstring and its public names."""

    name: str
    text: str
    entries: tuple[Entry, ...]


def list_packages() -> list[str]:
    """Return the packages that have public names, the whole one first."""
    folder = Path(optviz.__path__[0])
    found = sorted(each.parent.relative_to(folder.parent) for each in folder.rglob("__init__.py"))
    names = [".".join(each.parts) for each in found]
    return [each for each in names if each not in PRIVATE_ROOMS and _declares_names(each)]


def _declares_names(package: str) -> bool:
    """Return True for a package whose text has `__all__`; it need not be imported for that."""
    return "__all__" in (_read_source(package) or "")


@cache
def _read_source(module: str) -> str | None:
    """Return the text of a module without importing it."""
    folder = optviz.__path__[0]
    path = module.replace("optviz", folder, 1).replace(".", "/")
    for file in (f"{path}/__init__.py", f"{path}.py"):
        try:
            with open(file, encoding="utf-8") as text:
                return text.read()
        except OSError:
            continue
    return None


def read_packages(names: list[str]) -> list[Package]:
    """Return the packages of some names; a name that two have is told in the first.

    A package or a name that needs what is not installed is left out.
    """
    told: dict[int, str] = {}
    out = []
    for name in names:
        try:
            package = import_module(name)
        except ImportError:
            continue
        entries = []
        for each in package.__all__:
            try:
                value = getattr(package, each)
            except ImportError:
                continue
            entry = read_entry(each, value, name, told.get(id(value), ""))
            told.setdefault(id(value), entry.href)
            entries.append(entry)
        out.append(Package(name, inspect.getdoc(package) or "", tuple(entries)))
    return out


def read_entry(name: str, value: Any, package: str, same_as: str = "") -> Entry:
    """Return all that is to be told of a public name."""
    if inspect.isclass(value):
        text, members = _read_own_docstring(value), tuple(read_members(value))
        return Entry(name, package, "class", sign_class(name, value), text, members, same_as)
    if inspect.ismodule(value):
        return Entry(name, package, "module", "", inspect.getdoc(value) or "", (), same_as)
    if callable(value):
        text = inspect.getdoc(value) or ""
        return Entry(name, package, "function", sign(name, value), text, (), same_as)
    return Entry(name, package, "data", f"{name}: {describe_value(value)}", read_data(name, value))


def _read_own_docstring(kind: type) -> str:
    """Return the docstring of a class, not what a dataclass or a base puts in its place."""
    text = inspect.cleandoc(kind.__doc__ or "")
    return "" if text.startswith(f"{kind.__name__}(") else text


def sign_class(name: str, kind: type) -> str:
    """Return how a class is called; nothing where its own signature says nothing."""
    try:
        return sign(name, kind).removesuffix(" -> None")
    except (ValueError, TypeError):
        return name


def sign(name: str, value: Any, skip: int = 0) -> str:
    """Return a signature as one writes it: on one line, or a line a parameter."""
    signature = inspect.signature(value)
    words, seen_star = [], False
    parameters = list(signature.parameters.values())[skip:]
    for place, each in enumerate(parameters):
        if each.kind is each.KEYWORD_ONLY and not seen_star:
            words.append("*")
        seen_star |= each.kind in (each.KEYWORD_ONLY, each.VAR_POSITIONAL)
        words.append(_write_parameter(each))
        later = parameters[place + 1 : place + 2]
        is_last = not later or later[0].kind is not each.POSITIONAL_ONLY
        if each.kind is each.POSITIONAL_ONLY and is_last:
            words.append("/")
    back = _write_annotation(signature.return_annotation)
    tail = f" -> {back}" if back else ""
    line = f"{name}({', '.join(words)}){tail}"
    if len(line) <= 88:
        return line
    return "\n".join([f"{name}(", *(f"    {each}," for each in words), f"){tail}"])


def _write_parameter(each: inspect.Parameter) -> str:
    stars = {each.VAR_POSITIONAL: "*", each.VAR_KEYWORD: "**"}.get(each.kind, "")
    kind = _write_annotation(each.annotation)
    text = f"{stars}{each.name}{f': {kind}' if kind else ''}"
    if each.default is each.empty:
        return text
    return f"{text}{' = ' if kind else '='}{write_default(each.default)}"


def _write_annotation(annotation: Any) -> str:
    if annotation is inspect.Signature.empty:
        return ""
    return annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)


def write_default(value: Any) -> str:
    """Return a default as one types it, or ... where that says nothing."""
    if inspect.isclass(value) or inspect.isroutine(value):
        return value.__name__
    text = repr(value)
    return "..." if " at 0x" in text or text.startswith("<") or len(text) > 60 else text


def describe_value(value: Any) -> str:
    """Return the kind of a value, and how many it holds."""
    kind = type(value).__name__
    return f"{kind} of {len(value)}" if isinstance(value, (dict, tuple, list, set)) else kind


def read_members(kind: type) -> list[Member]:
    """Return the fields, properties and methods of a class that have something to say."""
    notes = _read_notes_of_class(kind)
    out = [*_read_fields(kind, notes)]
    known = {each.name for each in out}
    for name, value in vars(kind).items():
        if name.startswith("_") or name in known:
            continue
        inner = getattr(value, "__func__", value)
        if isinstance(value, property) or type(value).__name__ == "cached_property":
            back = _find_return(value)
            signature = f"{name}: {back}" if back else name
            out.append(Member(name, "property", signature, inspect.getdoc(value) or ""))
        elif inspect.isfunction(inner):
            skip = 0 if isinstance(value, staticmethod) else 1
            text = inspect.getdoc(inner) or inspect.getdoc(getattr(kind, name)) or ""
            out.append(Member(name, "method", sign(name, inner, skip), text))
    return out


def _find_return(value: Any) -> str:
    """Return what a property gives, as its text says."""
    inner = getattr(value, "fget", None) or getattr(value, "func", None)
    return _write_annotation(inspect.signature(inner).return_annotation) if inner else ""


def _read_fields(kind: type, notes: dict[str, str]) -> list[Member]:
    """Return the fields of a record, with the string below each as its docstring."""
    if is_dataclass(kind):
        pairs = [
            (each.name, each.type, each.default, each.metadata.get("label", ""))
            for each in fields(kind)
            if each.init and not each.name.startswith("_")
        ]
    elif issubclass(kind, tuple) and hasattr(kind, "_fields"):
        types = getattr(kind, "__annotations__", {})
        defaults = getattr(kind, "_field_defaults", {})
        pairs = [(n, types.get(n, ""), defaults.get(n, MISSING), "") for n in kind._fields]  # type: ignore[attr-defined]
    else:
        return []
    return [
        Member(name, "field", _write_field(name, kind, default), notes.get(name, label))
        for name, kind, default, label in pairs
    ]


def _write_field(name: str, kind: Any, default: Any) -> str:
    """Return a field as a record declares it."""
    typed = getattr(kind, "__forward_arg__", None) or _write_annotation(kind)
    return f"{name}: {typed}" + ("" if default is MISSING else f" = {write_default(default)}")


def _read_notes_of_class(kind: type) -> dict[str, str]:
    tree = _parse(kind.__module__)
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.ClassDef) and node.name == kind.__name__:
            return read_notes(node)
    return {}


@cache
def _parse(module: str) -> ast.Module | None:
    source = _read_source(module)
    return None if source is None else ast.parse(source)


def read_notes(tree: ast.Module | ast.ClassDef) -> dict[str, str]:
    """Return the string below each assignment of a module or a class: what it documents."""
    notes: dict[str, str] = {}
    for node, after in zip(tree.body, tree.body[1:], strict=False):
        is_text = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
        if not (is_text and isinstance(after.value.value, str)):  # type: ignore[union-attr]
            continue
        targets = [node.target] if isinstance(node, ast.AnnAssign) else getattr(node, "targets", [])
        for target in targets:
            if isinstance(target, ast.Name):
                notes[target.id] = inspect.cleandoc(after.value.value)  # type: ignore[union-attr]
    return notes


def read_data(name: str, value: Any) -> str:
    """Return the docstring of a constant: the string below it, in the module that makes it."""
    for module_name, module in sorted(sys.modules.items()):
        if not module_name.startswith("optviz.") or not isinstance(module, ModuleType):
            continue
        tree = _parse(module_name) if vars(module).get(name) is value else None
        if tree and (note := read_notes(tree).get(name)):
            return note
    return ""


def read_addresses(packages: list[Package]) -> dict[str, str]:
    """Return the address of every name, also with its package and as a member of its class."""
    out: dict[str, str] = {}
    for package in packages:
        inner = package.name.removeprefix("optviz").removeprefix(".")
        if inner:
            out.setdefault(inner, f"/api/{package.name}.html")
        for entry in package.entries:
            out.setdefault(entry.name, entry.href)
            out[f"{inner}.{entry.name}"] = entry.href
            if not entry.same_as:
                for each in entry.members:
                    out.setdefault(f"{entry.name}.{each.name}", f"{entry.href}.{each.name}")
    return out
