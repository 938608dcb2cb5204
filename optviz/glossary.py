"""The terms that pages and lessons explain in plain words: data alone."""

from __future__ import annotations

import difflib
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
    "minimum": Word("A point with a lower loss than all points around it; there may be several."),
    "saddle": Word(
        "A point with zero gradient that is a minimum along one line, a maximum along another."
    ),
    "plateau": Word(
        "A region where the loss is nearly flat, so that gradients, and steps, are small."
    ),
    "contour": Word("A map of the loss from above: along each line the loss is constant."),
    "gradient": Word(
        "The direction in which the loss rises fastest, and how fast. "
        "Optimizers step the other way."
    ),
    "Jacobian": Word(
        "The matrix of the derivatives of several outputs: the linear map nearest to a function "
        "around a point. By the chain rule, Jacobians of functions in a row multiply."
    ),
    "Hessian": Word(
        "The matrix of second derivatives: how the gradient changes around a point. Its "
        "eigenvalues are the curvatures along the directions that do not mix."
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
    "momentum": Word(
        "A memory of past gradients that is added to each step: steps in a constant direction "
        "grow, steps that alternate cancel.",
        "momentum",
    ),
    "bias correction": Word(
        "Averages that start at zero are too small at first; Adam divides them by the share of "
        "the memory that is filled.",
        "adam",
    ),
    "effective lr": Word(
        "The lr that each parameter gets: lr divided by the scale of its gradients."
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
    "initial": Word(
        "The sum of squares before the first step: a larger one makes the first steps smaller.",
        "adagrad",
    ),
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
    "converged": Word(
        "The last tenth of the steps hardly moved, and the gradient had become small."
    ),
    "diverged": Word(
        "The run left for good: not finite, or more than 1,000 window widths from its start."
    ),
    "fork": Word(
        "A second run that branches off at a step and continues with another optimizer or setting."
    ),
    "pin": Word("A run kept for comparison while you change everything else."),
    "curvature": Word(
        "How the slope changes around a point: the ellipse is long where the surface is flat, "
        "and the Newton step leads to the minimum of the quadratic approximation."
    ),
    "epochs": Word("The number of passes through all training ratings."),
    "mini-batch": Word("The few ratings, or rows, that one gradient is computed from."),
    "batch size": Word(
        "The number of ratings that one gradient is computed from: more are less noisy, and slower."
    ),
    "validation": Word("Ratings held out from training: the error on them is the one that counts."),
    "slice": Word(
        "The loss on a plane through a space of very many parameters: most of the space "
        "is not visible, and the page says how much."
    ),
    "plane": Word(
        "A flat cut through the space of all weights. Paths lie off it, and are drawn at the "
        "nearest points of it."
    ),
    "sheet": Word(
        "A curved cut that holds one or two whole paths: each of their points is where it says."
    ),
    "barrier": Word(
        "The rise of the loss between two models, above the straight line between their losses."
    ),
    "sharpness": Word(
        "The largest eigenvalue of the Hessian: the curvature in the direction where the loss "
        "bends most."
    ),
    "edge of stability": Word(
        "The sharpness above which steps grow, 2/lr for SGD. Trainings on all data at once often "
        "rise to it and stay there."
    ),
    "recording": Word(
        "The points that a training of your own visited, each with weights, buffers and logged "
        "values."
    ),
}
"""Every term that pages, lessons, README and site explain, as it is written there."""

GROUPS = {
    "The surface": (
        *("surface", "loss", "minimum", "saddle", "plateau", "contour", "gradient", "curvature"),
        *("Hessian", "Jacobian"),
    ),
    "The run": (
        *("optimizer", "start", "steps", "seed", "gradient noise", "target", "outcome"),
        *("converged", "diverged", "fork", "pin"),
    ),
    "The rules": (
        *("lr", "momentum", "beta1", "beta2", "eps", "bias correction", "debias", "effective lr"),
        *(
            "damped",
            "dampening",
            "lagged",
            "amsgrad",
            "centered",
            "initial",
            "lr_decay",
            "maximize",
        ),
        *("weight decay", "L2", "decoupled"),
    ),
    "The schedule": (
        *("schedule", "length", "every", "times", "from", "to", "peak", "three_phase"),
        *("cycle_momentum", "lowest", "highest"),
    ),
    "Ratings": ("mini-batch", "batch size", "epochs", "validation"),
    "Large models": (
        *("slice", "plane", "sheet", "barrier", "sharpness", "edge of stability", "recording"),
    ),
}
"""The terms by what they belong to, in the order in which one meets them."""

ALIASES = {
    "learning rate": "lr",
    "step size": "lr",
    "noise": "gradient noise",
    "learning-rate schedule": "schedule",
    "optimizers": "optimizer",
    "gradients": "gradient",
    "contours": "contour",
}
"""Other spellings of terms."""


def write_glossary() -> str:
    """Return all terms as Markdown, a list for each group; the README has it."""
    parts = []
    for title, terms in GROUPS.items():
        lines = [f"- **{term}**: {WORDS[term].says}" for term in terms]
        parts.append(f"**{title}**\n\n" + "\n".join(lines))
    return "\n\n".join(parts) + "\n"


def find_word(term: str) -> str | None:
    """Return the term of WORDS that explains a label: the label itself, or its first word."""
    return next((each for each in (term, term.split(" ")[0]) if each in WORDS), None)


def find_term(term: str) -> str:
    """Return the term of WORDS that a text means.

    Raises: ValueError: no term "momentun" in the glossary; nearest: momentum
    """
    term = ALIASES.get(term.lower(), term)
    if found := next((each for each in WORDS if each.lower() == term.lower()), None):
        return found
    near = difflib.get_close_matches(term, [*WORDS, *ALIASES], 1, 0.5)
    hint = f"nearest: {near[0]}" if near else f"it has {', '.join(WORDS)}"
    raise ValueError(f'no term "{term[:40]}" in the glossary; {hint}')
