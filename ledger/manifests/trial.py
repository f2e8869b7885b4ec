"""Trying a template before it is kept: on a sample, the worst that a manifest has to hold.

Units of 24 characters and goods of 60, a million pieces, two days, twelve supervisors, and no exception.
"""

import re
from collections.abc import Sequence
from datetime import date
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from ledger.errors import N_, LedgerError
from ledger.journal.service import canonical
from ledger.manifests import words
from ledger.manifests.template import FIELDS, Field, legal_basis_of, number_around, statements_of, title_of
from ledger.papers import content as shape
from ledger.papers.fonts import check_printable
from ledger.papers.manifest import Drawn, draw_manifest
from ledger.papers.template import Column, Template, columns_of, text_of
from ledger.papers.words import POINT_NAMES, SAMPLE_MARK
from ledger.permissions import Role
from ledger.units.models import Unit

SUPERVISORS, LONGEST_SHORT_NAME = 12, 32
_LONGEST_NUMBER = 52
"""Of the 60 characters that are kept of a manifest's number, without the running number and the mark of a rehearsal."""
_DAY = date(2027, 12, 30)
_BEGUN, _ENDED = "2027-12-30T09:18:00+08:00", "2027-12-31T17:27:00+08:00"
_UNIT = "云溪畲族自治县高新技术产业开发区市场监督管理分局"
_GOODS = (
    "侵犯注册商标专用权的标称某某牌酱香型白酒"
    "（礼盒装，含说明书、防伪标识、手提袋和外包装纸箱，共十个批号，每箱六瓶，未开封）"
)
_PARTY = "云溪畲族自治县高新技术产业开发区某某商贸有限责任公司第一分公司"
_SITE = "鹭江市东部固体废物综合处置中心"
_METHOD = "高温焚烧"
_SIGNED = sha256(b"sample").hexdigest()
_CASES, _LINES = 2, 12
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


class UnknownPlaceholder(LedgerError):
    """A text with braces that nothing is put into."""

    code = "unknown_placeholder"
    message = N_("Braces are for placeholders alone. Here there may be: %(may)s")


class PlaceholderMissing(LedgerError):
    """A text that leaves out what has to be filled in."""

    code = "placeholder_missing"
    message = N_("%(needs)s has to stand here once: the program puts in what is true of the manifest.")


class NoRoom(LedgerError):
    """A text that is too long for its place."""

    code = "no_room"
    message = N_("This does not fit on the manifest in the longest case. Say it shorter.")


def faults(template: Template, bureau: Unit) -> dict[str, LedgerError]:
    """Return what is wrong with a template, by the names of its texts; it is drawn on the worst case for that."""
    found: dict[str, LedgerError] = {}
    for name, text in template["texts"].items():
        try:
            _check(FIELDS[name], text)
        except LedgerError as fault:
            found[name] = fault
    if not found and len("".join(number_around(template, "字" * LONGEST_SHORT_NAME, _DAY.year))) > _LONGEST_NUMBER:
        found["number"] = NoRoom()
    return found or dict.fromkeys(_without_room(template, bureau), NoRoom())


def _check(field: Field, text: str) -> None:
    """Raises NotPrintable, UnknownPlaceholder or PlaceholderMissing."""
    check_printable(text)
    used, rest = _PLACEHOLDER.findall(text), _PLACEHOLDER.sub("", text)
    if "{" in rest or "}" in rest or not {*field.needs, *field.may}.issuperset(used):
        raise UnknownPlaceholder(may=_braced((*field.needs, *field.may)) or N_("none"))
    if missing := [name for name in field.needs if used.count(name) != 1]:
        raise PlaceholderMissing(needs=_braced(missing))


def _braced(names: Sequence[str]) -> str:
    return "、".join(f"{{{name}}}" for name in names)


def _without_room(template: Template, bureau: Unit) -> list[str]:
    """Return the texts for which there is no room: by themselves, or else together."""
    texts = template["texts"]
    if _fits(template, bureau):
        return []
    alone = [name for name in texts if not _fits({**template, "texts": {name: texts[name]}}, bureau)]
    without = {name: {other: text for other, text in texts.items() if other != name} for name in texts}
    return alone or [name for name in texts if _fits({**template, "texts": without[name]}, bureau)]


def _fits(template: Template, bureau: Unit) -> bool:
    """Whether all can be read on the worst case, and its title page keeps the place of the seal."""
    drawn = draw_sample(template, bureau, BytesIO())
    return not drawn.cramped and drawn.seal.page == 0


def draw_sample(template: Template, bureau: Unit, target: BinaryIO | Path) -> Drawn:
    """Draw a manifest as a bureau would have it, of goods that do not exist; every page says that it is a sample."""
    content = _sample(template, bureau)
    data = canonical(content)
    proof = shape.Proof(
        sha256=sha256(data).hexdigest(),
        sm3=_SIGNED,
        seq=1,
        sealed_at=_ENDED,
        size=1,
        root=_SIGNED,
        checkpoint_at=_ENDED,
        key=SAMPLE_MARK,
        tlog_proof="",
        compact="SAMPLE",
        certificate=SAMPLE_MARK,
        is_trial_seal=False,
        verify_url="",
    )
    return draw_manifest(content, data, proof, lambda _: None, target, mark=SAMPLE_MARK)


