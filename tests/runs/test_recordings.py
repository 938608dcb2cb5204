"""The record of a person's own training, and its file in the hands of strangers."""

import json
import math
import struct
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from zlib import crc32

import numpy as np
import pytest

from optviz import Plane, Recording, slice_loss
from optviz.problems.surfaces import surface
from optviz.runs.npz import RecordFileError
from optviz.runs.recording_files import (
    JSON_AT,
    MAGIC,
    MOST_JSON,
    NAME_BYTES,
    PREFIX,
    RUNNING,
    Layout,
    Prefix,
    RowFile,
    find_moves,
    find_rows,
    pack_prefix,
)
from optviz.runs.recording_headers import make_header, read_rows
from optviz.runs.recordings import ENDS
from optviz.runs.sketches import Sketch

RNG = np.random.default_rng(0)
BLOCKS = (("0.weight", (3, 2)), ("0.bias", (2,)), ("scale", ()))


def make_recording(points=7, **more) -> Recording:
    """Return a recording with a column of every kind."""
    buffers = {
        "1.mean": RNG.normal(size=(points, 2)).astype(np.float32),
        "1.count": np.arange(points),
        "2.mask": np.ones((points, 2, 3), bool),
        "2.empty": np.zeros((points, 0)),
    }
    return Recording(
        BLOCKS,
        step=np.arange(points) * 5,
        values=RNG.normal(size=(points, 9)).astype(np.float32),
        all_buffers=buffers,
        state={"exp_avg": RNG.normal(size=(points, 9)).astype(np.float32)},
        logs={"loss": RNG.normal(size=points), "Güte": np.full(points, np.nan)},
        about={"label": "Ä", "kind": "adam", "frozen": "", "settings": {"lr": 0.1}},
        **more,
    )


@pytest.fixture
def file(tmp_path):
    return make_recording().save(tmp_path / "run.optviz")


def test_a_file_holds_all_of_a_recording(tmp_path):
    made = make_recording()
    back = Recording.open(made.save(tmp_path / "run.optviz"))
    for name in ("step", "values", "path", "buffers", "all_buffers", "state", "logs"):
        np.testing.assert_equal(getattr(back, name), getattr(made, name))
    assert (back.blocks, back.about, back.label) == (made.blocks, made.about, made.label)
    assert back.words() == made.words() == "Ä: 9 parameters at 7 points, steps 0 to 30; closed."
    assert isinstance(back.path, np.memmap)
    assert {name: each.dtype for name, each in back.all_buffers.items()} == {
        name: each.dtype for name, each in made.all_buffers.items()
    }
    with pytest.raises(FileExistsError, match="exists: give another file, or pass overwrite"):
        made.save(tmp_path / "run.optviz")


def test_only_buffers_of_parts_that_moved_are_part_of_a_point():
    made = make_recording()
    assert set(made.buffers) == {"1.mean", "1.count"}
    assert made.buffers_at(3)["1.count"] == 3
    first = made.pick([0])
    assert first.buffers["1.mean"].tolist() == made.all_buffers["1.mean"][:1].tolist()
    still = replace(made, all_buffers={"2.mask": made.all_buffers["2.mask"]})
    assert (still.buffers, still.buffers_at(0)) == (None, None)


def test_a_recording_is_a_path_of_a_slice():
    problem = surface("rosenbrock")
    path = np.linspace([-1, 1], [1, 1], 5, dtype=np.float32)
    made = Recording((("x", ()), ("y", ())), np.arange(5), path, about={"kind": "adam"})
    cut = slice_loss(problem, Plane.pca(made), made, size=5)
    (shadow,) = cut.shadows
    assert (shadow.label, shadow.kind) == ("adam", "adam")
    np.testing.assert_allclose(shadow.true, problem.loss(path.T))


def test_a_file_cut_off_anywhere_opens_up_to_there_or_is_refused(file):
    whole, data = make_recording(), file.read_bytes()
    header, _, _, layout, _ = read_rows(file)
    rows = len(data) - 7 * layout.size
    for size in (0, 5, len(MAGIC), PREFIX.size - 1, PREFIX.size, JSON_AT + 9, rows - 1, rows):
        file.write_bytes(data[:size])
        with pytest.raises(RecordFileError, match=r"is no recording|is broken|no whole point"):
            Recording.open(file)
    for size in (rows + layout.size, rows + 5 * layout.size - 1, len(data) - 1):
        file.write_bytes(data[:size])
        made = Recording.open(file)
        count = (size - rows) // layout.size
        np.testing.assert_array_equal(made.step, whole.step[:count])
    assert [name for name, *_ in header["blocks"]] == ["0.weight", "0.bias", "scale"]


