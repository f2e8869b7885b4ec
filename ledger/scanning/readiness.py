"""Whether all is there for the day of an event beside what its units have to do: place, plan, people and devices."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from sqlalchemy.orm import Session

from ledger.destruction.queries import count_open_lines
from ledger.errors import N_, Message
from ledger.events.models import Event
from ledger.events.queries import sealed_batches
from ledger.events.sampling import Sampling
from ledger.events.workflow import STATE_NAMES, State
from ledger.goods.classes import ENV_CLASS_NAMES
from ledger.permissions import Permission
from ledger.scanning.loads import loads_of
from ledger.scanning.pack import mark_of, pack_of
from ledger.scanning.queries import devices_of, runs_of
from ledger.scanning.service import SUPERVISORS, conflicts_at
from ledger.units.models import Unit
from ledger.units.queries import holders

CLOCK_MAY_DIFFER = timedelta(minutes=2)
"""As on the scanner itself; times are put right by then all the same."""


class Topic(StrEnum):
    """What is looked at; pages know where each is put right."""

    PLAN = "plan"
    ADDRESS = "address"
    RECEIVERS = "receivers"
    ARRIVALS = "arrivals"
    VEHICLES = "vehicles"
    SAMPLES = "samples"
    STAFF = "staff"
    SUPERVISORS = "supervisors"
    DEVICES = "devices"
    CLOCKS = "clocks"


TOPIC_NAMES: dict[Topic, Message] = {
    Topic.PLAN: N_("Plan of the event"),
    Topic.ADDRESS: N_("Address for phones"),
    Topic.RECEIVERS: N_("Papers of receivers"),
    Topic.ARRIVALS: N_("Arrivals"),
    Topic.VEHICLES: N_("Vehicles"),
    Topic.SAMPLES: N_("Samples"),
    Topic.STAFF: N_("Site staff"),
    Topic.SUPERVISORS: N_("Supervisors"),
    Topic.DEVICES: N_("Devices"),
    Topic.CLOCKS: N_("Clocks of devices"),
}


class Sign(StrEnum):
    """How it stands, by the signs of pages; LATER is no fault, it just cannot be yet."""

    OK = "ok"
    WAIT = "wait"
    STOP = "stop"
    LATER = "none"


SIGN_NAMES: dict[Sign, Message] = {
    Sign.OK: N_("ready"),
    Sign.WAIT: N_("not yet"),
    Sign.STOP: N_("missing"),
    Sign.LATER: N_("on the day"),
}


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that the day needs, how it stands, and a sentence on it."""

    topic: Topic
    sign: Sign
    says: Message
    facts: Mapping[str, object] = field(default_factory=dict)

    @property
    def is_missing(self) -> bool:
        """Whether somebody still has to do something."""
        return self.sign in (Sign.WAIT, Sign.STOP)


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """How phones reach the installation."""

    is_https: bool
    is_public: bool
    address: str
    authority_until: date | None
    """When the certificate of an authority of its own ends, which phones have to trust; None without one."""


def checks(
    session: Session, event: Event, unit_ids: Collection[int], *, served: Served, sampling: Sampling | None
) -> list[Check]:
    """Return what the day of an event needs; unit_ids are the organiser's units, which may come."""
    return [
        _plan(event),
        _address(event, served),
        *_receivers(session, event),
        _arrivals(session, event, unit_ids),
        _vehicles(session, event),
        _samples(session, event, sampling),
        _staff(session, event),
        *_supervisors(session, event),
        *_devices(session, event),
    ]


def _plan(event: Event) -> Check:
    is_good = event.state in (State.APPROVED, State.OPEN)
    says = N_("The plan is approved.") if is_good else N_("The plan is not approved: %(state)s.")
    return Check(Topic.PLAN, Sign.OK if is_good else Sign.STOP, says, {"state": STATE_NAMES[event.state]})


def _address(event: Event, served: Served) -> Check:
    facts = {"address": served.address, "day": served.authority_until}
    if not (served.is_https and served.is_public):
        return Check(
            Topic.ADDRESS,
            Sign.STOP,
            N_("Phones need an https address for camera and offline work, not %(address)s."),
            facts,
        )
    if served.authority_until is None:
        return Check(Topic.ADDRESS, Sign.OK, N_("%(address)s; phones trust what public authorities certify."), facts)
    if served.authority_until <= event.day:
        return Check(Topic.ADDRESS, Sign.STOP, N_("The site’s certificate ends on %(day)s, before the event."), facts)
    return Check(Topic.ADDRESS, Sign.OK, N_("%(address)s; each phone has to trust the site’s authority once."), facts)


def _receivers(session: Session, event: Event) -> Iterator[Check]:
    lacking = [each.name for each in event.receivers if not each.may_take(each.env_class, event.day)]
    taken = {each.env_class for each in event.receivers}
    nobody = dict.fromkeys(b.env_class for b in sealed_batches(session, event.id) if b.env_class not in taken)
    if lacking:
        says = N_("No licence valid on the day, or no transfer form: %(names)s.")
        yield Check(Topic.RECEIVERS, Sign.STOP, says, {"names": " · ".join(lacking)})
    for env_class in nobody:
        says = N_("Sealed batches of a class that nobody receives: %(kind)s.")
        yield Check(Topic.RECEIVERS, Sign.STOP, says, {"kind": ENV_CLASS_NAMES[env_class]})
    if not event.receivers:
        yield Check(Topic.RECEIVERS, Sign.STOP, N_("Nobody receives the goods yet."))
    elif not lacking and not nobody:
        yield Check(Topic.RECEIVERS, Sign.OK, N_("All papers are valid on the day."))


