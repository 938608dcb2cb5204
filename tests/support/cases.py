"""Many small cases as one test: to collect, send and report a test costs more than such a case."""

import functools
import inspect
from collections.abc import Callable, Iterable
from typing import Any


def every(names: str, cases: Iterable[Any], ids: Any = repr) -> Callable:
    """Return a decorator like `pytest.mark.parametrize` that runs all cases within one test.

    Every case is tried; those that fail are raised together, each named.
    """
    keys, values = names.replace(" ", "").split(","), list(cases)
    labels = [ids(each) for each in values] if callable(ids) else list(ids)

    def decorate(test: Callable) -> Callable:
        @functools.wraps(test)
        def all_cases(**given: Any) -> None:
            failed: list[Exception] = []
            for label, each in zip(labels, values, strict=True):
                own = dict(zip(keys, each if len(keys) > 1 else [each], strict=True))
                try:
                    test(**given, **own)
                except Exception as error:
                    error.add_note(f"in the case {label}")
                    failed.append(error)
            if failed:
                raise ExceptionGroup(f"{len(failed)} of {len(values)} cases", failed)

        own = inspect.signature(test)
        rest = [each for name, each in own.parameters.items() if name not in keys]
        all_cases.__signature__ = own.replace(parameters=rest)  # type: ignore[attr-defined]
        return all_cases

    return decorate
