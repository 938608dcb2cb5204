"""Files that are no workbooks get a sentence, at bounded cost."""

import os
import random
import subprocess
import sys

import pytest

from optviz.workbook import Sheet, WorkbookError, check, tabs_to_xlsx
from tests.support.cases import every
from tests.support.workbooks_hostile import HOSTILE, hostile_file
from tests.support.workbooks_made import pack, read_parts


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
