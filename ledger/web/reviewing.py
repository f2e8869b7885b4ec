"""What the pages of an application show: its lines with their counts and changes, and whether the person may sign."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from flask import request
from flask_babel import gettext as _

from ledger.cases.attachments import attachments_of
from ledger.cases.models import Attachment, Case, Hold
from ledger.cases.queries import cases_of, hold_of, holds_on
from ledger.cases.rules import HOLD_NAMES, MAY_APPLY
from ledger.db import db
from ledger.destruction import queries
from ledger.destruction.chain import OPINES
from ledger.destruction.models import Application, ApplicationLine
from ledger.destruction.review import Change, Changes, Summary, changes_since, summary_of
from ledger.destruction.workflow import (
    EDITABLE,
    STATE_NAMES,
    Action,
    Decision,
    Method,
    State,
    actions_from,
)
from ledger.errors import N_, Message
from ledger.events.models import Event
from ledger.events.queries import packable_events
from ledger.goods.classes import ENV_CLASS_NAMES, is_tobacco
from ledger.permissions import Permission
from ledger.stocktake.models import CountLine, Stocktake
from ledger.web import opinions
from ledger.web.access import own_units, settings, veiled
from ledger.web.attachments import is_kept_back
from ledger.web.context import today
from ledger.web.goods_filter import judge_lines_or_say

SHOWN = 100
"""How many lines of an application a page shows; a telephone does not bear thousands."""
HURRY, SOON = 3, 14
"""How many days before its event an application is urgent, and when it is time."""
DECISIONS: dict[Decision, Message] = {
    Decision.AGREE: N_("Agree to the destruction"),
    Decision.RETURN: N_("Send back to be changed"),
    Decision.REFUSE: N_("Do not agree"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One line with all that stands beside it."""

    line: ApplicationLine
    case: Case
    count: CountLine | None
    hold: Hold | None
    change: Change | None


@dataclass(frozen=True, slots=True)
class Papers:
    """What is attached to an application of one case: its decision, and the files of the case and of the lines."""

    case: Case
    files: Sequence[Attachment]
    is_kept_back: bool


@dataclass(frozen=True, slots=True)
class Due:
    """The next event to which the unit brings goods."""

    event: Event
    days: int
    """Until then."""

    @property
    def sign(self) -> str:
        """How urgent that is, as the macro verdict has it."""
        return "stop" if self.days <= HURRY else "wait" if self.days <= SOON else "none"


@dataclass(frozen=True, slots=True)
class Brief:
    """One application in a list of several to decide: what it comes to, and what speaks against deciding it unread."""

    application: Application
    summary: Summary
    held: int
    hides: bool
    due: Due | None


def of_draft(application: Application) -> dict[str, object]:
    """Return what the page of a draft shows."""
    found = queries.line_verdicts(db.session(), application, terms=settings().terms, today=today())
    return {
        **_common(application),
        "verdicts": found,
        "stopped": [line for line in application.lines if found[line.id] != MAY_APPLY],
        "tobacco": [line for line in application.lines if is_tobacco(line.item.category, line.item.name)],
    }


def of_review(application: Application) -> dict[str, object]:
    """Return what the page of an application shows that was submitted, or was decided."""
    found: dict[str, Any] = {**_common(application), **opinions.of_decided(application)}
    if found["may_sign"] and is_veiled(application):
        found["may_sign"] = False
        found["refusal"] = _(
            "Some of these goods are being counted just now. You see them, and can sign, when that is done."
        )
    rows: Sequence[Row] = found["rows"]
    return {
        **found,
        **_part_of(rows),
        "actions": actions_from(application.state),
        "may_apply": application.unit_id in own_units(Permission.APPLY),
        "DECISIONS": DECISIONS,
    }


def _part_of(rows: Sequence[Row]) -> dict[str, object]:
    """Return the lines of the page that the address asks for: what was changed since the last signing comes first."""
    asked = request.args.get("from", 0, type=int)
    start = min(max(asked, 0), max(len(rows) - 1, 0)) // SHOWN * SHOWN
    numbered = sorted(enumerate(rows, start=1), key=lambda each: each[1].change is None)
    more = start + SHOWN if start + SHOWN < len(rows) else None
    return {"shown": numbered[start : start + SHOWN], "start": start, "more": more, "less": SHOWN}


def of_goods(application: Application, words: str) -> dict[str, object]:
    """Return what the page shows on which goods are looked for: those that can be added, and why others cannot."""
    judge_lines_or_say()
    session, terms, day = db.session(), settings().terms, today()
    found = queries.candidates(session, application.unit_id, words, terms=terms, today=day)
    present = {line.item_id for line in application.lines}
    return {
        "application": application,
        "items": [item for item in found if item.id not in present],
        "others": queries.not_eligible(session, application.unit_id, words, terms=terms, today=day),
        "most": queries.SHOWN,
        "cases": cases_of(session, found),
    }


