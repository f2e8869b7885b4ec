"""Every page, with the sample bureau in it, in a real browser: accessible, as wide as its window, no complaint."""

import shutil

import pytest
from browser import check_page, serving, sign_in, take_pictures
from databases import make_app

from ledger.cli.demo import PASSWORD, fill
from ledger.db import db

PAGES = [
    (None, "/login"),
    (None, "/login?next=/goods"),
    ("hong", "/"),
    ("yang", "/"),
    ("sun", "/"),
    ("hong", "/account"),
    ("hong", "/cases"),
    ("hong", "/cases/new"),
    ("lin", "/cases/1"),
    ("lin", "/cases/1/amend"),
    ("lin", "/cases/1/lines/new"),
    ("lin", "/cases/1/list"),
    ("lin", "/goods"),
    ("lin", "/goods?q=白酒"),
    ("lin", "/goods?q=没有的东西"),
    ("lin", "/goods/1"),
    ("lin", "/imports"),
    ("lin", "/imports/1"),
    ("hong", "/imports/2"),
    ("xu", "/imports/3"),
    ("hong", "/imports/4"),
    ("guo", "/scan"),
    ("lin", "/applications"),
    ("lin", "/applications/new"),
    ("sun", "/journal"),
    ("sun", "/journal/1"),
    ("admin", "/admin"),
    ("admin", "/admin/people/new"),
    ("admin", "/admin/people/1"),
    ("admin", "/admin/units/new"),
    ("hong", "/goods/999999"),
    ("sun", "/admin"),
]
REFUSED = {("hong", "/goods/999999"): 404, ("sun", "/admin"): 403}
NO_PAGES = {
    "health.alive",
    "health.ready",
    "imports.mend",
    "imports.progress",
    "journal.check_progress",
    "journal.latest_checkpoint",
    "static",
}


@pytest.fixture(scope="module")
def bureau(sqlite_template, tmp_path_factory):
    """The application with the sample bureau."""
    folder = tmp_path_factory.mktemp("bureau")
    shutil.copy(sqlite_template, folder / "ledger.sqlite")
    app = make_app(f"sqlite:///{folder / 'ledger.sqlite'}", folder)
    with app.app_context():
        fill(app, db.session())
        db.session.remove()
        yield app
        db.engine.dispose()


@pytest.fixture(scope="module")
def site(bureau):
    with serving(bureau) as address:
        yield address


@pytest.mark.parametrize(("login", "path"), PAGES, ids=lambda value: value)
def test_a_page_is_accessible_and_fits_on_desk_and_phone(page, login, path):
    if login:
        sign_in(page, login, PASSWORD)
    answer = page.goto(path)

    assert answer is not None
    assert answer.status == REFUSED.get((login, path), 200)
    take_pictures(page, f"{login}{path.replace('/', '-')}")
    check_page(page)


def test_every_page_is_looked_at(bureau):
    addresses = bureau.url_map.bind("localhost")
    looked_at = {addresses.match(path.partition("?")[0])[0] for _, path in PAGES}

    assert looked_at | NO_PAGES == {rule.endpoint for rule in bureau.url_map.iter_rules() if "GET" in rule.methods}
