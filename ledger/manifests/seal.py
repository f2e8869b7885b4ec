"""The bureau's seal: the certificate and key that manifests are certified with.

Without one of a licensed authority, an installation makes its own for trials; every paper then says so.
"""

import os
import stat
import stringprep
from base64 import b64encode
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import mkstemp
from types import SimpleNamespace
from typing import Any, ClassVar

import asn1crypto.x509
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import NoEncryption, pkcs12
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter, append_signature_field
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko.sign.signers.pdf_signer import PdfSigningSession
from pyhanko.stamp import StaticStampStyle
from reportlab.pdfgen.canvas import Canvas
from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.errors import N_, LedgerError, Message
from ledger.units.models import Unit

TRIAL_DAYS = 3652
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_GREY = 0.45


class SealExposed(LedgerError):
    """The file of the seal can be read by others than its owner."""

    code = "seal_exposed"
    is_passing = True
    message = N_("Others can read the file of the seal, %(file)s. Make it readable by its owner only (mode 600).")


class SealUnusable(LedgerError):
    """The file of the seal is missing, locked by another password, or holds no key that can sign here."""

    code = "seal_unusable"
    is_passing = True
    message = N_(
        "The file of the seal, %(file)s, holds no RSA or EC key with its certificate that this password opens."
    )


class SealOutOfDate(LedgerError):
    """The certificate is not valid on the day of signing."""

    code = "seal_out_of_date"
    is_passing = True
    message = N_("The certificate of the seal is valid from %(start)s until %(end)s only. Have it renewed.")


@dataclass(frozen=True, slots=True)
class Field:
    """A place for a signature: a page, counted from 1, and two corners in points from its lower left one."""

    name: str
    page: int
    x1: float
    y1: float
    x2: float
    y2: float


@dataclass(frozen=True, slots=True)
class Seal:
    """A certificate, its key and the certificates above it. A trial seal is made by the installation itself."""

    signer: SimpleSigner
    is_trial: bool

    @property
    def certificate(self) -> Any:
        """Return the certificate, as asn1crypto reads it."""
        return self.signer.signing_cert

    def said(self) -> dict[str, object]:
        """Return what the journal keeps of it: enough to check its signatures when another has taken its place."""
        summary = seal_summary(self)
        return {
            "subject": summary.subject,
            "serial": summary.serial,
            "sha256": self.certificate.sha256.hex(),
            "roots": [b64encode(root).decode() for root in self.trust_roots()],
        }

    def trust_roots(self) -> list[bytes]:
        """Return the certificates (DER) that whoever checks this seal has to trust."""
        above = list(self.signer.cert_registry)
        tops = [certificate for certificate in above if certificate.self_issued] or [self.certificate]
        return [certificate.dump() for certificate in tops]


@dataclass(frozen=True, slots=True)
class SealSummary:
    """What the proof page says of a seal's certificate; message and said() make a sentence of it."""

    subject: str
    serial: str
    """Hexadecimal, in groups of four."""
    start: date
    end: date
    is_trial: bool

    message: ClassVar[Message] = N_("%(subject)s, serial number %(serial)s, valid from %(start)s until %(end)s")

    def said(self) -> dict[str, object]:
        """Return what the message names."""
        return {"subject": self.subject, "serial": self.serial, "start": self.start, "end": self.end}


def open_seal(path: Path, password: str | None) -> Seal:
    """Return the seal kept in a PKCS#12 file. Raises SealExposed or SealUnusable."""
    return _open(path, password, is_trial=False)


def keep_trial_seal(path: Path, bureau: str, *, at: datetime) -> Seal:
    """Return the self-made seal kept at path; makes one for the bureau, valid for ten years, if there is none.

    Raises SealExposed or SealUnusable.
    """
    if not path.exists():
        _write_once(path, _make_trial_seal(bureau, at))
    return _open(path, None, is_trial=True)


