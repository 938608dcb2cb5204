"""The sentence that says what to install where a part needs a package that is not there."""

from importlib import import_module
from importlib.util import find_spec
from types import ModuleType


class MissingPackageError(ModuleNotFoundError, ValueError):
    """A package is not installed that this part of optviz needs; its text says how to get it."""


def describe_missing(what: str, package: str, extra: str) -> str:
    """Return the sentence that says which extra of optviz brings what is missing."""
    return f'{what} needs {package}: pip install "optviz[{extra}]"'


def load_package(module: str, what: str, extra: str) -> ModuleType:
    """Import and return a module of a package that an extra of optviz brings.

    Raises: MissingPackageError: a race needs scipy: pip install "optviz[app]"
    """
    package = module.partition(".")[0]
    if not find_spec(package):
        raise MissingPackageError(describe_missing(what, package, extra), name=package)
    return import_module(module)


def describe_missing_torch(what: str) -> str:
    """Return the sentence that says what to install; empty where torch is installed."""
    return "" if find_spec("torch") else describe_missing(what, "torch", "torch")


def require_torch(what: str) -> None:
    """Refuse to begin without torch.

    Raises: MissingPackageError: the mini net needs torch: pip install "optviz[torch]"
    """
    if sentence := describe_missing_torch(what):
        raise MissingPackageError(sentence, name="torch")
