"""reportlab, corrected: files in the shape of PDF/A-3 with every font embedded, the same bytes for the same input.

This is the only module that touches reportlab; the faces are loaded when the first paper is drawn. What it corrects in
reportlab 5.1: the text layer of characters beyond U+FFFF, which was another character; streams without the line end
that PDF/A wants; a font that is never embedded; identifiers and dates taken from the clock; all glyphs of a face
copied for each part of it that a file takes.
"""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from struct import pack
from threading import Lock
from typing import Any, BinaryIO
from xml.sax.saxutils import escape

from reportlab import rl_config
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfdoc, pdfmetrics, ttfonts
from reportlab.pdfgen.canvas import Canvas

from ledger.papers.fonts import Face

PRODUCER = "ledger"
_BLOCK = 100
"""The most characters that one block of a character map may list."""

_SAVING = Lock()
"""Faces are shared by all documents of a process, and saving reads them at places that they remember."""


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a file says of itself."""

    title: str
    author: str
    made_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file inside of the file: the data that the pages show."""

    name: str
    media_type: str
    description: str
    content: bytes


@cache
def load_faces() -> Mapping[Face, Any]:
    """Return reportlab's font of each face, loaded once."""
    fonts = {face: ttfonts.TTFont(face.value, str(face.path), shapable=False) for face in Face}
    for font in fonts.values():
        pdfmetrics.registerFont(font)
    return fonts


def open_canvas(target: BinaryIO | Path, *, size: tuple[float, float], about: About) -> Any:
    """Return reportlab's canvas for a file of pages of size, in points."""
    load_faces()
    canvas = Canvas(
        str(target) if isinstance(target, Path) else target,
        pagesize=size,
        pageCompression=1,
        invariant=1,
        initialFontName=Face.SERIF.value,
        pdfVersion=(1, 7),
        lang="zh-CN",
    )
    _describe(canvas._doc, about)  # noqa: SLF001 - reportlab has no public way to its document
    return canvas


def save(canvas: Any, attachments: Sequence[Attachment]) -> None:
    """Attach the files and write the document to its target."""
    doc = canvas._doc  # noqa: SLF001
    files = [_file_reference(doc, attachment) for attachment in attachments]
    if files:
        names: list[Any] = []
        for attachment, file in sorted(zip(attachments, files, strict=True), key=lambda pair: pair[0].name):
            names += [pdfdoc.PDFString(attachment.name), file]
        tree = pdfdoc.PDFDictionary({"Names": pdfdoc.PDFArray(names)})
        doc.Catalog.Names = pdfdoc.PDFDictionary({"EmbeddedFiles": tree})
        doc.Catalog.AF = pdfdoc.PDFArray(files)
        for attachment in attachments:
            doc.updateSignature(attachment.content)
    with _SAVING:
        canvas.save()


def show_page(canvas: Any) -> None:
    """End the page, keeping only its packed content: reportlab would hold all pages in full until the end."""
    canvas.showPage()
    page = canvas._doc.Pages.pages[-1]  # noqa: SLF001
    content = zlib.compress(page.stream.encode("latin-1"))
    page.Contents = pdfdoc.PDFStream(pdfdoc.PDFDictionary({"Filter": "/FlateDecode"}), content)
    page.stream = None


def picture(content: bytes) -> Any:
    """Return what the canvas draws as a picture, of a JPEG, which goes into the file as it is."""
    reader = ImageReader(BytesIO(content))
    reader._data, reader._dataA = content, None  # noqa: SLF001 - to name it, its pixels would be unpacked, and kept
    return reader


def _describe(doc: Any, about: About) -> None:
    """Say what the file is, when it was made and in which colours: in both of the places that PDF/A wants."""
    doc.setTitle(about.title)
    doc.setAuthor(about.author)
    doc.setSubject("")
    doc.setCreator(PRODUCER)
    doc.setProducer(PRODUCER)
    offset = about.made_at.utcoffset()
    minutes = int(offset.total_seconds()) // 60 if offset else 0
    stamp = doc._timeStamp  # noqa: SLF001
    stamp.YMDhms = about.made_at.timetuple()[:6]
    stamp.dhh, stamp.dmm = divmod(minutes, 60)
    catalog = doc.Catalog
    catalog.__NoDefault__ = [*catalog.__NoDefault__, "AF", "OutputIntents"]
    catalog.Metadata = _stream(_xmp(about), {"Type": "/Metadata", "Subtype": "/XML"}, is_packed=False)
    profile = doc.Reference(_stream(_srgb(), {"N": 3}), "colour-profile")
    intent = {
        "Type": "/OutputIntent",
        "S": "/GTS_PDFA1",
        "OutputConditionIdentifier": pdfdoc.PDFString("sRGB"),
        "Info": pdfdoc.PDFString("sRGB IEC61966-2.1"),
        "DestOutputProfile": profile,
    }
    catalog.OutputIntents = pdfdoc.PDFArray([pdfdoc.PDFDictionary(intent)])


