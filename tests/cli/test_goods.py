import json

import pytest
from sqlalchemy import func, select

from ledger.cases.models import Case
from ledger.cli.bureau import SAMPLES
from ledger.goods.models import Item
from ledger.imports.models import GoodsImport


@pytest.fixture
def run(app, cast):
    """A function that runs `flask goods import` and returns exit status, standard output and standard error."""
    runner = app.test_cli_runner()

    def run(name, *options):
        done = runner.invoke(args=["goods", "import", str(SAMPLES / name), *options])
        return done.exit_code, done.stdout, done.stderr

    return run


def lines(session):
    session.rollback()
    return session.scalar(select(func.count()).select_from(Item))


def test_a_list_comes_in_and_says_so_as_json(session, run):
    status, output, _ = run("goods-list-gbk.csv", "--unit", "LJ-SM", "--case", "思市监案字〔2026〕9号", "--json")

    said = json.loads(output)
    assert status == 0
    assert said.keys() == {"rows", "cases", "lines", "skipped", "errors"}
    assert (said["rows"], said["lines"], said["errors"]) == (25, 25, [])
    assert said["skipped"] == [{"sheet": "", "row": 1, "why": "header"}]
    assert lines(session) == 25


def test_every_error_is_named_and_nothing_is_written(session, run):
    status, output, _ = run("goods-list-with-errors.xlsx", "--unit", "LJ-SM", "--case", "1号", "--json")

    errors = json.loads(output)["errors"]
    assert status == 1
    assert [error["row"] for error in errors] == [2, 3, 4, 5, 6, 8, 9, 10, 11]
    assert errors[0] == {
        "sheet": "Sheet",
        "row": 2,
        "column": "E",
        "code": "not_positive",
        "message": "The quantity must be greater than 0.",
    }
    assert lines(session) == 0
    assert session.scalar(select(func.count()).select_from(Case)) == 0
    assert session.scalar(select(func.count()).select_from(GoodsImport)) == 0


def test_a_dry_run_says_what_would_be_done_and_does_nothing(session, run):
    status, output, _ = run("store-ledger-18-units.xlsx", "--unit", "LJ", "--dry-run", "--json")

    said = json.loads(output)
    assert (status, said["rows"], said["cases"], said["lines"]) == (0, 420, 59, 420)
    assert lines(session) == 0


def test_a_store_ledger_goes_to_the_units_of_its_sheets_under_two_names(session, cast, run):
    status, output, _ = run("store-ledger-18-units.xlsx", "--unit", "LJ")

    made = session.scalars(select(GoodsImport)).one()
    assert (status, lines(session)) == (0, 420)
    assert "420 rows, 59 cases, 420 lines, 0 errors: written" in output
    assert (made.by_id, made.custodian_id) == (cast.lin.id, cast.zhao.id)


def test_a_store_ledger_needs_somebody_who_keeps_the_store(session, cast, run):
    status, _, said = run("store-ledger-18-units.xlsx", "--unit", "LJ", "--custodian", "nobody")

    assert status == 2
    assert "nobody with the sign-in name nobody" in said
    assert lines(session) == 0


def test_one_person_cannot_answer_for_both(session, cast, run):
    status, _, said = run("store-ledger-18-units.xlsx", "--unit", "LJ", "--custodian", "lin")

    assert status == 1
    assert "already the registrar of the same goods" in said
    assert lines(session) == 0


def test_the_same_file_never_comes_in_twice(session, run):
    run("goods-list-form24.xlsx", "--unit", "LJ-SM", "--case", "1号")

    status, _, said = run("goods-list-form24.xlsx", "--unit", "LJ-SM", "--case", "1号")

    assert status == 1
    assert "handed in before" in said
    assert lines(session) == 17


def test_a_list_without_cases_needs_one(session, run):
    status, _, said = run("goods-list-form24.xlsx", "--unit", "LJ-SM")

    assert status == 1
    assert "names no case" in said
    assert lines(session) == 0


@pytest.mark.parametrize("options", [("--unit", "X9"), ()])
def test_a_unit_is_named_and_known(run, options):
    status, _, said = run("goods-list-form24.xlsx", "--case", "1号", *options)

    assert status in (1, 2)
    assert "X9" in said or "--unit" in said
