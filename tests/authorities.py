"""Other houses, on this machine: authorities for timestamps (openssl ts) and certificates, and a mail server."""

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import BufferedRWPair
from pathlib import Path
from threading import Thread
from typing import Protocol

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs12
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID
from papers import NOW

from ledger.manifests.seal import Seal, open_seal

CONFIG = """
[tsa]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
certs = {folder}/root.pem
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = {digests}
accuracy = secs:1
ess_cert_id_chain = no
ess_cert_id_alg = sha256
[tsa_cert]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
"""
NAMES = {"root": "/CN=国家授时试验根", "tsa": "/CN=国家授时试验机构"}


class Answering(Protocol):
    """Somebody who answers requests."""

    def answer(self, request: bytes) -> bytes: ...


class TimestampAuthority:
    """Answers as openssl ts does; refuses every digest but SHA-512 where it is told to."""

    def __init__(self, folder: Path, *, refuses: bool = False) -> None:
        self.folder, self.asked = folder, 0
        folder.mkdir()
        (folder / "serial").write_text("01")
        (folder / "tsa.cnf").write_text(CONFIG.format(folder=folder, digests="sha512" if refuses else "sha256"))
        new = ("req", "-utf8", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "9000")
        self._openssl(*new, "-x509", "-subj", NAMES["root"], "-keyout", "root.key", "-out", "root.pem")
        self._openssl(*new, "-subj", NAMES["tsa"], "-keyout", "tsa.key", "-out", "tsa.csr")
        signed = ("-extfile", "tsa.cnf", "-extensions", "tsa_cert", "-out", "tsa.pem")
        issued = ("-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial", "-days", "9000")
        self._openssl("x509", "-req", "-in", "tsa.csr", *issued, *signed)

    def answer(self, request: bytes) -> bytes:
        self.asked += 1
        (self.folder / "request.tsq").write_bytes(request)
        self._openssl("ts", "-reply", "-config", "tsa.cnf", "-section", "tsa", "-queryfile", "request.tsq", "-out", "r")
        return (self.folder / "r").read_bytes()

    @property
    def roots(self) -> Path:
        return self.folder / "root.pem"

    def _openssl(self, *words: str) -> None:
        subprocess.run(["openssl", *words], cwd=self.folder, check=True, capture_output=True)


USES = (
    "digital_signature content_commitment key_encipherment data_encipherment key_agreement key_cert_sign crl_sign "
    "encipher_only decipher_only"
).split()


class Issuer:
    """A licensed authority that gives a bureau its seal, and publishes the list of those that it revoked."""

    def __init__(self) -> None:
        self.key, self.seal_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "鹭江电子认证")])
        is_root = x509.BasicConstraints(ca=True, path_length=None)
        self.root = self._certificate(self.name, self.key.public_key(), is_root)

    def give_seal(self, path: Path, url: str) -> Seal:
        """Write a seal whose certificate says where the issuer is asked for it."""
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "鹭江市市场监督管理局")])
        usage = x509.KeyUsage(**{use: use in ("digital_signature", "content_commitment") for use in USES})
        where = self._where(x509.UniformResourceIdentifier(url))
        self.seal = self._certificate(name, self.seal_key.public_key(), where, usage)
        path.touch(mode=0o600)
        kept = pkcs12.serialize_key_and_certificates(b"", self.seal_key, self.seal, [self.root], NoEncryption())
        path.write_bytes(kept)
        return open_seal(path, None)

    def answer(self, _request: bytes) -> bytes:
        made = x509.CertificateRevocationListBuilder().issuer_name(self.name).last_update(NOW - timedelta(hours=1))
        return made.next_update(NOW + timedelta(days=7)).sign(self.key, SHA256()).public_bytes(Encoding.DER)

    def _where(self, url: x509.GeneralName) -> x509.ExtensionType:
        return x509.CRLDistributionPoints([x509.DistributionPoint([url], None, None, None)])

    def _certificate(
        self, name: x509.Name, public: ec.EllipticCurvePublicKey, *extensions: x509.ExtensionType
    ) -> x509.Certificate:
        made = x509.CertificateBuilder().subject_name(name).issuer_name(self.name).public_key(public)
        made = made.serial_number(x509.random_serial_number()).not_valid_before(NOW - timedelta(days=1))
        made = made.not_valid_after(NOW + timedelta(days=100))
        for extension in extensions:
            made = made.add_extension(extension, critical=False)
        return made.sign(self.key, SHA256())


class Responder(Issuer):
    """An authority that answers for each certificate by itself (RFC 6960), as openssl ocsp does."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder
        folder.mkdir()
        (folder / "root.pem").write_bytes(self.root.public_bytes(Encoding.PEM))
        key = self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (folder / "root.key").write_bytes(key)

    def answer(self, request: bytes) -> bytes:
        row = ("V", f"{self.seal.not_valid_after_utc:%y%m%d%H%M%SZ}", "", f"{self.seal.serial_number:X}", "unknown")
        (self.folder / "index").write_text("\t".join([*row, "/CN=seal\n"]))
        (self.folder / "asked").write_bytes(request)
        files = ("-index", "index", "-reqin", "asked", "-respout", "answer")
        keys = ("-CA", "root.pem", "-rsigner", "root.pem", "-rkey", "root.key", "-ndays", "7")
        subprocess.run(["openssl", "ocsp", *files, *keys], cwd=self.folder, check=True, capture_output=True)
        return (self.folder / "answer").read_bytes()

    def _where(self, url: x509.GeneralName) -> x509.ExtensionType:
        return x509.AuthorityInformationAccess([x509.AccessDescription(AuthorityInformationAccessOID.OCSP, url)])


@contextmanager
def serving(authority: Answering) -> Iterator[str]:
    """Let somebody answer over HTTP, and yield the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            answer = authority.answer(self.rfile.read(int(self.headers.get("Content-Length", 0))))
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST  # noqa: N815 - as the library calls it

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/tsa"
    finally:
        server.shutdown()
        server.server_close()


class MailServer:
    """A mail server on a socket: takes mails for everybody, or for nobody."""

    def __init__(self, *, refuses: bool = False) -> None:
        self.refuses, self.mails = refuses, list[EmailMessage]()
        self._socket = socket.create_server(("127.0.0.1", 0))
        Thread(target=self._serve, daemon=True).start()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self._socket.getsockname()[1]}"

    def close(self) -> None:
        self._socket.close()

    def _serve(self) -> None:
        while True:
            try:
                caller, _ = self._socket.accept()
            except OSError:
                return
            with caller, caller.makefile("rwb") as line:
                self._talk(line)

    def _talk(self, line: BufferedRWPair) -> None:
        def say(text: str) -> None:
            line.write(f"{text}\r\n".encode())
            line.flush()

        say("220 mail.example")
        for words in line:
            verb = words[:4].upper()
            if verb == b"RCPT" and self.refuses:
                say("550 no such mailbox")
            elif verb == b"DATA":
                say("354 go on")
                body = b"".join(iter(line.readline, b".\r\n"))
                self.mails.append(message_from_bytes(body, policy=default))
                say("250 taken")
            elif verb == b"QUIT":
                say("221 bye")
                return
            else:
                say("250 fine")