def _file_reference(doc: Any, attachment: Attachment) -> Any:
    subtype = "/" + attachment.media_type.replace("/", "#2F")
    date = pdfdoc.PDFDate(doc._timeStamp)  # noqa: SLF001
    parameters = pdfdoc.PDFDictionary({"Size": len(attachment.content), "ModDate": date})
    content = _stream(attachment.content, {"Type": "/EmbeddedFile", "Subtype": subtype, "Params": parameters})
    embedded = doc.Reference(content, f"embedded:{attachment.name}")
    name = pdfdoc.PDFString(attachment.name)
    facts = {
        "Type": "/Filespec",
        "F": name,
        "UF": name,
        "Desc": pdfdoc.PDFString(attachment.description),
        "AFRelationship": "/Data",
        "EF": pdfdoc.PDFDictionary({"F": embedded, "UF": embedded}),
    }
    return doc.Reference(pdfdoc.PDFDictionary(facts), f"file:{attachment.name}")


def _stream(content: bytes, facts: Mapping[str, object], *, is_packed: bool = True) -> Any:
    filters = [pdfdoc.PDFZCompress] if is_packed else None
    return pdfdoc.PDFStream(pdfdoc.PDFDictionary(dict(facts)), content, filters)


def _xmp(about: About) -> bytes:
    at, title, author = about.made_at.isoformat(timespec="seconds"), escape(about.title), escape(about.author)
    return f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/">
<pdfaid:part>3</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
<dc:creator><rdf:Seq><rdf:li>{author}</rdf:li></rdf:Seq></dc:creator>
<xmp:CreateDate>{at}</xmp:CreateDate><xmp:ModifyDate>{at}</xmp:ModifyDate><xmp:CreatorTool>{PRODUCER}</xmp:CreatorTool>
<pdf:Producer>{PRODUCER}</pdf:Producer>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>""".encode()


@cache
def _srgb() -> bytes:
    """Return an ICC profile (version 2.1) of sRGB: its primaries adapted to D50, and its curve at 256 points."""
    curve = [_linear(step / 255) for step in range(256)]
    tone = b"curv" + pack(">II256H", 0, 256, *(round(value * 65535) for value in curve))
    words = b"sRGB\0"
    tags = {
        b"desc": b"desc" + pack(">II", 0, len(words)) + words + bytes(78),
        b"cprt": b"text" + bytes(4) + b"No copyright\0",
        b"wtpt": _xyz(0.96420, 1.0, 0.82491),
        b"rXYZ": _xyz(0.43607, 0.22249, 0.01392),
        b"gXYZ": _xyz(0.38515, 0.71687, 0.09708),
        b"bXYZ": _xyz(0.14307, 0.06061, 0.71410),
        b"rTRC": tone,
        b"gTRC": tone,
        b"bTRC": tone,
    }
    table, body, places = b"", b"", dict[bytes, int]()
    start = 128 + 4 + 12 * len(tags)
    for name, content in tags.items():
        if content not in places:
            places[content] = start + len(body)
            body += content + bytes(-len(content) % 4)
        table += name + pack(">II", places[content], len(content))
    head = pack(
        ">I4sI4s4s4s6H4s",
        start + len(body),
        bytes(4),
        0x02100000,
        b"mntr",
        b"RGB ",
        b"XYZ ",
        2000,
        1,
        1,
        0,
        0,
        0,
        b"acsp",
    )
    head += bytes(28) + pack(">3I", 0xF6D6, 0x10000, 0xD32D)
    return head.ljust(128, b"\0") + pack(">I", len(tags)) + table + body


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 - sRGB's own figures


def _xyz(*values: float) -> bytes:
    return b"XYZ " + bytes(4) + pack(">3i", *(round(value * 65536) for value in values))


def _to_unicode(fontname: str, subset: Sequence[int]) -> str:
    """Return the map from codes to characters, in UTF-16, which reportlab forgets for those beyond U+FFFF."""
    rows = [f"<{code:02X}> <{chr(sign).encode('utf-16-be').hex()}>" for code, sign in enumerate(subset)]
    blocks = [rows[start : start + _BLOCK] for start in range(0, len(rows), _BLOCK)]
    listed = "\n".join(f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar" for block in blocks)
    return f"""/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def
/CMapName /{fontname} def
/CMapType 2 def
1 begincodespacerange
<00> <FF>
endcodespacerange
{listed}
endcmap
CMapName currentdict /CMap defineresource pop
end
end"""


class _Glyphs:
    """The drawings of a face's signs, to be taken out one by one: copying all of them takes longer than a page."""

    def __init__(self, face: Any) -> None:
        self._data, (self._start, _) = face._ttf_data, face.get_table_pos("glyf")  # noqa: SLF001

    def __getitem__(self, part: slice) -> bytes:
        taken: bytes = self._data[self._start + part.start : self._start + part.stop]
        return taken


def _correct() -> None:
    """Put the corrections in reportlab's place; once, when this module is imported."""
    formatted, whole_table = pdfdoc.PDFStream.format, ttfonts.TTFontParser.get_table

    def table(face: Any, tag: str) -> Any:
        return _Glyphs(face) if tag == "glyf" else whole_table(face, tag)

    def with_line_end(stream: Any, document: Any) -> bytes:
        text: bytes = formatted(stream, document)
        return text.removesuffix(b"endstream\n") + b"\nendstream\n"

    pdfdoc.PDFStream.format = with_line_end
    ttfonts.TTFontParser.get_table = table
    ttfonts.makeToUnicodeCMap = _to_unicode
    rl_config.useA85 = 0


_correct()
