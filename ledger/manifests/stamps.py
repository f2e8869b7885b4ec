"""What lets a certified paper be judged long after its certificates ended (PAdES B-LTA, ETSI EN 319 142-1).

Both are appended to the file, which the certification allows: the certificates with what their issuers say of them,
and a timestamp (RFC 3161) over everything before it. The time is the authority's, never this machine's.
"""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from http.client import HTTPException
from pathlib import Path
from typing import Any, TypeVar
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from asn1crypto import cms, crl, ocsp, parser, tsp, x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.signers import PdfTimeStamper
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko_certvalidator.authority import AuthorityWithCert
from pyhanko_certvalidator.errors import CRLFetchError, OCSPFetchError
from pyhanko_certvalidator.fetchers.aiohttp_fetchers import AIOHttpFetcherBackend

from ledger.errors import N_, LedgerError
from ledger.manifests.seal import Writer
from ledger.manifests.signatures import judge_stamp

T = TypeVar("T")

SECONDS = 10
"""How long an answer from elsewhere is waited for."""
_LONGEST_ANSWER = 1 << 20
_RESERVED = 2 * 16_384
"""Room for a timestamp with its certificates, in hexadecimal digits: to ask for its size would take another one."""
_GRANTED = ("granted", "granted_with_mods")
_FAULTY = 500
_NOT_HAD = (CRLFetchError, OCSPFetchError, TimeoutError, ValueError)
"""How what is fetched fails: nobody there, too slow, or no such answer."""


class TimestampPending(LedgerError):
    """The authority cannot be reached."""

    code = "timestamp_pending"
    message = N_("The timestamp authority %(host)s cannot be reached.")
    is_passing = True


class TimestampRefused(LedgerError):
    """The authority answers, but gives no timestamp that holds."""

    code = "timestamp_refused"
    message = N_("The timestamp authority %(host)s gave no valid timestamp.")
    is_passing = True


@dataclass(frozen=True, slots=True)
class Authority:
    """A timestamp authority: its address, and the certificates (DER) it must lead to; none: any is taken."""

    url: str
    roots: tuple[bytes, ...] = ()

    @property
    def host(self) -> str:
        """Return the name of its machine."""
        return urlsplit(self.url).hostname or self.url


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a timestamp says: when, and by whose certificate."""

    at: datetime
    by: str


def add_evidence(source: Path, target: Path) -> list[str]:
    """Write the certified PDF to target with all certificates of the seal, and what their issuers say of them.

    Certificate revocation lists and OCSP answers are fetched from where the certificates say; what cannot be had is
    left out. Returns the names of the machines that did not give it.
    """
    with source.open("rb") as read, target.open("w+b") as written:
        writer = Writer(read)
        [seal, *_] = writer.prev.embedded_regular_signatures
        certificates = [seal.signer_cert, *seal.other_embedded_certs]
        crls, answers, unreached = _run(_evidence(certificates))
        DocumentSecurityStore.supply_dss_in_writer(writer, None, certs=certificates, crls=crls, ocsps=answers)
        writer.write(written)  # type: ignore[no-untyped-call]
    return unreached


def stamp(source: Path, target: Path, authority: Authority) -> Stamp:
    """Write the PDF to target with a timestamp of the authority, and return what that says.

    Raises TimestampPending or TimestampRefused.
    """
    with source.open("rb") as read, target.open("w+b") as written:
        stamper = PdfTimeStamper(_Client(authority), readable_field_name="Timestamp")
        _run(stamper.async_timestamp_pdf(Writer(read), "sha256", bytes_reserved=_RESERVED, output=written))
        made = PdfFileReader(written).embedded_timestamp_signatures[-1]
        status = _aside(judge_stamp, made, [x509.Certificate.load(root) for root in authority.roots])
    if not (status.intact and status.valid):
        raise TimestampRefused(host=authority.host, why="signature")
    if authority.roots and not status.trusted:
        raise TimestampRefused(host=authority.host, why="certificate")
    return Stamp(status.timestamp, str(status.signing_cert.subject.native.get("common_name", authority.host)))


async def _evidence(
    certificates: list[x509.Certificate],
) -> tuple[list[crl.CertificateList], list[ocsp.OCSPResponse], list[str]]:
    """Return the revocation lists and answers that can be had on these certificates, and who gave none."""
    crls: list[crl.CertificateList] = []
    answers: list[ocsp.OCSPResponse] = []
    unreached: list[str] = []
    backend = AIOHttpFetcherBackend(per_request_timeout=SECONDS)
    fetchers = backend.get_fetchers()
    by_name = {each.subject.hashable: each for each in certificates}
    try:
        for each in certificates:
            if each.self_issued:
                continue
            try:
                crls += await fetchers.crl_fetcher.fetch(each)
            except _NOT_HAD:
                unreached += [point.url for point in each.crl_distribution_points if point.url]
            issuer = by_name.get(each.issuer.hashable)  # OCSP asks by it
            try:
                if each.ocsp_urls and issuer is not None:
                    answers.append(await fetchers.ocsp_fetcher.fetch(each, AuthorityWithCert(issuer)))
            except _NOT_HAD:
                issuer = None
            unreached += each.ocsp_urls if issuer is None else []
    finally:
        await backend.close()  # type: ignore[no-untyped-call]
    return crls, answers, sorted({urlsplit(url).hostname or url for url in unreached})


class _Client(TimeStamper):
    """Asks an authority in the one way of the standard (RFC 3161, 3.4), and says why there is no timestamp."""

    def __init__(self, authority: Authority) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._authority = authority

    async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> cms.ContentInfo:
        nonce, request = self.request_cms(message_digest, md_algorithm)  # type: ignore[no-untyped-call]
        answered = self._ask(request.dump())
        try:
            status = tsp.PKIStatusInfo.load(parser.parse(answered)[4])  # what is refused has no token, nor is it read
            if status["status"].native not in _GRANTED:
                reasons = [*(status["status_string"].native or ()), *(status["fail_info"].native or ())]
                raise self._refused("; ".join(reasons) or status["status"].native)
            token = tsp.TimeStampResp.load(answered)["time_stamp_token"]
            said = token["content"]["encap_content_info"]["content"].parsed
            named = said["nonce"].native, said["message_imprint"]["hashed_message"].native
        except (ValueError, TypeError, KeyError):
            raise self._refused("RFC 3161") from None
        if named != (nonce, message_digest):
            raise self._refused("nonce, message imprint")
        return token

    def _ask(self, request: bytes) -> bytes:
        kind = {"Content-Type": "application/timestamp-query"}
        try:
            with urlopen(Request(self._authority.url, request, kind), timeout=SECONDS) as answer:  # noqa: S310 - the settings take http and https only
                return bytes(answer.read(_LONGEST_ANSWER))
        except HTTPError as error:
            if error.code < _FAULTY:
                raise self._refused(f"HTTP {error.code}") from None
            raise TimestampPending(host=self._authority.host, why=f"HTTP {error.code}") from None
        except (OSError, HTTPException) as error:
            why = str(getattr(error, "reason", error))
            raise TimestampPending(host=self._authority.host, why=why) from None

    def _refused(self, why: str) -> TimestampRefused:
        return TimestampRefused(host=self._authority.host, why=why)


def _run(work: Coroutine[Any, Any, T]) -> T:
    """Run an event loop aside, which one of the caller's would not let it be here."""
    done: T = _aside(asyncio.run, work)
    return done


def _aside(work: Callable[..., T], *words: object) -> T:
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(work, *words).result()
