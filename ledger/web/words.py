"""What the journal's acts are called, and what became of scans, one sentence each, in the reader's language."""

from datetime import date
from typing import Any, NamedTuple

import orjson
from flask_babel import gettext as _

from ledger.db import db
from ledger.errors import N_, Message
from ledger.events.queries import quantities_in
from ledger.goods.lines import AMENDED
from ledger.journal.models import JournalEntry
from ledger.scanning.models import Posting
from ledger.scanning.rules import REASONS, Outcome, Reason
from ledger.store.closing import ACT as CLOSED
from ledger.store.rules import DISPOSAL_NAMES, Disposal
from ledger.web.access import veiled
from ledger.web.context import HIDDEN, sentence

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
    "user.passkey_added": N_("Added the passkey %(name)s of %(login)s"),
    "user.passkey_removed": N_("Removed the passkey %(name)s of %(login)s"),
    "user.passkey_counted_back": N_("The passkey %(name)s of %(login)s counted backwards: it may have been copied"),
    "user.codes_added": N_("Set up the code generator of %(login)s"),
    "user.codes_removed": N_("Removed the code generator of %(login)s"),
    "case.registered": N_("Registered the case %(number)s"),
    "case.amended": N_("Amended the case %(number)s: %(reason)s"),
    "goods.register": N_("Registered %(count)s lines"),
    "goods.opening_balance": N_("Took %(count)s lines into the opening balance"),
    "goods.relocate": N_("Moved %(count)s lines to %(location)s"),
    "goods.sample": N_("Gave %(count)s lines to %(laboratory)s as samples: %(document)s"),
    "goods.sample_back": N_("Took samples of %(count)s lines back to %(location)s: %(document)s"),
    "goods.sample_consumed": N_("Samples of %(count)s lines used up in tests: %(document)s"),
    "goods.dispose": N_("%(kind)s: %(count)s lines to %(recipient)s, %(document)s"),
    "goods.counter_entry": N_("Corrected %(count)s movements by counter-entries"),
    "goods.store_in": N_("Took %(count)s lines into the store at %(location)s"),
    "goods.pack": N_("Packed %(count)s lines into batch %(number)s"),
    "goods.unpack": N_("Opened batch %(number)s: %(reason)s"),
    "goods.load": N_("Batch %(number)s loaded"),
    "goods.receive": N_("Batch %(number)s arrived on site"),
    "goods.destroy": N_("Batch %(number)s destroyed"),
    "goods.void_destroy": N_("Took the destruction of batch %(number)s back: %(reason)s"),
    "goods.turn_back": N_("Batch %(number)s turned back: %(reason)s"),
    "goods.return_from_site": N_("Batch %(number)s returned from site: %(reason)s"),
    "goods.confirm_missing": N_("Confirmed %(count)s lines short"),
    "goods.book_surplus": N_("Booked a surplus of %(count)s lines"),
    "goods.amended": N_("Amended the line %(name)s of %(number)s: %(reason)s"),
    "goods.exported": N_("Exported %(lines)s lines of the list of goods"),
    "location.added": N_("Added the location %(path)s"),
    "location.hung": N_("Hung the location %(before)s elsewhere: %(path)s"),
    "location.closed": N_("Closed the location %(path)s"),
    "location.opened": N_("Opened the location %(path)s again"),
    "hold.set": N_("Set a hold on %(number)s: %(reason)s"),
    "hold.released": N_("Released a hold on %(number)s: %(reason)s"),
    "stocktake.planned": N_("Planned a count for %(due_on)s"),
    "stocktake.plan_cancelled": N_("Cancelled a planned count: %(reason)s"),
    "stocktake.opened": N_("Opened stocktake %(number)s of %(scope)s"),
    "stocktake.counted": N_("Finished a count of stocktake %(number)s"),
    "stocktake.explained": N_("Explained the differences of stocktake %(number)s"),
    "stocktake.rejected": N_("Sent the differences of stocktake %(number)s back: %(reason)s"),
    "stocktake.closed": N_("Closed stocktake %(number)s: %(lines)s lines"),
    "stocktake.cancelled": N_("Cancelled stocktake %(number)s: %(reason)s"),
    "application.submitted": N_("Submitted application %(number)s"),
    "application.agreed": N_("Agreed to application %(number)s"),
    "application.returned": N_("Sent application %(number)s back: %(text)s"),
    "application.refused": N_("Refused application %(number)s: %(text)s"),
    "application.withdrawn": N_("Withdrew application %(number)s: %(reason)s"),
    "application.line_withdrawn": N_("Took a line out of the approved application %(number)s: %(reason)s"),
    "chain.set": N_("Set who decides about destruction"),
    "waiver.asked": N_("Asked for a waiver for %(name)s until %(last_day)s: %(reason)s"),
    "waiver.approved": N_("Approved the waiver for %(name)s"),
    "waiver.refused": N_("Refused the waiver for %(name)s: %(text)s"),
    "deputy.named": N_("Named %(name)s as deputy from %(first_day)s to %(last_day)s: %(reason)s"),
    "deputy.ended": N_("Ended that %(name)s is deputy"),
    "event.planned": N_("Planned the event %(name)s"),
    "event.plan_submitted": N_("Submitted the plan of %(name)s"),
    "event.plan_approved": N_("Approved the plan of %(name)s"),
    "event.plan_agreed": N_("Agreed to the plan of %(name)s"),
    "event.plan_returned": N_("Sent the plan of %(name)s back: %(text)s"),
    "event.plan_refused": N_("Refused the plan of %(name)s: %(text)s"),
    "event.plan_revised": N_("Took the plan of %(name)s up again: %(reason)s"),
    "event.opened": N_("Began the day of %(name)s"),
    "event.ended": N_("Ended the work on site of %(name)s"),
    "event.reported": N_("Handed in the report of %(name)s"),
    "event.archived": N_("Made the archive of %(name)s: %(files)s files"),
    "report.pictures_chosen": N_("Chose %(pictures)s pictures for the report of %(name)s"),
    "report.certificate_added": N_("Added a certificate of destruction of %(name)s"),
    "result.released": N_("Released the public result of %(name)s"),
    "result.withdrawn": N_("Withdrew the public result of %(name)s"),
    "event.cancelled": N_("Cancelled the event %(name)s: %(reason)s"),
    "event.resolved": N_("Resolved an open point in writing: %(text)s"),
    "event.supervised": N_("Signed as supervisor"),
    "batch.sealed": N_("Sealed batch %(number)s under %(seal)s"),
    "label.reprinted": N_("Printed a new label for batch %(number)s: %(reason)s"),
    "label.printed": N_("Printed %(printed)s labels"),
    "sample.passed": N_("Opened batch %(number)s as a sample: as it was packed"),
    "sample.failed": N_("Opened batch %(number)s as a sample: not as it was packed. %(deviation)s"),
    "sample.lifted": N_("Let the goods of %(unit_name)s go on after the failed sample %(number)s: %(reason)s"),
    "run.opened": N_("Began run %(number)s at %(site)s"),
    "run.finished": N_("Ended run %(number)s at %(site)s"),
    "run.noted": N_("Wrote down what was left of run %(number)s"),
    "run.signed": N_("Signed for run %(number)s as supervisor"),
    "run.signed_on_paper": N_("Photographed the paper that %(name)s signed for run %(number)s"),
    "load.opened": N_("Began load %(number)s on %(plate)s"),
    "load.weighed": N_("Weighed load %(number)s on %(plate)s"),
    "load.signed": N_("Signed the slip of load %(number)s on %(plate)s"),
    "load.departed": N_("Load %(number)s on %(plate)s was handed over at departure; both sides signed"),
    "load.arrived": N_("Load %(number)s on %(plate)s was handed over at arrival; both sides signed"),
    "device.issued": N_("Gave device no. %(number)s a ticket"),
    "device.blocked": N_("Blocked device no. %(number)s"),
    "device.unblocked": N_("Lifted the block of device no. %(number)s"),
    "device.reported": N_("Device no. %(number)s reported that it has nothing left"),
    "device.written_off": N_("Wrote off device no. %(number)s: %(reason)s"),
    "scan.refused": N_("Scanned %(code)s, not taken"),
    "case.attached": N_("Added a file to case %(number)s: %(name)s"),
    "photo.added": N_("Added a picture: %(subject)s"),
    "period.closed": N_("Closed the store ledger from %(first)s to %(last)s"),
    "manifest.sealed": N_("Sealed the manifest %(number)s"),
    "template.set": N_("Saved version %(version)s of the template of manifests"),
    "seal.taken": N_("Took the seal of %(subject)s, serial number %(serial)s, into use"),
    "journal.key_replaced": N_("Replaced the key of the journal"),
    "manifest.countersigned": N_("Signed the manifest %(number)s with the certificate of %(subject)s"),
    "manifest.signed": N_("Signed the document of the manifest %(number)s"),
    "import.accepted": N_("Accepted the list %(file_name)s: %(rows)s rows"),
    "import.confirmed": N_("Confirmed the opening balance of the list %(file_name)s"),
    "import.sent_back": N_("Sent back the list %(file_name)s"),
    "books.verified": N_("Checked the books: %(entries)s entries, %(findings)s findings"),
    "demo.filled": N_("Filled the ledger with the sample bureau"),
    "refused": N_("Was refused: %(attempted)s (%(code)s)"),
}
_REGISTERING = ("goods.register", "goods.opening_balance")
OTHER = N_("%(act)s")


