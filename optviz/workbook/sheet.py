"""A filled tab of the workbook: one epoch of rows, and the buttons that continue from it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from math import isfinite
from typing import Any

import numpy as np

from optviz.problems.line import Line, X, Y, check_samples
from optviz.rules import Rule
from optviz.runs.loop import check_whole, run
from optviz.runs.trajectory import Trajectory
from optviz.workbook.tab import FIRST, Tab, shift_rows
from optviz.workbook.tabs import TABS
from optviz.workbook.variant_rules import EveState, SlippedAdam, compute_d, compute_loss_change

SETTINGS = ("lr", "beta1", "beta2")
SMALL = 0.01
"""The step in b or a of the gradient estimates on the tab `basic`."""


@dataclass(frozen=True, eq=False)
class Sheet:
    """A tab with its settings, its samples, and what it carries over from the previous epoch.

    It stores the given cells and computes all others. A sheet never changes: the buttons `epochs`
    and `reset`, and `with_values`, return another one.

    `slips` names the errors of the original file (`optviz.workbook.SLIPS`) that are reproduced:
    "handover" starts the next epoch from the params that entered the last row, not from those that
    left it; "row5" loses a gradient in row 5 of `adam_ann`; "words" labels the root of a sum
    "rmse". By default there are none, and the sheet follows the method.
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
    """The other numbers that an epoch hands to the next: f1, f2, beta3; last, ceiling; best."""
    slips: tuple[str, ...] = ()

    @classmethod
    def of(cls, name: str, *, as_shipped: bool = False, slips: tuple[str, ...] = ()) -> Sheet:
        """Make the tab of a name, after its own reset; `as_shipped` with every error of the file.

        Raises: ValueError: no tab "adamw"; the tabs are basic, momentum, adagrad, ...
        """
        if name not in TABS:
            raise ValueError(f'no tab "{name}"; the tabs are {", ".join(TABS)}')
        tab = TABS[name]
        own = tuple(slip.name for slip in tab.slips)
        if wrong := [each for each in slips if each not in own]:
            raise ValueError(f"the tab {name} has no slip {wrong[0]!r}; it has {', '.join(own)}")
        state = tab.rule.init(np.zeros(2))
        slips = own if as_shipped else slips
        return cls(tab, tab.rule, 1.0, 1.0, X, Y, state, slips=slips).reset()

    @classmethod
    def from_entry(
        cls, name: str, entry: dict[str, float], x: Any = None, y: Any = None, **options: Any
    ) -> Sheet:
        """Make the tab with these numbers in its given cells (`Tab.entry`); the rest is as reset.

        The options are those of `Sheet.of`.

        Raises: ValueError: the tab basic has no "beta1" to set; it has b, a, lr
        """
        sheet = cls.of(name, **options)
        if wrong := [each for each in entry if each not in sheet.tab.entry]:
            has = ", ".join(sheet.tab.entry)
            raise ValueError(f'the tab {name} has no "{wrong[0]}" to set; it has {has}')
        settings = {key: entry[key] for key in (*SETTINGS, "b", "a") if key in entry}
        state = sheet.state
        for each in state._fields:
            if each in entry:
                state = state._replace(**{each: float(entry[each])})
            elif f"{each}_b" in entry or f"{each}_a" in entry:
                old = getattr(state, each)
                pair = [entry.get(f"{each}_{which}", old[i]) for i, which in enumerate("ba")]
                state = state._replace(**{each: np.array(pair, float)})
        memory = {key: float(entry.get(key, old)) for key, old in sheet.memory.items()}
        return replace(sheet.with_values(x=x, y=y, **settings), state=state, memory=memory)

    def with_values(self, *, x: Any = None, y: Any = None, **settings: Any) -> Sheet:
        """Return the sheet with other samples, or other values of lr, beta1, beta2, b or a.

        The averages carried over from the previous epoch stay.

        Raises: ValueError: the tab basic has no beta1; it has lr
        """
        start = {key: check_finite(key, settings.pop(key)) for key in "ba" if key in settings}
        own = [key for key in SETTINGS if hasattr(self.rule, key)]
        if wrong := [key for key in settings if key not in own]:
            raise ValueError(f"the tab {self.tab.name} has no {wrong[0]}; it has {', '.join(own)}")
        x, y = check_samples(self.x if x is None else x, self.y if y is None else y)
        if hasattr(self.rule, "every"):
            settings["every"] = float(len(x))
        return replace(self, rule=replace(self.rule, **settings), x=x, y=y, **start)  # type: ignore[type-var]

    def rows(self) -> Trajectory:
        """Return the rows of the samples: one epoch of ("b", "a"), shorter where it diverges."""
        return self._rows

    @cached_property
    def _rows(self) -> Trajectory:
        rule, state, memory = self.rule, self.state, self.memory
        if "row5" in self.slips:
            rule = SlippedAdam(**vars(rule))
        if isinstance(state, EveState):
            d = compute_d(state.d, memory["f1"], memory["f2"], memory["beta3"])
            state = state._replace(d=d)
        start = np.array([self.b, self.a])
        return run(Line(self.x, self.y), rule, len(self.x), start=start, state=state)

    def columns(self) -> dict[str, np.ndarray]:
        """Return each quantity of the rows by its name, (rows,): fewer where the run diverges."""
        rows = self._rows
        x, y = self.x[: len(rows)], self.y[: len(rows)]
        b, a = rows.params.T
        with np.errstate(all="ignore"):
            pred = a * x + b
            err2 = (pred - y) ** 2
            errb1 = (a * x + (b + SMALL) - y) ** 2
            erra1 = ((a + SMALL) * x + b - y) ** 2
            out = {"x": x, "y": y, "b": b, "a": a, "pred": pred, "err2": err2}
            out |= {"errb1": errb1, "est_b": (errb1 - err2) / SMALL}
            out |= {"erra1": erra1, "est_a": (erra1 - err2) / SMALL}
        for name, values in ({"grad": rows.grad, "new": rows.new} | rows.state).items():
            if values is not None and values.ndim == 2:
                out |= {f"{name}_b": values[:, 0], f"{name}_a": values[:, 1]}
        return out

    def singles(self) -> dict[str, float]:
        """Return each quantity above and below the rows by its name; nan where it has no value.

        The sums over all rows are nan where the run ended before its last row.
        """
        given = {"b": self.b, "a": self.a, "lr": self.rule.lr, **self.memory}
        for name in ("beta1", "beta2"):
            if hasattr(self.rule, name):
                given |= {name: getattr(self.rule, name)}
                given |= {f"rest_{name}": 1 - given[name]}
        for name, value in self.state._asdict().items():
            pair = {f"{name}_b": value[0], f"{name}_a": value[1]} if np.ndim(value) else None
            given |= pair or {name: value}
        known = {key: np.float64(value) for key, value in given.items()}
        columns, samples = self.columns(), len(self.x)
        with np.errstate(all="ignore"):
            sums = {"root_sum": np.sum(columns["err2"]) ** 0.5}
            for each in "ba":
                sums[f"norm_{each}"] = norm = np.sum(columns[f"grad_{each}"] ** 2) ** 0.5
                sums[f"mean_norm_{each}"] = norm / samples
            known |= sums if len(columns["x"]) == samples else dict.fromkeys(sums, np.nan)
            known |= compute_ratios(known)
        wanted = {cell.quantity for cell in self.tab.around}
        return {key: float(value) for key, value in known.items() if key in wanted}

    def cells(self) -> dict[str, float | str]:
        """Return every filled cell by its address, such as "C4": headings and labels as text.

        A number that is not finite leaves its cell empty.
        """
        out: dict[str, float | str] = {}
        singles, samples = self.singles(), len(self.x)
        columns = self.columns() | {"x": self.x, "y": self.y}
        for column in self.tab.columns:
            if column.heading:
                out[f"{column.letter}{FIRST - 1}"] = column.heading
            values = columns[column.quantity].tolist()
            out |= {f"{column.letter}{row}": value for row, value in enumerate(values, FIRST)}
        for cell in self.tab.around:
            label = cell.shipped if cell.shipped and "words" in self.slips else cell.label
            out[shift_rows(cell.address, samples)] = label or singles[cell.quantity]
        return {key: each for key, each in out.items() if isinstance(each, str) or isfinite(each)}

    def epochs(self, n: int = 1) -> Sheet:
        """Return the sheet after n presses of its one-epoch button.

        Raises: ValueError: the epoch diverged at step 7 ...: take a smaller lr, or reset
        """
        sheet = self
        for _ in range(check_whole("epochs", n)):
            rows, memory = sheet._rows, dict(sheet.memory)
            if len(rows) < len(sheet.x) or not np.isfinite(rows.end).all():
                raise ValueError(f"the epoch {rows.ended}: take a smaller lr, or reset")
            b, a = (rows.params[-1] if "handover" in sheet.slips else rows.end).tolist()
            if "f1" in memory:
                memory |= {"f1": sheet.singles()["root_sum"], "f2": memory["f1"]}
            state = sheet._last_state()
            sheet = replace(sheet, b=b, a=a, state=state, memory=memory)._anneal()
        return sheet

    def _last_state(self) -> Any:
        """Return the averages of the last row; the count starts anew, as rows do each epoch."""
        last = {key: self._rows.state[key][-1] for key in self.state._fields if key != "count"}
        last = {key: value if np.ndim(value) else float(value) for key, value in last.items()}
        return self.state._replace(**last)

    def _anneal(self) -> Sheet:
        """Return the sheet with the learning rate that its tab's annealing leaves."""
        sheet = self
        if "last" in self.memory:
            while (total := sheet.singles()["rate_sum"]) > 2 * self.memory["last"]:
                sheet = sheet.with_values(lr=sheet.rule.lr / 2)
            return replace(sheet, memory=self.memory | {"last": total})
        if "best" in self.memory:
            size, best = self.singles()["root_sqr"], self.memory["best"]
            if size > 2 * best:
                sheet = sheet.with_values(lr=sheet.rule.lr / 4)
            return replace(sheet, memory=self.memory | {"best": min(best, size)})
        return sheet

    def reset(self) -> Sheet:
        """Return the sheet after its reset button: b = a = 1, and averages that are warmed up.

        Settings and samples stay, except for the learning rate of the two tabs that anneal it. Each
        recalculation runs the rows from there and takes over averages of the last one. The reset of
        `eve` in the file could not be verified; this is that of `adam`, with d = 1.
        """
        given, memory = self.tab.reset, dict(self.tab.memory)
        rule = self.rule.with_lr(given["lr"]) if "lr" in given else self.rule
        state = rule.init(np.zeros(2))
        for key in given.keys() & set(state._fields):
            state = state._replace(**{key: given[key] + 0 * getattr(state, key)})
        sheet = replace(self, rule=rule, b=1.0, a=1.0, state=state, memory=memory)
        for name in self.tab.warmup:
            last = sheet._last_state()
            if name != "all":
                last = sheet.state._replace(**{name: getattr(last, name)})
            sheet = replace(sheet, state=last)
        if "f1" in memory:
            loss = sheet.singles()["root_sum"]
            memory |= {"f1": loss, "f2": loss / 2}
        if "best" in memory:
            memory["best"] = sheet.singles()["root_sqr"]
        return replace(sheet, memory=memory)