def the_seal(session: Session, *, file: Path | None, password: str | None, trial: Path, at: datetime) -> Seal:
    """Return the seal of an installation: that of its settings, or else the self-made one kept at trial.

    The self-made one names the unit above all others, so there is none before that unit. Raises SealExposed or
    SealUnusable.
    """
    if file is not None:
        return open_seal(file, password)
    bureau = session.scalar(select(Unit.name).where(Unit.parent_id.is_(None)).order_by(Unit.id).limit(1))
    if bureau is None:
        raise SealUnusable(file=trial.name)
    return keep_trial_seal(trial, bureau, at=at)


def seal_summary(seal: Seal) -> SealSummary:
    """Return subject, serial number and validity of a seal's certificate."""
    certificate = seal.certificate
    serial = f"{certificate.serial_number:x}"
    serial = serial.zfill(-len(serial) // 4 * -4).upper()
    validity = certificate["tbs_certificate"]["validity"]
    return SealSummary(
        subject=_words(certificate.subject.native.get("common_name", certificate.subject.human_friendly)),
        serial=" ".join(serial[place : place + 4] for place in range(0, len(serial), 4)),
        start=validity["not_before"].native.date(),
        end=validity["not_after"].native.date(),
        is_trial=seal.is_trial,
    )


def certify(
    source: Path,
    target: Path,
    seal: Seal,
    *,
    field: Field,
    reason: str,
    at: datetime,
    stamp: Path | None = None,
    open_fields: Sequence[Field] = (),
) -> None:
    """Write the PDF at source, certified by the seal, to target.

    stamp is a PDF whose first page is shown in the field; without one, nothing is. Nothing may be changed afterwards,
    but for signatures in open_fields. Raises SealOutOfDate if the certificate is not valid at that time.
    """
    summary = seal_summary(seal)
    if not summary.start <= at.date() <= summary.end:
        raise SealOutOfDate(start=summary.start, end=summary.end)
    with source.open("rb") as read, target.open("w+b") as written:
        writer = Writer(read)
        for place in (field, *open_fields):
            box = (place.x1, place.y1, place.x2, place.y2)
            append_signature_field(writer, SigFieldSpec(place.name, on_page=place.page - 1, box=box))  # type: ignore[arg-type] # points need not be whole
        meta = PdfSignatureMetadata(
            field_name=field.name,
            name=summary.subject,
            reason=reason,
            certify=True,
            docmdp_permissions=MDPPerm.FILL_FORMS if open_fields else MDPPerm.NO_CHANGES,
            subfilter=SigSeedSubFilter.PADES,
            md_algorithm="sha256",
        )
        bare = StaticStampStyle(border_width=0)
        style = StaticStampStyle.from_pdf_file(str(stamp), border_width=0) if stamp else bare
        signer = _DatedSigner(meta, seal.signer, stamp_style=style)
        signer.at = at
        with ThreadPoolExecutor(1) as aside:  # it runs an event loop, which a loop of the caller's would not let it
            aside.submit(signer.sign_pdf, writer, existing_fields_only=True, output=written).result()


def draw_stamp(path: Path, lines: Sequence[str], *, width: float, height: float, font: str) -> None:
    """Write a stamp to show in the field of a trial seal: a dashed ring, with lines in its lower part.

    font is one that reportlab knows and that has every character of the lines; sizes are in points.
    """
    canvas = Canvas(str(path), pagesize=(width, height), initialFontName=font, invariant=1)
    canvas.setStrokeGray(_GREY)
    canvas.setFillGray(_GREY)
    canvas.setLineWidth(0.5)
    canvas.setDash(2, 2)
    canvas.circle(width / 2, height / 2, min(width, height) / 2 - 1)
    canvas.setFont(font, 7)
    for row, line in enumerate(reversed(lines)):
        canvas.drawCentredString(width / 2, height * 0.14 + 9 * row, line)
    canvas.save()


class _DatedSigner(PdfSigner):
    """A signer at a given time, where pyHanko would ask the clock."""

    at: datetime

    def init_signing_session(self, pdf_out: Any, existing_fields_only: bool = False) -> PdfSigningSession:  # noqa: FBT001, FBT002 - pyHanko's
        session = super().init_signing_session(pdf_out, existing_fields_only)
        session.system_time = self.at
        return session


class Writer(IncrementalPdfFileWriter):
    """A writer that leaves a document's metadata as they are, where pyHanko would put itself and today into them."""

    def _update_meta(self) -> None:
        pass


def _open(path: Path, password: str | None, *, is_trial: bool) -> Seal:
    try:
        if stat.S_IMODE(path.stat().st_mode) & _OTHERS:
            raise SealExposed(file=path.name)
        data, secret = path.read_bytes(), password.encode() if password else None
        key = pkcs12.load_pkcs12(data, secret).key
    except (OSError, ValueError):
        raise SealUnusable(file=path.name) from None
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise SealUnusable(file=path.name)
    try:
        signer = SimpleSigner.load_pkcs12_data(data, other_certs=[], passphrase=secret)
    except (ValueError, AttributeError):  # a key without its certificate
        raise SealUnusable(file=path.name) from None
    return Seal(signer, is_trial)


def _make_trial_seal(bureau: str, at: datetime) -> bytes:
    """Return PKCS#12 with a certificate for the bureau under a root of its own, whose key is thrown away."""
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root_name = _name(bureau, "Trial root")
    root = _certificate(root_name, root_key.public_key(), root_name, at, root_key, is_root=True)
    certificate = _certificate(_name(bureau, "Trial seal"), key.public_key(), root_name, at, root_key, is_root=False)
    return pkcs12.serialize_key_and_certificates(b"seal", key, certificate, [root], NoEncryption())


def _name(bureau: str, unit: str) -> x509.Name:
    parts = {NameOID.COUNTRY_NAME: "CN", NameOID.ORGANIZATIONAL_UNIT_NAME: unit, NameOID.COMMON_NAME: bureau[:64]}
    return x509.Name([x509.NameAttribute(kind, text) for kind, text in parts.items()])


def _certificate(
    subject: x509.Name,
    public: ec.EllipticCurvePublicKey,
    issuer: x509.Name,
    at: datetime,
    issuer_key: ec.EllipticCurvePrivateKey,
    *,
    is_root: bool,
) -> x509.Certificate:
    uses = {
        "digital_signature": not is_root,
        "content_commitment": not is_root,
        "key_cert_sign": is_root,
        "crl_sign": is_root,
        "key_encipherment": False,
        "data_encipherment": False,
        "key_agreement": False,
        "encipher_only": False,
        "decipher_only": False,
    }
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - timedelta(days=1))
        .not_valid_after(at + timedelta(days=TRIAL_DAYS))
        .add_extension(x509.BasicConstraints(ca=is_root, path_length=0 if is_root else None), critical=True)
        .add_extension(x509.KeyUsage(**uses), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
        .sign(issuer_key, SHA256())
    )


def _write_once(path: Path, data: bytes) -> None:
    """Write a whole file that only its owner can read, unless somebody else has done so meanwhile."""
    handle, name = mkstemp(dir=path.parent)  # mode 600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.link(name, path)
    except FileExistsError:
        pass
    finally:
        Path(name).unlink()


def _words(name: Any) -> str:
    return " ".join(name) if isinstance(name, list) else str(name)


def allow_rare_names() -> None:
    """Let certificates name people as they are called: asn1crypto knows no character younger than Unicode 3.2."""
    rules = {name: getattr(stringprep, name) for name in dir(stringprep) if not name.startswith("_")}
    asn1crypto.x509.stringprep = SimpleNamespace(**{**rules, "in_table_a1": lambda _sign: False})


allow_rare_names()
