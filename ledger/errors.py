"""What the domain says when it refuses; the doors translate it and give it a status."""

from typing import ClassVar


class Message(str):
    """An English sentence or word that a door translates before a person reads it."""

    __slots__ = ()


def N_(text: str) -> Message:  # noqa: N802 - gettext's own name for "extract, translate later"
    """Mark text for translation."""
    return Message(text)


class LedgerError(Exception):
    """A refusal that a person is told about: what was not done, why, and what can be done instead.

    Subclasses set code, which other programs rely on, and message, a sentence with named facts. Facts that are
    Messages are translated too.
    """

    code: ClassVar[str] = "refused"
    message: ClassVar[Message] = N_("This is not possible.")
    is_business_act: ClassVar[bool] = False
    """Whether the refusal itself belongs in the journal: somebody tried to do something with goods."""
    is_passing: ClassVar[bool] = False
    """Whether time, or somebody elsewhere, may remove the cause, so that work is tried again by itself."""

    def __init__(self, **facts: object) -> None:
        super().__init__(facts)
        self.facts = facts

    def __str__(self) -> str:
        return self.message % self.facts


class NotPermitted(LedgerError):
    """The person's role does not include this act for this unit."""

    code = "not_permitted"
    message = N_("Your role does not include this. Ask your unit's administrator who may do it.")
    is_business_act = True
