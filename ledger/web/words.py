"""What the journal's acts are called, one sentence each, in the reader's language."""

from typing import Any

import orjson

from ledger.errors import N_, Message
from ledger.journal.models import JournalEntry
from ledger.web.context import sentence

SENTENCES: dict[str, Message] = {
    "unit.added": N_("Added the unit %(name)s"),
    "user.added": N_("Added %(name)s (%(login)s)"),
    "user.roles_changed": N_("Changed the roles of %(login)s"),
    "user.disabled": N_("Disabled the account %(login)s"),
    "user.enabled": N_("Enabled the account %(login)s"),
    "user.password_changed": N_("Changed the own password"),
    "user.signed_out": N_("Signed out %(login)s everywhere"),
    "user.reset_requested": N_("Asked to reset the password of %(user)s: %(reason)s"),
    "user.reset": N_("Reset the password of %(user)s"),
    "case.registered": N_("Registered the case %(number)s"),
    "case.amended": N_("Amended the case %(number)s: %(reason)s"),
    "goods.register": N_("Registered %(count)s lines"),
    "goods.opening_balance": N_("Took %(count)s lines into the opening balance"),
    "goods.relocate": N_("Moved %(count)s lines to another location"),
    "goods.counter_entry": N_("Corrected %(count)s movements by counter-entries"),
    "import.accepted": N_("Accepted the list %(file_name)s: %(rows)s rows"),
    "import.confirmed": N_("Confirmed the opening balance of the list %(file_name)s"),
    "import.sent_back": N_("Sent back the list %(file_name)s"),
    "books.verified": N_("Checked the books: %(entries)s entries, %(findings)s findings"),
    "demo.filled": N_("Filled the ledger with the sample bureau"),
    "refused": N_("Was refused: %(attempted)s (%(code)s)"),
}
OTHER = N_("%(act)s")


def content(entry: JournalEntry) -> dict[str, Any]:
    """Return what an entry says."""
    read: dict[str, Any] = orjson.loads(entry.body)
    return read


def described(entry: JournalEntry) -> str:
    """Return the entry's act as one sentence."""
    data = content(entry)["data"]
    facts = {**data, "act": entry.act, "count": len(data.get("moves", ()))}
    return sentence(SENTENCES.get(entry.act, OTHER), facts)


def actor(entry: JournalEntry) -> str | None:
    """Return who acted, None for the installation itself."""
    who = content(entry)["actor"]
    return who and str(who["name"])
