"""The optimizer cards of a page: one card an optimizer, drawn from its metadata."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import Field, fields
from typing import Any, NamedTuple

import dash_mantine_components as dmc
from dash import html

from optviz.rules import RULES
from optviz.schedules import SCHEDULES
from optviz.views.drawing.colors import Style, style_of
from optviz_app.components.fields import Scale, aria, select, slider_row, small_field, swatch, term
from optviz_app.components.optimizer_cards.state import Card, make_card

RULE_TITLES = {name: each.__name__ for name, each in RULES.items()}
SCHEDULE_TITLES = {name: name for name in SCHEDULES} | {"constant": "constant lr"}
DECAY_WORDS = {"none": "weight decay", "l2": "L2", "wd": "decoupled"}
SETTING_LABELS = {
    "steps": ("length", "steps; empty: the whole run"),
    "every": ("every", "steps"),
    "factor": ("times", "factor"),
    "start": ("from", "fraction of lr"),
    "end": ("to", "fraction of lr"),
    "peak": ("peak at", "fraction of the steps"),
    "three_phase": ("three phases", ""),
    "cycle_momentum": ("cycle beta1", ""),
    "base_momentum": ("lowest beta1", "where lr is highest"),
    "max_momentum": ("highest beta1", "at first and at last"),
}
FEW = 2
"""With more optimizers than this the cards open folded, so that they fit a screen."""


class Place(NamedTuple):
    """A card's place: its page and its number."""

    owner: str
    index: int

    @property
    def title(self) -> str:
        """The card's name for screen readers."""
        return f"{'fork' if self.owner == 'forks' else 'optimizer'} {self.index + 1}"

    def id(self, role: str, field: str = "") -> dict[str, Any]:
        """Return the id of one of the card's controls."""
        return {"role": role, "owner": self.owner, "card": self.index, "field": field}


def panel(owner: str, rules: list[str]) -> Any:
    """Build the cards of a page's optimizers, and the button that adds one."""
    title = dmc.Title("Optimizers", order=2, className="section")
    add = dmc.Button("Add optimizer", id=f"{owner}-add", size="compact-xs", variant="default")
    heading = dmc.Group([title, add], justify="space-between")
    return dmc.Stack([heading, html.Div(cards(owner, rules), id=f"{owner}-cards")], gap="xs")


def cards(
    owner: str, rules: Sequence[str], styles: Sequence[Style] | None = None, alone: bool = True
) -> list[Any]:
    """Build a card for each optimizer; the only one cannot be removed where it stands `alone`."""
    contents = [make_card(text) for text in rules]
    styles = styles or choose_styles(contents)
    folded = len(rules) > FEW
    return [
        optimizer_card(Place(owner, index), card, style, folded, alone and len(rules) == 1)
        for index, (card, style) in enumerate(zip(contents, styles, strict=True))
    ]


def choose_styles(contents: list[Card]) -> list[Style]:
    """Return each card's style: that of its run in the pictures, which draw those that are on."""
    drawn = iter(style_of([card["rule"] for card in contents if card["on"]]))
    return [next(drawn) if card["on"] else style_of([card["rule"]])[0] for card in contents]


def optimizer_card(place: Place, card: Card, style: Style, folded: bool, alone: bool) -> Any:
    """Build the controls of one optimizer: rule and lr, and what can be folded away."""
    hypers = fields(RULES[card["rule"]])  # type: ignore[arg-type]
    hypers = sorted(hypers, key=lambda each: isinstance(each.default, bool))  # numbers, switches
    rows = [hyper_row(place, each, card["fields"][each.name]) for each in hypers]
    link: Any = {"type": "button", "className": "link", **aria(f"how {place.title} works")}
    how = html.Button("How it works", id=place.id("source"), **link)
    more = [html.Div(rows[1:], className="hypers"), extras(place, card), how]
    fold = html.Div(more, id=place.id("fold"), className="folding", hidden=folded)
    return dmc.Card(
        [head(place, card, style, folded, alone), rows[0], fold],
        withBorder=True,
        padding="xs",
        radius="md",
        className="optimizer" if card["on"] else "optimizer off",
        style={"borderLeftColor": style.color},
    )


