"""Files that are no workbooks get a sentence, at bounded cost."""

import os
import subprocess
import sys

import pytest
from workbooks_hostile import HOSTILE

from optviz.workbook import WorkbookError, check


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_gets_one_sentence(name):
    make, said = HOSTILE[name]
    with pytest.raises(WorkbookError, match=said) as caught:
        check(make())
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (1_000_000_000, 1_000_000_000))
resource.setrlimit(resource.RLIMIT_CPU, (20, 20))
from optviz.cli import main
sys.exit(main(["workbook", "check", sys.argv[1]]))
"""


@pytest.mark.parametrize("name", ["gigabyte", "high ratio", "lying", "listed", "long tag"])
def test_a_hostile_file_needs_little_memory(name, tmp_path):
    file = tmp_path / "bomb.xlsx"
    file.write_bytes(HOSTILE[name][0]())
    own = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-c", LIMITED, str(file)]
    done = subprocess.run(command, capture_output=True, text=True, env=own, check=False)
    assert done.returncode == 2, done.stderr
    assert done.stderr.startswith(f"optviz: {file} ")
    assert done.stderr.count("\n") == 1
