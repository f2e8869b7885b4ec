"""The content of the manifest of an event's plan: what was frozen when it was submitted, as the journal keeps it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.cases.models import Case
from ledger.cases.queries import cases_of
from ledger.destruction.chain import PLANS
from ledger.destruction.models import Application
from ledger.destruction.workflow import Decision
from ledger.events.models import Event
from ledger.events.plan import plan_content
from ledger.events.queries import applications_for, packed_elsewhere
from ledger.events.workflow import State
from ledger.goods.classes import EnvClass
from ledger.journal.models import JournalEntry
from ledger.papers import form_words as forms
from ledger.papers.content import Site
from ledger.papers.plan import (
    MethodSum,
    Plan,
    PlannedApplication,
    PlannedCase,
    PlannedLine,
    PlannedReceiver,
    PlannedSlot,
    PlannedUnit,
)
from ledger.reports.applied import Applied, applied_in, comes_to, given, grouped, iso, items_on, steps, sums, worth
from ledger.reports.approval import decision_of, line_of
from ledger.units.models import Unit


@dataclass(frozen=True)
class Planned:
    """The plan of an event as it was submitted last, or as it stands if it never was."""

    session: Session
    event: Event
    unit_ids: Collection[int]
    """The units whose arrivals and goods are told, all of those that the plan names if its organiser is among them."""

    @cached_property
    def said(self) -> Mapping[str, Any]:
        """What was frozen."""
        acts = JournalEntry.act == "event.plan_submitted", JournalEntry.unit_id == self.event.unit_id
        bodies = self.session.scalars(select(JournalEntry.body).where(*acts).order_by(JournalEntry.seq.desc()))
        entries = (orjson.loads(body)["data"] for body in bodies)
        frozen = next((data.get("plan") for data in entries if data["id"] == self.event.id), None)
        return frozen or plan_content(self.event)

    @property
    def is_whole(self) -> bool:
        """Whether all that it names is told."""
        return self.event.unit_id in self.unit_ids

    @cached_property
    def applications(self) -> list[Application]:
        """The applications that it covers, or will when it is submitted, as far as they are told."""
        if self.event.revision:
            numbers = [number for number, _digest in self.said.get("applications", [])]
            query = select(Application).where(Application.number.in_(numbers)).order_by(Application.id)
            found = self.session.scalars(query).all()
        else:
            found = applications_for(self.session, self.event)
        return [each for each in found if self.is_whole or each.unit_id in self.unit_ids]

    @cached_property
    def units(self) -> dict[str, Unit]:
        """The units that arrive, by their codes, as far as they are told."""
        codes = [code for code, _site, _at in self.said["slots"]]
        found = self.session.scalars(select(Unit).where(Unit.code.in_(codes)))
        return {unit.code: unit for unit in found if self.is_whole or unit.id in self.unit_ids}

    @property
    def items(self) -> frozenset[int]:
        """The ids of the lines of goods of which quantities are told."""
        return frozenset[int]().union(*(items_on(self.session, each) for each in self.applications))


def plan_of(planned: Planned, *, at: datetime) -> Plan:
    """Return what the paper says at this moment."""
    session, event, said = planned.session, planned.event, planned.said
    lines = {application: applied_in(session, application)[1] for application in planned.applications}
    everything = [each for mine in lines.values() for each in mine]
    cases = cases_of(session, [each.item for each in everything])
    elsewhere = packed_elsewhere(session, event, planned.applications, before=event.submitted_at or at)
    state, since = _state(event)
    shared = "" if planned.is_whole else "、".join(unit.name for unit in planned.units.values()) or forms.PLAN_NO_UNIT
    return {
        **comes_to(everything),
        "unit": event.unit.name,
        "event": said["name"],
        "day": said["day"],
        "share": shared,
        "state": state,
        "since": iso(since),
        "steps": steps(event, PLANS),
        "revision": event.revision,
        "digest": event.digest,
        "submitted_by": event.submitted_by.name if event.submitted_by else "",
        "submitted_at": iso(event.submitted_at),
        "sites": [Site(name=name, address=address, is_main=is_main) for name, address, is_main in said["sites"]],
        "receivers": [
            PlannedReceiver(env_class=kind, name=name, licence=licence, licence_until=until, form_no=form_no)
            for kind, name, licence, until, form_no in said["receivers"]
        ],
        "slots": [
            PlannedSlot(unit=planned.units[code].name, site=site, at=arrives_at)
            for code, site, arrives_at in said["slots"]
            if code in planned.units
        ],
        "applications": [_application(application, mine) for application, mine in lines.items()],
        "units": _units(lines, cases, elsewhere),
        "by_method": _methods(everything),
        "opinions": given(event.opinions),
        "made_at": at.isoformat(),
    }


def _state(event: Event) -> tuple[str, datetime | None]:
    """Return where the plan is, as a key of form_words.PLAN_STATES, and since when if that is decided."""
    last = event.given[-1] if event.given else None
    if event.state is State.PLANNING:
        if event.returned_at:
            return "returned", event.returned_at
        return ("revised" if event.revision else "draft"), None
    if event.state is State.SUBMITTED:
        return "submitted", None
    if event.state is State.CANCELLED:
        return ("refused", last.at) if last and last.decision is Decision.REFUSE else ("cancelled", None)
    return "approved", event.approved_at


def _application(application: Application, lines: Sequence[Applied]) -> PlannedApplication:
    return PlannedApplication(
        number=application.number,
        unit=application.unit.name,
        cases=len({each.item.case_id for each in lines}),
        lines=len(lines),
        value=worth(lines),
        approved_at=iso(application.decided_at),
        digest=application.digest,
    )


def _units(
    lines: Mapping[Application, Sequence[Applied]],
    cases: Mapping[int, Case],
    before: Mapping[int, Mapping[str, Decimal]],
) -> list[PlannedUnit]:
    of_units: dict[Unit, list[Application]] = {}
    for application in lines:
        of_units.setdefault(application.unit, []).append(application)
    found = []
    for unit, mine in of_units.items():
        goods = [each for application in mine for each in lines[application]]
        found.append(
            PlannedUnit(
                name=unit.name,
                applications=len(mine),
                cases=len({each.item.case_id for each in goods}),
                by_measure=sums(goods),
                value=worth(goods),
                listed=[
                    PlannedCase(
                        number=cases[case_id].number,
                        decision=decision_of(cases[case_id]),
                        application=application.number,
                        lines=[_line(each, before) for each in of_case],
                    )
                    for application in mine
                    for case_id, of_case in grouped(lines[application], lambda each: each.item.case_id).items()
                ],
            )
        )
    return found


def _line(each: Applied, before: Mapping[int, Mapping[str, Decimal]]) -> PlannedLine:
    packed = before.get(each.line.id, {}) if each.line else {}
    return {**line_of(each), "elsewhere": [(event, f"{quantity:f}") for event, quantity in packed.items()]}


def _methods(lines: Sequence[Applied]) -> list[MethodSum]:
    kinds = [kind.value for kind in EnvClass]
    groups = grouped(lines, lambda each: (each.said["env_class"], each.method))
    return [
        MethodSum(env_class=kind, method=method, lines=len(mine), by_measure=sums(mine), value=worth(mine))
        for (kind, method), mine in sorted(groups.items(), key=lambda pair: kinds.index(pair[0][0]))
    ]
