"""What the settings of an installation name: its seal, whom it trusts, and where its checkpoints are sent."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_pem_x509_certificates
from flask import Flask
from sqlalchemy.orm import Session

from ledger.errors import LedgerError
from ledger.journal.outposts import Outpost, outposts
from ledger.journal.workflow import Way
from ledger.manifests.queries import seals_used

if TYPE_CHECKING:
    from ledger.manifests.seal import Seal


def outposts_of(app: Flask) -> dict[Way, Outpost]:
    """Return where this installation's checkpoints are to be sent."""
    told = app.extensions["settings"]
    return outposts(
        mail=told.checkpoint_mail, sender=told.smtp_from, server=told.smtp_url, folder=told.checkpoint_folder
    )


def stamp_roots(app: Flask) -> list[bytes]:
    """Return the certificates (DER) that timestamps are trusted for: those of the settings."""
    return _certificates(app.extensions["settings"].timestamp_roots)


def person_roots(app: Flask) -> list[bytes]:
    """Return the certificates (DER) that people's own certificates are trusted for: those of the settings."""
    return _certificates(app.extensions["settings"].person_roots)


def seal_roots(app: Flask, session: Session, *, at: datetime) -> list[bytes]:
    """Return the certificates (DER) that seals are trusted for: of this one, if it can be used, and those before."""
    used = seals_used(session)
    try:
        return [*seal_of(app, session, at=at).trust_roots(), *used]
    except LedgerError:  # what the journal says of a file holds all the same, and the public need not read why
        return used


def _certificates(file: Path | None) -> list[bytes]:
    if file is None:
        return []
    return [each.public_bytes(Encoding.DER) for each in load_pem_x509_certificates(file.read_bytes())]


def seal_of(app: Flask, session: Session, *, at: datetime) -> "Seal":
    """Return the bureau's seal. Raises SealExposed or SealUnusable."""
    from ledger.manifests.seal import the_seal  # noqa: PLC0415 - see HEAVY in ledger.worker

    settings = app.extensions["settings"]
    file, password, trial = settings.seal_file, settings.seal_password, settings.trial_seal
    return the_seal(session, file=file, password=password, trial=trial, at=at)
