"""Files that are no workbooks get a sentence, at bounded cost."""

import os
import random
import signal
import subprocess
import sys
import time

import pytest

from optviz.workbook import Sheet, WorkbookError, check, tabs_to_xlsx
from optviz.workbook.checker import child
from tests.support.cases import every
from tests.support.workbooks_hostile import HOSTILE, hostile_file
from tests.support.workbooks_made import copy_sheets, pack, read_parts

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_gets_one_sentence(name):
    with pytest.raises(WorkbookError, match=HOSTILE[name][1]) as caught:
        check(hostile_file(name))
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


PIECES = (
    b"<",
    b"&#0;",
    b"\0",
    b"-1",
    b"<c>",
    b't="s"',
    b'r="XFD1048576"',
    b"<v>1e999</v>",
    b"<si/>",
)


@every("seed", range(60))
def test_a_damaged_file_is_checked_or_gets_one_sentence(seed):
    chance = random.Random(seed)
    whole = tabs_to_xlsx(Sheet.of("adam"))
    parts = {name: bytearray(data) for name, data in read_parts(whole).items()}
    for _ in range(chance.choice((1, 3, 20))):
        part = parts[chance.choice(list(parts))]
        at = chance.randrange(len(part))
        part[at : at + chance.choice((0, 1, 30))] = chance.choice(PIECES)
    data = bytearray(pack({name: bytes(part) for name, part in parts.items()}))
    if seed % 2:
        data[-chance.randrange(1, 1500)] = chance.randrange(256)
    assert said_of(bytes(data)).isprintable()


def said_of(data):
    """What the check says of a file, its lines joined."""
    try:
        return " ".join(str(check(data)).splitlines())
    except WorkbookError as error:
        return str(error)


def test_a_text_shared_by_many_cells_costs_little_time():
    for name in ("shared text", "shared digits", "half a number", "many pieces"):
        began = time.process_time()
        said_of(hostile_file(name))
        assert time.process_time() - began < 10, name  # minutes, before texts were bounded


def test_a_check_that_takes_long_is_ended_with_a_sentence(monkeypatch):
    monkeypatch.setattr(child, "MOST_WAIT", 0)
    with pytest.raises(WorkbookError, match="this file takes more than 30 s: too much for a check"):
        child.check_apart(copy_sheets(Sheet.of("basic")))


def test_a_check_apart_says_what_a_check_says():
    data = copy_sheets(Sheet.of("basic"), Sheet.of("adam"), K4=-87.0)
    assert child.check_apart(data) == check(data)
    with pytest.raises(WorkbookError, match="XML entities"):
        child.check_apart(hostile_file("laughs"))
    with pytest.raises(ValueError, match="tolerance must be a number above 0"):
        child.check_apart(data, tolerance=5)


TAKES_ALL = """
from optviz.workbook.checker import child
import resource, sys, time
if sys.argv[1] == "watched":
    resource.setrlimit = lambda *_: None
child.MOST_MEMORY, child.MOST_SECONDS = 800_000_000, 1
child.limit_process()
while sys.argv[1] == "busy":
    pass
try:
    taken = b"a" * 2_000_000_000
    time.sleep(60)
except MemoryError:
    sys.exit(3)
"""


def test_a_check_that_takes_all_memory_or_time_is_ended_by_the_system_or_by_its_own_watch():
    pytest.importorskip("resource")
    own_size = bytearray(b"a") * 900_000_000  # more than a check may have: it is not the check's
    for how, status in (("watched", 1), ("limited", 3), ("busy", -signal.SIGXCPU)):
        own = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
        command = [sys.executable, "-c", TAKES_ALL, how]
        done = subprocess.run(command, env=own, check=False, timeout=60)
        assert done.returncode == status, how
    assert own_size


LIMITED = """
import resource, sys
from tests.support.cases import every
resource.setrlimit(resource.RLIMIT_AS, (1_000_000_000, 1_000_000_000))
resource.setrlimit(resource.RLIMIT_CPU, (20, 20))
from optviz.commands.main import main
sys.exit(main(["workbook", "check", sys.argv[1]]))
"""


@pytest.mark.parametrize("name", ["gigabyte", "high ratio", "lying", "listed", "long tag"])
def test_a_hostile_file_needs_little_memory(name, tmp_path):
    file = tmp_path / "bomb.xlsx"
    file.write_bytes(hostile_file(name))
    own = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-c", LIMITED, str(file)]
    done = subprocess.run(command, capture_output=True, text=True, env=own, check=False)
    assert done.returncode == 2, done.stderr
    assert done.stderr.startswith(f"optviz: {file} ")
    assert done.stderr.count("\n") == 1
