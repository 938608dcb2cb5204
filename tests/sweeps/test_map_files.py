"""Maps as files: read again to the bit, and tables that agree with the maps."""

import csv
import json
from dataclasses import fields
from io import StringIO

import numpy as np
import pytest

from optviz import surface
from optviz.runs.npz import RecordFileError
from optviz.sweeps import basin_maps, sweep_map
from optviz.sweeps.map_files import list_maps, maps_to_csv, maps_to_json, read_maps, write_maps


@pytest.fixture(params=["basin", "sweep"])
def made(request):
    if request.param == "basin":
        return basin_maps(surface("himmelblau"), ["sgd:lr=0.01", "adam:lr=0.1"], 30, size=6)
    return sweep_map(surface("ravine"), "momentum", {"lr": (0.01, 1), "beta1": (0, 0.9)}, 30)


def test_maps_are_read_as_they_were_written(made, tmp_path):
    back = read_maps(write_maps(made, tmp_path / "map.npz"))
    assert type(back) is type(made)
    for one, other in zip(list_maps(made), list_maps(back), strict=True):
        for spec in fields(one):
            np.testing.assert_array_equal(getattr(one, spec.name), getattr(other, spec.name))


def test_a_broken_file_is_a_sentence(made, tmp_path):
    path = write_maps(made, tmp_path / "map.npz")
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(RecordFileError, match=r"map\.npz is broken"):
        read_maps(path)


def test_the_table_has_a_row_for_each_cell_with_its_values(made):
    rows = list(csv.DictReader(StringIO(maps_to_csv(made))))
    if isinstance(made, list):
        assert len(rows) == 2 * 36
        assert {row["optimizer"] for row in rows} == {each.label for each in made}
        last = rows[-1]
        assert float(last["loss"]) == made[1].final[-1, -1]
        assert (float(last["x"]), float(last["y"])) == (made[1].x[-1], made[1].y[-1])
        return
    assert len(rows) == made.regime.size
    assert float(rows[1]["lr"]) == made.x[1]
    assert float(rows[1]["median final loss"]) == made.median[0, 1]


def test_the_json_is_strict_and_whole(made):
    told = json.loads(maps_to_json(made), parse_constant=lambda name: pytest.fail(name))
    listed = list_maps(made)
    assert len(told["maps"]) == len(listed)
    assert np.shape(told["maps"][0]["final"]) == listed[0].final.shape