def compute_ratios(known: dict[str, Any]) -> dict[str, Any]:
    """Compute the cells whose formulas refer to other single cells."""
    out = {}
    if "scale_b" in known:
        out = {f"rate_{each}": known["lr"] / known[f"scale_{each}"] for each in "ba"}
        out["rate_sum"] = sum(known[f"mean_norm_{each}"] * out[f"rate_{each}"] for each in "ba")
    if "best" in known:
        size = known["sqr_avg_b"] ** 0.5 + known["sqr_avg_a"] ** 0.5
        out = {"root_sqr": size, "root_ratio": size / known["best"]}
        out |= {"inverse_grad_avg_a": 1 / known["grad_avg_a"]}
        out |= {"inverse_sqr_avg_b": 1 / known["sqr_avg_b"]}
    if "f1" in known:
        last, before = known["f1"], known["f2"]
        out = {"r": compute_loss_change(last, before)}
        out["new_d"] = compute_d(known["d"], last, before, known["beta3"])
    return out


def check_finite(name: str, value: Any) -> float:
    """Return the value as a float.

    Raises: ValueError: b must be a finite number, got nan
    """
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be a number, got {value!r}") from None
    if not np.isfinite(number):
        raise ValueError(f"{name} must be a finite number, got {number}")
    return number