def _sample(template: Template, bureau: Unit) -> shape.Manifest:
    cases = [_case(template, place) for place in range(_CASES)]
    whole, of_case = _totals(_CASES, _CASES * _LINES), _totals(1, _LINES)
    before, after = number_around(template, bureau.short_name, _DAY.year)
    return shape.Manifest(
        schema=shape.SCHEMA,
        template=words.TEMPLATE,
        bureau_template=template,
        bureau=bureau.name,
        title=title_of(template, _DAY),
        number=f"{before}12{after}",
        legal_basis=legal_basis_of(template),
        event=_event(bureau),
        totals=whole,
        by_unit=[shape.UnitSum(code="1", name=_UNIT, totals=whole)],
        by_class=[
            shape.ClassGroup(
                env_class="general",
                rows=[shape.CategoryRow(category="酒类", method=_METHOD, totals=whole)],
                totals=whole,
            )
        ],
        receivers=[shape.ReceiverRow(env_class="general", name=_SITE, licence="", form_no="", net_kg=whole["net_kg"])],
        runs=[_run(whole)],
        units=[shape.ManifestUnit(code="1", name=_UNIT, totals=whole, cases=cases)],
        points=[
            shape.PointRow(point=point, by_measure=whole["by_measure"], people=["甲", "乙"], at=_BEGUN, differences=0)
            for point in POINT_NAMES
        ],
        differences=[],
        exceptions=[],
        approvals=[_approval(template, "销审〔2027〕1号", _UNIT, of_case, tuple(words.ROLES))],
        plan=_approval(template, "集中统一销毁", bureau.name, None, (Role.LEADER,)),
        supervisors=[_supervision(template, place) for place in range(SUPERVISORS)],
        closed_by="活动组织人",
        closed_at=_ENDED,
        pictures=[],
        pictures_in_all=0,
    )


def _totals(cases: int, lines: int) -> shape.Totals:
    measured = [shape.Sum(measure="瓶", quantity=str(lines * 1_000_000))]
    weight, value = str(lines * 512_000), f"{lines * 99_999_999}.00"
    return shape.Totals(
        units=1, cases=cases, lines=lines, batches=lines, by_measure=measured, net_kg=weight, value=value
    )


def _event(bureau: Unit) -> shape.Event:
    return shape.Event(
        id=1,
        name="集中统一销毁",
        day=_DAY.isoformat(),
        organiser=bureau.name,
        sites=[shape.Site(name=_SITE, address="海仓区东孚路88号", is_main=True)],
        started_at=_BEGUN,
        finished_at=_ENDED,
    )


def _run(totals: shape.Totals) -> shape.RunRow:
    return shape.RunRow(
        number=1,
        site=_SITE,
        method=_METHOD,
        receiver=_SITE,
        started_at=_BEGUN,
        finished_at=_ENDED,
        batches=totals["batches"],
        lines=totals["lines"],
        net_kg=totals["net_kg"],
    )


def _case(template: Template, place: int) -> shape.ManifestCase:
    lines = [_line(template, place * _LINES + number) for number in range(1, _LINES + 1)]
    number = f"云高新市监处罚〔2027〕{place + 1}号"
    made = shape.ManifestCase(
        number=number, decision=number, served_on="2027-03-01", totals=_totals(1, _LINES), lines=lines
    )
    if template["with_party"]:
        made["party"] = _PARTY
    return made


def _line(template: Template, number: int) -> shape.ManifestLine:
    said: dict[Column, str] = {"brand": "某某牌（标称）", "lot": "20260315-A-0012", "price": "99999.99"}
    quantity = "1000000"
    line = shape.ManifestLine(
        no=number,
        item=number,
        name=_GOODS,
        spec="53%vol 500mL×6瓶/箱",
        measure="瓶",
        quantity=quantity,
        value="99999999.00",
        category="酒类",
        env_class="general",
        method=_METHOD,
        batches=[f"GX-{number:02}"],
        runs=[1],
        finished_at=_ENDED,
        six=shape.SixPoints(
            booked=quantity,
            counted=quantity,
            approved=quantity,
            loaded=quantity,
            received=quantity,
            destroyed=quantity,
        ),
    )
    for column in columns_of(template):
        line[column] = said[column]
    return line


def _approval(
    template: Template, number: str, unit: str, totals: shape.Totals | None, roles: Sequence[Role]
) -> shape.Approval:
    steps = [
        shape.Step(
            step=step,
            role=text_of(template, role, words.ROLES[role]),
            name="签批人",
            opinion="同意",
            at=_BEGUN,
            how="password",
        )
        for step, role in enumerate(roles, 1)
    ]
    return shape.Approval(
        number=number,
        unit=unit,
        cases=totals["cases"] if totals else 0,
        lines=totals["lines"] if totals else 0,
        value=totals["value"] if totals else "",
        digest=_SIGNED,
        steps=steps,
    )


def _supervision(template: Template, place: int) -> shape.Supervision:
    said = statements_of(template)
    facts = {"会场": _SITE, "开始": "2027年12月30日 09:18", "结束": "2027年12月31日 17:27"}
    return shape.Supervision(
        name=f"监销人{place + 1}",
        organisation=_UNIT,
        capacity=text_of(template, "supervisor", words.SUPERVISOR),
        site=_SITE,
        statement=said[place % len(said)].format_map(facts),
        strokes=shape.Strokes(width=0, height=0, strokes=[]),
        signed_at=_ENDED,
        digest=_SIGNED,
    )
