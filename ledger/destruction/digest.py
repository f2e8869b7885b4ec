"""What is signed: the digest of an application's exact content, from its lines up."""

from hashlib import sha256

from ledger.db import from_thousandths, thousandths
from ledger.destruction.models import Application, ApplicationLine
from ledger.journal.service import canonical


def line_content(line: ApplicationLine) -> dict[str, object]:
    """Return all that a sign-off of this line covers: facts, quantity, place and method."""
    item = line.item
    return {
        "item": item.id,
        "code": item.code,
        "case": item.case_id,
        "number": item.number,
        "name": item.name,
        "spec": item.spec,
        "lot": item.lot,
        "measure": item.measure,
        "env_class": item.env_class,
        "quantity": f"{from_thousandths(thousandths(line.quantity)):f}",
        "place": line.signed_place.name,
        "methods": line.treatment.methods,
    }


def line_digest(line: ApplicationLine) -> str:
    """Return the SHA-256 of a line, in hexadecimal."""
    return sha256(canonical(line_content(line))).hexdigest()


def head_content(application: Application) -> dict[str, object]:
    """Return what a sign-off covers beside the lines."""
    return {
        "number": application.number,
        "revision": application.revision,
        "unit": application.unit.code,
        "applicant": application.applicant.login,
        "legal_basis": application.legal_basis,
        "reason": application.reason,
    }


def application_digest(application: Application) -> str:
    """Return the SHA-256 over the application's head and the digests of all its lines, in hexadecimal."""
    lines = sorted(line_digest(line) for line in application.lines)
    return sha256(canonical({**head_content(application), "lines": lines})).hexdigest()
