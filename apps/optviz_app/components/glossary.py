"""The terms that the pages explain in plain words, and the keyboard shortcuts: data alone."""

from __future__ import annotations

from typing import NamedTuple


class Word(NamedTuple):
    """The meaning of a term, and the name of a docstring that says more, for `source_dialog`."""

    says: str
    doc: str = ""


WORDS: dict[str, Word] = {
    "surface": Word(
        "The loss as a function of x and y, like the height of a landscape. "
        "An optimizer looks for its lowest point."
    ),
    "loss": Word("The number that an optimizer makes small: the smaller, the better."),
    "contour": Word("A map of the loss from above: along each line the loss is constant."),
    "gradient": Word(
        "The direction in which the loss rises fastest, and how fast. "
        "Optimizers step the other way."
    ),
    "optimizer": Word("A rule that turns the gradient at a point into the next step.", "run"),
    "start": Word("The point where every run begins. Click the surface to move it."),
    "steps": Word("The number of steps that each optimizer takes.", "run"),
    "gradient noise": Word(
        "Random numbers added to every gradient, as from a mini-batch; "
        "this is their standard deviation.",
        "noise",
    ),
    "seed": Word("Selects the random numbers: the same seed repeats the same run."),
    "target": Word("The loss to reach; the table counts the steps that each run needs.", "target"),
    "outcome": Word("How a run ended, judged by its last tenth of steps.", "outcome"),
    "lr": Word(
        "The learning rate: the size of a step for a given gradient. "
        "Too small is slow; too large overshoots or diverges."
    ),
    "beta1": Word(
        "The fraction of the average gradient that is kept at each step: "
        "closer to 1 is a longer memory, so more momentum.",
        "momentum",
    ),
    "beta2": Word(
        "The fraction of the average squared gradient that is kept at each step: "
        "closer to 1 makes the scale of the steps change more slowly.",
        "rmsprop",
    ),
    "eps": Word("A small constant in the denominator that prevents division by zero.", "adam"),
    "damped": Word(
        "Weight new gradients by 1 - beta1, so that the memory is an average, not a sum.",
        "momentum",
    ),
    "dampening": Word("Reduces the weight of each gradient after the first.", "momentum"),
    "lagged": Word("Divide by the average from before this step, as the workbook does.", "rmsprop"),
    "debias": Word(
        "Correct the averages for starting at zero, which would distort the first steps.", "adam"
    ),
    "amsgrad": Word(
        "Divide by the largest average square so far, so that the steps never grow again.", "adam"
    ),
    "centered": Word(
        "Divide by the root of the variance of recent gradients instead of their mean square.",
        "rmsprop",
    ),
    "initial": Word("The sum of squares before the first step: a larger one calms it.", "adagrad"),
    "lr_decay": Word("Divides lr by 1 plus this number times the steps made.", "adagrad"),
    "maximize": Word("Step along the gradient instead of against it, to the highest loss."),
    "weight decay": Word(
        "A pull toward zero that keeps parameters small. "
        "L2 adds it to the gradient; decoupled decay is applied separately from the step."
    ),
    "L2": Word(
        "Decay added to the gradient before the rule sees it: rules that scale their gradients "
        "scale the decay too.",
        "l2",
    ),
    "decoupled": Word(
        "Decay applied separately from the rule's own step; with Adam this is AdamW.", "wd"
    ),
    "schedule": Word("Changes lr over the steps: each step multiplies it by a factor.", "cosine"),
    "length": Word("The number of steps that the schedule spans; empty means the whole run."),
    "every": Word("The number of steps after which lr is multiplied by the factor again.", "step"),
    "times": Word("The factor by which lr is multiplied each time.", "step"),
    "from": Word("The fraction of lr at which the schedule begins."),
    "to": Word("The fraction of lr at which the schedule ends."),
    "peak": Word("The fraction of the steps spent raising lr to its full value.", "onecycle"),
    "three_phase": Word(
        "Bring lr back to where it began in as many steps as it rose, and only then to its end.",
        "onecycle",
    ),
    "cycle_momentum": Word("Lower beta1 while lr rises, and raise it again.", "onecycle"),
    "lowest": Word("The value of beta1 where lr is highest.", "onecycle"),
    "highest": Word("The value of beta1 at the start and at the end.", "onecycle"),
    "fork": Word(
        "A second run that branches off at a step and continues with another optimizer or setting."
    ),
    "pin": Word("A run kept for comparison while you change everything else."),
    "curvature": Word(
        "How the slope changes around a point: the ellipse is long where the surface is flat, "
        "and the Newton step leads to the minimum of the quadratic approximation."
    ),
    "epochs": Word("The number of passes through all training ratings."),
    "batch size": Word(
        "The number of ratings that one gradient is computed from: more are less noisy, and slower."
    ),
    "validation": Word("Ratings held out from training: the error on them is the one that counts."),
    "slice": Word(
        "The loss on a plane through a space of very many parameters: most of the space "
        "is not visible, and the page says how much."
    ),
}
"""Every term that the pages explain, as it is written there."""


class Key(NamedTuple):
    """One key or several, their action in words, and the button they press."""

    keys: tuple[str, ...]
    says: str
    press: str = ""


KEYS = (
    Key(("Space",), "play or pause", "play"),
    Key(("ArrowRight",), "one step forward", "step-on"),
    Key(("ArrowLeft",), "one step back", "step-back"),
    Key(("Shift+ArrowRight",), "ten steps forward", "scrub+10"),
    Key(("Shift+ArrowLeft",), "ten steps back", "scrub-10"),
    Key(("Home",), "to the start", "to-start"),
    Key(("End",), "to the end", "to-end"),
    Key(("e",), "one epoch of the workbook", "epoch"),
    Key(("Shift+e",), "five epochs of the workbook", "five-epochs"),
    Key(("u", "Ctrl+z"), "undo", "undo"),
    Key(("Shift+u", "Ctrl+Shift+z", "Ctrl+y"), "redo", "redo"),
    Key(("f",), "fork a run at this step", "fork"),
    Key(("p",), "pin this run for comparison", "pin"),
    Key(("n",), "new noise", "new-sample"),
    Key(("v",), "switch between 2-D and 3-D", "view-3d"),
    Key(("l",), "switch the loss between log and linear scale", "loss-axis"),
    Key(("s",), "download and share", "take"),
    Key(tuple("123456789"), "show only the run of this row of the table", "run"),
    Key(("?",), "this list", "help"),
    Key(("Escape",), "close what is open"),
)
"""The one table of keys: the help dialog shows it, and the browser acts on it."""


def find_word(term: str) -> str | None:
    """Return the term of WORDS that explains a label: the label itself, or its first word."""
    return next((each for each in (term, term.split(" ")[0]) if each in WORDS), None)


def word_id(word: str) -> str:
    """Return the id of the element that holds a word's explanation."""
    return "word-" + word.replace(" ", "-").lower()
