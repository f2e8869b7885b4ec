"""A PostgreSQL server of the tests' own: started in a temporary folder, gone when they end, however they end."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from tools import packages

USER = "postgres"
SETTINGS = ("fsync=off", "full_page_writes=off", "max_connections=60", "shared_buffers=64MB", "autovacuum=off")
PATIENCE_SECONDS = 60


@contextmanager
def server() -> Iterator[str]:
    """Run a server and yield the address of its maintenance database. Raises RuntimeError if there is none to run."""
    programs = packages.postgresql()
    if programs is None:
        raise RuntimeError("The tests need a PostgreSQL server of version 15 or later: apt-get install postgresql")
    folder = Path(tempfile.mkdtemp(prefix="ledger-postgresql-"))
    try:
        if is_root():
            shutil.chown(folder, USER)
        with serving(programs, folder) as address:
            yield address
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def serving(programs: Path, folder: Path) -> Iterator[str]:
    """Run a server over what lies in folder, or over nothing yet, and yield the address of its first database."""
    data = folder / "data"
    if not data.exists():
        made = ["-D", data, "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
        subprocess.run(unprivileged(programs / "initdb", *made), check=True, stdout=subprocess.DEVNULL, cwd=folder)
    with running(programs / "postgres", data) as address:
        yield address


@contextmanager
def running(program: Path, data: Path) -> Iterator[str]:
    """Run the server over data until the block ends; the kernel stops it if this process dies before."""
    port, log = free_port(), data.parent / "log"
    places = ["-p", port, "-k", data.parent, "-c", "listen_addresses=127.0.0.1"]
    settings = [part for setting in SETTINGS for part in ("-c", setting)]
    command = unprivileged(program, "-D", data, *places, *settings)
    with log.open("w") as output, subprocess.Popen(command, stderr=output, cwd=data.parent) as process:
        try:
            address = f"postgresql://{USER}@127.0.0.1:{port}/postgres"
            wait_for(address, process, log)
            yield address.replace("postgresql:", "postgresql+psycopg:")
        finally:
            process.send_signal(signal.SIGQUIT)  # at once: nothing of it is kept


def unprivileged(*command: object) -> list[str]:
    """Return the command to run as somebody who is not root, which the server refuses, and to end with us."""
    become = ["--reuid", USER, "--regid", USER, "--clear-groups"] if is_root() else []
    return ["setpriv", *become, "--pdeathsig", "QUIT", *map(str, command)]


def wait_for(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Return once the server answers. Raises RuntimeError with its own words if it ends instead."""
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            psycopg.connect(address, connect_timeout=5).close()
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"PostgreSQL did not start: {log.read_text()}") from None
            time.sleep(0.05)
        else:
            return


def is_root() -> bool:
    """Whether we may become somebody else."""
    return os.geteuid() == 0


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
