"""A bureau's template: what it may set, its versions, and what the one in force says.

The journal is where the versions are kept: the newest entry of a bureau holds for it and for all units below it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.errors import N_, LedgerError
from ledger.journal.models import JournalEntry
from ledger.journal.service import record
from ledger.manifests import words
from ledger.papers import words as paper_words
from ledger.papers.template import Template, text_of
from ledger.units.models import Unit, User

TEMPLATE_ACT = "template.set"


@dataclass(frozen=True, slots=True)
class Field:
    """A text that a bureau may set."""

    own: str
    """What the program says where it is left empty; nothing if it then says nothing."""
    most: int
    """How many characters it may have."""
    needs: tuple[str, ...] = ()
    """The placeholders that it has to have, once: what would be wrong or untrue without them."""
    may: tuple[str, ...] = ()
    """Those that it may have besides."""


FIELDS: Mapping[str, Field] = {
    "title": Field(words.TITLE, 100, may=("日期",)),
    "number": Field(words.NUMBER, 40, needs=("序号",), may=("单位", "年份")),
    "legal_basis": Field("\n".join(words.LEGAL_BASIS), 1_000),
    "page_agrees": Field(paper_words.PAGE_AGREES, 60),
    "confirmation": Field(paper_words.CONFIRMATION, 500, needs=("差异", "例外"), may=("项数", "批数")),
    "statements": Field("\n".join(words.STATEMENTS), 1_000, may=("会场", "开始", "结束")),
    "paper_copy": Field(paper_words.PAPER_COPY, 200),
    "copies": Field("", 200),
    **{role.value: Field(name, 40) for role, name in words.ROLES.items()},
    "supervisor": Field(words.SUPERVISOR, 40),
    "issuer": Field(paper_words.ISSUER, 40),
    "organiser": Field(paper_words.ORGANISER, 40),
}
"""Several provisions or statements stand under each other, each in a line."""


class TemplateSetMeanwhile(LedgerError):
    """Somebody else set the template since the page was opened."""

    code = "template_set_meanwhile"
    message = N_("%(name)s has saved version %(version)s meanwhile. What you typed is below; compare, then save again.")


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a template, and who set it when."""

    template: Template
    at: datetime
    name: str


def versions_of(session: Session, bureau: Unit) -> Sequence[Version]:
    """Return the versions of a bureau's template, newest first."""
    query = select(JournalEntry).where(JournalEntry.act == TEMPLATE_ACT, JournalEntry.unit_id == bureau.id)
    return [_version(entry) for entry in session.scalars(query.order_by(JournalEntry.seq.desc()))]


def template_of(session: Session, unit: Unit) -> Template | None:
    """Return the template in force for what a unit organises, None if its bureau never set one."""
    while unit.parent is not None:
        unit = unit.parent
    query = select(JournalEntry).where(JournalEntry.act == TEMPLATE_ACT, JournalEntry.unit_id == unit.id)
    newest = session.scalar(query.order_by(JournalEntry.seq.desc()).limit(1))
    return _version(newest).template if newest else None


def set_template(session: Session, bureau: Unit, template: Template, *, by: User, at: datetime) -> None:
    """Keep the next version of a bureau's template; nothing happens if it is the one in force.

    The caller has had it tried. Raises TemplateSetMeanwhile if another one has its version already.
    """
    versions = versions_of(session, bureau)
    newest = versions[0] if versions else None
    version = newest.template["version"] if newest else 0
    if newest and {**template, "version": version} == newest.template:
        return
    if newest and template["version"] != version + 1:
        raise TemplateSetMeanwhile(name=newest.name, version=version)
    record(session, TEMPLATE_ACT, by=by, at=at, unit=bureau, data={**template, "version": version + 1})


def title_of(template: Template | None, day: date) -> str:
    """Return the title of the manifest of an event on this day."""
    facts = {"日期": f"{day.year}年{day.month}月{day.day}日"}
    return text_of(template, "title", words.TITLE).format_map(facts)


def number_around(template: Template | None, short_name: str, year: int) -> tuple[str, str]:
    """Return what stands before and behind the running number in the numbers of manifests."""
    pattern = text_of(template, "number", words.NUMBER)
    before, after = (part.format_map({"单位": short_name, "年份": year}) for part in pattern.split("{序号}"))
    return before, after


def legal_basis_of(template: Template | None) -> list[str]:
    """Return the provisions that a manifest names."""
    return text_of(template, "legal_basis", FIELDS["legal_basis"].own).splitlines()


def statements_of(template: Template | None) -> list[str]:
    """Return what supervisors may choose from, with placeholders."""
    return text_of(template, "statements", FIELDS["statements"].own).splitlines()


def _version(entry: JournalEntry) -> Version:
    body = orjson.loads(entry.body)
    return Version(body["data"], entry.at, body["actor"]["name"])
