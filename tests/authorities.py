"""Other houses, on this machine: a timestamp authority (openssl ts), one that refuses, and a mail server."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

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
def serving(authority: TimestampAuthority, port: int = 0) -> Iterator[str]:
    """Let an authority answer, and yield its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            answer = authority.answer(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", port), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/tsa"
    finally:
        server.shutdown()
        server.server_close()
