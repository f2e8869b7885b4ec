"""What stands in a PDF that somebody hands in: its signatures, what was added after them, the data attached to it.

The file may be hostile, so it is read in a process of its own (ledger/manifests/signatures.py), and pyHanko is not even
imported here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import orjson

from ledger import apart
from ledger.errors import N_, LedgerError

SEAL_FIELD = "Sig_seal"
"""The name of the field that the bureau's seal signs."""
WALL_SECONDS = 20


class NotReadable(LedgerError):
    """A file that is no PDF, is damaged, or has more signatures than any manifest."""

    code = "pdf_not_readable"
    message = N_("This is not a whole PDF: it is damaged or was cut off, or it is something else.")


class Locked(LedgerError):
    """A PDF that needs a password, which no manifest does."""

    code = "pdf_locked"
    message = N_("This PDF is encrypted. A manifest never is.")


class TooHeavy(LedgerError):
    """A PDF that takes more memory or time than any manifest."""

    code = "pdf_too_heavy"
    message = N_("Looking into this PDF takes more memory or time than any manifest needs.")


REFUSALS: Mapping[str, type[LedgerError]] = {refusal.code: refusal for refusal in (NotReadable, Locked, TooHeavy)}


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature, as far as the file itself and the trusted certificates tell."""

    field: str
    subject: str
    signed_at: str
    is_intact: bool
    """Whether the bytes that it covers are those that were signed, with the key of its certificate."""
    is_last_word: bool
    """Whether nothing was added to the file afterwards that it does not allow."""
    is_trusted: bool
    certificate: str
    """SHA-256 of the signer's certificate."""
    is_in_time: bool
    """Whether that was valid at signed_at."""
    is_timestamp: bool = False
    """Whether it is an authority's word for the time, in signed_at, by which everything before it was there."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A place where attached data are not the sealed ones. no is the manifest's line, if it lies in one."""

    where: str
    no: int | None
    name: str
    sealed: str
    found: str


@dataclass(frozen=True, slots=True)
class Look:
    """What stands in a PDF. sha256 is that of its manifest.json; what is not there is empty."""

    signatures: list[Signature]
    number: str
    sha256: str
    proof: str
    differences: list[Difference]


def look_apart(
    path: Path,
    *,
    roots: Sequence[bytes],
    at: datetime,
    person_roots: Sequence[bytes] = (),
    stamp_roots: Sequence[bytes] = (),
    sealed: Path | None = None,
    is_whole: bool = False,
) -> Look:
    """Return what stands in a PDF, and where its data differ from the sealed ones, if these are given.

    roots are the certificates (DER) that signatures are trusted for, person_roots others that all but the seal are,
    stamp_roots those for timestamps. Certificates are judged for the time at which the file says that it was signed, or
    for at if it does not say. Of a file that is known to be whole, byte for byte, nothing is looked for that was added,
    which takes longest. Raises NotReadable, Locked or TooHeavy.
    """
    request = {
        "path": str(path),
        "roots": [root.hex() for root in roots],
        "person_roots": [root.hex() for root in person_roots],
        "stamp_roots": [root.hex() for root in stamp_roots],
        "at": at,
        "sealed": sealed and str(sealed),
        "is_whole": is_whole,
    }
    try:
        answer = orjson.loads(apart.run("ledger.manifests.signatures", request, wall_seconds=WALL_SECONDS))
    except apart.Refused as refusal:
        raise REFUSALS[refusal.code] from None
    except apart.OutOfBounds:
        raise TooHeavy from None
    signatures = [Signature(**signature) for signature in answer.pop("signatures")]
    differences = [Difference(**difference) for difference in answer.pop("differences")]
    return Look(signatures=signatures, differences=differences, **answer)
