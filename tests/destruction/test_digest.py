"""What was signed is the exact content: every fact of it changes the digest, and nothing else does."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from ledger.destruction.digest import application_digest, line_digest
from ledger.destruction.models import Application, ApplicationLine
from ledger.destruction.workflow import Method, State
from ledger.goods.classes import EnvClass
from ledger.goods.models import Item, Place
from ledger.units.models import Unit, User


def goods(**changed):
    facts = {
        "id": 7,
        "code": "7KD4M2QX9R00",
        "case_id": 3,
        "number": 2,
        "name": "假冒白酒",
        "spec": "500ml",
        "lot": "19278175",
        "measure": "瓶",
        "env_class": EnvClass.GENERAL,
    }
    return Item(**{**facts, **changed})


def line(item=None, place="A-1", quantity="720", method=Method.CRUSHING, **more):
    return ApplicationLine(
        item=item or goods(), place=Place(name=place), quantity=Decimal(quantity), method=method, **more
    )


def application(*lines, unit="LJ", applicant="lin", **changed):
    facts = {
        "number": "鹭江销申〔2026〕1号",
        "revision": 1,
        "legal_basis": "行政处罚法第七十四条",
        "reason": "假冒商品",
    }
    return Application(
        unit=Unit(code=unit),
        applicant=User(login=applicant),
        lines=list(lines) or [line(), other_line()],
        **{**facts, **changed},
    )


def other_line():
    return line(goods(id=8, name="假冒箱包"))


SIGNED = application()
CHANGED = {
    "number": application(number="鹭江销申〔2026〕2号"),
    "revision": application(revision=2),
    "unit": application(unit="LJ-SM"),
    "applicant": application(applicant="qian"),
    "legal basis": application(legal_basis="商标法第六十条"),
    "reason": application(reason=""),
    "a line less": application(line()),
    "a line twice": application(line(), other_line(), other_line()),
    "quantity": application(line(quantity="719.999"), other_line()),
    "location": application(line(place="A-2"), other_line()),
    "method": application(line(method=Method.LANDFILL), other_line()),
    "item": application(line(goods(id=9)), other_line()),
    "code": application(line(goods(code="7KD4M2QX9R01")), other_line()),
    "case": application(line(goods(case_id=4)), other_line()),
    "place on the list": application(line(goods(number=3)), other_line()),
    "name": application(line(goods(name="假冒白洒")), other_line()),
    "specification": application(line(goods(spec="500mL")), other_line()),
    "lot": application(line(goods(lot="19278176")), other_line()),
    "measure": application(line(goods(measure="箱")), other_line()),
    "class": application(line(goods(env_class=EnvClass.HAZARDOUS)), other_line()),
}
SAME = {
    "the order of the lines": application(other_line(), line()),
    "how the quantity is written": application(line(quantity="720.000"), other_line()),
    "where it is": application(state=State.APPROVED, stage=4, submitted_at=datetime(2026, 1, 1, tzinfo=UTC)),
    "what is packed": application(line(packed=Decimal(5)), other_line()),
    "what is not signed of the goods": application(line(goods(remark="破损", value=1)), other_line()),
}


@pytest.mark.parametrize("what", CHANGED)
def test_every_fact_is_signed(what):
    assert application_digest(CHANGED[what]) != application_digest(SIGNED)


@pytest.mark.parametrize("what", SAME)
def test_nothing_else_is(what):
    assert application_digest(SAME[what]) == application_digest(SIGNED)


def test_no_two_changes_sign_alike():
    assert len({application_digest(changed) for changed in CHANGED.values()}) == len(CHANGED)


def test_a_digest_is_sixty_four_hexadecimal_signs():
    for digest in (application_digest(SIGNED), line_digest(SIGNED.lines[0])):
        assert len(bytes.fromhex(digest)) == 32
