"""An authority of the installation's own and the certificate that its server shows on the network of a site.

The authority can vouch for the names of this server only (RFC 5280, name constraints), so trusting it risks little.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AUTHORITY_DAYS = 1096
SERVER_DAYS = 397
"""iPhones take no certificate that is valid for more than 398 days."""
_HERE = ("localhost", "127.0.0.1")
"""The server's own machine is always among the names: so there is a name and an address, and both are constrained."""


@dataclass(frozen=True, slots=True)
class SiteFiles:
    """Where they are kept: each key can be read by its owner only."""

    folder: Path

    @property
    def authority(self) -> Path:
        """Key and certificate of the authority."""
        return self.folder / "site_authority.pem"

    @property
    def certificate(self) -> Path:
        """What the server shows."""
        return self.folder / "site_certificate.pem"

    @property
    def key(self) -> Path:
        """The key of what the server shows, PKCS#8."""
        return self.folder / "site_key.pem"

    def copy_to(self, folder: Path) -> None:
        """Put them, if they are there, into the folder of another installation on this machine."""
        for path in (self.authority, self.certificate, self.key):
            if path.exists():
                _write(folder / path.name, path.read_bytes())


@dataclass(frozen=True, slots=True)
class Trusted:
    """What phones are asked to trust, and until when the server can show what it vouches for."""

    der: bytes
    fingerprint: str
    """SHA-256 as phones show it: pairs of signs."""
    names: Sequence[str]
    """Those by which the server is reached."""
    until: datetime
    """When the server's certificate ends."""
    authority_until: datetime


def make(files: SiteFiles, names: Sequence[str], *, at: datetime) -> bool:
    """Make the server's certificate for these host names and addresses, and the authority if none can vouch for them.

    Returns whether the authority is new, so that phones have to trust it anew. Raises ValueError for what is no name.
    """
    wanted = [_general(name) for name in dict.fromkeys([*names, *_HERE])]
    kept = _authority(files)
    ends = at + timedelta(days=SERVER_DAYS)
    is_new = kept is None or kept[0].not_valid_after_utc < ends or not _vouches(kept[0], wanted)
    key, authority = _new_authority(wanted, at) if kept is None or is_new else (kept[1], kept[0])
    if is_new:
        _write(files.authority, _pem(key) + authority.public_bytes(Encoding.PEM))
    server = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        _begun(_named(names[0]), server, authority.subject, at, SERVER_DAYS)
        .add_extension(x509.SubjectAlternativeName(wanted), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(is_authority=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
        .sign(key, SHA256())
    )
    _write(files.key, _pem(server))
    _write(files.certificate, certificate.public_bytes(Encoding.PEM))
    return is_new


def trusted(files: SiteFiles) -> Trusted | None:
    """Return what phones have to trust, if the server shows a certificate of its own authority."""
    kept = _authority(files)
    if kept is None or not files.certificate.exists():
        return None
    shown = x509.load_pem_x509_certificate(files.certificate.read_bytes())
    names = shown.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return Trusted(
        der=kept[0].public_bytes(Encoding.DER),
        fingerprint=kept[0].fingerprint(SHA256()).hex(":").upper(),
        names=[str(name.value) for name in names if str(name.value) not in _HERE],
        until=shown.not_valid_after_utc.replace(tzinfo=UTC),
        authority_until=kept[0].not_valid_after_utc.replace(tzinfo=UTC),
    )


def _authority(files: SiteFiles) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey] | None:
    if not files.authority.exists():
        return None
    pem = files.authority.read_bytes()
    key = load_pem_private_key(pem, password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{files.authority} holds no key of an authority")
    return x509.load_pem_x509_certificate(pem), key


def _new_authority(
    names: Sequence[x509.GeneralName], at: datetime
) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = _named(f"Ledger site authority {at:%Y-%m-%d}")
    limits = x509.NameConstraints(permitted_subtrees=[_subtree(name) for name in names], excluded_subtrees=None)
    certificate = (
        _begun(subject, key, subject, at, AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(is_authority=True), critical=True)
        .add_extension(limits, critical=True)
        .sign(key, SHA256())
    )
    return key, certificate


def _vouches(authority: x509.Certificate, names: Sequence[x509.GeneralName]) -> bool:
    limits = authority.extensions.get_extension_for_class(x509.NameConstraints).value
    return {_subtree(name) for name in names} <= set(limits.permitted_subtrees or ())


def _begun(
    subject: x509.Name, key: ec.EllipticCurvePrivateKey, issuer: x509.Name, at: datetime, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - timedelta(hours=1))  # clocks of phones differ
        .not_valid_after(at + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _usage(*, is_authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_authority,
        key_cert_sign=is_authority,
        crl_sign=is_authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name.lower())


def _subtree(name: x509.GeneralName) -> x509.GeneralName:
    return x509.IPAddress(ip_network(name.value)) if isinstance(name, x509.IPAddress) else name


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _write(path: Path, content: bytes) -> None:
    """Put a file in another's place at once; only its owner can read it."""
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    fresh.replace(path)
