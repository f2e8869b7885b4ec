"""Every page, with the sample bureau in it, in a real browser: accessible, as wide as its window, no complaint."""

import shutil

import pytest
from browser import check_page, serving, sign_in, take_pictures
from databases import make_app
from sqlalchemy import select

from ledger.cli.demo import PASSWORD, fill
from ledger.db import db
from ledger.events.models import Batch

LAST_YEAR = "since=2025-01-01&until=2025-12-31"
BACKWARDS = "/books?unit=2&below=without&since=2026-01-01&until=2025-01-01"
PAGES = [
    (None, "/login"),
    (None, "/login?next=/goods"),
    ("hong", "/"),
    ("yang", "/"),
    ("sun", "/"),
    ("hong", "/account"),
    ("hong", "/account/passkeys/new"),
    ("hong", "/account/codes/new"),
    ("hong", "/account/codes/remove"),
    ("hong", "/cases"),
    ("hong", "/cases/new"),
    ("lin", "/cases/1"),
    ("lin", "/cases/1/amend"),
    ("lin", "/cases/1/lines/new"),
    ("lin", "/cases/1/list"),
    ("xu", "/cases/60/attachments"),
    ("lin", "/goods"),
    ("lin", "/goods?q=白酒"),
    ("lin", "/goods?q=没有的东西"),
    ("lin", "/goods?unit=3&category=酒类&stage=final&account=stored"),
    ("lin", "/goods?verdict=may_apply&sort=worth&show=quantity.brand.value.env_class.code.unit.held_since"),
    ("lin", "/goods/1"),
    ("hong", "/goods/441"),
    ("hong", "/goods/441/amend"),
    ("hong", "/cases/65/amend"),
    ("hong", "/goods/quality"),
    ("lin", "/books"),
    ("xu", "/locations"),
    ("xu", "/locations/150"),
    ("xu", "/locations/150/move"),
    ("xu", "/locations/new"),
    ("xu", "/locations/labels"),
    ("xu", f"/books?unit=3&{LAST_YEAR}"),
    ("sun", BACKWARDS),
    ("sun", "/books/finance"),
    ("lin", "/imports"),
    ("lin", "/imports/1"),
    ("hong", "/imports/2"),
    ("xu", "/imports/3"),
    ("hong", "/imports/4"),
    ("xu", "/cases/60/store"),
    ("xu", "/store/26/relocate"),
    ("xu", "/store/26/sample"),
    ("xu", "/store/26/samples"),
    ("xu", "/store/26/dispose"),
    ("xu", "/store/60/relocate"),
    ("hong", "/stocktakes"),
    ("xu", "/plans"),
    ("xie", "/stocktakes/9"),
    ("gao", "/stocktakes/9"),
    ("hong", "/stocktakes/10"),
    ("xie", "/applications"),
    ("lin", "/applications/new"),
    ("huang", "/applications/sign"),
    ("huang", "/applications/5"),
    ("hong", "/applications/8"),
    ("hong", "/applications/11"),
    ("hong", "/applications/11/goods"),
    ("xie", "/chains"),
    ("xie", "/chains/1"),
    ("xie", "/chains/1/plans"),
    ("wu", "/duties"),
    ("yang", "/corrections/200"),
    ("chen", "/events"),
    ("chen", "/events/new"),
    ("chen", "/events/1"),
    ("chen", "/events/2"),
    ("xu", "/events/2"),
    ("chen", "/overdue"),
    ("xie", "/deputies"),
    ("xu", "/waivers"),
    ("xie", "/waivers/1"),
    ("chen", "/events/2/people"),
    ("chen", "/events/2/ready"),
    (None, "/trust"),
    ("chen", "/events/1/day"),
    ("chen", "/events/2/day"),
    ("chen", "/events/2/runs/new"),
    ("chen", "/events/2/devices"),
    ("guo", "/events/1/scans/16/take-back"),
    ("chen", "/events/1/closing"),
    ("zheng", "/events/1/closing/signatures/13"),
    ("chen", "/events/1/photos"),
    ("chen", "/events/1/loads"),
    ("guo", "/events/1/loads/2"),
    ("chen", "/events/1/runs/1"),
    ("chen", "/events/1/inspections"),
    ("chen", "/events/1/wall"),
    ("chen", "/events/2/wall"),
    ("gao", "/batches/CODE"),
    ("xu", "/batches/pack/2/3"),
    ("xu", "/labels"),
    ("xu", "/labels/2"),
    ("guo", "/scan"),
    ("sun", "/manifests"),
    ("chen", "/templates/1"),
    ("sun", "/manifests/1"),
    ("chen", "/manifests/1/signature"),
    (None, "/q/CODE"),
    (None, "/verify"),
    ("chen", "/reports"),
    ("chen", "/reports/1"),
    ("chen", "/reports/1/units/1/pictures"),
    ("sun", "/reports/charts"),
    ("chen", "/results/events/1"),
    (None, "/results"),
    ("sun", "/journal"),
    ("sun", "/journal/1"),
    ("sun", "/journal/checkpoints"),
    ("admin", "/admin"),
    ("admin", "/admin/people/new"),
    ("admin", "/admin/people/1"),
    ("admin", "/admin/units/new"),
    ("hong", "/goods/999999"),
    ("sun", "/admin"),
]
REFUSED = {("hong", "/goods/999999"): 404, ("sun", "/admin"): 403, ("sun", BACKWARDS): 422}
LOOKED_AT_ELSEWHERE = {
    "closing.ask",
    "account.ask_remove_passkey",
    "inspections.ask",
    "inspections.ask_lift",
    "devices.ask_write_off",
    "loads.new",
    "loads.ask_signature",
    "runs.ask_signature",
    "results.show",
}
"""A point is open only until the manifest is issued: tests/web/test_closing.py. Nobody in the sample bureau has a
passkey: tests/test_passkeys.py. All its samples are opened and good: tests/web/test_inspections.py. No device has been
there yet: tests/web/test_devices.py. All its loads and runs are signed: tests/web/test_loads.py, test_runs.py. Nothing
is released yet: tests/web/test_results.py."""
NO_PAGES = {
    "api.describe",
    "api.v1.events.show_pack",
    "api.v1.events.show_progress",
    "applications.paper",
    "attachments.original",
    "attachments.show",
    "books.finance_paper",
    "books.finance_workbook",
    "books.paper",
    "books.workbook",
    "certificates.draw",
    "certificates.original",
    "events.paper",
    "goods.custody",
    "scan.app",
    "health.alive",
    "health.ready",
    "imports.marked",
    "imports.mend",
    "imports.progress",
    "journal.check_progress",
    "journal.latest_checkpoint",
    "manifests.document",
    "manifests.part",
    "manifests.progress",
    "manifests.record",
    "manifests.state",
    "loads.slip",
    "pictures.show",
    "archives.download",
    "archives.progress",
    "runs.show_paper",
    "reports.paper",
    "static",
    "stocktakes.report",
    "stocktakes.sheet",
    "store.slip",
    "templates.sample",
    "verify.key",
    "verify.page",
    "verify.program",
    "trust.certificate",
    "labels.calibrate",
}


