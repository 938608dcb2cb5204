"""The text of classes, also while another thread parses."""

import inspect

import pytest

from optviz import Adam
from optviz.code_text import TRIES, read_code


def fail_first(times, calls, real=inspect.getsource):
    """The real function, which at first fails as CPython's parser does between threads."""

    def getsource(thing):
        calls.append(thing)
        if len(calls) <= times:
            raise SystemError("AST constructor recursion depth mismatch (before=195, after=15)")
        return real(thing)

    return getsource


def test_the_text_is_that_of_the_file():
    assert read_code(Adam).startswith("@dataclass")
    assert "def update(self, params, grad, state):" in read_code(Adam)


def test_a_parser_that_another_thread_disturbed_is_asked_again(monkeypatch):
    calls: list = []
    monkeypatch.setattr(inspect, "getsource", fail_first(2, calls))
    assert "class Adam" in read_code(Adam)
    assert len(calls) == 3


def test_a_fault_that_stays_is_told(monkeypatch):
    calls: list = []
    monkeypatch.setattr(inspect, "getsource", fail_first(99, calls))
    with pytest.raises(SystemError, match="recursion depth"):
        read_code(Adam)
    assert len(calls) == TRIES


def test_what_has_no_source_is_told_as_ever():
    with pytest.raises(TypeError):
        read_code(len)
