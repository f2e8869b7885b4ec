"""How figures, days and numbers of documents are written on paper."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise

from ledger.papers.content import Sum
from ledger.papers.report_words import BY_SERVICE
from ledger.papers.words import NOTHING, NOTICE, SERVED

BEIJING = timezone(timedelta(hours=8))

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_MYRIADS = ("", "万", "亿", "万亿")
_COUNTED = re.compile(r"(.*?)(\d+)(\D*)", re.DOTALL)


def number(text: str) -> str:
    """Return a quantity with commas and at most three decimals, none of them idle."""
    if text.isdecimal():
        return f"{int(text):,}"
    return f"{Decimal(text or 0):,.3f}".rstrip("0").rstrip(".")


def total(texts: Iterable[str]) -> str:
    """Return the sum of quantities of one unit of measure, written as number() does."""
    return number(str(sum(map(Decimal, texts), Decimal(0))))


def weight(text: str) -> str:
    """Return kilograms with one decimal; a dash for none."""
    return f"{Decimal(text):,.1f}" if text else NOTHING


def money(text: str) -> str:
    """Return yuan with two decimals; a dash for none."""
    return f"{Decimal(text):,.2f}" if text else NOTHING


def difference(text: str, base: str) -> str:
    """Return by how much text is more than base, with its sign."""
    gap = Decimal(text or 0) - Decimal(base or 0)
    return number(str(gap)) if gap <= 0 else f"+{number(str(gap))}"


def capitals(text: str) -> str:
    """Return an amount as cheques write it: 人民币肆佰陆拾陆万伍仟零捌元贰角伍分."""
    cents = int(Decimal(text).quantize(Decimal("0.01")) * 100)
    yuan, jiao, fen = cents // 100, cents // 10 % 10, cents % 10
    whole = f"{_integer(yuan)}元" if yuan or not cents else ""
    if not jiao and not fen:
        return f"人民币{whole}整"
    tenth = f"{_DIGITS[jiao]}角" if jiao else "零" if yuan else ""
    return f"人民币{whole}{tenth}" + (f"{_DIGITS[fen]}分" if fen else "整")


def sums(by_measure: Sequence[Sum]) -> str:
    """Return quantities per unit of measure in one text, each figure tied to its unit."""
    return "、".join(f"{number(one['quantity'])}\u00a0{one['measure']}" for one in by_measure) or NOTHING


def day(iso: str) -> str:
    """Return a day or the day of a moment: 2027年3月15日."""
    year, month, dom = (iso if len(iso) == len("2027-03-15") else _local(iso).date().isoformat()).split("-")
    return f"{year}年{int(month)}月{int(dom)}日"


def moment(iso: str, *, with_seconds: bool = False) -> str:
    """Return day and time in Beijing: 2027年3月15日 09:18; a dash for none."""
    return f"{day(iso)} {_local(iso):{'%H:%M:%S' if with_seconds else '%H:%M'}}" if iso else NOTHING


def clock(iso: str) -> str:
    """Return the time alone; a dash for none."""
    return f"{_local(iso):%H:%M}" if iso else NOTHING


def clock_of_day(iso: str) -> str:
    """Return the day of the month and the time: 15日 09:18."""
    return f"{_local(iso).day}日 {clock(iso)}" if iso else NOTHING


def span(start: str, end: str) -> str:
    """Return from when to when, the day once if it is one."""
    if not start:
        return NOTHING
    is_one_day = _local(start).date() == _local(end).date()
    return f"{moment(start)} 至 {clock(end) if is_one_day else moment(end)}"


def notice(start: str, end: str) -> str:
    """Return the public notice of ownerless goods that ran from one day to another."""
    return NOTICE.format(start=day(start), end=day(end))


def by_service(lines: int) -> str:
    """Return what is said of lines that a chart places by the service of their decision; nothing if there are none."""
    return BY_SERVICE.format(lines=f"{lines:,}") if lines else ""


def digest(hexadecimal: str) -> str:
    """Return a digest in groups of four."""
    return " ".join(hexadecimal[start : start + 4] for start in range(0, len(hexadecimal), 4))


def short_digest(hexadecimal: str) -> str:
    """Return the first twelve signs, by which paper is compared by eye."""
    return digest(hexadecimal[:12])


def decision(text: str, served_on: str) -> str:
    """Return a decision as forms name it, with the day on which it was served; empty without one."""
    served = SERVED.format(day=day(served_on)) if served_on else ""
    return "　".join(part for part in (text, served) if part)


def numbers(names: Sequence[str]) -> str:
    """Return batches that follow each other as a range, ZD-02～13; of others the first and how many there are."""
    if len(names) < 2:  # noqa: PLR2004
        return names[0] if names else NOTHING
    if last := _range_end(names):
        return f"{names[0]}～{last}"
    return f"{names[0]}\u00a0等\u00a0{len(names)}\u00a0批"


def runs(run_numbers: Sequence[int]) -> str:
    """Return the numbers of runs, shortened to a range where they follow each other."""
    if not run_numbers:
        return NOTHING
    first, last = run_numbers[0], run_numbers[-1]
    if len(run_numbers) > 1 and list(run_numbers) == list(range(first, last + 1)):
        return f"{first}～{last}"
    return "、".join(map(str, run_numbers))


def document_numbers(texts: Sequence[str]) -> str:
    """Return numbers of documents, those that follow each other as a range: 鹭市监销审〔2027〕1号至5号."""
    groups: list[list[str]] = []
    for text in texts:
        if groups and _range_end([*groups[-1], text]):
            groups[-1].append(text)
        else:
            groups.append([text])
    return "；".join(_document_range(group) for group in groups)


def _document_range(group: Sequence[str]) -> str:
    found = _last_number(group[-1])
    return f"{group[0]}至{found[1]}{found[2]}" if len(group) > 1 and found else "、".join(group)


def _range_end(names: Sequence[str]) -> str:
    """Return the last number of names that count up by one and are otherwise alike; nothing if they do not."""
    found = [_last_number(name) for name in names]
    if not all(found):
        return ""
    parts = [part for part in found if part]
    alike = len({(before, after) for before, _, after in parts}) == 1
    follow = all(int(two[1]) == int(one[1]) + 1 for one, two in pairwise(parts))
    return parts[-1][1] if alike and follow else ""


def _last_number(text: str) -> tuple[str, str, str] | None:
    """Return what stands before the last number in text, the number, and what stands after it."""
    found = _COUNTED.fullmatch(text)
    return (found[1], found[2], found[3]) if found else None


@lru_cache(8192)
def _local(iso: str) -> datetime:
    return datetime.fromisoformat(iso).astimezone(BEIJING)


def _integer(value: int) -> str:
    """Return a whole number in capitals; a gap of zeros is one 零."""
    text = ""
    has_gap = False
    for place in range(len(str(value)) - 1, -1, -1):
        digit = value // 10**place % 10
        if digit:
            text += ("零" if has_gap else "") + _DIGITS[digit] + _PLACES[place % 4]
        has_gap = not digit
        if place % 4 == 0 and value // 10**place % 10_000:
            text += _MYRIADS[place // 4]
    return text or _DIGITS[0]
