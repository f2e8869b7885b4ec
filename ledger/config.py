"""The settings of one installation, and the only reader of the environment."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from ledger.cases.rules import AppealPeriods, Terms
from ledger.events.deadlines import Deadline
from ledger.events.sampling import Sampling

PROJECT = Path(__file__).parent.parent
THREADS = 16
"""Of each process of the server: as many of a site's devices share a transaction while another is written."""
REHEARSAL = "rehearsal"
"""The file in the instance folder that makes an installation a rehearsal; it holds the address of its database."""
JOURNAL_NAME = "ledger.local"
DEADLINES = {
    Deadline.COUNT: 21,
    Deadline.APPLICATION: 18,
    Deadline.APPROVAL: 10,
    Deadline.PACKING: 3,
    Deadline.LABELS: 2,
}


class BadSetting(Exception):
    """A setting that cannot be used; says which and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What may differ between two installations. A test checks that docs/settings.md lists every field."""

    secret_key: str
    """Signs sessions. LEDGER_SECRET_KEY, or else a key made at first start and kept in the instance folder."""

    database_url: str
    """Where the ledger is kept. LEDGER_DATABASE_URL, or else ledger.sqlite in the instance folder."""

    instance: Path
    """The folder of what this installation keeps beside its database: keys and files. LEDGER_INSTANCE, or instance/."""

    is_rehearsal: bool = False
    """Whether `flask event rehearse` made it: then the database is the copy, and no key and no seal is the real one."""

    public_url: str | None = None
    """The address by which people and labels reach this installation, https outside of a trial. LEDGER_PUBLIC_URL."""

    journal_name: str = JOURNAL_NAME
    """The name on the journal's signed checkpoints; keep it for ever. LEDGER_JOURNAL_NAME."""

    seal_file: Path | None = None
    """The bureau's seal, PKCS#12, readable by its owner only. LEDGER_SEAL_FILE, or else a self-made one for trials."""

    seal_password: str | None = None
    """Opens the seal's file. LEDGER_SEAL_PASSWORD."""

    timestamp_url: str | None = None
    """The authority that gives manifests their timestamps (RFC 3161). LEDGER_TIMESTAMP_URL."""

    timestamp_roots: Path | None = None
    """The certificates that its timestamps must lead to, PEM. LEDGER_TIMESTAMP_ROOTS."""

    person_roots: Path | None = None
    """The certificates that people's own certificates should lead to, PEM. LEDGER_PERSON_ROOTS."""

    checkpoint_mail: tuple[str, ...] = ()
    """To whom checkpoints of the journal are sent. LEDGER_CHECKPOINT_MAIL, addresses with spaces between them."""

    checkpoint_folder: Path | None = None
    """Where checkpoints of the journal are written to. LEDGER_CHECKPOINT_FOLDER."""

    smtp_url: str = ""
    """The mail server, smtp:// or smtps://, with user and password if it asks for them. LEDGER_SMTP_URL."""

    smtp_from: str = ""
    """The address that mails are sent from. LEDGER_SMTP_FROM."""

    session_hours: int = 12
    """After how many hours a sign-in ends. LEDGER_SESSION_HOURS."""

    demands_second_factor: bool = False
    """Whether nobody signs by password alone; else those do who have set up nothing more. LEDGER_SIGN_OFF."""

    max_upload_mb: int = 30
    """The largest file that is taken, in megabytes. LEDGER_MAX_UPLOAD_MB."""

    does_long_work: bool = True
    """Whether the server's processes check and post imports themselves. LEDGER_WORKER, 0 or 1."""

    review_days: int = 60
    """How many days after service a party may ask for review (行政复议法 20). LEDGER_REVIEW_DAYS."""

    suit_months: int = 6
    """How many months after service a party may go to court (行政诉讼法 46). LEDGER_SUIT_MONTHS."""

    count_valid_days: int = 30
    """For how many days a count is good enough to apply for destruction. LEDGER_COUNT_VALID_DAYS."""

    notice_days: int = 60
    """For how many days a public notice of ownerless goods runs if it does not say otherwise. LEDGER_NOTICE_DAYS."""

    storage_days: int = 365
    """After how many days somebody should ask why goods are still kept. LEDGER_STORAGE_DAYS."""

    count_every_months: int = 6
    """Within how many months each location of a store is to be counted. LEDGER_COUNT_EVERY_MONTHS."""

    weight_tolerance_percent: int = 2
    """By how much the weight of a sealed batch may differ at a count. LEDGER_WEIGHT_TOLERANCE_PERCENT."""

    sample_percent: int = 5
    """How many of a hundred batches of a unit are opened and counted on site. LEDGER_SAMPLE_PERCENT, 0 for none."""

    sample_least: int = 1
    """How many of a unit at least, if samples are drawn at all. LEDGER_SAMPLE_LEAST."""

    deadlines: Mapping[Deadline, int] = field(default_factory=lambda: dict(DEADLINES))
    """How many days before an event what is to be done. LEDGER_DEADLINES."""

    retention_years: int = 30
    """How many years the papers of an event are to be kept, from the next 1 January. LEDGER_RETENTION_YEARS."""

    host: str = "127.0.0.1"
    """The address the server listens on. LEDGER_HOST. The demo never listens beyond this machine."""

    port: int = 5000
    """The port the server listens on. PORT."""

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Self:
        """Read the settings from env. Raises BadSetting, naming the variable at fault."""
        instance = Path(env.get("LEDGER_INSTANCE") or PROJECT / "instance").resolve()
        instance.mkdir(parents=True, exist_ok=True)
        rehearses = (instance / REHEARSAL).exists()
        env = {**env, **_rehearsed(env, instance)} if rehearses else env
        return cls(
            secret_key=env.get("LEDGER_SECRET_KEY") or _kept_secret(instance / "secret_key"),
            database_url=env.get("LEDGER_DATABASE_URL") or f"sqlite:///{instance / 'ledger.sqlite'}",
            instance=instance,
            is_rehearsal=rehearses,
            public_url=_address(env, "LEDGER_PUBLIC_URL"),
            journal_name=env.get("LEDGER_JOURNAL_NAME") or JOURNAL_NAME,
            seal_file=_file(env, "LEDGER_SEAL_FILE"),
            seal_password=env.get("LEDGER_SEAL_PASSWORD") or None,
            timestamp_url=_address(env, "LEDGER_TIMESTAMP_URL"),
            timestamp_roots=_file(env, "LEDGER_TIMESTAMP_ROOTS"),
            person_roots=_file(env, "LEDGER_PERSON_ROOTS"),
            checkpoint_mail=_recipients(env),
            checkpoint_folder=_file(env, "LEDGER_CHECKPOINT_FOLDER"),
            smtp_url=env.get("LEDGER_SMTP_URL") or "",
            smtp_from=env.get("LEDGER_SMTP_FROM") or "",
            session_hours=_positive(env, "LEDGER_SESSION_HOURS", default=12),
            demands_second_factor=_is_second(env, "LEDGER_SIGN_OFF", "password", "second-factor"),
            max_upload_mb=_positive(env, "LEDGER_MAX_UPLOAD_MB", default=30),
            does_long_work=env.get("LEDGER_WORKER", "1") != "0",
            review_days=_positive(env, "LEDGER_REVIEW_DAYS", default=60),
            suit_months=_positive(env, "LEDGER_SUIT_MONTHS", default=6),
            count_valid_days=_positive(env, "LEDGER_COUNT_VALID_DAYS", default=30),
            notice_days=_positive(env, "LEDGER_NOTICE_DAYS", default=60),
            storage_days=_positive(env, "LEDGER_STORAGE_DAYS", default=365),
            count_every_months=_positive(env, "LEDGER_COUNT_EVERY_MONTHS", default=6),
            weight_tolerance_percent=_positive(env, "LEDGER_WEIGHT_TOLERANCE_PERCENT", default=2),
            sample_percent=_percent(env, "LEDGER_SAMPLE_PERCENT", default=5),
            sample_least=_positive(env, "LEDGER_SAMPLE_LEAST", default=1),
            deadlines=_days(env, "LEDGER_DEADLINES", DEADLINES),
            retention_years=_positive(env, "LEDGER_RETENTION_YEARS", default=30),
            host=env.get("LEDGER_HOST") or "127.0.0.1",
            port=_positive(env, "PORT", default=5000),
        )

    @property
    def terms(self) -> Terms:
        """What decides, beside the books, whether a line may be destroyed."""
        return Terms(periods=AppealPeriods(self.review_days, self.suit_months), count_valid_days=self.count_valid_days)

    @property
    def sampling(self) -> Sampling | None:
        """How many batches are drawn as samples; None where none are."""
        return Sampling(self.sample_percent, self.sample_least) if self.sample_percent else None

    @property
    def address(self) -> str:
        """Where people reach this installation: this machine's own address as long as no public one is set."""
        return self.public_url or f"http://localhost:{self.port}"

    @property
    def is_public(self) -> bool:
        """Whether other machines can open that address, so that labels may carry it."""
        return not is_this_machine(urlsplit(self.address).hostname or "")

    @property
    def trial_seal(self) -> Path:
        """Where the self-made seal is kept."""
        return self.instance / "trial_seal.p12"

    @property
    def journal_key(self) -> Path:
        """Where the key of the journal is kept."""
        return self.instance / "journal_key.pem"

    @property
    def is_https(self) -> bool:
        """Whether people reach this installation by https, so that cookies may insist on it."""
        return (self.public_url or "").startswith("https://")


