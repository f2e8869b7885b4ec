"""What /verify and `flask manifest verify` say of a manifest that somebody hands in."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from enum import StrEnum
from hashlib import sha256
from itertools import islice
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Protocol

from ledger.errors import N_, LedgerError, Message
from ledger.journal.keys import Key
from ledger.manifests.inspection import SEAL_FIELD, Difference, Look, Signature, look_apart
from ledger.manifests.verify_manifest import NOT_SIGNED, OTHER_FILE, SEALED, NotProved, Proved, verify, verify_entry

MOST_REVISIONS = 100
_BEIJING = timezone(timedelta(hours=8))
_END_OF_FILE = re.compile(rb"%%EOF(\r\n|\n|\r|$)")


class Kind(StrEnum):
    """What a check comes to."""

    OK = "ok"
    """The file is the signed one, byte for byte."""
    ALTERED = "altered"
    """The file is a manifest that was changed after it was signed."""
    UNVERIFIABLE = "unverifiable"
    """Nothing here ties the file to the journal, or it cannot be read."""


class Subject(StrEnum):
    """What a finding is about."""

    JOURNAL = "journal"
    RECEIPT = "receipt"
    HISTORY = "history"
    SIGNATURE = "signature"
    TIMESTAMP = "timestamp"
    COMPLETE = "complete"
    CONTENT = "content"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. passed is None where it says nothing for or against the file."""

    subject: Subject
    message: Message
    passed: bool | None
    facts: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.message % self.facts


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer, what it stands on, and where the attached data differ from the sealed ones (the first places)."""

    kind: Kind
    number: str
    sha256: str
    findings: list[Finding]
    differences: list[Difference]
    signatures: list[Signature] = field(default_factory=list)
    """All that are in the file, if it could be read."""
    base: "SignedManifest | None" = None
    """The newest signed manifest that the file begins with, or is."""


@dataclass(frozen=True, slots=True)
class SignedManifest:
    """A manifest that this installation signed: the entry manifest.signed and the sealed manifest.json."""

    number: str
    sha256: str
    """Of the signed PDF."""
    seq: int
    content: bytes


class Register(Protocol):
    """Where signed manifests are looked up."""

    def signed_as(self, sha256: str) -> SignedManifest | None:
        """Return the manifest whose signed PDF has this SHA-256."""

    def numbered(self, number: str) -> SignedManifest | None:
        """Return the manifest with this number."""

    def root_at(self, size: int) -> bytes | None:
        """Return the root under which this journal was signed when it had size entries, None if it was not then."""


KNOWN = N_("The file is byte for byte the one that was signed: its SHA-256 stands in entry %(seq)s of the journal.")
EXTENDED = N_(
    "The file begins, byte for byte, with the one that was signed: its SHA-256 stands in entry %(seq)s of the journal. "
    "What was added after it is judged by the signatures."
)
CHANGED = N_("Manifest %(number)s was signed as another file: entry %(seq)s of the journal names another SHA-256.")
UNKNOWN = N_("The journal of this installation names no file with this SHA-256.")
PROVED = N_(
    "The receipt proves that entry %(seq)s of a journal of %(size)s entries, signed by its key, names this file."
)
CONTINUED = N_("The journal that the receipt speaks of, %(size)s entries, is the beginning of this one.")
REWRITTEN = N_(
    "The journal of %(size)s entries that the receipt speaks of is not how this one began: one was rewritten."
)
PROVED_BEGINNING = N_(
    "The receipt proves that entry %(seq)s of a journal of %(size)s entries, signed by its key, names what this file "
    "begins with."
)
NO_RECEIPT = N_("No receipt was handed in.")
NOT_PROVED = N_("The receipt does not prove this file: %(why)s")
VALID = N_("%(field)s (%(subject)s): what it covers is unchanged, and nothing was added that it does not allow.")
BROKEN = N_("%(field)s: what it covers was changed after signing.")
ADDED = N_("%(field)s: something was added after signing that changes what is seen.")
STAMPED = N_("The timestamp authority %(subject)s confirms that the file was there at %(time)s.")
STAMPED_BY_STRANGER = N_(
    "%(subject)s confirms that the file was there at %(time)s; this installation is told of no authority of that name."
)
NOT_STAMPED = N_("No timestamp authority confirms the time of signing; the journal does.")
STRANGER = N_("%(field)s (%(subject)s): signed with a certificate that this installation does not know.")
NEWER = N_(
    "A newer document of this manifest exists, of entry %(seq)s: a signature or a timestamp was added to this one."
)
COMPLETE = N_("All signatures that belong to it are there.")
MISSING = N_("%(field)s: missing. The file was cut back to an earlier state or made anew.")
SEALED_CONTENT = N_("The data attached to it are those that entry %(seq)s of the journal sealed.")
OTHER_CONTENT = N_("The data attached to it are not those that were sealed.")
OTHER_PROOF = N_("The proof attached to it does not belong to the data attached to it.")
NO_CONTENT = N_("No data of a manifest that the journal proves are attached to it.")

FIELD_NAMES: Mapping[str, Message] = {
    SEAL_FIELD: N_("Seal of the bureau"),
    "Sig_leader": N_("Signature of the issuer"),
    "Sig_organiser": N_("Signature of the organiser"),
    "Sig_supervisor": N_("Signature of a supervisor"),
}
"""What people call a signature; another field goes by the name that the file gives it."""


def check(
    path: Path,
    register: Register,
    *,
    receipt: str | None,
    keys: Sequence[Key],
    roots: Sequence[bytes],
    at: datetime,
    person_roots: Sequence[bytes] = (),
    stamp_roots: Sequence[bytes] = (),
    fields: Sequence[str] = (SEAL_FIELD,),
) -> Verdict:
    """Return whether the file at path is a manifest as it was signed.

    keys are the journal's; roots are the certificates (DER) that seals are trusted for, person_roots those that persons
    are trusted for, too, and stamp_roots those for timestamps; fields are the signatures that belong to a manifest. A
    file that goes on after the signed one is judged by what its signatures allow. Whatever the file is, an answer comes
    within bounds.
    """
    document = path.read_bytes()
    digest = sha256(document).hexdigest()
    known = register.signed_as(digest)
    beginnings = _beginnings(document)
    base = known or next(filter(None, map(register.signed_as, reversed(beginnings))), None)
    told = [
        _receipt(document, beginnings, receipt, keys, is_known=base is not None),
        *_history(receipt, keys, register),
    ]
    is_extended = known is None and (base is not None or told[0].message is PROVED_BEGINNING)
    try:
        seen = look_apart(
            path, roots=roots, person_roots=person_roots, stamp_roots=stamp_roots, at=at, is_whole=known is not None
        )
    except LedgerError as refusal:
        findings = [
            _journal(known, None, None),
            *told,
            Finding(Subject.FILE, refusal.message, passed=False if is_extended else None, facts=refusal.facts),
        ]
        return Verdict(_kind(findings), known.number if known else "", digest, findings, [], base=base)
    named = base or (register.numbered(seen.number) if seen.number else None)
    is_manifest = named is not None or is_extended  # what was added, only a seal can allow
    findings = [
        _journal(known, base, named),
        *told,
        *(_signature(signature) for signature in seen.signatures),
        *_stamps(seen, is_manifest=is_manifest),
        *_complete(seen, fields, is_manifest=is_manifest),
        *_newer(base, register),
        _content(seen, named, keys),
    ]
    differences = _differences(path, seen, named, at)
    number = named.number if named else ""
    return Verdict(_kind(findings), number, digest, findings, differences, seen.signatures, base)


def _kind(findings: Sequence[Finding]) -> Kind:
    if any(each.passed is False for each in findings if each.subject is Subject.HISTORY):
        return Kind.UNVERIFIABLE
    if any(finding.passed is False for finding in findings):
        return Kind.ALTERED
    ties = (Subject.JOURNAL, Subject.RECEIPT)
    return Kind.OK if any(each.passed for each in findings if each.subject in ties) else Kind.UNVERIFIABLE


def _beginnings(document: bytes) -> dict[str, int]:
    """Return the SHA-256 and length of the file as it was after each time that somebody wrote to it.

    Nothing if something stands behind the last of these: no signature would speak of it.
    """
    found: dict[str, int] = {}
    so_far, start = sha256(), 0
    for end in islice((match.end() for match in _END_OF_FILE.finditer(document)), MOST_REVISIONS):
        so_far.update(document[start:end])
        start, found[so_far.hexdigest()] = end, end
    return found if start == len(document) else {}


def _proved(receipt: str, keys: Sequence[Key]) -> tuple[Proved, str]:
    """Return what a proof says that one of the keys signed in its time, and that key. Raises NotProved."""
    reason = NOT_SIGNED
    for key in keys:
        try:
            proved = verify_entry(receipt, key.verifier)
        except NotProved as error:
            reason = error.reason if error.reason != NOT_SIGNED else reason
            continue
        if key.until is None or proved.checkpoint.size <= key.until:
            return proved, key.verifier
    raise NotProved(reason)


def _journal(known: SignedManifest | None, base: SignedManifest | None, named: SignedManifest | None) -> Finding:
    if known is not None:
        return Finding(Subject.JOURNAL, KNOWN, passed=True, facts={"seq": known.seq})
    if base is not None:
        return Finding(Subject.JOURNAL, EXTENDED, passed=True, facts={"seq": base.seq})
    if named is not None:
        return Finding(Subject.JOURNAL, CHANGED, passed=False, facts={"number": named.number, "seq": named.seq})
    return Finding(Subject.JOURNAL, UNKNOWN, passed=None)


def _receipt(
    document: bytes, beginnings: Mapping[str, int], receipt: str | None, keys: Sequence[Key], *, is_known: bool
) -> Finding:
    """Look at a receipt. One that is about another file speaks against this one, unless the journal knows better."""
    if receipt is None:
        return Finding(Subject.RECEIPT, NO_RECEIPT, passed=None)
    try:
        proved, key = _proved(receipt, keys)
        end = beginnings.get(str(proved.data.get("sha256")))
        verify(document[:end], receipt, key)
    except NotProved as error:
        is_other = error.reason == OTHER_FILE and not is_known
        return Finding(
            Subject.RECEIPT, NOT_PROVED, passed=False if is_other else None, facts={"why": Message(error.reason[0])}
        )
    message = PROVED if end in (None, len(document)) else PROVED_BEGINNING
    return Finding(Subject.RECEIPT, message, passed=True, facts={"seq": proved.seq, "size": proved.checkpoint.size})


def _history(receipt: str | None, keys: Sequence[Key], register: Register) -> Iterator[Finding]:
    """Hold the journal's state in a good receipt against what this journal was at that size."""
    try:
        then = _proved(receipt or "", keys)[0].checkpoint
    except NotProved:
        return
    root = register.root_at(then.size)
    if root is not None:
        is_same = root == then.root
        message, facts = CONTINUED if is_same else REWRITTEN, {"size": then.size}
        yield Finding(Subject.HISTORY, message, passed=is_same, facts=facts)


