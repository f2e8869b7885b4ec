"""Whether this installation is a rehearsal: a copy to practise on, of which no label, paper or proof is a real one.

The settings know it from the instance folder, and every context of the application says it here, so that labels, papers
and manifests need not be told one by one. See ledger.events.rehearsal for what makes a copy one.
"""

from contextvars import ContextVar

_IS_ON: ContextVar[bool] = ContextVar("rehearsal", default=False)


def is_on() -> bool:
    """Return whether what is done here is rehearsed only."""
    return _IS_ON.get()


def set_to(is_rehearsal: bool) -> None:  # noqa: FBT001 - a fact, and no way of doing it
    """Say for this context whether it is."""
    _IS_ON.set(is_rehearsal)
