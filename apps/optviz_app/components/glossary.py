"""What the pages explain in plain words, and the keys that do things: data alone."""

from __future__ import annotations

from typing import NamedTuple


class Word(NamedTuple):
    """What a term means, and the name in `source.DOCUMENTED` of what tells more."""

    says: str
    doc: str = ""


WORDS: dict[str, Word] = {
    "surface": Word("The loss at every x and y, as a landscape: an optimizer looks for its floor."),
    "loss": Word("How wrong things are at a point: one number, and the smaller the better."),
    "contour": Word("A map of the loss from above: along one line the loss is the same."),
    "gradient": Word("Where the loss rises fastest, and how fast. Optimizers walk the other way."),
    "optimizer": Word("A rule that turns the gradient at a point into the next step.", "run"),
    "start": Word("Where every run begins. Clicking the surface moves it."),
    "steps": Word("How often each optimizer moves.", "run"),
    "gradient noise": Word(
        "Random numbers added to every gradient, as a mini-batch would add them; "
        "this is their standard deviation.",
        "noise",
    ),
    "seed": Word("Picks the random numbers: the same seed gives the same run again."),
    "target": Word(
        "The loss that counts as arrived; the table tells who was there after how many steps.",
        "target",
    ),
    "outcome": Word("How a run ended, judged by its last tenth of steps.", "outcome"),
    "lr": Word(
        "The learning rate: how far one step goes. Too small crawls, too large overshoots "
        "or flies off."
    ),
    "beta1": Word(
        "The share of the old average of gradients that is kept at each step: "
        "nearer to 1 is a longer memory, so more momentum.",
        "momentum",
    ),
    "beta2": Word(
        "The share of the old average of squared gradients that is kept: "
        "nearer to 1 makes the scale of the steps change more slowly.",
        "rmsprop",
    ),
    "eps": Word("A small constant in the divisor, so that nothing is divided by zero.", "adam"),
    "damped": Word(
        "New gradients weigh 1 - beta1, so that the memory is an average rather than a sum.",
        "momentum",
    ),
    "dampening": Word("How much less each gradient after the first weighs.", "momentum"),
    "lagged": Word("Divide by the average from before this step, as the workbook does.", "rmsprop"),
    "debias": Word(
        "Undo that the averages begin at zero, which would make the first steps wrong in size.",
        "adam",
    ),
    "weight decay": Word(
        "A pull toward zero, so that parameters stay small unless the data insists. "
        "L2 adds it to the gradient; decoupled applies it beside the step."
    ),
    "L2": Word(
        "Decay added to the gradient, before the rule sees it: rules that scale their gradients "
        "scale the decay too.",
        "l2",
    ),
    "decoupled": Word(
        "Decay applied beside the rule's own step, which never sees it; with Adam this is AdamW.",
        "wd",
    ),
    "schedule": Word(
        "How lr changes over the steps: a factor for each step that multiplies it.", "cosine"
    ),
    "length": Word("Over how many steps the schedule goes; empty means the whole run."),
    "every": Word("After how many steps lr is multiplied by the factor once more.", "step"),
    "times": Word("The factor that lr is multiplied by each time.", "step"),
    "from": Word("The share of lr with which the schedule begins."),
    "to": Word("The share of lr with which the schedule ends."),
    "peak": Word("The share of the steps that is spent going up to the full lr.", "onecycle"),
    "fork": Word(
        "A second run that leaves the first at a step, with another optimizer or setting."
    ),
    "pin": Word("A run kept in the picture for comparison while you change everything else."),
    "curvature": Word(
        "How the slope changes from place to place: the ellipse is long where it is gentle, "
        "and the Newton step is where it says that the minimum lies."
    ),
    "epochs": Word("How often the training goes through all its ratings."),
    "batch size": Word(
        "How many ratings one gradient is computed from: more are less noisy, and slower."
    ),
    "validation": Word("Ratings kept out of training: the error on them is the one that counts."),
    "slice": Word(
        "The loss on a flat cut through a space of very many parameters: most of the space "
        "does not show, and the page says how much."
    ),
}
"""Every term that the pages explain, as it is written there."""


class Key(NamedTuple):
    """A key or several, what they do in words, and the button they press."""

    keys: tuple[str, ...]
    says: str
    press: str = ""


KEYS = (
    Key(("Space",), "play or pause", "play"),
    Key(("ArrowRight",), "one step on", "step-on"),
    Key(("ArrowLeft",), "one step back", "step-back"),
    Key(("Shift+ArrowRight",), "ten steps on", "scrub+10"),
    Key(("Shift+ArrowLeft",), "ten steps back", "scrub-10"),
    Key(("Home",), "to the start", "to-start"),
    Key(("End",), "to the end", "to-end"),
    Key(("e",), "one epoch of the workbook", "epoch"),
    Key(("Shift+e",), "five epochs of the workbook", "five-epochs"),
    Key(("u", "Ctrl+z"), "undo", "undo"),
    Key(("Shift+u", "Ctrl+Shift+z", "Ctrl+y"), "redo", "redo"),
    Key(("f",), "fork the runs at this step", "fork"),
    Key(("p",), "pin this run for comparison", "pin"),
    Key(("n",), "a new sample of the noise", "new-sample"),
    Key(("v",), "from above or in 3-D", "view-3d"),
    Key(("l",), "loss on a log or a linear scale", "loss-axis"),
    Key(("s",), "download and share", "take"),
    Key(tuple("123456789"), "only the run of this row of the table", "run"),
    Key(("?",), "this list", "help"),
    Key(("Escape",), "close what is open"),
)
"""The one table of keys: the help dialog shows it, and keys.js acts on it."""


def word_of(term: str) -> str | None:
    """The term of WORDS that explains a label: the label itself, or its first word."""
    return next((each for each in (term, term.split(" ")[0]) if each in WORDS), None)


def word_id(word: str) -> str:
    """The identity of the element that holds a word's explanation."""
    return "word-" + word.replace(" ", "-").lower()
