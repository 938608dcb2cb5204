"""A filled tab of the workbook: one epoch of rows, and the buttons that go on from it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from optviz.problems.line import Line, X, Y, checked_samples
from optviz.rules import Rule
from optviz.runs.loop import run, whole
from optviz.runs.trajectory import Trajectory
from optviz.workbook.addresses import filled_cells
from optviz.workbook.quantities import single_quantities, wide_quantities
from optviz.workbook.tabs import TABS, Tab
from optviz.workbook.variant_rules import EveState, SlippedAdam, next_d


@dataclass(frozen=True, eq=False)
class Sheet:
    """A tab with its settings, its samples and what it carries in from the epoch before.

    It holds the given cells; everything else is computed from them. Nothing changes a sheet: the
    buttons `epochs` and `reset`, and `edited`, give another one.

    `slips` names what of the file's slips (`optviz.workbook.SLIPS`) is done as the file does it:
    "handover" begins the next epoch with the params that entered the last row, not with those that
    left it; "row5" loses a gradient in row 5 of `adam_ann`; "words" calls a root of a sum "rmse".
    By default none is, and the sheet is the method; `as_shipped` stands for all that the tab has.
    """

    tab: Tab
    rule: Rule
    b: float
    a: float
    x: np.ndarray
    y: np.ndarray
    state: Any
    """The averages that enter row 4, as the rule's named tuple."""
    memory: dict[str, float] = field(default_factory=dict)
    """What else is kept from epoch to epoch: f1, f2, beta3; last, ceiling; best."""
    slips: tuple[str, ...] = ()

    # -- making one --------------------------------------------------------------------------------

    @classmethod
    def of(
        cls, name: str, *, as_shipped: bool = False, slips: tuple[str, ...] | None = None
    ) -> Sheet:
        """The tab of a name, after its own reset.

        Raises: ValueError: no tab "adamw"; the tabs are basic, momentum, adagrad, ...
        """
        tab = tab_named(name)
        known = tuple(slip.name for slip in tab.slips)
        chosen = tuple(slips or ()) if not as_shipped else known
        if wrong := [each for each in chosen if each not in known]:
            raise ValueError(f"the tab {name} has no slip {wrong[0]!r}; it has {', '.join(known)}")
        state = blank_state(tab.rule)
        return cls(tab, tab.rule, 1.0, 1.0, X, Y, state, {}, chosen).reset()

    @classmethod
    def filled(
        cls,
        name: str,
        entry: dict[str, float],
        x: Any = None,
        y: Any = None,
        *,
        as_shipped: bool = False,
        slips: tuple[str, ...] | None = None,
    ) -> Sheet:
        """The tab with these numbers in its given cells (`Tab.entry`); what is left out is reset.

        Raises: ValueError: the tab basic has no "beta1" to set; it has b, a, lr
        """
        sheet = cls.of(name, as_shipped=as_shipped, slips=slips)
        if wrong := [each for each in entry if each not in sheet.tab.entry]:
            has = ", ".join(sheet.tab.entry)
            raise ValueError(f'the tab {name} has no "{wrong[0]}" to set; it has {has}')
        settings = {key: entry[key] for key in ("lr", "beta1", "beta2", "b", "a") if key in entry}
        state = sheet.state
        for each in state._fields:
            if each in entry:
                state = state._replace(**{each: float(entry[each])})
            elif f"{each}_b" in entry or f"{each}_a" in entry:
                old = getattr(state, each)
                pair = [entry.get(f"{each}_{which}", old[i]) for i, which in enumerate("ba")]
                state = state._replace(**{each: np.array(pair, float)})
        memory = {key: float(entry.get(key, old)) for key, old in sheet.memory.items()}
        return replace(sheet.edited(x=x, y=y, **settings), state=state, memory=memory)

    def edited(
        self,
        *,
        lr: float | None = None,
        beta1: float | None = None,
        beta2: float | None = None,
        b: float | None = None,
        a: float | None = None,
        x: Any = None,
        y: Any = None,
    ) -> Sheet:
        """The sheet with other numbers typed into some of its cells; what is carried in stays.

        Raises: ValueError: the tab basic has no beta1; it has lr
        """
        changes = {"lr": lr, "beta1": beta1, "beta2": beta2}
        changes = {key: value for key, value in changes.items() if value is not None}
        for key in changes:
            if not hasattr(self.rule, key):
                has = ", ".join(
                    each for each in ("lr", "beta1", "beta2") if hasattr(self.rule, each)
                )
                raise ValueError(f"the tab {self.tab.name} has no {key}; it has {has}")
        xs, ys = checked_samples(self.x if x is None else x, self.y if y is None else y)
        if hasattr(self.rule, "every"):
            changes["every"] = float(len(xs))
        rule = replace(self.rule, **changes)  # type: ignore[type-var]
        new_b = self.b if b is None else finite("b", b)
        new_a = self.a if a is None else finite("a", a)
        return replace(self, rule=rule, b=new_b, a=new_a, x=xs, y=ys)

    @property
    def as_shipped(self) -> bool:
        """Whether every slip of the file's tab is done as the file does it."""
        return all(slip.name in self.slips for slip in self.tab.slips)

    # -- reading it --------------------------------------------------------------------------------

    def rows(self) -> Trajectory:
        """The rows of the samples: one epoch, names ("b", "a"); shorter where it diverges."""
        return self._rows

    @cached_property
    def _rows(self) -> Trajectory:
        rule, state = self.rule, self.state
        if "row5" in self.slips:
            rule = SlippedAdam(**vars(rule))
        if isinstance(state, EveState):
            state = state._replace(d=self._new_d())
        start = np.array([self.b, self.a])
        return run(Line(self.x, self.y), rule, len(self.x), start=start, state=state)

    def _new_d(self) -> float:
        memory = self.memory
        return next_d(self.state.d, memory["f1"], memory["f2"], memory["beta3"])

    def columns(self) -> dict[str, np.ndarray]:
        """Each quantity of the rows by its name, (rows,)."""
        return wide_quantities(self)

    def singles(self) -> dict[str, float]:
        """Each quantity above and below the rows by its name; nan where it cannot be computed."""
        return single_quantities(self)

    def cells(self) -> dict[str, float | str]:
        """Every filled cell by its address, such as "C4": headings and labels as text."""
        return filled_cells(self)

    # -- its buttons -------------------------------------------------------------------------------

    def epochs(self, n: int = 1) -> Sheet:
        """The sheet after n presses of its one-epoch button.

        Raises: ValueError: the epoch diverged at step 7 ...: take a smaller lr, or reset
        """
        sheet = self
        for _ in range(whole("epochs", n)):
            sheet = sheet._pressed()
        return sheet

    def _pressed(self) -> Sheet:
        rows = self._rows
        if len(rows) < len(self.x) or not np.isfinite(rows.end).all():
            raise ValueError(f"the epoch {rows.ended}: take a smaller lr, or reset")
        b, a = (rows.params[-1] if "handover" in self.slips else rows.end).tolist()
        memory = dict(self.memory)
        if "f1" in memory:
            memory |= {"f1": self.singles()["root_sum"], "f2": memory["f1"]}
        after = replace(self, b=b, a=a, state=last_state(rows, self.state), memory=memory)
        return after._annealed()

    def _annealed(self) -> Sheet:
        """The sheet with the learning rate that its tab's annealing leaves."""
        sheet = self
        if "last" in self.memory:
            while (total := sheet.singles()["rate_sum"]) > 2 * self.memory["last"]:
                sheet = sheet.edited(lr=sheet.rule.lr / 2)
            return replace(sheet, memory=self.memory | {"last": total})
        if "best" in self.memory:
            size, best = self.singles()["root_sqr"], self.memory["best"]
            if size > 2 * best:
                sheet = sheet.edited(lr=sheet.rule.lr / 4)
            return replace(sheet, memory=self.memory | {"best": min(best, size)})
        return sheet

    def reset(self) -> Sheet:
        """The sheet as its reset button leaves it: b = a = 1, and averages that are warmed up.

        Settings and samples stay, but for the learning rate of the two tabs that anneal it. Each
        recalculation runs the rows from there and takes averages of the last one over. The reset of
        `eve` in the file could not be verified; this is that of `adam`, with d = 1.
        """
        given = self.tab.reset
        rule = self.rule.with_lr(given["lr"]) if "lr" in given else self.rule
        state = blank_state(rule)
        for key in state._fields:
            if key in given:
                state = state._replace(**{key: given[key] + 0 * getattr(state, key)})
        memory = {"eve": {"f1": 2.0, "f2": 1.0, "beta3": 0.9}, "adam_ann": {"best": np.inf}}
        memory |= {"adagrad_ann": {"last": 100.0, "ceiling": 100.0}}
        kept = memory.get(self.tab.name, {})
        sheet = replace(self, rule=rule, b=1.0, a=1.0, state=state, memory=kept)
        for name in self.tab.warmup:
            after = last_state(sheet._rows, sheet.state)
            if name != "all":
                after = sheet.state._replace(**{name: getattr(after, name)})
            sheet = replace(sheet, state=after)
        if "f1" in kept:
            loss = sheet.singles()["root_sum"]
            sheet = replace(sheet, memory=kept | {"f1": loss, "f2": loss / 2})
        if "best" in kept:
            sheet = replace(sheet, memory={"best": sheet.singles()["root_sqr"]})
        return sheet


def tab_named(name: str) -> Tab:
    """The tab of a name.

    Raises: ValueError: no tab "adamw"; the tabs are basic, momentum, adagrad, ...
    """
    if name not in TABS:
        raise ValueError(f'no tab "{name}"; the tabs are {", ".join(TABS)}')
    return TABS[name]


def blank_state(rule: Rule) -> Any:
    """The rule's first state for (b, a)."""
    return rule.init(np.zeros(2))


def last_state(rows: Trajectory, like: Any) -> Any:
    """The averages of the last row; the count begins anew, as rows do each epoch."""
    last = {key: rows.state[key][-1] for key in like._fields if key != "count"}
    last = {key: value if np.ndim(value) else float(value) for key, value in last.items()}
    return like._replace(**last)


def finite(name: str, value: Any) -> float:
    """The value as a float.

    Raises: ValueError: b must be a finite number, got nan
    """
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be a number, got {value!r}") from None
    if not np.isfinite(number):
        raise ValueError(f"{name} must be a finite number, got {number}")
    return number
