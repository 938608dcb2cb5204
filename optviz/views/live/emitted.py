"""The emitted modules of a page as texts for the bundler: what many have stands there once."""

from __future__ import annotations

import re
from collections.abc import Mapping

FOLDER = "views/live/emitted"
RULE = re.compile(
    r"(?P<helpers>.*?)export const settings = (?P<settings>{[^}]*});\n\n"
    r"export (?P<init>function init\(.*?\n})\n\nexport (?P<update>function update\(.*\n})\s*",
    re.DOTALL,
)
"""A rule's module, see optviz/javascript/rule_module.py."""


def join_emitted(modules: Mapping[str, str]) -> dict[str, str]:
    """Return the texts of modules for the bundler, by their names.

    That of views/live/emitted.js exports `modules`, the given ones by their keys. The variants of a
    rule differ in `update`: those with the same helpers become one module, in which each `init`
    stands once.
    """
    groups: dict[str, dict[str, re.Match]] = {}
    texts, imports, entries = {}, [], []
    for key, text in modules.items():
        if found := RULE.fullmatch(text):
            helpers = re.sub(r"^//.*\n", "", found["helpers"], flags=re.MULTILINE)
            groups.setdefault(helpers, {})[key] = found
        else:
            texts[f"{FOLDER}/{key}.js"] = text
            imports.append(f'import * as own_{key} from "./emitted/{key}.js";')
            entries.append(f'"{key}": own_{key}')
    for place, (helpers, rules) in enumerate(groups.items()):
        texts[f"{FOLDER}/rules{place}.js"] = write_rules(helpers, rules)
        imports.append(f'import {{ rules as rules{place} }} from "./emitted/rules{place}.js";')
        entries.append(f"...rules{place}")
    texts[f"{FOLDER}.js"] = "\n".join(
        [*imports, f"export const modules = {{ {', '.join(entries)} }};", ""]
    )
    return texts


def write_rules(helpers: str, rules: Mapping[str, re.Match]) -> str:
    """Write a module that exports some rules by their keys, and has what they share once."""
    starts: dict[str, str] = {}
    entries = []
    for key, found in rules.items():
        start = starts.setdefault(found["init"], f"start{len(starts)}")
        own = f"settings: {found['settings']}, init: {start}, update: {found['update']}"
        entries.append(f'"{key}": {{ {own} }}')
    shared = "".join(f"const {name} = {text};\n" for text, name in starts.items())
    table = "".join(f"{each},\n" for each in entries)
    return f"{helpers}{shared}export const rules = {{\n{table}}};\n"
