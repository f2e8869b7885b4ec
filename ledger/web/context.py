"""What every template can use: language, figures, dates, navigation, assets."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

import orjson
from babel import Locale
from babel.support import NullTranslations
from flask import Flask, g, session
from flask_babel import get_locale, get_translations, gettext
from flask_login import current_user
from markupsafe import Markup

from ledger.codes import shown
from ledger.config import Settings
from ledger.db import db
from ledger.destruction.workflow import METHOD_NAMES, Treatment
from ledger.errors import N_, LedgerError, Message
from ledger.permissions import ROLE_NAMES, Permission
from ledger.reports.queries import is_any_released
from ledger.web.access import hides, veiled
from ledger.web.strokes import drawn

LOCALES = ("zh_CN", "en")
BEIJING = ZoneInfo("Asia/Shanghai")
UUID_LENGTH = 36
HIDDEN = N_("being counted")
"""Stands where a figure is kept from who counts the same goods blind."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the navigation; phone says whether it may stand in the bar below."""

    endpoint: str
    icon: str
    label: str
    count: int | None = None
    phone: bool = True


def locale() -> str:
    """Return the language of this request: the person's own, the one chosen before signing in, or Chinese."""
    if current_user and current_user.is_authenticated and current_user.locale:
        return str(current_user.locale)
    chosen = session.get("locale")
    return str(chosen) if chosen in LOCALES else LOCALES[0]


def babel_locale() -> Locale:
    """Return the language of this request as Babel has it; finding one by its name takes a millisecond."""
    return _locale(locale())


def say(error: LedgerError) -> str:
    """Return the sentence of a refusal in the reader's language; what the books hold is not said to who counts it."""
    is_kept_back = "held" in error.facts and veiled()
    return sentence(error.message, {**error.facts, "held": HIDDEN} if is_kept_back else error.facts)


def sentence(message: str, facts: Mapping[str, object]) -> str:
    """Return message with its facts in the reader's language."""
    return str(gettext(message) % said(facts))


def said(facts: Mapping[str, object]) -> dict[str, object]:
    """Return the facts of a sentence as the reader reads them."""
    return {name: _said(fact) for name, fact in facts.items()}


def _said(fact: object) -> object:
    if isinstance(fact, Message):
        return gettext(fact)
    if isinstance(fact, Decimal):
        return quantity(fact)
    return day(fact) if isinstance(fact, date) else fact


def quantity(value: Decimal | int) -> str:
    """Return a quantity with thousands marks and up to three decimals."""
    text = f"{value:,f}" if isinstance(value, Decimal) else f"{value:,}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def decimal(text: str) -> str:
    """Return a figure of a sealed content as people read it; a dash for what is not known."""
    return quantity(Decimal(text)) if text else "—"


def money(fen: int) -> str:
    """Return an amount of fen in yuan with two decimals."""
    return f"{Decimal(fen) / 100:,.2f}"


def yuan(text: str) -> str:
    """Return yuan of a sealed content with two decimals; a dash for what is not known."""
    return f"{Decimal(text):,.2f}" if text else "—"


def day(value: date | datetime | str) -> str:
    """Return a day, or one of a sealed content, as people write it: 2027年3月15日, 15 Mar 2027."""
    if isinstance(value, str):
        value = date.fromisoformat(value)
    if isinstance(value, datetime):
        value = value.astimezone(BEIJING).date()
    if _is_chinese():
        return f"{value.year}年{value.month}月{value.day}日"
    return f"{value.day} {value:%b} {value.year}"


def moment(value: datetime) -> str:
    """Return a point in Beijing time to the minute."""
    return f"{day(value)} {value.astimezone(BEIJING):%H:%M}"


def clock(value: datetime) -> str:
    """Return the time of day in Beijing."""
    return f"{value.astimezone(BEIJING):%H:%M}"


def short_digest(digest: str) -> str:
    """Return a digest as people compare it with a printed one: its first twelve digits in groups of four."""
    return " ".join(digest[start : start + 4] for start in (0, 4, 8))


def treated(treatment: Treatment) -> str:
    """Return how goods are destroyed, as the reader reads it."""
    methods = [gettext(METHOD_NAMES[method]) for method in treatment.methods]
    if treatment.container is None:
        return str(methods[0])
    return str(gettext("contents: %(contents)s, container: %(container)s", contents=methods[0], container=methods[1]))


def device_name(device: str, number: int | None = None) -> str:
    """Return a device as people tell it from others: by its number, its name or the first signs of its id."""
    if number is not None:
        return str(gettext("device no. %(number)s", number=number))
    return str(gettext("device %(mark)s", mark=device[:4])) if len(device) == UUID_LENGTH else device


def days_to_315(today: date) -> int:
    """Return the days until the next 15 March; 0 on the day itself."""
    this_year = date(today.year, 3, 15)
    return (this_year if this_year >= today else date(today.year + 1, 3, 15)).toordinal() - today.toordinal()


