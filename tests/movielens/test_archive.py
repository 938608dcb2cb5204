"""Archives of common kinds are read where they lie, within bounds, or refused in a sentence."""

import bz2
import gzip
import io
import lzma
import os
import tarfile
import zipfile
from pathlib import Path

import pytest

from optviz.movielens import MovieLensError, archive, load
from tests.support.cases import every
from tests.support.movielens_made import HEADER, MOVIES, folder_of, zip_of

RATINGS = f"{HEADER}\n1,1,4.5,0\n2,31,3,0\n"
FILES = {"ml/ratings.csv": RATINGS, "ml/movies.csv": MOVIES}


def tar_of(
    path: Path, mode: str, files: dict[str, str], links: dict[str, str] | None = None
) -> Path:
    """Write files, and links to somewhere, as a tar and return its path."""
    with tarfile.open(path, mode) as tar:  # pyright: ignore[reportCallIssue, reportArgumentType]
        for name, text in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(text.encode())
            tar.addfile(info, io.BytesIO(text.encode()))
        for name, target in (links or {}).items():
            info = tarfile.TarInfo(name)
            info.type, info.linkname = tarfile.SYMTYPE, target
            tar.addfile(info)
    return path


def refuse(path: Path) -> str:
    """Return the sentence with which a path is refused."""
    with pytest.raises(MovieLensError) as caught:
        load(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@every("name", ["a.tar", "a.tar.gz", "a.tgz", "a.tar.bz2", "a.tar.xz", "called-anything"])
def test_tars_are_read_by_their_content(tmp_path, name):
    mode = {"gz": "w:gz", "tgz": "w:gz", "bz2": "w:bz2", "xz": "w:xz"}.get(name.split(".")[-1], "w")
    ratings = load(tar_of(tmp_path / name, mode, FILES))
    assert (ratings.name, ratings.rating.tolist()) == ("ml", [4.5, 3.0])


def test_compressed_files_are_read_alone_in_folders_and_in_archives(tmp_path):
    packed = {
        "ratings.csv.gz": gzip.compress(RATINGS.encode()),
        "movies.csv.xz": lzma.compress(MOVIES.encode()),
    }
    folder = folder_of(tmp_path / "made", packed)
    for path in (folder, folder / "ratings.csv.gz", zip_of(tmp_path / "made.zip", packed)):
        assert load(path).rating.tolist() == [4.5, 3.0]


def test_names_from_windows_and_files_that_macos_adds_do_not_matter(tmp_path):
    path = tmp_path / "made.zip"
    with zipfile.ZipFile(path, "w") as packed:
        for name, text in FILES.items():
            info = zipfile.ZipInfo("made")
            info.filename = name.replace("/", "\\")
            packed.writestr(info, text)
        packed.writestr("__MACOSX/ml/ratings.csv", "x")
        packed.writestr("ml/._ratings.csv", "x")
    assert (load(path).name, len(load(path))) == ("ml", 2)


def test_several_data_sets_in_an_archive_are_a_question(tmp_path):
    other = {"b/ratings.csv": RATINGS, "b/movies.csv": MOVIES}
    root = {"ratings.csv": RATINGS, "movies.csv": MOVIES}
    same = {"ml/ratings.dat": "1::1::2::3\n", "ml/movies.dat": "1::x::y\n"}
    assert "holds several data sets: b, ml; unpack it" in refuse(
        zip_of(tmp_path / "1.zip", FILES | other)
    )
    assert "several data sets: 2, ml;" in refuse(zip_of(tmp_path / "2.zip", FILES | root))
    assert "several data sets: b, ml;" in refuse(tar_of(tmp_path / "3.tgz", "w:gz", FILES | other))
    assert "several files of ratings: ratings.csv, ratings.dat" in refuse(
        zip_of(tmp_path / "4.zip", FILES | same)
    )
    nested = refuse(zip_of(tmp_path / "5.zip", {"ml-1m.zip": "x", "README": "x"}))
    assert "but the archive ml-1m.zip: unpack that first" in nested
    with zipfile.ZipFile(tmp_path / "6.zip", "w") as packed:
        for text in (RATINGS, HEADER):
            with pytest.warns(UserWarning, match="Duplicate") if text == HEADER else io.BytesIO():
                packed.writestr("ratings.csv", text)
    assert "holds ratings.csv twice" in refuse(tmp_path / "6.zip")


def test_links_and_climbing_names_in_a_tar_reach_nothing(tmp_path):
    (tmp_path / "secret.csv").write_text(RATINGS)
    links = {"ml/ratings.csv": str(tmp_path / "secret.csv")}
    linked = tar_of(tmp_path / "l.tar", "w", {"ml/movies.csv": MOVIES}, links)
    assert "ml/ratings.csv in the archive is a link, which is not followed" in refuse(linked)
    climbing = {f"../../{name}": text for name, text in FILES.items()}
    before = sorted(tmp_path.rglob("*"))
    path = tar_of(tmp_path / "c.tar", "w", climbing)
    assert len(load(path)) == 2
    assert sorted(tmp_path.rglob("*")) == sorted([*before, path])


@every("packer", [gzip, bz2, lzma])
def test_bombs_stop_at_a_bound(tmp_path, monkeypatch, packer):
    monkeypatch.setattr(archive, "_BOMB", 1 << 16)
    tmp_path = tmp_path / packer.__name__
    tmp_path.mkdir()
    lines = RATINGS.encode() + b"1,1,4.5,0\n" * (1 << 14)
    made = {"ratings.csv.gz": packer.compress(lines), "movies.csv": MOVIES}
    text = refuse(folder_of(tmp_path / "made", made))
    assert "ratings.csv in " in text
    assert "unpacks to more than 65,536 bytes: refused" in text
    tar = tar_of(tmp_path / "x.tar", "w", FILES | {"ml/ratings.csv": lines.decode()})
    tar.write_bytes(packer.compress(tar.read_bytes()))
    assert f"{tar} unpacks to more than 65,536 bytes: refused" in refuse(tar)


def test_archives_cut_short_or_damaged_are_one_sentence(tmp_path):
    for mode, ending in (("w:gz", "gz"), ("w:bz2", "bz2"), ("w:xz", "xz"), ("w", "tar")):
        path = tar_of(tmp_path / f"x.{ending}", mode, FILES)
        whole = path.read_bytes()
        path.write_bytes(whole[: min(len(whole) // 2, 700)])
        assert str(path) in refuse(path), mode
        path.write_bytes(whole[:40] + bytes(byte ^ 0xFF for byte in whole[40:60]) + whole[60:])
        refuse(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes by name here")
def test_a_pipe_is_no_file(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert "is neither a file nor a folder" in refuse(tmp_path / "pipe")