def _signature(signature: Signature) -> Finding:
    facts = {"field": named_field(signature.field), "subject": signature.subject}
    if not signature.is_intact:
        return Finding(Subject.SIGNATURE, BROKEN, passed=False, facts=facts)
    if not signature.is_last_word:
        return Finding(Subject.SIGNATURE, ADDED, passed=False, facts=facts)
    if signature.is_timestamp:
        at = datetime.fromisoformat(signature.signed_at).astimezone(_BEIJING)
        time = {"subject": signature.subject, "time": at.isoformat(" ", "seconds")}
        message = STAMPED if signature.is_trusted else STAMPED_BY_STRANGER
        return Finding(Subject.TIMESTAMP, message, passed=signature.is_trusted or None, facts=time)
    if not signature.is_trusted:
        return Finding(Subject.SIGNATURE, STRANGER, passed=None, facts=facts)
    return Finding(Subject.SIGNATURE, VALID, passed=True, facts=facts)


def _stamps(seen: Look, *, is_manifest: bool) -> Iterator[Finding]:
    if is_manifest and not any(signature.is_timestamp for signature in seen.signatures):
        yield Finding(Subject.TIMESTAMP, NOT_STAMPED, passed=None)


def _complete(seen: Look, fields: Sequence[str], *, is_manifest: bool) -> Iterator[Finding]:
    missing = set(fields) - {signature.field for signature in seen.signatures}
    for name in sorted(missing):
        yield Finding(
            Subject.COMPLETE, MISSING, passed=False if is_manifest else None, facts={"field": named_field(name)}
        )
    if not missing:
        yield Finding(Subject.COMPLETE, COMPLETE, passed=True)