@pytest.fixture(scope="module")
def bureau(sqlite_template, tmp_path_factory):
    """The application with the sample bureau."""
    folder = tmp_path_factory.mktemp("bureau")
    shutil.copy(sqlite_template, folder / "ledger.sqlite")
    app = make_app(f"sqlite:///{folder / 'ledger.sqlite'}", folder)
    with app.app_context():
        fill(app, db.session())
        db.session.rollback()  # the next look is a new one
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture(scope="module")
def code(bureau):
    """The code of a batch, which is drawn by lot: it stands in addresses as CODE."""
    return db.session.scalars(select(Batch.code).order_by(Batch.id.desc())).first()


@pytest.fixture(scope="module")
def site(bureau):
    with serving(bureau) as address:
        yield address


@pytest.mark.parametrize(("login", "path"), PAGES, ids=lambda value: value)
def test_a_page_is_accessible_and_fits_on_desk_and_phone(page, code, login, path):
    if login:
        sign_in(page, login, PASSWORD)
    answer = page.goto(path.replace("CODE", code))

    assert answer is not None
    assert answer.status == REFUSED.get((login, path), 200)
    take_pictures(page, f"{login}{path.replace('/', '-')}")
    check_page(page)


def test_every_page_is_looked_at(bureau):
    addresses = bureau.url_map.bind("localhost")
    looked_at = {addresses.match(path.partition("?")[0])[0] for _, path in PAGES}

    assert looked_at | LOOKED_AT_ELSEWHERE | NO_PAGES == {
        rule.endpoint for rule in bureau.url_map.iter_rules() if "GET" in rule.methods
    }