def content(entry: JournalEntry) -> dict[str, Any]:
    """Return what an entry says."""
    read: dict[str, Any] = orjson.loads(entry.body)
    return read


def described(entry: JournalEntry) -> str:
    """Return the entry's act as one sentence."""
    data = content(entry)["data"]
    said = {"text": data["opinion"]} if "opinion" in data else {}  # as version 1 of what became of a plan has it
    facts = {**data, **said, "act": entry.act, "count": len(data.get("moves", ()))}
    if entry.act == "batch.sealed" and veiled() and lines_told_of(entry) & veiled():
        facts["seal"] = _(HIDDEN)
    if entry.act == "goods.dispose":
        facts["kind"] = DISPOSAL_NAMES[Disposal(data["kind"])]
    if entry.act == "waiver.asked":
        facts["last_day"] = date.fromisoformat(data["last_day"])
    if entry.act == "deputy.named":
        facts |= {name: date.fromisoformat(data[name]) for name in ("first_day", "last_day")}
    if entry.act == CLOSED:
        facts |= {name: date.fromisoformat(data["figures"][name]) for name in ("first", "last")}
    told = sentence(SENTENCES.get(entry.act, OTHER), facts)
    return _("%(act)s, standing in for %(name)s", act=told, name=data["for"]["name"]) if "for" in data else told