def _newer(base: SignedManifest | None, register: Register) -> Iterator[Finding]:
    newest = register.numbered(base.number) if base else None
    if base and newest and newest.sha256 != base.sha256:
        yield Finding(Subject.COMPLETE, NEWER, passed=None, facts={"seq": newest.seq})


def named_field(field_name: str) -> str:
    """Return what people call a signature's field."""
    return FIELD_NAMES.get(field_name.rstrip("0123456789"), field_name)


def _content(seen: Look, named: SignedManifest | None, keys: Sequence[Key]) -> Finding:
    if named is not None and seen.sha256 != sha256(named.content).hexdigest():
        return Finding(Subject.CONTENT, OTHER_CONTENT, passed=False)
    try:
        proved, _key = _proved(seen.proof, keys)
    except NotProved:
        return Finding(Subject.CONTENT, NO_CONTENT, passed=None)
    if proved.act != SEALED or proved.data.get("sha256") != seen.sha256:
        return Finding(Subject.CONTENT, OTHER_PROOF, passed=False)
    return Finding(Subject.CONTENT, SEALED_CONTENT, passed=True, facts={"seq": proved.seq})


def _differences(path: Path, seen: Look, named: SignedManifest | None, at: datetime) -> list[Difference]:
    """Return where the attached data differ from the sealed ones; both are read apart, the attached may be hostile."""
    if named is None or not seen.sha256 or seen.sha256 == sha256(named.content).hexdigest():
        return []
    with NamedTemporaryFile() as sealed:
        sealed.write(named.content)
        sealed.flush()
        try:
            return look_apart(path, roots=(), at=at, sealed=Path(sealed.name), is_whole=True).differences
        except LedgerError:
            return []
