import re

import pytest
from databases import ON_SQLITE
from factories import PASSWORD
from pages import Visitor
from sqlalchemy import func, select

from ledger.cli.bureau import SAMPLES
from ledger.db import db
from ledger.units.models import Unit, User

pytestmark = ON_SQLITE


def run(app, *words, **more):
    db.session.rollback()
    return app.test_cli_runner().invoke(args=words, **more)


def test_units_come_in_from_a_csv_once(app, session):
    assert run(app, "unit", "import", str(SAMPLES / "units.csv")).exit_code == 0

    again = run(app, "unit", "import", str(SAMPLES / "units.csv"))

    assert again.exit_code == 1
    assert "Row 2: a unit with this code or name exists already" in again.output
    assert session.scalar(select(func.count()).select_from(Unit)) == 18


def test_a_file_of_units_names_its_columns(app, tmp_path):
    file = tmp_path / "units.csv"
    file.write_text("编码,名称\nA,甲\n", "utf-8")

    done = run(app, "unit", "import", str(file))

    assert done.exit_code == 2
    assert "code,name,short_name,parent_code" in done.output


def test_a_person_is_added_and_can_sign_in_with_what_is_printed(app, cast):
    done = run(app, "user", "add", "he", "--name", "何文", "--unit", "LJ-SM", "--role", "registrar")

    visitor = Visitor(app)
    visitor.sign_in("he", done.output.split()[1])
    assert visitor.get("/goods", status=303).location == "/account"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["lin", "--name", "x", "--unit", "LJ", "--role", "registrar"], "is taken"),
        (["he", "--name", "x", "--unit", "X9", "--role", "registrar"], "no unit with the code X9"),
        (["he", "--name", "x", "--unit", "LJ", "--role", "admin", "--role", "leader"], "does no business"),
    ],
)
def test_a_person_who_cannot_be_added_is_explained(app, cast, words, says):
    done = run(app, "user", "add", *words)

    assert done.exit_code == 1
    assert says in done.output


def test_people_are_listed_with_their_roles(app, cast):
    done = run(app, "user", "list")

    assert re.search(r"^qian\t钱志远\tregistrar@LJ-SM\tactive$", done.output, re.MULTILINE)


def test_a_disabled_person_is_out(app, session, cast, visit):
    visitor = visit("lin")

    assert run(app, "user", "disable", "lin").exit_code == 0

    visitor.get("/goods", status=303)
    assert run(app, "user", "disable", "nobody").exit_code == 2


def reset(app, first, second, password=PASSWORD):
    words = ["user", "reset", "lin", "--reason", "forgotten", "--first", first, "--second", second]
    return run(app, *words, input=f"{password}\n{password}\n")


def test_a_reset_takes_two_administrators_who_give_their_passwords(app, session, cast):
    done = reset(app, "wu", "zheng")

    assert done.exit_code == 0
    session.rollback()
    assert session.get(User, cast.lin.id).must_change_password


@pytest.mark.parametrize(
    ("first", "second", "password"), [("wu", "wu", PASSWORD), ("wu", "sun", PASSWORD), ("wu", "zheng", "x")]
)
def test_less_than_two_administrators_reset_nothing(app, session, cast, first, second, password):
    done = reset(app, first, second, password)

    assert done.exit_code == 1
    session.rollback()
    assert not session.get(User, cast.lin.id).must_change_password


@pytest.mark.parametrize(
    "words",
    [["goods", "import"], ["journal", "verify"], ["user", "add"], ["unit", "import"], ["demo"], ["serve"], ["build"]],
)
def test_every_command_explains_itself(app, words):
    done = run(app, *words, "--help")

    assert done.exit_code == 0
    assert "Usage:" in done.output
