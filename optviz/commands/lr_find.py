"""The `optviz lr-find` command: a learning rate suggested by a range test, and then tried.

    optviz lr-find ml-100k --rule adam -o rates.html
    optviz lr-find ml-100k --model net --rule momentum --seeds 5
    optviz lr-find digits --rule sgd --high 100 -o rates.csv

The test raises the learning rate step by step on training data; short trainings at constant rates
then say what is true of its suggestions. For a module of your own see `optviz.pytorch.lr_finder`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from optviz.commands.data import draw_progress
from optviz.commands.maps import read_count, write_figure
from optviz.commands.outputs import PICTURES, read_output
from optviz.specs import parse_number

if TYPE_CHECKING:
    from optviz.sweeps.rate_search import RateSearch

DIGITS = "digits"
BATCH = 32
"""Digits in a mini-batch, unless it is given."""
COUNTS = {
    "steps": (100, "steps of the test and of each short training"),
    "seeds": (3, "orders of the mini-batches"),
    "sweep": (8, "constant rates that are tried"),
}
RATES = {"low": (1e-6, "the first learning rate"), "high": (10.0, "the last one")}


class RateTask(NamedTuple):
    """A model and its data, for a range test."""

    title: str
    module: Any
    loader: Any
    loss_fn: Callable[[Any, Any], Any]


def add_parser(commands: argparse._SubParsersAction) -> None:
    """Add the command."""
    parser = commands.add_parser("lr-find", help="find a learning rate, and try it")
    parser.set_defaults(perform=find_rate)
    text = f"ml-100k, ml-latest-small, or a path; or {DIGITS} (default: the ratings that are there)"
    parser.add_argument("data", nargs="?", metavar="DATA", help=text)
    parser.add_argument("--model", metavar="NAME", help="dot_bias (default), net or dot")
    text = "the optimizer, such as sgd (default), momentum:beta1=0.8 or adam:l2=0.0001"
    parser.add_argument("--rule", metavar="SPEC", default="sgd", help=text)
    parser.add_argument("--batch", metavar="N", help="rows of a mini-batch (default: the model's)")
    for name, (default, about) in (COUNTS | RATES).items():
        text = f"{about} (default {default:g})"
        metavar = "N" if name in COUNTS else "LR"
        parser.add_argument(f"--{name}", metavar=metavar, default=default, help=text)
    text = "the picture as .html, .png, .svg or .pdf, or every loss as .csv"
    parser.add_argument("-o", "--output", metavar="FILE", help=text)


def find_rate(arguments: argparse.Namespace) -> int:
    """Search, with progress; print what the search says and write its file.

    Raises: ValueError: a search ends in .html, .png, .svg, .pdf or .csv, got "rates.gif"
    """
    from optviz.extras import require_torch

    require_torch("the learning-rate finder")
    path = read_output(arguments.output, "a search", (*PICTURES, ".csv"))
    options: dict[str, Any] = {name: read_count(name, getattr(arguments, name)) for name in COUNTS}
    for name in RATES:
        options[name] = parse_number(f"--{name}", str(getattr(arguments, name)))
    task = (prepare_digits if arguments.data == DIGITS else prepare_ratings)(arguments)
    found = search(task, rule=arguments.rule, **options)
    print(task.title)
    print(found.to_text())
    if path:
        write_search(found, path)
        print(path)
    return 0


def search(task: RateTask, **options: Any) -> RateSearch:
    """Search on one thread, with a progress bar."""
    from tqdm import tqdm

    from optviz.pytorch.lr_finder import lr_find
    from optviz.recommenders.training.settings import use_threads

    with use_threads(1, torch_is_used=True), tqdm(leave=False, disable=None) as bar:

        def tell(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        return lr_find(task.module, task.loader, task.loss_fn, on_progress=tell, **options)


def prepare_digits(arguments: argparse.Namespace) -> RateTask:
    """Return the small net on digits.

    Raises: ValueError: --model is for ratings, digits has a net of its own
    """
    import torch

    from optviz.pytorch.batches import ShuffledBatches
    from optviz.pytorch.training_workload import digits_net

    if arguments.model is not None:
        raise ValueError(f"--model is for ratings, {DIGITS} has a net of its own")
    workload = digits_net()
    batch = BATCH if arguments.batch is None else read_count("batch", arguments.batch)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        module = workload.make_module()
    title = f"a net of 64, 32 and 10 units on {len(workload.data[1]):,} digits, {batch} a step"
    return RateTask(title, module, ShuffledBatches(*workload.data, batch), workload.loss_fn)


def prepare_ratings(arguments: argparse.Namespace) -> RateTask:
    """Return a rating model on the training ratings of a split."""
    from torch import nn, tensor

    from optviz.movielens import load
    from optviz.pytorch.batches import ShuffledBatches
    from optviz.recommenders.models import build_model
    from optviz.recommenders.training.defaults import DEFAULTS
    from optviz.recommenders.training.preparation import split_ratings

    model = arguments.model or "dot_bias"
    data = load(arguments.data, progress=draw_progress if sys.stderr.isatty() else None)
    scale: dict[str, Any] = {} if model == "dot" else {"scale": data.scale}
    module = build_model(model, data.users, data.movies, **scale)
    usual = DEFAULTS[model].batch
    batch = usual if arguments.batch is None else read_count("batch", arguments.batch)
    training = split_ratings(data, 0, 0.2)[0].take()
    pairs = tensor(training.user).long(), tensor(training.movie).long()
    loader = ShuffledBatches(pairs, tensor(training.rating).float(), batch)
    title = f"{model} on {len(training):,} training ratings of {data.name}, {batch} a step"
    return RateTask(title, module, loader, nn.functional.mse_loss)


def write_search(found: RateSearch, path: Path) -> None:
    """Write a search as a picture or as a table."""
    if path.suffix.lower() == ".csv":
        import pandas as pd

        pd.DataFrame(found.rows()).to_csv(path, index=False)
        return
    from optviz.views import rate_search_figure

    write_figure(rate_search_figure(found), path)
