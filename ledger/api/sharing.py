"""One transaction for what several requests bring at the same time."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Generic, TypeVar

Thing = TypeVar("Thing")


@dataclass(slots=True)
class _Brought(Generic[Thing]):
    things: Sequence[Thing]
    is_done: bool = False
    error: Exception | None = None


class Sharing(Generic[Thing]):
    """Has written by one thread what others bring while it waits for its turn.

    A transaction costs several times what one scan in it costs. At the height of the day forty devices then wait for
    two or three transactions, not for forty.
    """

    def __init__(self, write: Callable[[Sequence[Thing]], None], *, most: int) -> None:
        """Write in transactions of most things, or of what one request brings if that is more."""
        self._write, self._most = write, most
        self._turn = Lock()
        self._waiting: deque[_Brought[Thing]] = deque()

    def bring(self, things: Sequence[Thing]) -> None:
        """Return when things are written, by this thread or another. Raises what writing them raises."""
        mine = _Brought(things)
        self._waiting.append(mine)
        with self._turn:
            while not mine.is_done:
                self._write_some()
        if mine.error is not None:
            raise mine.error

    def _write_some(self) -> None:
        some = [self._waiting.popleft()]
        size = len(some[0].things)
        while self._waiting and (size := size + len(self._waiting[0].things)) <= self._most:
            some.append(self._waiting.popleft())
        try:
            self._write([thing for brought in some for thing in brought.things])
        except Exception:  # noqa: BLE001 - each is told its own
            for brought in some:
                self._write_alone(brought)  # one request's fault does not fail the others
        for brought in some:
            brought.is_done = True

    def _write_alone(self, brought: _Brought[Thing]) -> None:
        try:
            self._write(brought.things)
        except Exception as error:  # noqa: BLE001 - raised again in the thread that it belongs to
            brought.error = error