def _arrivals(session: Session, event: Event, unit_ids: Collection[int]) -> Check:
    comes = {slot.unit_id for slot in event.slots}
    absent = [
        unit_id for unit_id, lines in count_open_lines(session, unit_ids).items() if lines and unit_id not in comes
    ]
    if not comes:
        return Check(Topic.ARRIVALS, Sign.STOP, N_("No unit has an arrival."))
    if absent:
        names = " · ".join(session.get_one(Unit, unit_id).name for unit_id in sorted(absent))
        return Check(Topic.ARRIVALS, Sign.WAIT, N_("Approved goods, but no arrival: %(names)s."), {"names": names})
    return Check(Topic.ARRIVALS, Sign.OK, N_("%(count)s units have an arrival."), {"count": len(comes)})


def vehicles(session: Session, event: Event) -> dict[int, list[str]]:
    """Return the number plates of the vehicles that are named for each unit, by the unit's id."""
    plates: dict[int, list[str]] = {}
    for load in loads_of(session, event.id):
        plates.setdefault(load.unit_id, []).append(load.plate)
    return {unit_id: list(dict.fromkeys(named)) for unit_id, named in plates.items()}


def _vehicles(session: Session, event: Event) -> Check:
    named = vehicles(session, event)
    without = [slot.unit.name for slot in event.slots if slot.unit_id not in named]
    if without:
        says = N_("No vehicle named yet: %(names)s.")
        return Check(Topic.VEHICLES, Sign.WAIT, says, {"names": " · ".join(without)})
    count = sum(map(len, named.values()))
    return Check(
        Topic.VEHICLES, Sign.OK, N_("%(count)s vehicles are named, for every unit that arrives."), {"count": count}
    )


def _samples(session: Session, event: Event, sampling: Sampling | None) -> Check:
    if event.seed:
        drawn = sum(batch.is_sample for batch in event.batches)
        return Check(Topic.SAMPLES, Sign.OK, N_("%(count)s batches are drawn."), {"count": drawn})
    if sampling is None:
        return Check(Topic.SAMPLES, Sign.OK, N_("By the settings no samples are drawn."))
    by_unit: dict[int, int] = {}
    for batch in sealed_batches(session, event.id):
        by_unit[batch.unit_id] = by_unit.get(batch.unit_id, 0) + 1
    if not by_unit:
        return Check(Topic.SAMPLES, Sign.WAIT, N_("No batch is sealed, so none can be drawn."))
    count = sum(sampling.size(batches) for batches in by_unit.values())
    return Check(Topic.SAMPLES, Sign.OK, N_("%(count)s batches will be drawn when the day begins."), {"count": count})


def _staff(session: Session, event: Event) -> Check:
    names = [person.name for person in holders(session, event.unit, Permission.SCAN)]
    if not names:
        return Check(Topic.STAFF, Sign.STOP, N_("Nobody may scan at loading, arrival and destruction."))
    facts = {"count": len(names), "names": " · ".join(names)}
    return Check(Topic.STAFF, Sign.OK, N_("%(count)s may scan at loading, arrival and destruction: %(names)s."), facts)


def _supervisors(session: Session, event: Event) -> Iterator[Check]:
    people = holders(session, event.unit, Permission.SUPERVISE)
    for site in event.sites:
        kept = {person.id for person, _why in conflicts_at(session, event, site, people)}
        able = [person.name for person in people if person.id not in kept]
        facts = {"site": site.name, "count": len(able), "names": " · ".join(able)}
        if len(able) < SUPERVISORS:
            yield Check(Topic.SUPERVISORS, Sign.STOP, N_("%(site)s: two have to watch, %(count)s can."), facts)
        else:
            yield Check(Topic.SUPERVISORS, Sign.OK, N_("%(site)s: %(count)s can watch: %(names)s."), facts)


def _devices(session: Session, event: Event) -> Iterator[Check]:
    held = {device.name: device for device in devices_of(session, event.id) if not device.written_off_at}
    if event.state is not State.OPEN:
        yield Check(
            Topic.DEVICES, Sign.LATER, N_("Devices get their tickets once the day has begun; rehearse it before.")
        )
        return
    if not held:
        yield Check(Topic.DEVICES, Sign.STOP, N_("No device has a ticket yet: open the scanner on each."))
        return
    newest = mark_of(pack_of(session, event), runs_of(session, event.id))
    old = _numbers(device.number for device in held.values() if device.pack != newest)
    facts: dict[str, object] = {"count": len(held), "numbers": old}
    if old:
        says = N_("%(count)s devices have a ticket; without the newest list: no. %(numbers)s.")
        yield Check(Topic.DEVICES, Sign.WAIT, says, facts)
    else:
        yield Check(Topic.DEVICES, Sign.OK, N_("%(count)s devices have a ticket and the newest list."), facts)
    wrong = _numbers(
        device.number
        for device in held.values()
        if abs(timedelta(milliseconds=device.offset_ms or 0)) > CLOCK_MAY_DIFFER
    )
    if wrong:
        says = N_("More than two minutes from the server’s clock: no. %(numbers)s. Set them.")
        yield Check(Topic.CLOCKS, Sign.WAIT, says, {"numbers": wrong})
    else:
        yield Check(Topic.CLOCKS, Sign.OK, N_("No device is more than two minutes from the server’s clock."))


def _numbers(numbers: Iterator[int]) -> str:
    return ", ".join(str(number) for number in sorted(numbers))
