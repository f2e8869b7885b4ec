"""Pictures and documents of a case: decisions, seizure lists, receipts, photographs of the goods."""

from collections.abc import Collection, Sequence
from datetime import datetime
from io import BytesIO

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from ledger.cases.models import Attachment, Case
from ledger.errors import N_, LedgerError
from ledger.files.images import NotAPicture, clean_picture
from ledger.files.service import FileStore
from ledger.goods.models import Item
from ledger.journal.service import record
from ledger.units.models import User


class NotAPaper(LedgerError):
    """A file that is neither a picture nor a PDF, whatever its name says."""

    code = "not_a_paper"
    message = N_("This is neither a picture (JPEG, PNG, WebP) nor a PDF. Save it as one of them first.")


class AttachmentKnown(LedgerError):
    """The very same file again."""

    code = "attachment_known"
    message = N_("This file is there already: %(name)s.")


def keep(files: FileStore, content: bytes) -> tuple[str, str | None]:
    """Keep a file as it was handed in, and of a picture the copy to look at; return the SHA-256 of each.

    Slow: done before the transaction. Raises NotAPaper or TooManyPixels.
    """
    if content.startswith(b"%PDF-"):
        return files.keep(BytesIO(content)), None
    try:
        shown = files.keep(BytesIO(clean_picture(BytesIO(content))))
    except NotAPicture:
        raise NotAPaper from None
    return files.keep(BytesIO(content)), shown


def attach(
    session: Session,
    case: Case,
    item: Item | None,
    *,
    name: str,
    sha256: str,
    shown: str | None,
    by: User,
    at: datetime,
) -> Attachment:
    """Add a file that keep() has kept to a case, or to one of its lines. Raises AttachmentKnown."""
    known = session.scalar(select(Attachment).where(Attachment.case_id == case.id, Attachment.sha256 == sha256))
    if known is not None:
        raise AttachmentKnown(name=known.name)
    attachment = Attachment(
        case=case, item=item, unit_id=case.unit_id, name=name, sha256=sha256, shown=shown, added_at=at, by=by
    )
    session.add(attachment)
    session.flush()  # the entry names its id
    data = {
        "id": attachment.id,
        "case": case.id,
        "number": case.number,
        "item": item and item.id,
        "name": name,
        "sha256": sha256,
    }
    record(session, "case.attached", by=by, at=at, unit=case.unit, data=data)
    return attachment


def attachments_of(
    session: Session, case_ids: Collection[int], item_ids: Collection[int] | None = None
) -> Sequence[Attachment]:
    """Return what belongs to cases and their lines, oldest first; if lines are named, to the whole case or to them."""
    query = select(Attachment).where(Attachment.case_id.in_(case_ids)).order_by(Attachment.id)
    query = query.options(joinedload(Attachment.by), joinedload(Attachment.item))
    wanted = None if item_ids is None else {None, *item_ids}
    return [each for each in session.scalars(query) if wanted is None or each.item_id in wanted]
