"""Where checkpoints are kept beside this house: what somebody else holds cannot be rewritten here."""

import os
import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from tempfile import mkstemp
from typing import Protocol
from urllib.parse import unquote, urlsplit

from ledger.errors import N_, LedgerError
from ledger.journal.note import Checkpoint
from ledger.journal.workflow import Way

SECONDS = 20
_READABLE = 0o644
SUBJECT = "罚没物品台账检查点：{origin}，共 {size} 条"
TEXT = """附件是罚没物品台账日志链 {origin} 的检查点，共 {size} 条记录，根哈希 {root}。

请原样保存附件，不必回复。今后如需确认台账没有被改写，请管理员用它核对：

    flask journal verify --checkpoint {name}
"""


class NotSent(LedgerError):
    """A checkpoint that did not arrive where it is to be kept."""

    code = "checkpoint_not_sent"
    message = N_("A checkpoint did not arrive where it is to be kept.")
    is_passing = True


class NotForAll(LedgerError):
    """Some of those who should have a checkpoint by mail cannot be reached; it is not sent to the others again."""

    code = "checkpoint_not_for_all"
    message = N_("A checkpoint did not reach everybody who should have it. Set their addresses right.")


class Outpost(Protocol):
    """A place outside that takes checkpoints."""

    @property
    def target(self) -> str:
        """Return where that is, for people."""

    def send(self, checkpoint: Checkpoint, note: str) -> None:
        """Hand over a checkpoint, whose signed text is note. Raises NotSent or NotForAll."""


@dataclass(frozen=True, slots=True)
class Mail:
    """People outside of the administrators' reach, by e-mail. server is smtp:// (STARTTLS) or smtps://."""

    recipients: tuple[str, ...]
    sender: str
    server: str

    @property
    def target(self) -> str:
        """Return the addresses."""
        return ", ".join(self.recipients)

    def send(self, checkpoint: Checkpoint, note: str) -> None:
        """Send the checkpoint as an attachment. Raises NotSent or NotForAll."""
        message = EmailMessage()
        facts = {"origin": checkpoint.origin, "size": checkpoint.size, "root": checkpoint.root.hex()}
        message["Subject"], message["From"], message["To"] = SUBJECT.format(**facts), self.sender, self.target
        message.set_content(TEXT.format(**facts, name=file_name(checkpoint)))
        # Not as text: mail programs change the ends of its lines.
        message.add_attachment(
            note.encode(), maintype="application", subtype="octet-stream", filename=file_name(checkpoint)
        )
        try:
            refused = self._post(message)
        except (OSError, smtplib.SMTPException) as error:
            raise NotSent(why=f"{self.target}: {error}") from None
        if refused:
            raise NotForAll(why=", ".join(refused))

    def _post(self, message: EmailMessage) -> dict[str, tuple[int, bytes]]:
        """Hand a message to the server and return whom it refused. A password is only told behind TLS."""
        parts, trust = urlsplit(self.server), ssl.create_default_context()
        is_tls, host = parts.scheme == "smtps", parts.hostname or ""
        port = parts.port or (465 if is_tls else 25)
        if is_tls:
            connection: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=SECONDS, context=trust)
        else:
            connection = smtplib.SMTP(host, port, timeout=SECONDS)
        with connection as server:
            server.ehlo()
            if not is_tls and (parts.username or server.has_extn("starttls")):
                server.starttls(context=trust)
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
            return server.send_message(message)


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder on a machine that others look after; one file for each checkpoint, written whole and never again."""

    path: Path

    @property
    def target(self) -> str:
        """Return its path."""
        return str(self.path)

    def send(self, checkpoint: Checkpoint, note: str) -> None:
        """Write the checkpoint's file, unless it is there. Raises NotSent."""
        try:
            target = self.path / file_name(checkpoint)
            if not target.exists():
                handle, name = mkstemp(dir=self.path, prefix=".")
                with os.fdopen(handle, "w", encoding="utf-8") as file:
                    file.write(note)
                    os.fchmod(handle, _READABLE)
                    file.flush()
                    os.fsync(handle)
                Path(name).replace(target)
        except OSError as error:
            raise NotSent(why=str(error)) from None


def outposts(*, mail: tuple[str, ...], sender: str, server: str, folder: Path | None) -> dict[Way, Outpost]:
    """Return where checkpoints are to be sent, as far as it is set."""
    ways: dict[Way, Outpost] = {}
    if mail:
        ways[Way.MAIL] = Mail(mail, sender, server)
    if folder is not None:
        ways[Way.FOLDER] = Folder(folder)
    return ways


def file_name(checkpoint: Checkpoint) -> str:
    """Return the name of a checkpoint's file: two of the same length but of different pasts are two files."""
    return f"{checkpoint.origin.replace('/', '_')}-{checkpoint.size:09}-{checkpoint.root.hex()[:8]}.txt"
