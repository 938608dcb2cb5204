"""Executors: worker processes of this machine, or a dask cluster that runs already."""

from __future__ import annotations

import logging
import multiprocessing
import os
import re
import uuid
from concurrent.futures import Executor, ProcessPoolExecutor
from pathlib import Path
from typing import Any

import optviz
from optviz_app.jobs.worker import prepare_process, probe

AT_ONCE = 2
"""Jobs that run at once on this machine; the others wait."""
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
ADDRESS = r"((tcp|tls)://)?(\[[0-9a-fA-F:]+\]|[^\s/:\[\]]+):\d{1,5}"
ANSWER_S = 10
"""Time that a cluster has to answer."""


def start_processes(folder: Path) -> tuple[Executor, Any]:
    """Return worker processes that start when they are first needed, and a flag that ends them.

    They remove `folder`, that of the channels, where their server was killed. The flag is a shared
    byte: an event waits for ever for a process that was killed while it waited for the event.
    """
    for name in THREADS:  # read by each worker's numpy, which is not loaded yet
        os.environ.setdefault(name, "1")
    context = multiprocessing.get_context("spawn")
    stop = context.RawValue("b", 0)
    given = stop, str(folder)
    return ProcessPoolExecutor(AT_ONCE, context, initializer=prepare_process, initargs=given), stop


def connect_cluster(address: str, folder: Path) -> tuple[Any, Executor, int]:
    """Return a client of the cluster at an address, its executor, and its number of threads."""
    client = open_client(address)
    try:
        slots = sum(client.nthreads().values())
        if not slots:
            raise ValueError(f"the dask cluster at {address} has no workers: start some")
        check_workers(client, address, folder)
    except BaseException:
        client.close()
        raise
    return client, client.get_executor(pure=False), slots


def open_client(address: str) -> Any:
    """Return a client of the cluster at an address."""
    if not re.fullmatch(ADDRESS, address):
        raise ValueError(f"a dask cluster's address is like tcp://127.0.0.1:8786, got {address}")
    try:
        from distributed import Client
    except ModuleNotFoundError:
        raise ValueError('a dask cluster needs distributed: pip install "distributed"') from None
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # failures become sentences here
    try:
        return Client(address, timeout=ANSWER_S, set_as_default=False)
    except OSError as error:
        why = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ValueError(
            f"no dask cluster answers at {address} ({why}): give the address that its scheduler "
            "told when it was started, such as tcp://127.0.0.1:8786"
        ) from None


def check_workers(client: Any, address: str, folder: Path) -> None:
    """Refuse a cluster unless all workers run this optviz and see the shared folder."""
    folder.mkdir(parents=True, exist_ok=True)
    sign = folder / f".seen-{uuid.uuid4().hex}"
    sign.touch()
    try:
        answers = [
            client.submit(probe, str(sign), workers=[worker], pure=False)
            for worker in client.scheduler_info(n_workers=-1)["workers"]
        ]
        told = [each.result(timeout=4 * ANSWER_S) for each in answers]
    except Exception as error:  # whatever went wrong over there
        why = f"{type(error).__name__}: {error}".splitlines()[0]
        raise ValueError(
            f"the workers at {address} cannot run optviz ({why}): install it there, the app with it"
        ) from None
    finally:
        sign.unlink(missing_ok=True)
    if others := {version for version, _ in told} - {optviz.__version__}:
        raise ValueError(
            f"the workers at {address} run optviz {min(others)}, this is {optviz.__version__}: "
            "install the same everywhere"
        )
    if not all(found for _, found in told):
        raise ValueError(
            f"the workers at {address} do not see the folder {folder}: set OPTVIZ_CACHE to one "
            "that this machine and all workers share"
        )
