"""Other houses, on this machine: a timestamp authority (openssl ts), one that refuses, and a mail server."""

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import BufferedRWPair
from pathlib import Path
from threading import Thread
from typing import Protocol

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
