"""What people sign in a manifest's document themselves, in the fields made for them, with certificates of their own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from ledger.errors import N_, LedgerError, Message
from ledger.journal.note import Signer
from ledger.journal.service import record
from ledger.manifests.check import Kind, Verdict, named_field
from ledger.manifests.closing import signatures
from ledger.manifests.inspection import SEAL_FIELD, Signature
from ledger.manifests.models import Countersignature, Manifest
from ledger.manifests.service import note_signed
from ledger.units.models import User
from ledger.units.passkeys import Proof

LEADER_FIELD = "Sig_leader"
MOST_ADDED = 4 << 20
"""How many bytes a signature may add: its certificates, what their issuers say of them, and a picture."""
_CLOCKS = timedelta(days=1)
"""By how much the clock of the computer that somebody signs on may be wrong."""


class OtherDocument(LedgerError):
    """A file that does not begin with a document of this manifest."""

    code = "other_document"
    message = N_(
        "This is not the document of manifest %(number)s, or it was saved anew when it was signed. Download it here, "
        "and let your program add the signature to it."
    )


class DocumentMovedOn(LedgerError):
    """A signature in a document that another signature or a timestamp has been added to since."""

    code = "document_moved_on"
    message = N_(
        "Somebody else’s signature or a timestamp was added meanwhile. Download the newest document, sign that and "
        "hand it in."
    )
    is_passing = True


class ReceiptPending(LedgerError):
    """A document whose receipt is still to be written."""

    code = "receipt_pending"
    message = N_("The document is still being made. Try again in a moment.")


class NotAllowedThere(LedgerError):
    """A file to which more was done than signing."""

    code = "not_allowed_there"
    message = N_(
        "More was done to this file than signing in a field made for it, or a signature in it does not hold. Download "
        "the document here, sign that, and change nothing else."
    )
    is_business_act = True


class NothingSigned(LedgerError):
    """The document as it was downloaded."""

    code = "nothing_signed"
    message = N_("There is no new signature in this file. Sign in the field made for you, save, and hand in that file.")


class NotYourField(LedgerError):
    """A signature in a field that is somebody else's, or is none of those made for people."""

    code = "not_your_field"
    message = N_("%(subject)s signed in the field %(field)s, which is not made for you.")
    is_business_act = True


class CertificateOutOfTime(LedgerError):
    """A certificate that was not valid yet, or not any more, when it signed."""

    code = "certificate_out_of_time"
    message = N_("The certificate of %(subject)s was not valid when it signed, on %(day)s.")
    is_business_act = True


class ImpossibleTime(LedgerError):
    """A signature from before there was anything to sign, or from the future."""

    code = "impossible_time"
    message = N_(
        "The signature says that it was given on %(day)s, which cannot be. Set the clock of that computer and sign "
        "again."
    )
    is_business_act = True


@dataclass(frozen=True, slots=True)
class Place:
    """A field that is made for somebody, and the signature in it. person is None where whoever decides may sign."""

    field: str
    name: Message | str
    person: User | None
    signature: Countersignature | None


def places(session: Session, manifest: Manifest) -> list[Place]:
    """Return the fields of a manifest's document for people: the issuer's, the organiser's, each supervisor's."""
    people: dict[str, User | None] = {LEADER_FIELD: None, "Sig_organiser": manifest.event.ended_by}
    watched = enumerate(signatures(session, manifest.event), start=1)
    people |= {f"Sig_supervisor{number}": each.user for number, each in watched}
    given = {each.field: each for each in manifest.countersignatures}
    return [Place(field, named_field(field), person, given.get(field)) for field, person in people.items()]


def open_to(session: Session, manifest: Manifest, person: User, *, leads: bool) -> list[Place]:
    """Return the fields that this person has still to sign in; leads is whether they decide for the issuing unit."""
    return [
        place
        for place in places(session, manifest)
        if place.signature is None and (leads if place.person is None else place.person.id == person.id)
    ]


def signed_anew(
    session: Session, manifest: Manifest, verdict: Verdict, *, by: User, leads: bool, at: datetime
) -> Sequence[Signature]:
    """Return what was signed in a file that this person hands in, as the check finds it.

    Raises OtherDocument, DocumentMovedOn, ReceiptPending, NotAllowedThere, NothingSigned, NotYourField,
    CertificateOutOfTime or ImpossibleTime.
    """
    if verdict.base is None or verdict.base.number != manifest.number:
        raise OtherDocument(number=manifest.number)
    if verdict.base.sha256 != manifest.pdf_sha256:
        raise DocumentMovedOn
    if manifest.receipt is None:
        raise ReceiptPending
    if verdict.kind is not Kind.OK:
        raise NotAllowedThere
    known = {SEAL_FIELD, *(each.field for each in manifest.countersignatures)}
    added = [each for each in verdict.signatures if not each.is_timestamp and each.field not in known]
    if not added:
        raise NothingSigned
    mine = {place.field for place in open_to(session, manifest, by, leads=leads)}
    for each in added:
        _check(each, mine, since=manifest.signed_at or at, at=at)
    return added


def countersign(
    session: Session,
    manifest: Manifest,
    signer: Signer,
    verdict: Verdict,
    *,
    document: Mapping[str, str],
    by: User,
    leads: bool,
    at: datetime,
    proof: Proof | None = None,
) -> None:
    """Take a document with this person's signature as the newest state; the one before it stays known.

    document holds its digests; the caller keeps the file, has had them sign for these, and has the receipt written.
    Raises as signed_anew().
    """
    added = signed_anew(session, manifest, verdict, by=by, leads=leads, at=at)
    for each in added:
        manifest.countersignatures.append(
            Countersignature(
                field=each.field,
                user=by,
                subject=each.subject,
                certificate=each.certificate,
                is_known=each.is_trusted,
                signed_at=datetime.fromisoformat(each.signed_at),
                handed_in_at=at,
            )
        )
    data = {
        "event": manifest.event_id,
        "number": manifest.number,
        "sha256": document["sha256"],
        "subject": added[0].subject,
        "signatures": [{"field": each.field, "certificate": each.certificate} for each in added],
        **({"proof": proof} if proof else {}),
    }
    record(session, "manifest.countersigned", by=by, at=at, unit=manifest.unit, data=data)
    note_signed(session, manifest, signer, document=document, pages=manifest.pages or 0, at=at)


def _check(signature: Signature, mine: set[str], *, since: datetime, at: datetime) -> None:
    signed_at = datetime.fromisoformat(signature.signed_at)
    facts = {"subject": signature.subject, "day": signed_at.date()}
    if signature.field not in mine:
        raise NotYourField(field=named_field(signature.field), **facts)
    if not since - _CLOCKS <= signed_at <= at + _CLOCKS:
        raise ImpossibleTime(**facts)
    if not signature.is_in_time:
        raise CertificateOutOfTime(**facts)
