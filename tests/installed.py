"""A server as an installation runs it: a process of its own, which can be killed."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PROJECT = Path(__file__).parent.parent
PATIENCE = 60


@contextmanager
def server(database_url: str, folder: Path, port: int | None = None) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Hold a server as an installation runs it, and its port, a free one if none is named."""
    port = port or free_port()
    environment = {
        **os.environ,
        "LEDGER_DATABASE_URL": database_url,
        "LEDGER_INSTANCE": str(folder),
        "LEDGER_SECRET_KEY": "for tests only",
        "LEDGER_WORKER": "0",
    }
    program = Path(sys.executable).with_name("granian")
    options = ["--interface", "wsgi", "--workers", "1", "--blocking-threads", "16", "--log-level", "error"]
    command = [str(program), *options, "--host", "127.0.0.1", "--port", str(port), "wsgi:app"]
    process = subprocess.Popen(command, cwd=PROJECT, env=environment, start_new_session=True)
    try:
        wait_for(port)
        yield process, port
    finally:
        kill(process)


def free_port() -> int:
    """Return a port on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int) -> None:
    """Return once something listens on a port. Raises AssertionError if nothing does before long."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert time.monotonic() < end, "the server does not start"
            time.sleep(0.05)
        else:
            return


def kill(process: subprocess.Popen[bytes]) -> None:
    """End the server and its workers without a warning."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
