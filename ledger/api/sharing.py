"""One transaction for what several requests bring at the same time."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from threading import Event, Lock
from typing import Generic, TypeVar

Thing = TypeVar("Thing")
Answer = TypeVar("Answer")


@dataclass(slots=True)
class _Brought(Generic[Thing, Answer]):
    things: Sequence[Thing]
    answers: Sequence[Answer] | None = None
    error: Exception | None = None
    turn: Event = field(default_factory=Event)
    """Set when it is answered, or when it is its thread's turn to write."""


class Sharing(Generic[Thing, Answer]):
    """Has written by one thread what others bring while it waits for its turn.

    A transaction costs several times what one scan in it costs. At the height of the day forty devices then wait for
    two or three transactions, not for forty. Turns go round in the order in which requests came, and who is answered
    waits for nobody else's.
    """

    def __init__(self, write: Callable[[Sequence[Thing]], Sequence[Answer]], *, most: int) -> None:
        """Write in transactions of most things, or of what one request brings if that is more.

        write answers each thing; any thread may read its answers.
        """
        self._write, self._most = write, most
        self._changing, self._is_writing = Lock(), False
        self._waiting: deque[_Brought[Thing, Answer]] = deque()

    def bring(self, things: Sequence[Thing]) -> Sequence[Answer]:
        """Return the answers when things are written, by this thread or another. Raises what writing them raises."""
        mine: _Brought[Thing, Answer] = _Brought(things)
        with self._changing:
            self._waiting.append(mine)
            must_wait, self._is_writing = self._is_writing, True
        if must_wait:
            mine.turn.wait()
        if mine.answers is None:
            self._take_turn()
        if mine.error is not None:
            raise mine.error
        return mine.answers or ()

    def _take_turn(self) -> None:
        """Write what waits, beginning with this thread's, and pass the turn on."""
        with self._changing:
            some = [self._waiting.popleft()]
            size = len(some[0].things)
            while self._waiting and (size := size + len(self._waiting[0].things)) <= self._most:
                some.append(self._waiting.popleft())
        self._write_some(some)
        with self._changing:
            following = list(islice(self._waiting, 1))
            self._is_writing = bool(following)
        for brought in some + following:
            brought.turn.set()

    def _write_some(self, some: Sequence[_Brought[Thing, Answer]]) -> None:
        try:
            answers = iter(self._write([thing for brought in some for thing in brought.things]))
        except Exception:  # noqa: BLE001 - each is told its own
            for brought in some:
                self._write_alone(brought)  # one request's fault does not fail the others
        else:
            for brought in some:
                brought.answers = list(islice(answers, len(brought.things)))

    def _write_alone(self, brought: _Brought[Thing, Answer]) -> None:
        try:
            brought.answers = self._write(brought.things)
        except Exception as error:  # noqa: BLE001 - raised again in the thread that it belongs to
            brought.answers, brought.error = (), error