def head(place: Place, card: Card, style: Style, folded: bool, alone: bool) -> Any:
    """Build the line that names an optimizer, with its switch and its buttons."""
    switch = dmc.Switch(
        id=place.id("on"),
        checked=card["on"],
        size="xs",
        label="on",
        labelPosition="left",
        wrapperProps={"title": "draw this optimizer"},
    )
    more = html.Button(
        html.Span(className="icon more"),
        id=place.id("more"),
        type="button",
        className="fold",
        title="all settings",
        **aria(f"all settings of {place.title}"),
        **aria("false" if folded else "true", "expanded"),
    )
    parts = [
        swatch(style),
        choice(place, "rule", RULE_TITLES, card["rule"], "rule"),
        switch,
        icon_button("duplicate", place),
        icon_button("remove", place, disabled=alone),
        more,
    ]
    return dmc.Group(parts, gap=4, wrap="nowrap")


def extras(place: Place, card: Card) -> Any:
    """Build the decay and the schedule of one optimizer."""
    decay = [choice(place, "decay", DECAY_WORDS | {"none": "none"}, card["decay"], "weight decay")]
    if card["decay"] != "none":
        decay.append(small_field(place.id("wd"), "wd", card["wd"], "weight decay"))
    schedule = [choice(place, "schedule", SCHEDULE_TITLES, card["schedule"], "schedule")]
    for name, value in card["settings"].items():
        label, hint = SETTING_LABELS[name]
        if name == "cycle_momentum" and "beta1" not in card["fields"]:
            continue
        if name in ("base_momentum", "max_momentum") and not card["settings"]["cycle_momentum"]:
            continue
        if isinstance(value, bool):
            schedule.append(flag_row(place, name, label, value))
        else:
            schedule.append(small_field(place.id("setting", name), label, value, hint))
    titles = (term("decay", DECAY_WORDS[card["decay"]]), term("schedule"))
    rows = zip(titles, (decay, schedule), strict=True)
    lines = [html.Div([html.Span(t), *row], className="extra") for t, row in rows]
    uphill = flag_row(place, "maximize", "climb instead of descend", card["maximize"])
    return html.Div([*lines, uphill])


def choice(place: Place, role: str, options: dict[str, str], value: str, label: str) -> Any:
    """Build a list of a card to choose from."""
    name = aria(f"{label} of {place.title}")
    return select(place.id(role), options, value, className="grow", **name)


def hyper_row(place: Place, hyper: Field, value: Any) -> Any:
    """Build a hyperparameter's control: a switch, or a slider and the exact value beside it."""
    name, label = hyper.name, hyper.metadata["label"]
    if isinstance(hyper.default, bool):
        return flag_row(place, name, label, value)
    low, high, log = (hyper.metadata[each] for each in ("low", "high", "log"))
    return slider_row(
        html.Div([term(name), html.Small(label)], className="hyper-label"),
        place.id("slide", name),
        place.id("hyper", name),
        Scale(value, low, high, log, 0.05 if log else 0.001),
        f"{label} of {place.title}",
    )


def flag_row(place: Place, name: str, label: str, value: bool) -> Any:
    """Build a switch of a card."""
    switch = dmc.Switch(id=place.id("flag", name), checked=value, label=label, size="xs")
    return html.Div([switch, term(name)], className="flag")


def icon_button(role: str, place: Place, disabled: bool = False) -> Any:
    """Build a small button with an icon (in the style sheet) and a name for screen readers."""
    return dmc.ActionIcon(
        html.Span(className=f"icon {role}"),
        id=place.id(role),
        variant="subtle",
        color="gray",
        size="sm",
        disabled=disabled,
        **aria(f"{role} {place.title}"),
    )
