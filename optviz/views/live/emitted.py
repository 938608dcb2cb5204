"""The emitted modules of a page as texts for the bundler: what many have stands there once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

FOLDER = "views/live/emitted"
RULE = re.compile(
    r"(?P<helpers>.*?)export const settings = (?P<settings>{[^}]*});\n\n"
    r"export (?P<init>function init\(.*?\n})\n\nexport (?P<update>function update\(.*\n})\s*",
    re.DOTALL,
)
"""A rule's module, see optviz/javascript/rule_module.py."""
CLIMB = """const climb = (rule) => ({
  ...rule,
  update: (params, grad, ...rest) => rule.update(params, grad.map((each) => -each), ...rest),
});"""
"""What makes of a rule the one that climbs, as `Maximize` does: half of all modules are such."""


def join_emitted(modules: Mapping[str, str]) -> dict[str, str]:
    """Return the texts of modules for the bundler, by their names.

    That of views/live/emitted.js exports `modules`, the given ones by their keys. The variants of a
    rule differ in `update`: those with the same helpers become one module, in which each `init`
    stands once.
    """
    groups: dict[str, dict[str, re.Match]] = {}
    texts, imports, entries = {}, [], []
    climbs = find_climbs(modules)
    for key, text in modules.items():
        if key in climbs:
            continue
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
    up = ", ".join(f'"{key}": climb(plain["{base}"])' for key, base in climbs.items())
    lines = [*imports, CLIMB, f"const plain = {{ {', '.join(entries)} }};"]
    texts[f"{FOLDER}.js"] = "\n".join([*lines, f"export const modules = {{ ...plain, {up} }};", ""])
    return texts


def find_climbs(modules: Mapping[str, str]) -> dict[str, str]:
    """Return the key of the rule that descends, for each rule that climbs as that one descends."""
    rules = {key: found for key, text in modules.items() if (found := RULE.fullmatch(text))}
    plain: dict[Any, str] = {sign_rule(each): key for key, each in rules.items()}
    turned = {key: plain.get(turn_rule(each)) for key, each in rules.items()}
    return {key: base for key, base in turned.items() if base}


def sign_rule(found: re.Match) -> tuple[str, str, str]:
    """Return all that a rule's module is, but for its helpers."""
    return found["settings"], found["init"], found["update"]


def turn_rule(found: re.Match) -> tuple[str, str, str] | None:
    """Return what would be the module of a rule that climbs, if it descended; None for others."""
    turned = "    const grad_ = -grad[i];\n"
    settings, init, update = sign_rule(found)
    if turned not in update:
        return None
    update = re.sub(r"\bgrad_\b", "grad[i]", update.replace(turned, ""))
    update = re.sub(r"\bgrad__\b", "grad_", update)
    return settings, init, update.replace("(grad[i] * grad[i])", "square(grad[i])")


def write_rules(helpers: str, rules: Mapping[str, re.Match]) -> str:
    """Write a module that exports some rules by their keys, and has what they share once."""
    starts: dict[str, str] = {}
    entries = []
    for key, found in rules.items():
        start = starts.setdefault(found["init"], f"start{len(starts)}")
        update = found["update"].removeprefix("function ")  # a method, which says it in less
        own = f"settings: {found['settings']}, init: {start}, {update}"
        entries.append(f'"{key}": {{ {own} }}')
    shared = "".join(f"const {name} = {text};\n" for text, name in starts.items())
    table = "".join(f"{each},\n" for each in entries)
    return f"{helpers}{shared}export const rules = {{\n{table}}};\n"
