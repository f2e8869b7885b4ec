"""The page by which phones come to trust the server, on a real server with a certificate of its own authority."""

import os
import signal
import socket
import ssl
import stat
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from databases import ON_SQLITE

from ledger.certificates import SiteFiles, make, trusted

NOW = datetime.now(UTC)
PROJECT = Path(__file__).parents[2]


@pytest.fixture
def files(tmp_path):
    return SiteFiles(tmp_path)


def test_keys_are_the_owners_alone_and_an_authority_vouches_for_its_own_names_only(files):
    assert make(files, ["192.168.1.10", "ledger.local"], at=NOW)
    made = trusted(files)

    assert {stat.S_IMODE(path.stat().st_mode) for path in (files.authority, files.key)} == {0o600}
    assert made.until - NOW < timedelta(days=398)
    assert list(made.names) == ["192.168.1.10", "ledger.local"]
    assert not make(files, ["ledger.local"], at=NOW + timedelta(days=300)), "phones need not trust it anew"
    assert make(files, ["10.0.0.1"], at=NOW), "what the old one may not vouch for takes a new one"


@ON_SQLITE
def test_who_trusts_nothing_by_hand_is_told_so(stranger):
    assert "无须手动信任" in stranger.get("/trust").text
    stranger.get("/trust/authority.crt", status=404)


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def fetched(url, context=None, seconds=60):
    """Return an answer of a server that may still be starting."""
    for _attempt in range(seconds * 5):
        try:
            return urlopen(Request(url), context=context, timeout=5)  # noqa: S310 - our own server
        except OSError as error:
            if isinstance(getattr(error, "reason", None), ssl.SSLCertVerificationError):
                raise
            time.sleep(0.2)
    raise AssertionError(f"{url} does not answer")


@pytest.fixture
def serve(app, tmp_path):
    """A function that runs a command of the server until the test is over."""
    running = []

    def serve(*words, **env):
        settings = app.extensions["settings"]
        named = {"LEDGER_INSTANCE": str(tmp_path), "LEDGER_DATABASE_URL": settings.database_url, "LEDGER_WORKER": "0"}
        flask = Path(sys.executable).with_name("flask")
        environment = {**os.environ, **named, **env}
        running.append(subprocess.Popen([flask, *words], cwd=PROJECT, env=environment, start_new_session=True))

    yield serve
    for process in running:
        os.killpg(process.pid, signal.SIGKILL)  # its workers, too; asked to end while it starts, it may stay
        process.wait()


@ON_SQLITE
def test_a_server_with_the_certificate_is_trusted_by_who_trusts_the_authority(files, serve):
    make(files, ["127.0.0.1", "ledger.local"], at=NOW)
    port, plain = free_port(), free_port()
    serve("serve", PORT=str(port), LEDGER_PUBLIC_URL=f"https://127.0.0.1:{port}")
    serve("site", "trust", "--host", "127.0.0.1", "--port", str(plain))

    page = fetched(f"http://127.0.0.1:{plain}/trust").read().decode()
    handed_out = fetched(f"http://127.0.0.1:{plain}/trust/authority.crt")
    assert handed_out.headers["Content-Type"] == "application/x-x509-ca-cert"
    assert trusted(files).fingerprint in page
    assert fetched(f"http://127.0.0.1:{plain}/login").url.endswith("/trust"), "nobody signs in there"
    authority = x509.load_der_x509_certificate(handed_out.read()).public_bytes(Encoding.PEM).decode()

    context = ssl.create_default_context(cadata=authority)
    assert fetched(f"https://127.0.0.1:{port}/healthz", context).status == 200
    with pytest.raises(OSError, match="certificate verify failed"):
        fetched(f"https://127.0.0.1:{port}/healthz", ssl.create_default_context())
