"""Work on files from strangers, in a process of its own: a hostile file costs that process its bounds, not the server.

The parent calls run(); the child is one of our modules, run as a program that calls answer().
"""

import gc
import resource
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import orjson

from ledger.errors import LedgerError

_REFUSED, _EXHAUSTED = 3, 4
"""The child's exit statuses for a file that it refuses, and for one that needs more memory than it has."""


class OutOfBounds(Exception):
    """The work took more memory or time than it was given."""


class Refused(Exception):
    """The work ended with a refusal; code is the refusal's."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def run(module: str, request: Mapping[str, Any], *, wall_seconds: float) -> bytes:
    """Run one of our modules on a request in a process of its own and return what it writes to its output.

    Raises Refused with the refusal that the module ends with, OutOfBounds when a bound was reached, or RuntimeError
    for a fault of the program.
    """
    command = [sys.executable, "-m", module]
    project = Path(__file__).parents[1]
    try:
        child = subprocess.run(  # noqa: S603 - our own module
            command, input=orjson.dumps(request), capture_output=True, timeout=wall_seconds, cwd=project, check=False
        )
    except subprocess.TimeoutExpired:
        raise OutOfBounds from None
    if child.returncode == _REFUSED:
        raise Refused(child.stdout.decode())
    if child.returncode < 0 or child.returncode == _EXHAUSTED:  # below 0: ended by a signal
        raise OutOfBounds
    if child.returncode:
        raise RuntimeError(child.stderr.decode(errors="replace")[-2000:])
    return child.stdout


def answer(act: Callable[[Any], object], *, memory: int, cpu_seconds: int) -> int:
    """Bound this process, do act with the request that stands at its input, and return its exit status.

    memory is in bytes. What act returns, if anything, is written to the output as JSON.
    """
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    gc.disable()  # the process ends before there is anything to collect
    request = orjson.loads(sys.stdin.buffer.read())
    try:
        answered = act(request)
    except LedgerError as refusal:
        sys.stdout.write(refusal.code)
        return _REFUSED
    except MemoryError:
        return _EXHAUSTED
    if answered is not None:
        sys.stdout.buffer.write(orjson.dumps(answered))
    return 0
