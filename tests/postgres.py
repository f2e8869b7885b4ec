"""A PostgreSQL server of the tests' own: started in a temporary folder, gone when they end."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

USER = "postgres"
SETTINGS = ("fsync=off", "full_page_writes=off", "max_connections=60", "shared_buffers=64MB", "autovacuum=off")


def programs() -> Path:
    """Return the folder of the newest installed server's programs. Raises RuntimeError if there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not found or int(found[-1].parts[-3]) < 15:  # noqa: PLR2004 - what interface.md promises
        raise RuntimeError("The tests need a PostgreSQL server of version 15 or later: apt-get install postgresql")
    return found[-1].parent


@contextmanager
def server() -> Iterator[str]:
    """Run a server and yield the address of its maintenance database."""
    folder = Path(tempfile.mkdtemp(prefix="ledger-pg-"))
    data, port = folder / "data", free_port()
    if os.geteuid() == 0:  # the server refuses to run as root
        shutil.chown(folder, USER)
    try:
        run("initdb", "-D", data, "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        options = " ".join(f"-c {setting}" for setting in SETTINGS)
        listen = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 {options}"
        run("pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", listen, "start")
        try:
            yield f"postgresql+psycopg://{USER}@127.0.0.1:{port}/postgres"
        finally:
            run("pg_ctl", "-D", data, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def run(program: str, *arguments: object) -> None:
    """Run one of the server's programs as an unprivileged user. Raises CalledProcessError."""
    command = [str(programs() / program), *map(str, arguments)]
    if os.geteuid() == 0:
        command = ["runuser", "-u", USER, "--", *command]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/")  # noqa: S603 - our own words


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
