"""The life of an import: what it can be, and what may be done with it when."""

from collections.abc import Mapping
from enum import StrEnum

from ledger.errors import N_, LedgerError, Message


class Kind(StrEnum):
    """What a list is of."""

    GOODS_LIST = "goods_list"
    """Goods that officers hold: registered into their custody."""
    OPENING_BALANCE = "opening_balance"
    """Goods that lay in the store before the ledger began; a custodian confirms them."""


class State(StrEnum):
    """Where an import is."""

    CHECKING = "checking"
    UNREADABLE = "unreadable"
    CHECKED = "checked"
    WAITING = "waiting"
    POSTING = "posting"
    POSTED = "posted"
    DISCARDED = "discarded"


class Action(StrEnum):
    """What can be done with an import."""

    REFUSE = "refuse"
    PASS = "pass"  # noqa: S105 - a verdict on a file, no password
    RECHECK = "recheck"
    ACCEPT = "accept"
    SUBMIT = "submit"
    """Accept an opening balance: it waits for its custodian."""
    CONFIRM = "confirm"
    SEND_BACK = "send_back"
    FINISH = "finish"
    DISCARD = "discard"


KIND_NAMES: dict[Kind, Message] = {
    Kind.GOODS_LIST: N_("A goods list: the officers hold these goods"),
    Kind.OPENING_BALANCE: N_("A store ledger: these goods already lie in the store"),
}

STATE_NAMES: dict[State, Message] = {
    State.CHECKING: N_("Being checked"),
    State.UNREADABLE: N_("Could not be read"),
    State.CHECKED: N_("Checked, nothing written yet"),
    State.WAITING: N_("Waiting for the custodian"),
    State.POSTING: N_("Being written"),
    State.POSTED: N_("Written"),
    State.DISCARDED: N_("Discarded"),
}

TRANSITIONS: Mapping[tuple[State, Action], State] = {
    (State.CHECKING, Action.REFUSE): State.UNREADABLE,
    (State.CHECKING, Action.PASS): State.CHECKED,
    (State.CHECKED, Action.RECHECK): State.CHECKING,
    (State.CHECKED, Action.ACCEPT): State.POSTING,
    (State.CHECKED, Action.SUBMIT): State.WAITING,
    (State.CHECKED, Action.DISCARD): State.DISCARDED,
    (State.UNREADABLE, Action.DISCARD): State.DISCARDED,
    (State.WAITING, Action.CONFIRM): State.POSTING,
    (State.WAITING, Action.SEND_BACK): State.CHECKED,
    (State.POSTING, Action.FINISH): State.POSTED,
}


class ActionNotAllowed(LedgerError):
    """The import is not where this could be done: somebody was quicker, or the button was pressed twice."""

    code = "action_not_allowed"
    message = N_("This import is at “%(state)s”; that can no longer be done. Load the page again.")


def next_state(state: State, action: Action) -> State:
    """The state that action leads to. Raises ActionNotAllowed if it leads nowhere from here."""
    try:
        return TRANSITIONS[state, action]
    except KeyError:
        raise ActionNotAllowed(state=STATE_NAMES[state]) from None


def actions_from(state: State) -> frozenset[Action]:
    """What can be done now: the buttons a page shows, and nothing else."""
    return frozenset(action for origin, action in TRANSITIONS if origin is state)
