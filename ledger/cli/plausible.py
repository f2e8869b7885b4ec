"""What the sample bureau would plausibly do: how it fills boxes, what they weigh, how its people sign."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import ROUND_UP, Decimal
from io import BytesIO
from itertools import groupby
from math import sin

from PIL import Image, ImageDraw, ImageFont
from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.cases.models import Case
from ledger.destruction.models import ApplicationLine
from ledger.destruction.workflow import Method
from ledger.events.models import Batch
from ledger.events.photos import PhotoStage
from ledger.goods.measures import Dimension, find_measure
from ledger.goods.models import HOLDS_SOME, Item, Position
from ledger.goods.rules import Account
from ledger.journal.service import writing
from ledger.papers.content import Strokes
from ledger.papers.fonts import Face
from ledger.scanning.inspection import inspect
from ledger.scanning.rules import Seal
from ledger.units.models import Unit, User

APPEAL_DAYS = 200
"""More than the six months of an appeal, so that decisions served before stand."""
LEGAL_BASIS = "《中华人民共和国行政处罚法》第七十四条、《中华人民共和国商标法》第六十条"
PICTURES = [
    (PhotoStage.LOADING, "批次装车，封条完好"),
    (PhotoStage.ARRIVAL, "到场过磅，与装批重量相符"),
    (PhotoStage.OPENING, "监销人监督下启封"),
]
RUN_PICTURES = [
    (PhotoStage.BEFORE, "投料前的物品"),
    (PhotoStage.DESTRUCTION, "投料销毁"),
    (PhotoStage.REMAINS, "残余物已无法恢复使用"),
]
SUPERVISORS = {
    "zheng": "我在主会场，自始至终亲眼见到各炉次的物品启封、核对、投料并销毁完毕，数量与清单一致，没有物品流出。",
    "qiu": "我亲眼见到各批次封条完好，启封、投料、销毁均在我面前进行，残余物已无法恢复使用。",
}

LINES_PER_BATCH = 2
PIECE_KG = {"瓶": Decimal("0.9"), "箱": Decimal(9), "件": Decimal(6), "套": Decimal("0.02"), "台": Decimal(4)}


def free_goods(session: Session, unit: Unit, most: int, day: date) -> list[Position]:
    """Return goods in the unit's store that nobody has spoken for and whose decision stands on that day."""
    query = (
        select(Position)
        .join(Item, Item.id == Position.item_id)
        .join(Case, Case.id == Item.case_id)
        .where(
            Item.unit_id == unit.id,
            Position.account == Account.STORED,
            HOLDS_SOME,
            Position.reserved == 0,
            Position.counted_at.is_(None),
            Case.served_on < day - timedelta(days=APPEAL_DAYS),
            Item.category != "烟草制品",  # goes to the tobacco bureau (烟草专卖法实施条例 30)
        )
        .order_by(Item.id)
    )
    return list(session.scalars(query.limit(most)))


def batches_of(lines: Sequence[ApplicationLine]) -> Iterator[list[ApplicationLine]]:
    """Yield lines in groups that may share a batch."""

    def kind(line: ApplicationLine) -> tuple[str, list[Method]]:
        return line.item.env_class.value, line.treatment.methods

    for _, alike in groupby(sorted(lines, key=kind), key=kind):
        goods = list(alike)
        for start in range(0, len(goods), LINES_PER_BATCH):
            yield goods[start : start + LINES_PER_BATCH]


def open_samples(session: Session, batches: Sequence[Batch], opener: User, witness: User, at: datetime) -> None:
    """Open and count those of these batches that are samples; they are as they were packed."""
    for batch in batches:
        if batch.is_sample:
            with writing(session):
                inspect(
                    session,
                    batch,
                    found={each.line.item_id: each.quantity for each in batch.held},
                    seal_found=batch.seal,
                    seal=Seal.WHOLE,
                    new_seal=f"{batch.seal}-2",
                    deviation="",
                    hold_reason="",
                    opener=opener,
                    witness=witness,
                    at=at,
                )


def weight_of(line: ApplicationLine) -> Decimal:
    """Return what goods may weigh, in kilograms: what their unit says, or a plausible weight of a piece."""
    measure = find_measure(line.item.measure)
    is_mass = measure is not None and measure.dimension is Dimension.MASS
    each = measure.factor if measure and is_mass else PIECE_KG.get(line.item.measure, Decimal("0.2"))
    return (line.quantity * each).quantize(Decimal("0.1"), ROUND_UP)


def sketch(subject: str, number: int) -> BytesIO:
    """Return a drawn stand-in for a photo: boxes on the ground, and what they are meant to show."""
    picture = Image.new("RGB", (1200, 800), (222, 226, 224))
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, 520, 1200, 800), fill=(176, 181, 178))
    for place in range(3 + number % 3):
        left, top = 90 + 210 * place, 430 - 60 * ((place + number) % 2)
        pen.rectangle(
            (left, top, left + 180, 640), fill=(176 - 9 * place, 141, 96 + 7 * number), outline=(92, 70, 44), width=4
        )
        pen.line((left, top + 50, left + 180, top + 50), fill=(228, 226, 214), width=22)
    pen.text((60, 60), subject, fill=(30, 36, 38), font=ImageFont.truetype(str(Face.SANS.path), 44))
    pen.text((60, 720), "示意图，非现场照片", fill=(70, 78, 80), font=ImageFont.truetype(str(Face.SANS.path), 28))
    target = BytesIO()
    picture.save(target, "JPEG", quality=85)
    target.seek(0)
    return target


def drawn(number: int) -> Strokes:
    """Return a drawn signature, another one for each number."""
    strokes = [
        [[40.0 + 60 * part + x, 60 + 28 * sin(x / (4 + number) + part * number), 20.0 * x, 0.5] for x in range(46)]
        for part in range(2 + number % 2)
    ]
    return Strokes(width=300.0, height=120.0, strokes=strokes)
