"""Reading a PDF that somebody hands in. Runs as a program: ledger.manifests.inspection.look_apart() calls it.

Nothing that the file names is fetched.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import orjson
from asn1crypto import x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.fields import enumerate_sig_fields
from pyhanko.sign.validation import EmbeddedPdfSignature, validate_pdf_signature, validate_pdf_timestamp
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko.sign.validation.status import DocumentTimestampStatus, PdfSignatureStatus, SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from ledger import apart
from ledger.errors import LedgerError
from ledger.manifests.inspection import SEAL_FIELD, Difference, Locked, Look, NotReadable, Signature, TooHeavy
from ledger.manifests.seal import allow_rare_names
from ledger.manifests.verify_manifest import LONGEST_PROOF

MEMORY = 1 << 30
CPU_SECONDS = 10
MOST_SIGNATURES = 40
MOST_ATTACHED = 64 << 20
MOST_DIFFERENCES = 20
_LONGEST_WORD = 200
_KEPT_BACK = "…"
"""For the name of a party: whoever knows the number of a manifest could ask for it with a file of nothing."""
_DEEPEST_TREE = 8
_MOST_NAMES = 1_000
_ROOTS = ("roots", "person_roots", "stamp_roots")


def look(
    path: Path,
    *,
    roots: Sequence[bytes],
    at: datetime,
    person_roots: Sequence[bytes] = (),
    stamp_roots: Sequence[bytes] = (),
    sealed: bytes | None = None,
    is_whole: bool = False,
) -> Look:
    """Do the work of look_apart() in this process."""
    allow_rare_names()
    trust = _Trust(*([x509.Certificate.load(root) for root in some] for some in (roots, person_roots, stamp_roots)))
    with path.open("rb") as file:
        try:
            return _look(PdfFileReader(file), trust, at, sealed, is_whole=is_whole)
        except (LedgerError, MemoryError):
            raise
        except Exception:  # noqa: BLE001 - what a hostile file makes its readers raise cannot be listed
            raise NotReadable from None


class _Trust(NamedTuple):
    """The certificates that signatures are trusted for; seals of others than persons alone."""

    seals: list[x509.Certificate]
    persons: list[x509.Certificate]
    stamps: list[x509.Certificate]


def _look(reader: PdfFileReader, trust: _Trust, at: datetime, sealed: bytes | None, *, is_whole: bool) -> Look:
    if reader.encrypted:
        raise Locked
    signatures = [*reader.embedded_regular_signatures, *reader.embedded_timestamp_signatures]
    if len(signatures) > MOST_SIGNATURES or len(list(enumerate_sig_fields(reader))) > MOST_SIGNATURES:
        raise NotReadable
    attached = dict(_attached(reader))
    content = attached.get("manifest.json", b"")
    data = _json(content)
    number = data.get("number") if isinstance(data, dict) else ""
    differences = _differences(orjson.loads(sealed), data) if sealed is not None else ()
    return Look(
        signatures=[_judge(signature, trust, at, is_whole=is_whole) for signature in signatures],
        number=_short(number or ""),
        sha256=sha256(content).hexdigest() if content else "",
        proof=attached.get("proof.tlog-proof", b"")[:LONGEST_PROOF].decode(errors="replace"),
        differences=list(islice(differences, MOST_DIFFERENCES)),
    )


def _judge(signature: EmbeddedPdfSignature, trust: _Trust, at: datetime, *, is_whole: bool) -> Signature:
    is_timestamp = signature.sig_object_type == "/DocTimeStamp"
    status: DocumentTimestampStatus | PdfSignatureStatus
    if is_timestamp:
        status = judge_stamp(signature, trust.stamps, is_whole=is_whole)
        claimed = status.timestamp
    else:
        claimed = signature.self_reported_timestamp or at
        claimed = claimed if claimed.tzinfo else claimed.replace(tzinfo=UTC)
        roots = trust.seals if signature.field_name == SEAL_FIELD else [*trust.seals, *trust.persons]
        context = ValidationContext(trust_roots=roots, allow_fetching=False, moment=claimed)
        uses = KeyUsageConstraints(key_usage={"digital_signature", "non_repudiation"}, match_all_key_usages=False)
        status = validate_pdf_signature(signature, context, key_usage_settings=uses, skip_diff=is_whole)
    covers = status.coverage >= SignatureCoverageLevel.ENTIRE_REVISION
    level = ModificationLevel.NONE if is_whole else status.modification_level
    allowed = (
        is_whole or is_timestamp or bool(status.docmdp_ok)
    )  # the seal says what is allowed; a timestamp has no say in it
    certificate = signature.signer_cert
    return Signature(
        field=_short(signature.field_name),
        subject=_short(certificate.subject.native.get("common_name", "")),
        signed_at=claimed.isoformat(),
        is_intact=status.intact and status.valid,
        is_last_word=covers and allowed and level is not None and level < ModificationLevel.OTHER,
        is_trusted=status.trusted,
        certificate=certificate.sha256.hex(),
        is_in_time=certificate.not_valid_before <= claimed <= certificate.not_valid_after,
        is_timestamp=is_timestamp,
    )


def judge_stamp(
    made: EmbeddedPdfSignature, roots: list[x509.Certificate], *, is_whole: bool = False
) -> DocumentTimestampStatus:
    """Return what pyHanko finds of a timestamp in a PDF, its certificates judged for the time that it names."""
    info = made.signed_data["encap_content_info"]["content"].parsed
    trust = ValidationContext(trust_roots=roots, allow_fetching=False, moment=info["gen_time"].native)
    return validate_pdf_timestamp(made, trust, skip_diff=is_whole)


def _attached(reader: PdfFileReader) -> Iterator[tuple[str, bytes]]:
    """Yield the names and contents of the attached files, of the last revision."""
    names = _of(_of(reader.root, "/Names"), "/EmbeddedFiles")
    for name, entry in _leaves(names, _DEEPEST_TREE):
        stream = entry["/EF"]["/F"]
        if len(stream.encoded_data) > MOST_ATTACHED or len(stream.data) > MOST_ATTACHED:
            raise TooHeavy
        yield str(name), stream.data


def _leaves(node: Any, depth: int) -> Iterator[tuple[Any, Any]]:
    """Yield the entries of a name tree (ISO 32000, 7.9.6)."""
    names, kids = _of(node, "/Names") or [], _of(node, "/Kids") or []
    if depth == 0 or len(names) > _MOST_NAMES or len(kids) > _MOST_NAMES:
        raise NotReadable
    for place in range(0, len(names) - 1, 2):
        yield names[place], names[place + 1]
    for kid in kids:
        yield from _leaves(kid, depth - 1)


def _of(node: Any, key: str) -> Any:
    """Return what stands under a key, wherever in the file it is, or None."""
    return node[key] if node is not None and key in node else None


def _json(content: bytes) -> Any:
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        return None


def _differences(
    sealed: Any, found: Any, where: str = "", line: Mapping[str, Any] | None = None
) -> Iterator[Difference]:
    """Yield where found differs from sealed."""
    if isinstance(sealed, dict) and isinstance(found, dict):
        line = sealed if "no" in sealed and "name" in sealed else line
        for key in sorted(sealed.keys() | found.keys()):
            yield from _differences(sealed.get(key), found.get(key), f"{where}.{key}".lstrip("."), line)
    elif isinstance(sealed, list) and isinstance(found, list) and len(sealed) == len(found):
        for place, (one, other) in enumerate(zip(sealed, found, strict=True)):
            yield from _differences(one, other, f"{where}[{place}]", line)
    elif sealed != found:
        no, name = (line["no"], line["name"]) if line else (None, "")
        told = _KEPT_BACK if where.endswith(".party") else _short(sealed)
        yield Difference(_short(where), no, name, told, _short(found))


def _short(value: Any) -> str:
    """Return a value as people read it, never longer than they would."""
    if isinstance(value, list | dict):
        value = f"({len(value)})"
    return "" if value is None else "".join(filter(str.isprintable, str(value)))[:_LONGEST_WORD]


def _answer(request: Mapping[str, Any]) -> Look:
    sealed = request["sealed"] and Path(request["sealed"]).read_bytes()
    trusted = {name: [bytes.fromhex(root) for root in request[name]] for name in _ROOTS}
    at = datetime.fromisoformat(request["at"])
    return look(Path(request["path"]), **trusted, at=at, sealed=sealed or None, is_whole=request["is_whole"])


if __name__ == "__main__":
    sys.exit(apart.answer(_answer, memory=MEMORY, cpu_seconds=CPU_SECONDS))