def today() -> date:
    """Return the day in Beijing."""
    return datetime.now(BEIJING).date()


def navigation() -> list[tuple[str | None, list[Entry]]]:
    """Return the entries that the person may open, in groups."""
    if not current_user.is_authenticated:
        return []
    may: Callable[[Permission], bool] = current_user.may
    view, register = may(Permission.VIEW_GOODS), may(Permission.REGISTER_GOODS) or may(Permission.CONFIRM_OPENING)
    groups: list[tuple[str | None, list[tuple[bool, Entry]]]] = [
        (None, [
            (True, Entry("home.show", "home", gettext("To do"))),
            (may(Permission.SCAN), Entry("scan.show", "scan", gettext("Scan"))),
            (view, Entry("goods.index", "goods", gettext("Goods"))),
            (may(Permission.COUNT_GOODS) or may(Permission.CONFIRM_COUNT),
             Entry("stocktakes.index", "count", gettext("Count"))),
        ]),
        (gettext("Work"), [
            (view, Entry("cases.index", "case", gettext("Cases"))),
            (register, Entry("imports.index", "in", gettext("Import"))),
            (view, Entry("applications.index", "file", gettext("Applications"))),
            (view, Entry("books.show", "book", gettext("Store ledger"))),
            (view, Entry("locations.index", "unit", gettext("Locations"))),
            (view, Entry("duties.show", "people", gettext("Who may do what"), phone=False)),
        ]),
        (gettext("Events and results"), [
            (view, Entry("events.index", "event", gettext("Events"))),
            (may(Permission.VIEW_JOURNAL), Entry("manifests.index", "list", gettext("Manifests"))),
            (may(Permission.VIEW_JOURNAL), Entry("reports.index", "chart", gettext("Reports"))),
            (may(Permission.VIEW_JOURNAL), Entry("journal.index", "log", gettext("Journal"), phone=False)),
        ]),
        (gettext("Administration"), [
            (may(Permission.MANAGE_UNITS), Entry("admin.index", "people", gettext("Units and people"))),
        ]),
    ]  # fmt: skip
    allowed = [(title, [entry for is_allowed, entry in entries if is_allowed]) for title, entries in groups]
    return [(title, entries) for title, entries in allowed if entries]


def install(app: Flask) -> None:
    """Give the templates their filters and values."""
    app.jinja_env.filters.update(
        qty=quantity,
        decimal=decimal,
        money=money,
        yuan=yuan,
        date=day,
        datetime=moment,
        clock=clock,
        code=shown,
        short=short_digest,
        device=device_name,
        drawn=drawn,
        treated=treated,
    )
    folder, path = app.static_folder or "", app.static_url_path or ""
    app.jinja_env.globals.update(asset=lambda name: _assets(folder, path)[name], role_names=ROLE_NAMES)
    app.jinja_env.globals.update(said=said, sentence=sentence)
    app.jinja_env.globals.update(veiled=veiled, hides=hides, HIDDEN=HIDDEN)
    app.jinja_env.globals["has_results"] = lambda: is_any_released(db.session())
    # A page asks for hundreds of sentences: Flask-Babel would look for the reader's language with each of them.
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        lambda text: _sentences().ugettext(text),
        lambda one, many, number: _sentences().ungettext(one, many, number),
        newstyle=True,
        pgettext=lambda context, text: _sentences().upgettext(context, text),
    )
    app.jinja_env.globals.update(gettext=_told, _=_told)
    settings: Settings = app.extensions["settings"]
    app.jinja_env.globals["demands_second_factor"] = settings.demands_second_factor
    app.jinja_env.globals["is_rehearsal"] = settings.is_rehearsal

    @app.context_processor
    def values() -> dict[str, object]:
        return {
            "nav": navigation(),
            "locale": str(get_locale()),
            "today": today(),
            "days_to_315": days_to_315(today()),
            "Permission": Permission,
        }


def _told(text: str, **facts: object) -> Markup:
    """Return a sentence with its facts; Jinja's own way would look for facts in each of the many that have none."""
    said = Markup(_sentences().ugettext(text))  # noqa: S704 - our own words
    return said % facts if facts or "%" in said else said


def _sentences() -> NullTranslations:
    """Return the sentences of the reader's language, looked for once a request."""
    if "sentences" not in g:
        g.sentences = get_translations()
    return cast(NullTranslations, g.sentences)


@lru_cache
def _locale(name: str) -> Locale:
    return Locale.parse(name)


@lru_cache
def _assets(folder: str, path: str) -> dict[str, str]:
    """Return the addresses of the built assets, put together once: a page names many icons."""
    built: dict[str, str] = orjson.loads(Path(folder, "dist", "manifest.json").read_bytes())
    return {name: f"{path}/dist/{file}" for name, file in built.items()}


def _is_chinese() -> bool:
    return str(get_locale()).startswith("zh")
