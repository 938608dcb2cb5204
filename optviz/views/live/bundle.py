"""ES modules joined into one, since a page on disk can import no other file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from posixpath import dirname, join, normpath
from typing import NamedTuple

from optviz.views.live.squeeze import squeeze

IMPORT = re.compile(
    r'^import\s+(?:(?P<names>\{[^}]*\}|\*\s+as\s+\w+)\s+from\s+)?"(?P<path>[^"]+)";\n?',
    re.MULTILINE,
)
LISTED = re.compile(
    r'^export\s+\{(?P<names>[^}]*)\}(?:\s+from\s+"(?P<path>[^"]+)")?;\n?', re.MULTILINE
)
PLAIN = r"\w+ = [^,;(){}\[\]`\n]+"
SEVERAL = re.compile(rf"^export\s+const\s+({PLAIN}(?:, {PLAIN})+);", re.MULTILINE)
"""Several plain constants in one statement."""
DECLARED = re.compile(
    r"^export\s+(?=(?:const|class|(?:async\s+)?function\*?)\s+(\w+))", re.MULTILINE
)
REFUSED = re.compile(
    r"^\s*(?:import|export)\b(?!\s*=).*|\bimport\s*\(.*|\bimport\.meta.*", re.MULTILINE
)


class Module(NamedTuple):
    """A module as the joined text has it."""

    body: str
    """Its statements, without imports and exports."""
    imports: list[tuple[str, str]]
    """What it takes (names in braces, `* as name`, or nothing), and the module that has it."""
    exports: dict[str, str]
    """Its own name of each thing that it exports."""


def bundle_modules(
    entry: str, texts: Mapping[str, str] | None = None, *, exports: bool = False
) -> str:
    """Join a module and all that it imports into one text, each module's names kept apart.

    Modules are named by their paths within the package optviz; `texts` holds those that are no
    files, which stay readable; files lose their comments and blanks. With `exports` the text
    exports what the entry does.

    Raises: ValueError: views/live/a.js: cannot join `export default 3`
    """
    order = _order_modules(entry, texts or {})
    prefix = "mod"
    while any(re.search(rf"\b{prefix}\d", each.body) for each in order.values()):
        prefix += "_"
    places = {name: f"{prefix}{place}" for place, name in enumerate(order)}
    parts = [_write_module(name, order, places) for name in order]
    if exports and order[entry].exports:
        parts.append(f"export const {{ {', '.join(order[entry].exports)} }} = {places[entry]};\n")
    joined = "\n".join(parts)
    if re.search(r"</script|<!--", joined, re.IGNORECASE):
        raise ValueError(f"{entry}: a text that ends the page's script cannot be joined")
    return joined


def read_module(name: str) -> str:
    """Return the text of a file of the package."""
    return files("optviz").joinpath(name).read_text("utf-8")


def strip_module(text: str) -> str:
    """Return the text of a module without the lines that only comment, and without indents.

    A text within backticks that goes over lines keeps all of its module as it is.
    """
    if any(line.count("`") % 2 for line in text.split("\n")):
        return text
    plain = re.sub(r"^[ ]*/\*.*?\*/\n", "", text, flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"^(?:[ ]*//.*\n|[ ]+|\n)", "", plain, flags=re.MULTILINE)


def _order_modules(entry: str, texts: Mapping[str, str]) -> dict[str, Module]:
    """Return the modules by name, each after those that it imports."""
    order: dict[str, Module] = {}

    def visit(name: str, way: tuple[str, ...]) -> None:
        if name in way:
            raise ValueError(f"modules import each other in a circle: {' -> '.join((*way, name))}")
        if name not in order:
            if name in texts:
                found = parse_module(name, strip_module(texts[name]))
            else:
                found = _read_squeezed(name)
            for _, other in found.imports:
                visit(other, (*way, name))
            order[name] = found

    visit(entry, ())
    return order


@lru_cache(maxsize=256)
def _read_squeezed(name: str) -> Module:
    """Return a file of the package as a module, squeezed; it is the same for every page."""
    found = parse_module(name, read_module(name))
    return found._replace(body=squeeze(found.body).rstrip("\n"))


def parse_module(name: str, text: str) -> Module:
    """Tell the statements of a module from its imports and exports, which begin their lines."""
    imports: list[tuple[str, str]] = []
    exports: dict[str, str] = {}

    def take_import(found: re.Match) -> str:
        imports.append((found["names"] or "", normpath(join(dirname(name), found["path"]))))
        return ""

    def take_list(found: re.Match) -> str:
        pairs = [each.split(" as ") for each in map(str.strip, found["names"].split(",")) if each]
        exports.update({pair[-1].strip(): pair[0].strip() for pair in pairs})
        if found["path"]:
            take_import(found)
            names = ", ".join(pair[0].strip() for pair in pairs)
            imports[-1] = (f"{{ {names} }}", imports[-1][1])
        return ""

    def take_name(found: re.Match) -> str:
        exports[found[1]] = found[1]
        return ""

    for found in SEVERAL.finditer(text):
        exports.update({each: each for each in re.findall(r"(\w+) = ", found[1])})
    body = DECLARED.sub(take_name, LISTED.sub(take_list, IMPORT.sub(take_import, text)))
    if rest := REFUSED.search(body):
        raise ValueError(f"{name}: cannot join `{rest[0].strip()[:60]}`")
    return Module(body.strip("\n"), imports, exports)


def _write_module(name: str, order: Mapping[str, Module], places: Mapping[str, str]) -> str:
    """Write a module as the call of a function that returns its exports."""
    module = order[name]
    head = "".join(_write_import(name, *each, order, places) for each in module.imports)
    out = [key if key == own else f"{key}: {own}" for key, own in module.exports.items()]
    back = f"return{{{','.join(out)}}};\n" if out else ""
    return f"const {places[name]} = (() => {{\n{head}{module.body}\n{back}}})();\n"


def _write_import(
    name: str, names: str, other: str, order: Mapping[str, Module], places: Mapping[str, str]
) -> str:
    """Write what takes names of another module."""
    if not names:
        return ""
    if names.startswith("*"):
        return f"const {names.split()[-1]} = {places[other]};\n"
    pairs = [each.split(" as ") for each in map(str.strip, names.strip("{}").split(",")) if each]
    for asked in (pair[0].strip() for pair in pairs):
        if asked not in order[other].exports:
            raise ValueError(f"{name}: {other} exports no {asked}")
    taken = ",".join(":".join(map(str.strip, pair)) for pair in pairs)
    return f"const{{{taken}}}={places[other]};\n"
