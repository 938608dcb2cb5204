"""Downloads from the two sources: GroupLens' server, and the wheel that carries ml-100k."""

import http.client
import os
import signal
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

from optviz.movielens.ratings import MovieLensError, OnProgress

SILENCE_S = 5.0  # longest wait for a connection, or for the next bytes
GRACE_S, SLOWEST = 20.0, 4096  # after the grace, fewer bytes a second are given up
PIP = (sys.executable, "-m", "pip")
PIP_S = 120.0  # longest run of pip
WHEEL = "recbole==1.2.1"  # a package that carries ml-100k as its example
WHEEL_FOLDER = "recbole/dataset_example/ml-100k/"
_LARGEST_MEMBER = 16 << 20


class UnreachableError(MovieLensError):
    """A source that did not give the data; its text says why."""


def download(url: str, to: BinaryIO, limit: int, progress: OnProgress | None) -> None:
    """Write what an address serves to a file.

    Raises: UnreachableError for no answer, an error status, a stall, a trickle, too many bytes, or
        fewer than were announced
    """
    request = urllib.request.Request(url, headers={"User-Agent": "optviz"})
    try:
        with urllib.request.urlopen(request, timeout=SILENCE_S) as answer:
            _copy(answer, to, url, limit, progress)
    except urllib.error.HTTPError as error:
        error.close()
        raise UnreachableError(f"{url} answers {error.code} {error.reason}") from error
    except (TimeoutError, urllib.error.URLError) as error:
        reason = getattr(error, "reason", error)
        silent = isinstance(reason, TimeoutError)
        why = f"was silent for {SILENCE_S:g} s" if silent else f"cannot be reached: {reason}"
        raise UnreachableError(f"{url} {why}") from error
    except (ConnectionError, http.client.HTTPException, ssl.SSLError) as error:
        raise UnreachableError(f"{url} broke off: {error!r}") from error


def _copy(answer: Any, to: BinaryIO, url: str, limit: int, progress: OnProgress | None) -> None:
    """Copy the answer piece by piece, so that a stall or a flood is seen at once."""
    length = answer.headers.get("Content-Length", "")
    total = int(length) if length.isdigit() else None
    if total and total > limit:
        raise UnreachableError(f"{url} announces {total:,} bytes, expected at most {limit:,}")
    done, start = 0, time.monotonic()
    while piece := answer.read1(1 << 16):
        to.write(piece)
        done += len(piece)
        if done > limit:
            raise UnreachableError(f"{url} sends more than {limit:,} bytes")
        elapsed = time.monotonic() - start
        if elapsed > GRACE_S and done < SLOWEST * elapsed:
            raise UnreachableError(f"{url} is too slow: {done:,} bytes in {elapsed:.0f} s")
        if progress:
            progress(f"downloading {url}", done, total)
    if total is not None and done < total:
        raise UnreachableError(f"{url} broke off after {done:,} of {total:,} bytes")


def read_wheel(names: tuple[str, ...], progress: OnProgress | None) -> dict[str, bytes]:
    """Return members of the wheel that carries ml-100k, fetched by pip as a file.

    The package is never installed and none of its code runs.

    Raises: UnreachableError where pip is missing, fails, or takes longer than PIP_S
    """
    with tempfile.TemporaryDirectory(prefix="optviz-pip-") as folder:
        _pip_download(Path(folder), progress)
        wheels = list(Path(folder).glob("*.whl"))
        if not wheels:
            raise UnreachableError(f"pip brought no wheel of {WHEEL}")
        try:
            with zipfile.ZipFile(wheels[0]) as packed:
                infos = [packed.getinfo(WHEEL_FOLDER + name) for name in names]
                if any(info.file_size > _LARGEST_MEMBER for info in infos):
                    raise UnreachableError(f"{wheels[0].name} holds a file that is too large")
                return {name: packed.read(info) for name, info in zip(names, infos, strict=True)}
        except (KeyError, zipfile.BadZipFile) as error:
            raise UnreachableError(f"{wheels[0].name} does not hold ml-100k: {error}") from error


def _pip_download(folder: Path, progress: OnProgress | None) -> None:
    """Run pip in its own process group, and leave none of it behind."""
    options = "--no-deps --only-binary :all: --no-input --disable-pip-version-check"
    patience = "--progress-bar off --timeout 20 --retries 1"
    command = [*PIP, "download", *options.split(), *patience.split(), "--dest", str(folder), WHEEL]
    log = folder / "pip.txt"
    with log.open("wb") as output:
        pip = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        start = time.monotonic()
        try:
            while pip.poll() is None:
                if progress:  # the listener may raise to stop the wait
                    progress(f"pip download {WHEEL} (carries ml-100k)", 0, None)
                if time.monotonic() - start > PIP_S:
                    raise UnreachableError(f"pip download {WHEEL} took more than {PIP_S:g} s")
                with suppress(subprocess.TimeoutExpired):
                    pip.wait(timeout=0.2)
        finally:
            if pip.poll() is None:
                if hasattr(os, "killpg"):
                    os.killpg(pip.pid, signal.SIGKILL)
                else:
                    pip.kill()
                pip.wait()
    if pip.returncode:
        said = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
        errors = [line for line in said if "ERROR" in line] or said or ["no output"]
        raise UnreachableError(f"pip download {WHEEL} failed: {errors[0].strip()[:200]}")