def rehearsal_name(journal_name: str) -> str:
    """Return the name under which the journal of a rehearsal is signed."""
    return f"rehearsal.{journal_name}"


def _rehearsed(env: Mapping[str, str], instance: Path) -> dict[str, str]:
    """Return what a rehearsal has instead of what the environment says of the real installation."""
    return {
        "LEDGER_DATABASE_URL": (instance / REHEARSAL).read_text().strip(),
        "LEDGER_SECRET_KEY": "",
        "LEDGER_JOURNAL_NAME": rehearsal_name(env.get("LEDGER_JOURNAL_NAME") or JOURNAL_NAME),
        "LEDGER_SEAL_FILE": "",
    }


def is_this_machine(host: str) -> bool:
    """Whether listening on, or asking, host stays on this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _kept_secret(path: Path) -> str:
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(32))
    return path.read_text().strip()


def _positive(env: Mapping[str, str], name: str, *, default: int) -> int:
    text = env.get(name) or str(default)
    if not text.isdecimal() or int(text) < 1:
        raise BadSetting(f"{name} must be a whole number above zero, not {text!r}.")
    return int(text)


def _percent(env: Mapping[str, str], name: str, *, default: int) -> int:
    text = env.get(name) or str(default)
    if not text.isdecimal() or int(text) > 100:  # noqa: PLR2004 - of a hundred
        raise BadSetting(f"{name} must be a whole number from 0 to 100, not {text!r}.")
    return int(text)


def _days(env: Mapping[str, str], name: str, default: Mapping[Deadline, int]) -> dict[Deadline, int]:
    """Read days as “count=30 packing=3”; what is not named keeps its default."""
    found = dict(default)
    for word in (env.get(name) or "").split():
        key, _, days = word.partition("=")
        if key not in found or not days.isdecimal():
            raise BadSetting(f"{name} must be like {_spelled(default)!r}, not {word!r}.")
        found[Deadline(key)] = int(days)
    return found


def _spelled(days: Mapping[Deadline, int]) -> str:
    return " ".join(f"{key}={number}" for key, number in days.items())


def _is_second(env: Mapping[str, str], name: str, first: str, second: str) -> bool:
    """Whether the second of two words is set, the first being what is meant without any."""
    text = env.get(name) or first
    if text not in (first, second):
        raise BadSetting(f"{name} must be {first} or {second}, not {text!r}.")
    return text == second


def _file(env: Mapping[str, str], name: str) -> Path | None:
    return Path(env[name]).resolve() if env.get(name) else None


def _recipients(env: Mapping[str, str]) -> tuple[str, ...]:
    """Read to whom mails go; there must be a server that takes them."""
    addresses = tuple((env.get("LEDGER_CHECKPOINT_MAIL") or "").split())
    server = urlsplit(env.get("LEDGER_SMTP_URL") or "")
    if addresses and not (server.scheme in ("smtp", "smtps") and server.hostname and env.get("LEDGER_SMTP_FROM")):
        raise BadSetting("LEDGER_CHECKPOINT_MAIL needs LEDGER_SMTP_URL (smtp:// or smtps://) and LEDGER_SMTP_FROM.")
    return addresses


def _address(env: Mapping[str, str], name: str) -> str | None:
    text = (env.get(name) or "").rstrip("/")
    if text and not text.startswith(("http://", "https://")):
        raise BadSetting(f"{name} must begin with https:// or http://, not {text!r}.")
    return text or None
