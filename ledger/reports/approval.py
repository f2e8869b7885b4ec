"""The content of an application's approval form: what was submitted, as the journal keeps it, and the opinions."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from ledger.cases.attachments import attachments_of
from ledger.cases.models import Case
from ledger.cases.queries import cases_of
from ledger.destruction.chain import DEFAULT
from ledger.destruction.models import Application
from ledger.destruction.workflow import State
from ledger.goods.classes import EnvClass
from ledger.papers.approval import AppliedCase, AppliedLine, Approval, ClassSum
from ledger.papers.figures import decision
from ledger.reports.applied import Applied, applied_in, comes_to, given, grouped, iso, steps, sums, worth, yuan


def approval_of(session: Session, application: Application, *, at: datetime) -> Approval:
    """Return what the form says at this moment: of an application that was submitted, what was submitted last."""
    head, lines = applied_in(session, application)
    cases = cases_of(session, [each.item for each in lines])
    counts = {each.count.stocktake for each in lines if each.count}
    is_decided = application.state not in (State.DRAFT, State.SUBMITTED)
    return {
        **comes_to(lines),
        "unit": application.unit.name,
        "number": application.number,
        "state": application.state.value,
        "since": iso(application.decided_at) if is_decided else "",
        "steps": steps(application, DEFAULT),
        "revision": application.revision,
        "applicant": application.applicant.name,
        "submitted_at": iso(application.submitted_at),
        "legal_basis": head["legal_basis"],
        "reason": head["reason"],
        "digest": application.digest,
        "cases": [
            _case(cases[case_id], mine) for case_id, mine in grouped(lines, lambda each: each.item.case_id).items()
        ],
        "classes": _classes(lines),
        "places": list(dict.fromkeys(each.said["place"] for each in lines)),
        "counts": [(str(count.number), iso(count.closed_at)) for count in sorted(counts, key=lambda each: each.number)],
        "attached": len(attachments_of(session, cases, [each.item.id for each in lines])),
        "opinions": given(application.opinions),
        "made_at": at.isoformat(),
    }


def decision_of(case: Case) -> str:
    """Return by which decision a case's goods are the state's, as papers name it; empty as long as there is none."""
    return decision(case.decision, iso(case.served_on))


def _case(case: Case, lines: Sequence[Applied]) -> AppliedCase:
    return AppliedCase(
        number=case.number, decision=decision_of(case), party=case.party, lines=list(map(line_of, lines))
    )


def line_of(each: Applied) -> AppliedLine:
    """Return a line as papers print it."""
    said, line, count = each.said, each.line, each.count
    withdrawn_at = line.withdrawn_at if line else None
    return AppliedLine(
        name=said["name"],
        spec="　".join(part for part in (said["spec"], said["lot"]) if part),
        measure=said["measure"],
        quantity=said["quantity"],
        value=yuan(each.value),
        env_class=said["env_class"],
        method=each.method,
        place=said["place"],
        count=str(count.stocktake.number) if count else "",
        counted=f"{count.figures.result:f}" if count and count.figures.result is not None else "",
        taken_out=f"{line.quantity - line.packed:f}" if line and withdrawn_at else "",
        taken_out_at=iso(withdrawn_at),
    )


def _classes(lines: Sequence[Applied]) -> list[ClassSum]:
    groups = grouped(lines, lambda each: each.said["env_class"])
    return [
        ClassSum(env_class=kind.value, lines=len(mine), by_measure=sums(mine), value=worth(mine))
        for kind in EnvClass
        if (mine := groups.get(kind.value))
    ]