def lines_told_of(entry: JournalEntry) -> frozenset[int]:
    """Return the ids of the lines of goods whose quantities an entry tells."""
    data = content(entry)["data"]
    rows = [row[0] for name in ("moves", "claims", "counts") for row in data.get(name, ())]
    rows += [line["id"] for line in (data.get("lines", ()) if entry.act in _REGISTERING else ())]
    rows += [line["item"] for name in ("lines_signed", "differences") for line in data.get(name, ())]
    rows += data.get("packed", ())  # of sealed batches, whose seals and weights it tells
    if entry.act == "batch.sealed":
        rows += [item_id for item_id, *_ in quantities_in(db.session(), [data["batch"]])[data["batch"]]]
    rows += [data["id"]] if entry.act == AMENDED else []  # of its value, which tells how much it is
    return frozenset(rows)


def tells_sums(entry: JournalEntry) -> bool:
    """Whether an entry tells figures of no certain line: what is left if they are refused, or of all of a period."""
    return entry.act == CLOSED or "held" in content(entry)["data"].get("facts", ())


def actor(entry: JournalEntry) -> str | None:
    """Return who acted, None for the installation itself."""
    who = content(entry)["actor"]
    return who and str(who["name"])


OUTCOMES: dict[Outcome, tuple[str, Message]] = {
    Outcome.OK: ("ok", N_("Taken")),
    Outcome.REPEAT: ("wait", N_("Repeat")),
    Outcome.WAITING: ("none", N_("Waits")),
    Outcome.REFUSED: ("stop", N_("Turned away")),
    Outcome.UNKNOWN: ("none", N_("Unknown")),
}
"""The kind of sign and the word for each outcome of a scan; see the macro verdict."""


class Told(NamedTuple):
    """What became of a scan, for programs and for people."""

    verdict: Outcome
    reason: Reason | None
    message: str


def verdict_of(posting: Posting) -> Told:
    """Return what became of a scan by now; one that was taken back counts no more."""
    if posting.voided_at is not None:
        return Told(Outcome.REFUSED, Reason.TAKEN_BACK, _(REASONS[Reason.TAKEN_BACK]))
    if posting.reason is None:
        return Told(posting.outcome, None, "")
    facts = {name: Message(fact) for name, fact in posting.facts.items()}
    return Told(posting.outcome, posting.reason, sentence(REASONS[posting.reason], facts))