def rewrite(file, **changes):
    """Change the header of a file, its checksum with it."""
    data = file.read_bytes()
    prefix = list(PREFIX.unpack(data[: PREFIX.size]))
    size = prefix[2]
    header = json.loads(data[JSON_AT : JSON_AT + size]) | changes
    text = changes["text"] if "text" in changes else json.dumps(header).encode()
    names = data[PREFIX.size : JSON_AT]
    gap = bytes(find_rows(len(text)) - JSON_AT - len(text))
    packed = pack_prefix(len(text), Prefix(*prefix[3:6]), crc32(text), names)
    file.write_bytes(packed + names + text + gap + data[find_rows(size) :])


HOSTILE = {
    "a huge count": {"width": 2**62, "blocks": [["a", [2**31, 2**31], "float32"]]},
    "an overflow": {"width": 0, "blocks": [["a", [2**40, 2**40, 2**40], "float32"]]},
    "a negative shape": {"blocks": [["a", [-9], "float32"], ["b", [9], "float32"]]},
    "a shape of text": {"blocks": [["a", ["9"], "float32"]]},
    "a shape of floats": {"blocks": [["a", [9.0], "float32"]]},
    "many dimensions": {"blocks": [["a", [1] * 65 + [9], "float32"]]},
    "a name that is no text": {"blocks": [[9, [9], "float32"]]},
    "a long name": {"label": "a" * 10**4},
    "a name twice": {"blocks": [["a", [4], "float32"], ["a", [5], "float32"]]},
    "an object dtype": {"buffers": [["a", "|O", [2]]]},
    "a dtype of a list": {"buffers": [["a", [["x", "<f4"]], [2]]]},
    "another width": {"width": 8},
    "a width of text": {"width": "9"},
    "a sketch wider than its points": {"seed": 0, "width": 9},
    "a negative seed": {"seed": -1, "width": 4},
    "no blocks": {"blocks": []},
    "notes of numbers": {"about": {"notes": [3]}},
    "an about that is a list": {"about": []},
    "no JSON": {"text": b"\x80\x04K\x01."},
    "no object": {"text": b"[1, 2]"},
    "deep JSON": {"text": b"[" * 10**6},
    "a huge number": {"text": b'{"width": ' + b"9" * 10**5 + b"}"},
    "null": {"text": b"null"},
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_header_is_refused_in_a_sentence(name, file):
    rewrite(file, **HOSTILE[name])
    with pytest.raises(RecordFileError, match=r"is broken \(its header makes no sense: .*again"):
        Recording.open(file)


def test_huge_sketches_and_buffers_ask_for_no_memory(file):
    sketch = {"sketch": Sketch((9,), 4), "about": {"label": "small"}}
    small = Recording((("a", (9,)),), np.arange(3), np.ones((3, 4), np.float32), **sketch)
    huge = small.save(file.with_name("huge"))
    rewrite(huge, blocks=[["a", [2**49], "float32"]])
    made = Recording.open(huge)
    assert (made.size, made.sketch.width, made.distances().max()) == (2**49, 4, 0)
    rewrite(file, buffers=[[str(i), "<f8", [2**44]] for i in range(9)])
    with pytest.raises(RecordFileError, match="no whole point"):
        Recording.open(file, check=False)


PREFIXES = {
    "of another program": (0, b"PK\x03\x04", "is no recording of optviz: give a file of record"),
    "a later version": (
        16,
        struct.pack("<I", 3),
        "has version 3, this optviz reads those up to 2: up",
    ),
    "a long header": (20, struct.pack("<I", MOST_JSON + 1), "its header claims 16000001 bytes"),
    "no steps between": (32, bytes(8), "claims 0 steps between points"),
    "another end": (40, b"\x07", "and the end 7"),
    "a changed header": (JSON_AT + 3, b"?", "its header is cut off or changed"),
    "a name that is no text": (PREFIX.size, b"\xff", "name of a logged value is no text"),
    "another count": (24, b"\x06", r"has changed at its start since .*, check=False\) reads it"),
    "another name": (PREFIX.size, b"m", "has changed at its start since it was written"),
    "a name twice": (PREFIX.size + NAME_BYTES, b"loss".ljust(NAME_BYTES, b"\0"), "one name"),
}


@pytest.mark.parametrize("name", PREFIXES)
def test_a_file_that_is_another_or_changed_is_refused_in_a_sentence(name, file):
    place, data, words = PREFIXES[name]
    whole = bytearray(file.read_bytes())
    whole[place : place + len(data)] = data
    file.write_bytes(whole)
    with pytest.raises(RecordFileError, match=words):
        Recording.open(file)


def test_a_count_above_the_rows_that_are_there_is_not_believed(file):
    with file.open("r+b") as stream:
        stream.seek(24)
        stream.write(struct.pack("<Q", 2**63))
    assert len(Recording.open(file, check=False)) == 7
    with pytest.raises(FileNotFoundError, match=r"there is no file .*other: give the file= of a"):
        Recording.open(file.with_name("other"))
    with pytest.raises(RecordFileError, match="is a folder: give the file of a recording in it"):
        Recording.open(file.parent)


def test_every_changed_byte_of_the_head_gives_the_recording_or_a_sentence(file):
    whole = file.read_bytes()
    _, _, _, layout, _ = read_rows(file)
    for place in RNG.integers(0, len(whole) - 6 * layout.size, 200):
        for value in (0, 255, int(RNG.integers(256))):
            data = bytearray(whole)
            data[place] = value
            file.write_bytes(data)
            with suppress(RecordFileError):
                assert 1 <= len(Recording.open(file, check=False)) <= 7


def test_a_changed_byte_of_a_row_is_named_and_its_point_left_out(file):
    whole, data, layout = make_recording(), file.read_bytes(), read_rows(file)[3]
    start = len(data) - 7 * layout.size
    for place in RNG.integers(start, len(data), 90):
        changed, (row, byte) = bytearray(data), divmod(place - start, layout.size)
        changed[place] ^= 1 << int(RNG.integers(8))
        file.write_bytes(changed)
        with pytest.warns(UserWarning, match=rf"run.optviz changed after .* row {row}.* left out"):
            made = Recording.open(file)
        assert f"row {row}" in made.words()
        is_rest = byte >= layout.body
        kept = whole.step if is_rest else np.delete(whole.step, row)
        np.testing.assert_array_equal(made.step, kept)
        assert np.isnan(made.logs["loss"]).sum() == is_rest
    file.write_bytes(data)
    np.testing.assert_array_equal(Recording.open(file, check=False).step[-1], whole.step[-1])


def test_a_changed_byte_of_a_file_that_is_not_closed_is_found_but_at_its_end(file):
    made = make_recording(rates=np.tile([0.1, np.nan, 1.0], (7, 1)))
    made.rates[6] = np.nan  # of the last point, as in the file of a killed process
    made = replace(made, ended=ENDS[RUNNING])
    data = bytearray(made.save(file, overwrite=True).read_bytes())
    data[32] = 5  # steps between points
    size = PREFIX.unpack(data[: PREFIX.size])[2]
    names, checksum = bytes(data[PREFIX.size : JSON_AT]), crc32(data[JSON_AT : JSON_AT + size])
    data[: PREFIX.size] = pack_prefix(size, Prefix(0, 5), checksum, names)
    file.write_bytes(data)
    layout = read_rows(file)[3]
    start, body = len(data) - 7 * layout.size, layout.body
    steps = [*range(8), *range(body - 8, body), *range(8, layout.size, 9)]
    for place in [*range(24, 40), PREFIX.size + 1, *(start + 3 * layout.size + i for i in steps)]:
        changed = bytearray(data)
        changed[place] ^= 1
        file.write_bytes(changed)
        if place < start:
            with pytest.raises(RecordFileError, match=r"changed at its start|claims \d+ steps"):
                Recording.open(file)
            continue
        with pytest.warns(UserWarning, match="changed after it was written: .*row 3"):
            Recording.open(file)
    data[-1] ^= 1
    file.write_bytes(data)
    assert "averages are not known at step 30: what followed is not" in Recording.open(file).words()


def test_a_row_half_written_over_a_dropped_one_is_no_change(tmp_path):
    layout = Layout(9)
    header = make_header(BLOCKS, {"label": "a"}, None)
    rows = RowFile(tmp_path / "run.optviz", header, layout, False)
    columns = layout.view(rows.raw)
    columns["rates"][:] = 0.1
    for slot in range(4):
        columns["step"][0] = columns["again"][0] = slot
        columns["values"][0] = slot
        rows.write(slot, 0)
    rows.mark(Prefix(every=2))
    half = RNG.normal(size=layout.body // 2).tobytes()
    with rows.path.open("r+b") as stream:
        stream.seek(rows.start + layout.size)
        stream.write(struct.pack("<q", 4) + half[: layout.body // 2])
    made = Recording.open(rows.path)
    np.testing.assert_array_equal(made.step, [0, 2, 3])
    rows.close([0, 2], RUNNING)


def test_an_open_recording_may_be_saved_to_its_own_file(file):
    made = Recording.open(file)
    made.save(file, overwrite=True)  # cut off below its memmap, it would end the process
    np.testing.assert_array_equal(Recording.open(file).path, made.path)


def test_a_file_of_the_first_version_opens_as_it_did():
    made = Recording.open(Path(__file__).with_name("old_format.optviz"))
    assert made.words() == "old: 9 parameters at 4 points, steps 0 to 15; closed."
    np.testing.assert_array_equal(made.path, np.arange(36, dtype=np.float32).reshape(4, 9))
    np.testing.assert_array_equal(made.logs["loss"], [np.nan, 1, 2, 3])
    assert (made.lr, list(made.state), list(made.buffers)) == (None, ["exp_avg"], ["1.mean"])


def test_rows_are_put_in_order_without_losing_one():
    for _ in range(200):
        count = int(RNG.integers(1, 9))
        slots = RNG.permutation(count + int(RNG.integers(4)))[:count].tolist()
        rows, hand = list(range(12)), -1
        for target, slot in find_moves(slots):
            row = hand if slot < 0 else rows[slot]
            if target < 0:
                hand = row
            else:
                assert (
                    rows[target] not in set(slots)
                    or rows.count(rows[target]) + (hand == rows[target]) > 1
                )
                rows[target] = row
        assert rows[:count] == slots


def test_points_are_thinned_evenly_up_to_the_first_that_is_not_finite():
    made = make_recording(20)
    made.values[17, [0, 7]] = np.nan
    assert made.finite == 17
    assert "From step 85 on not all parameters are finite (0.weight, 0.bias)." in made.words()
    for points, kept in ((100, range(17)), (17, range(17)), (9, range(0, 17, 2))):
        np.testing.assert_array_equal(made.thin(points).step, [5 * i for i in kept])
    np.testing.assert_array_equal(made.thin(5).step // 5, [0, 4, 8, 12, 16])
    np.testing.assert_array_equal(made.thin(6).step // 5, [0, 4, 8, 12, 16])
    made.values[0, 0] = np.inf
    with pytest.raises(ValueError, match="Ä has no finite point: lower its learning rate"):
        make_recording(20, ended="closed").pick(slice(0)).thin(5)


def test_principal_coordinates_are_those_of_the_svd():
    made = make_recording()
    coords, share = made.coordinates()
    u, s, _ = np.linalg.svd(made.values.astype(float) - made.values.mean(0, dtype=float))
    np.testing.assert_allclose(np.abs(coords), np.abs(u[:, :2] * s[:2]), atol=1e-6)
    assert share == pytest.approx((s[:2] ** 2).sum() / (s**2).sum())
    norms = np.linalg.norm(made.values[:, None].astype(float) - made.values, axis=2)
    np.testing.assert_allclose(made.distances(), norms, atol=1e-6)


def test_the_error_of_a_sketch_is_as_stated_even_for_equal_numbers():
    for vector in (np.ones(5000), np.tile(RNG.normal(size=50), 100), RNG.normal(size=5000)):
        lengths = []
        for seed in range(300):
            out = np.zeros(100)
            Sketch((4000, 1000), 100, seed).project([vector[:4000], vector[4000:]], out)
            lengths.append(np.linalg.norm(out) / np.linalg.norm(vector))
        error = math.sqrt(np.mean((np.array(lengths) - 1) ** 2))
        assert error == pytest.approx(Sketch((5000,), 100).error, rel=0.2)


def test_a_sketch_is_linear_and_the_same_for_a_seed():
    first, second = RNG.normal(size=(2, 70))
    out = np.zeros((4, 16))
    for row, (seed, vector) in zip(
        out, ((0, first), (0, second), (0, first + second), (1, first)), strict=True
    ):
        Sketch((50, 20), 16, seed).project([vector[:50], vector[50:]], row)
    np.testing.assert_allclose(out[0] + out[1], out[2], atol=1e-12)
    assert np.abs(out[0] - out[3]).max() > 0.1


def test_a_closed_file_that_is_cut_says_how_much_of_it_is_there(file):
    data = file.read_bytes()
    row = (len(data) - find_rows(PREFIX.unpack(data[: PREFIX.size])[2])) // 7
    file.write_bytes(data[: len(data) - row - 1])
    assert Recording.open(file).words().endswith("cut off: 5 of its 7 points are there.")


def test_a_model_in_double_precision_is_told_that_its_points_are_rounded():
    made = make_recording()
    double = replace(made, about=made.about | {"dtypes": {"0.weight": "float64"}})
    assert "kept in single precision" in double.words()
    assert "kept in single precision" not in made.words()