def of_several() -> dict[str, object]:
    """Return what the page shows on which several applications are agreed to at once."""
    return {
        "briefs": [_brief(application) for application in waiting_for_me() if not _needs_minutes(application)],
    }


def waiting_for_me() -> list[Application]:
    """Return the applications that wait for the opinion of the person who is signed in."""
    units = {role: opinions.signing_units(permission) for role, permission in OPINES.items()}
    asked = (queries.waiting_for(db.session(), units[role], role) for role in OPINES if units[role])
    waiting = dict.fromkeys(chain.from_iterable(asked))  # who holds the roles of two steps is asked once
    return [application for application in waiting if opinions.turn_of(application)]


def told(application: Application) -> str:
    """Return whose application it is, who submitted it, and in whose place the person would sign."""
    text = str(_("%(unit)s, submitted by %(name)s", unit=application.unit.name, name=application.applicant.name))
    turn = opinions.turn_of(application)
    standing = turn and turn.stands_for
    return f"{text} · " + _("you stand in for %(name)s", name=standing.name) if standing else text


def is_veiled(application: Application) -> bool:
    """Whether the person who is signed in must not see some of the quantities now."""
    hidden = veiled()
    return any(line.item_id in hidden for line in application.lines)


def outcome(application: Application, decision: Decision) -> str:
    """Return what an opinion has led to."""
    if decision is Decision.RETURN:
        said = _("Signed. The application is sent back to %(name)s.", name=application.applicant.name)
    elif decision is Decision.REFUSE:
        said = _("Signed. The application is refused; its goods are free again.")
    elif application.state is State.APPROVED:
        said = _("Signed. The destruction is approved; the goods can be packed.")
    else:
        said = _("Signed. Next: %(step)s.", step=opinions.waited_steps(application))
    return str(said)


def _common(application: Application) -> dict[str, Any]:
    before = queries.signed_before(db.session(), application)
    changes = changes_since(before, application) if before else None
    rows = _rows(application, changes)
    return {
        "application": application,
        "rows": rows,
        "changes": changes,
        "summary": summary_of(application.lines),
        "due": _due(application),
        "papers": _papers(rows),
        "held": [row for row in rows if row.hold],
        "stocktakes": _stocktakes(rows),
        "hides": is_veiled(application),
        "State": State,
        "Action": Action,
        "Method": Method,
        "Decision": Decision,
        "state_names": STATE_NAMES,
        "class_names": ENV_CLASS_NAMES,
        "hold_names": HOLD_NAMES,
    }


def _brief(application: Application) -> Brief:
    held = sum(row.hold is not None for row in _rows(application, None))
    return Brief(application, summary_of(application.lines), held, is_veiled(application), _due(application))


def _due(application: Application) -> Due | None:
    """Return for which day the goods are wanted, as long as that is not decided."""
    if application.state not in (*EDITABLE, State.SUBMITTED):
        return None
    coming = (event for event in packable_events(db.session(), application.unit_id) if event.day >= today())
    event = next(coming, None)
    return Due(event, (event.day - today()).days) if event else None


def _papers(rows: Sequence[Row]) -> list[Papers]:
    """Return what is attached, case by case; files of goods that the person counts blind are kept back."""
    cases = {row.case.id: row.case for row in rows}
    files: dict[int, list[Attachment]] = {case_id: [] for case_id in cases}
    for each in attachments_of(db.session(), cases, [row.line.item_id for row in rows]):
        files[each.case_id].append(each)
    hidden = {case.id for case in cases.values() if is_kept_back(case)}
    return [Papers(case, [] if case.id in hidden else files[case.id], case.id in hidden) for case in cases.values()]


def _rows(application: Application, changes: Changes | None) -> list[Row]:
    session, items = db.session(), [line.item for line in application.lines]
    cases = cases_of(session, items)
    holds = holds_on(session, cases.keys())
    counts = queries.counts_behind(session, application)
    return [
        Row(
            line,
            cases[line.item.case_id],
            counts.get((line.item_id, line.place_id)),
            hold_of(line.item, holds),
            changes.lines.get(line.id) if changes else None,
        )
        for line in application.lines
    ]


def _stocktakes(rows: Sequence[Row]) -> list[Stocktake]:
    """Return the counts that the lines rest on, newest first."""
    found = {row.count.stocktake.id: row.count.stocktake for row in rows if row.count}
    return sorted(found.values(), key=lambda count: -count.id)


def _needs_minutes(application: Application) -> bool:
    turn = opinions.turn_of(application)
    return turn is not None and turn.step.is_collective
