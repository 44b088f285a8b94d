"""Engines that tests run against: Spark on two cores, and a PostgreSQL server of its own behind a socket.

Either takes seconds to start, so one is started for all tests of a process that ask for it.
"""

from __future__ import annotations

import csv
import importlib
import io
import os
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import AT_THE_END, REQUIRED, need, not_left_out


def need_module(name: str) -> Any:
    """A module; the test is skipped without it, and fails where every part is required."""
    not_left_out(name)
    try:
        return importlib.import_module(name)
    except ImportError:
        reason = f"{name} is not installed"
        if os.environ.get(REQUIRED):
            pytest.fail(f"{reason}, but {REQUIRED} is set")
        pytest.skip(reason)


@pytest.fixture(scope="session")
def spark() -> Any:
    """A Spark session."""
    return spark_session()


@cache
def spark_session() -> Any:
    """The one Spark session of a process."""
    need("java")
    need_module("pyspark")
    from pyspark.sql import SparkSession

    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # its workers need what this process has
    folder = tempfile.mkdtemp(prefix="kling-cost-spark-")
    settings = {
        "spark.driver.host": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.warehouse.dir": folder,
        "spark.log.level": "ERROR",
    }
    builder = SparkSession.builder.master("local[2]").appName("kling_cost tests")
    for name, value in settings.items():
        builder = builder.config(name, value)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what Spark says of itself while it starts
        session = builder.getOrCreate()
    AT_THE_END.callback(shutil.rmtree, folder, ignore_errors=True)
    AT_THE_END.callback(session.stop)
    return session


class Postgres:
    """A server whose data and socket are in one folder, without a port."""

    def __init__(self, psql: str, folder: Path) -> None:
        self._psql, self._folder = psql, folder

    def run(self, statements: str, database: str = "postgres") -> list[list[str]]:
        """Run statements in one session, and the rows that they give, as text; a null is `NULL`."""
        flags = ["-X", "-q", "--csv", "-t", "-v", "ON_ERROR_STOP=1", "-P", "null=NULL"]
        found = subprocess.run(
            [self._psql, *flags, "-h", str(self._folder), "-U", "postgres", "-d", database],
            input=f"SET client_min_messages = warning;\n{statements}".encode(),
            capture_output=True,
            timeout=300,
            check=False,
            env={**os.environ, "PGCLIENTENCODING": "UTF8"},
        )
        assert found.returncode == 0, found.stderr.decode()[-2000:]
        return list(csv.reader(io.StringIO(found.stdout.decode(), newline="")))

    def database(self, name: str) -> str:
        """An empty database of this name."""
        self.run(f"DROP DATABASE IF EXISTS {name};\nCREATE DATABASE {name};")
        return name


@pytest.fixture(scope="session")
def postgres() -> Postgres:
    """A PostgreSQL server that nobody else uses."""
    psql = need("psql")
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    programs = found[-1] if found else Path(need("initdb")).parent
    return _postgres(psql, programs)


@cache
def _postgres(psql: str, programs: Path) -> Postgres:
    folder = Path(tempfile.mkdtemp(prefix="kling-cost-pg-"))  # short: a socket's path has about a hundred characters
    as_user: Sequence[str] = ()
    if os.geteuid() == 0:  # the server refuses to run as root
        shutil.chown(folder, "postgres")
        as_user = [need("runuser"), "-u", "postgres", "--"]

    def run(program: str, *words: str) -> None:
        with open(os.devnull, "r+b") as nothing:  # a pipe would be held open by the server
            subprocess.run(
                [*as_user, programs / program, "-D", folder / "data", *words],
                cwd=folder,
                stdin=nothing,
                stdout=nothing,
                stderr=nothing,
                timeout=120,
                check=True,
            )

    run("initdb", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "--no-sync")
    options = {"listen_addresses": "''", "unix_socket_directories": str(folder), "fsync": "off"}
    given = " ".join(f"-c {name}={value}" for name, value in options.items())
    run("pg_ctl", "start", "-w", "-o", given, "-l", str(folder / "log"))
    AT_THE_END.callback(shutil.rmtree, folder, ignore_errors=True)
    AT_THE_END.callback(run, "pg_ctl", "stop", "-w", "-m", "immediate")
    return Postgres(psql, folder)
