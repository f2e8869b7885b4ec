"""An event that is over, made once by the real services; whoever asks for AFTER_CLOSING works on a copy of it.

Two units destroyed four lines in three units of measure. Of ten bottles one was broken at the count, and a batch of the
district was loaded and turned back. What the lines are called would be a formula in a careless workbook.
"""

import shutil
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from databases import opened
from days import Day, approved_lines, issue, pack, plan_day
from factories import NOON, make_cast
from PIL import Image
from sqlalchemy.orm import Session

from ledger.db import db
from ledger.events.photos import PhotoStage, add_photo
from ledger.files.service import FileStore
from ledger.goods.classes import EnvClass
from ledger.journal.service import writing
from ledger.manifests import closing
from ledger.manifests.workflow import Way
from ledger.scanning.rules import Stage
from ledger.units.models import Unit
from ledger.worker import run_until_done

NAMES = ("=1+1 假冒白酒", "+86 电话卡", "-18℃ 过期食品", "@劣质口罩", "未到场的卷烟")
PARTY = "思岭区黄记超市"
"""Whom make_case() names; the public reads of no party."""
PICTURES = [(PhotoStage.LOADING, "red"), (PhotoStage.DESTRUCTION, "green"), (PhotoStage.DESTRUCTION, "blue")]


@pytest.fixture(scope="session")
def closed_template(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an installation in which an event is over and its manifest signed."""
    folder = tmp_path_factory.mktemp("closed")
    shutil.copy(sqlite_template, folder / "ledger.sqlite")
    with opened(f"sqlite:///{folder / 'ledger.sqlite'}", folder) as app:
        session = db.session()
        day = make_packed(session)
        take_pictures_of(day, app.extensions["files"])
        close(day)
        issue(app, day)
        run_until_done(app, clock=lambda: NOON)
    return folder


def make_packed(session: Session) -> Day:
    """Return an open day with four batches."""
    cast = make_cast(session)
    drink, card, food, mask, tobacco = NAMES
    bureau, district = cast.bureau, cast.district
    lines: list[tuple[Unit, dict[str, Any]]] = [
        (bureau, {"name": drink, "short": Decimal(1)}),
        (bureau, {"name": card, "measure": "张", "quantity": Decimal(300), "category": "其他", "value": None}),
        (
            cast.district,
            {"name": food, "measure": "公斤", "quantity": Decimal("3.5"), "category": "食品", "value": 999},
        ),
        (district, {"name": mask, "quantity": Decimal(40), "category": "", "value": None}),
        (district, {"name": tobacco, "measure": "条", "quantity": Decimal(5), "category": "烟草"}),
    ]
    made = [approved_lines(session, cast, unit, 1, **facts) for unit, facts in lines]
    day = plan_day(session, cast, [bureau, district], EnvClass.GENERAL, organiser=bureau)
    for together in ([*made[0], *made[1]], made[2], made[3], made[4]):
        day.batches.append(pack(day, together))
    day.open()
    return day


def take_pictures_of(day: Day, files: FileStore) -> None:
    """Add small pictures that differ."""
    for stage, colour in PICTURES:
        picture = BytesIO()
        Image.new("RGB", (60, 40), colour).save(picture, "JPEG")
        picture.seek(0)
        with writing(day.session):
            given: dict[str, Any] = {
                "unit": day.cast.bureau,
                "stage": stage,
                "subject": "现场",
                "sha256": files.keep(picture),
            }
            add_photo(day.session, day.event, **given, by=day.cast.guo, at=NOON)


def close(day: Day) -> None:
    """Destroy all but the last batch, which was loaded and turned back; resolve that."""
    cast, session = day.cast, day.session
    day.scan(Stage.LOAD, day.batches[-1])
    day.destroy(*day.batches[:-1])
    day.end()
    [point] = closing.open_points(session, day.event)
    said: dict[str, Any] = {"way": Way.TURNED_BACK, "text": "车辆故障", "writer": cast.zhao, "confirmer": cast.liu}
    with writing(session):
        closing.resolve(session, day.event, point, **said, at=NOON)
