"""A lesson's file is read whole, or told with a sentence for each mistake."""

from pathlib import Path

import pytest

from optviz.lessons.checking import check_lesson, find_undrawn
from optviz.lessons.library import read_library
from optviz.lessons.reading import LessonError, read_lesson

LESSON = """
title = "Two rates"
about = "A small lesson."
order = 2

[[step]]
title = "Slow"
text = "SGD is *slow* here, since [[lr|its rate]] is `0.01`."
link = "http://127.0.0.1:8050/?rule=sgd:lr=0.01&problem=ravine&steps=40"
highlight = ["run 1", "slider 1.lr", "losses"]

[step.question]
ask = "What will a higher rate do?"
link = "rule=sgd:lr=0.07&problem=ravine&steps=40"
explain = "It zigzags and arrives."
[[step.question.choice]]
text = "Arrive"
holds = "final 1 < 0.01"
[[step.question.choice]]
text = "Leave"
holds = "outcome 1 = diverged or growing"

[[step]]
title = "Fast"
text = "The same place."
[step.question]
ask = "And now?"
explain = "It is slow."
[[step.question.choice]]
text = "It arrives"
holds = "final 1 < 0.01"
[[step.question.choice]]
text = "It does not"
holds = "otherwise"
"""

MISTAKES = [
    ('title = "Slow"', "titel = 'Slow'", 'no key "titel"; nearest: title'),
    ('title = "Slow"', "titel = 'Slow'", 'step 1: it lacks "title"'),
    ("order = 2", 'order = "first"', "order must be a number, got 'first'"),
    ("order = 2", "order = true", "order must be a number, got True"),
    ("order = 2", "colour = 1", 'no key "colour"; '),
    ("order = 2", "learned = 3", "learned must be a list of texts, got 3"),
    ("order = 2", "learned = ['a', 'b', 'c', 'd', 'e', 'f']", '0 to 5 of "learned", got 6'),
    ("sgd:lr=0.01", "sgd:lr=-1", 'step 1 ("Slow"), link: '),
    ("rule=sgd:lr=0.01", "rule=sdg:lr=0.01", 'no rule "sdg"; nearest: sgd'),
    ("ravine", "ravin", 'step 1 ("Slow"), link: '),
    ("?rule=sgd:lr=0.01&problem=ravine&steps=40", "movielens?model=net", "trains on MovieLens"),
    ("?rule=sgd:lr=0.01&problem=ravine&steps=40", "", 'says nothing after a "?"'),
    ('"run 1"', '"run 2"', '"run 2" is to be highlighted, but there is 1 run'),
    ('"slider 1.lr"', '"slider 1.l"', 'no slider "1.l"; nearest: 1.lr'),
    ('"losses"', '"loses"', 'no part to highlight "loses"; nearest: losses'),
    ("[[lr|its rate]]", "[[learning rat]]", 'no term "learning rat" in the glossary; nearest: '),
    ("SGD is", "SGD is" + " very" * 120, "at most 600: make it shorter"),
    ("SGD is", "SGD\\u0007 is", "a character that cannot be shown"),
    ('"final 1 < 0.01"', '"finl 1 < 0.01"', 'choice 1, holds: no measure "finl"; nearest: final'),
    ('"final 1 < 0.01"', '"final < 0.01"', "lacks the number of the run: write final 1"),
    ('"final 1 < 0.01"', '"final 1"', '"final 1" is no comparison: write one such as'),
    ('"final 1 < 0.01"', '"final 1 < __import__"', 'no measure "__import__"; choose from'),
    ('"final 1 < 0.01"', '"steps 1 at 3 < 5"', "steps is of a whole run: only loss, "),
    ('"final 1 < 0.01"', '"loss 1 < 5"', "loss needs a step, such as loss 1 at 20"),
    ('"final 1 < 0.01"', '"outcome 1 > diverged"', "an outcome is compared by = or !=, got >"),
    ('"final 1 < 0.01"', "3", 'it lacks "holds"'),
    ("diverged or growing", "divergd", 'no outcome "divergd"; nearest: diverged'),
    ('title = "Fast"', 'title = "Fast"\npicture = "bensh"', 'no picture "bensh"; nearest: bench'),
    ('title = "Fast"', 'title = "Fast"\npicture = "bench"', "a table [step.bench]"),
    ('ask = "And now?"', "ask = 3", "question, ask: it must be a text in quotes, got 3"),
    ('ask = "And now?"', "", 'question: it lacks "ask"'),
    ('text = "Leave"', 'text = "Arrive"', "two choices have the same text"),
]


