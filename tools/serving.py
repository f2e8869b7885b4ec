"""A server as an installation runs it, to be measured."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ledger.config import PROJECT


@contextmanager
def server(folder: Path, url: str, secret: str) -> Iterator[tuple[int, int]]:
    """Hold a server as an installation runs it, and give its port and the number of its processes' session."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    environment = {
        **os.environ,
        "LEDGER_DATABASE_URL": url,
        "LEDGER_INSTANCE": str(folder),
        "LEDGER_SECRET_KEY": secret,
        "PORT": str(port),
    }
    command = [sys.executable, "-m", "flask", "serve"]
    process = subprocess.Popen(command, cwd=PROJECT, env=environment, start_new_session=True, stdout=sys.stderr)
    try:
        for _ in range(300):
            time.sleep(0.1)
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
        yield port, process.pid
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()


def megabytes_of(session: int) -> int:
    """Return the most memory that any process of a session has had, in megabytes."""
    most = 0
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            said = dict(line.split(":", 1) for line in status.read_text().splitlines())
            is_of_it = os.getsid(int(status.parent.name)) == session
        except OSError:  # it has ended
            continue
        if is_of_it:
            most = max(most, int(said["VmHWM"].split()[0]) >> 10)
    return most
