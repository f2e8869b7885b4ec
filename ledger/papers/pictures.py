"""Part 六 of a manifest: pictures, six to a page, each with the digest it was kept under, and a list of the rest."""

from collections.abc import Callable, Iterator, Sequence
from io import BytesIO

from PIL import Image, ImageOps

from ledger.papers import figures, words
from ledger.papers.content import Manifest, Picture
from ledger.papers.fonts import Face
from ledger.papers.paper import LEFT, RIGHT, SMALL, Paper
from ledger.papers.table import Row, Table, columns
from ledger.papers.typesetting import Type

SIZE = (75.0, 45.5)
_PIXELS = (900, 546)
"""300 to an inch, which is all that paper shows."""
_ROW = 63.0
MOST = 120
"""How many pictures are printed: twenty pages of them. A file with all of some thousands would open nowhere."""
_LIST = (10, 17, 48, 34, 29, 18)
_TITLE = Type(Face.SANS_MEDIUM, 9)


def draw_pictures(paper: Paper, content: Manifest, read: Callable[[str], bytes | None]) -> None:
    """Draw all of the part; read returns a picture by its SHA-256, None if it is kept apart, which its place then says.

    Of more than MOST, every so manieth is printed, so that all hours of the day are seen.
    """
    paper.part(words.PICTURES)
    whole = content["pictures"]
    step = max(1, -(-len(whole) // MOST))
    rows = whole[::step]
    for place, row in enumerate(rows):
        if place % 2 == 0:
            paper.need(_ROW)
        x = LEFT if place % 2 == 0 else RIGHT - SIZE[0]
        _draw_picture(paper, x, row, read(row["sha256"]))
        if place % 2 or place == len(rows) - 1:
            paper.y += _ROW
    if rows:
        paper.note(words.PICTURES_PRINTED.format(n=len(rows), all=content["pictures_in_all"]))
    else:
        paper.paragraph(words.NO_PICTURES.format(all=content["pictures_in_all"]))
    if step > 1:
        paper.heading(words.PICTURES_LISTED)
        Table(paper, columns(words.PICTURE_HEADS, _LIST, "CllLLl")).draw(_listed(whole, step))


def _listed(rows: Sequence[Picture], step: int) -> Iterator[Row]:
    """Yield a row for each picture that is not printed."""
    for place, row in enumerate(rows):
        if place % step:
            at, digest = figures.moment(row["at"]), f"{row['sha256'][:16]}…"
            yield Row([str(row["no"]), row["stage"], row["subject"], at, digest, row["role"] or words.NOTHING])


def _draw_picture(paper: Paper, x: float, row: Picture, content: bytes | None) -> None:
    pen, y, (wide, high) = paper.pen, paper.y + 1, SIZE
    if content is None:
        pen.text(x + wide / 2, y + high / 2, words.PICTURE_APART, SMALL, align="centre")
    else:
        pen.picture(x, y, wide, high, for_paper(content))
    pen.box(x, y, wide, high)
    title, at = words.PICTURE_TITLE.format(no=row["no"], stage=row["stage"]), figures.moment(row["at"])
    role = words.PICTURE_ROLE.format(role=row["role"]) if row["role"] else ""
    digest = words.PICTURE_DIGEST.format(digest=f"{row['sha256'][:16]}…")
    pen.text(x, y + high + 4.2, title, _TITLE)
    pen.text(x + wide, y + high + 4.2, at, SMALL, align="right")
    pen.in_room(x, y + high + 8.4, row["subject"], SMALL, room=wide)
    pen.text(x, y + high + 12.6, digest, SMALL)
    pen.text(x + wide, y + high + 12.6, role, SMALL, align="right")


def for_paper(content: bytes) -> bytes:
    """Return a picture upright, without what its camera noted, and no larger than paper shows; on white all round."""
    with Image.open(BytesIO(content)) as opened:
        upright = ImageOps.exif_transpose(opened).convert("RGB")
    fitted = ImageOps.pad(upright, _PIXELS, color="white")
    packed = BytesIO()
    fitted.save(packed, "JPEG", quality=85)
    return packed.getvalue()