@pytest.mark.parametrize(("old", "new", "sentence"), MISTAKES)
def test_mistake_is_told_in_a_sentence(old, new, sentence):
    assert old in LESSON
    with pytest.raises(LessonError) as caught:
        read_lesson(LESSON.replace(old, new, 1))
    assert any(sentence in each for each in caught.value.mistakes), caught.value.mistakes


def test_lesson_is_read():
    lesson = read_lesson(LESSON, "two_rates")
    first, second = lesson.steps
    assert (lesson.name, lesson.title, lesson.order) == ("two_rates", "Two rates", 2)
    assert first.question
    assert second.question
    assert first.shown.query == "rule=sgd:lr=0.01&problem=ravine&steps=40&v=2"
    assert first.question.shown.query == "rule=sgd:lr=0.07&problem=ravine&steps=40&v=2"
    assert second.question.choices[1].holds is None


def test_step_without_a_link_keeps_what_the_one_before_shows():
    first, second = read_lesson(LESSON).steps
    assert second.question
    assert second.shown == first.shown == second.question.shown


def test_all_mistakes_are_told_at_once():
    text = LESSON.replace("sgd:lr=0.01", "sgd:lr=-1").replace("final 1", "finl 1")
    with pytest.raises(LessonError, match="3 mistakes") as caught:
        read_lesson(text)
    assert len(caught.value.mistakes) == 3
    assert str(caught.value).count("\n") == 3


def test_lesson_with_one_question_is_refused():
    with pytest.raises(LessonError, match=r"at least 2 questions, .* got 1"):
        read_lesson(LESSON.rpartition("[step.question]")[0])


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"title = \xff", "byte 9 is not UTF-8: save it as UTF-8 text"),
        (b"title = ", "it is not TOML: Invalid value"),
        (b"title", "it is not TOML: "),
        (b"x = " + b"[" * 50_000, "nested more than 8 deep"),
        (b"x = " + b"[" * 12 + b"]" * 12, "nested more than 8 deep"),
        (b"x = " + b"9" * 5_000, "the file: "),
        (b"# " + b"x" * 200_000, "it is longer than 200 kB"),
        (b"", 'the lesson: it lacks "title"'),
        (b"step = 3", "step is a table each, headed by [[step]], got 3"),
        (b"[step]\ntitle = 'x'", "step is a table each, headed by [[step]]"),
        (b"[[step]]\nquestion = 4", "question: it must be a table [step.question], got 4"),
        (b"step = [1, 2]", "headed by [[step]]"),
    ],
)
def test_hostile_file_is_refused_in_a_sentence(tmp_path, content, sentence):
    file = tmp_path / "lesson.toml"
    file.write_bytes(content)
    with pytest.raises(LessonError) as caught:
        read_lesson(file)
    assert sentence in str(caught.value)


def test_file_that_is_missing_is_told(tmp_path):
    with pytest.raises(LessonError, match="no such file or directory"):
        read_lesson(Path(tmp_path / "none.toml"))


@pytest.mark.parametrize(
    ("link", "sentence"),
    [
        ("javascript:alert(1)", "is no link to a page: it begins with / or https://"),
        ("//evil.example/x", "is no link to a page"),
        ("/movielens?modle=net", 'unknown part "modle"'),
    ],
)
def test_link_elsewhere_is_checked(link, sentence):
    table = f'[step.elsewhere]\ntext = "The real model"\nlink = "{link}"\n'
    text = LESSON.replace("[step.question]", f"{table}[step.question]", 1)
    with pytest.raises(LessonError) as caught:
        read_lesson(text)
    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    ("first", "second", "sentence"),
    [
        ("steps=40&view=field", "steps=40", "does not draw field: leave it out of the view"),
        ("steps=40&noise=1", "steps=40&noise=1&seed=3", "a lesson has one seed"),
    ],
)
def test_what_the_page_cannot_show_is_told(first, second, sentence):
    before, _, after = LESSON.replace("steps=40", first, 1).partition("[step.question]")
    text = f"{before}[step.question]{after.replace('steps=40', second, 1)}"
    with pytest.raises(LessonError) as caught:
        check_lesson(read_lesson(text))
    assert any(sentence in each for each in caught.value.mistakes), caught.value.mistakes


def test_catalog_has_no_mistake_of_this_kind():
    for lesson in read_library().values():
        assert list(find_undrawn(lesson)) == []
