"""A ZIP that tells the SHA-256 of everything in it, written in one pass and in bounded memory."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import IO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

_CHUNK = 1 << 20
_PACKED = {".docx", ".jpg", ".pdf", ".png", ".xlsx"}
"""Kinds of files that would not get smaller."""
_NOT_IN_NAMES = {ord(sign): full for sign, full in zip('\\/:*?"<>|', "＼／：＊？＂＜＞｜", strict=True)}


@dataclass(frozen=True, slots=True)
class Packed:
    """One file of a parcel."""

    name: str
    size: int
    sha256: str


class Parcel:
    """The ZIP while it is written; all its files are dated made_at, so that the same content makes the same bytes.

    tell is called after each file with how many there are.
    """

    def __init__(self, package: ZipFile, made_at: datetime, tell: Callable[[int], None] = lambda _count: None) -> None:
        self.files: list[Packed] = []
        self.made_at, self._package, self._tell = made_at, package, tell
        self._names: set[str] = set()

    def put(self, name: str, source: Path | bytes | IO[bytes]) -> None:
        """Add a file under a name, which gets a number if it is taken already."""
        path = PurePosixPath(name)
        for number in range(2, len(self.files) + 2):
            if name not in self._names:
                break
            name = str(path.with_name(f"{path.stem} ({number}){path.suffix}"))
        self._names.add(name)
        if isinstance(source, Path):
            with source.open("rb") as file:
                self._put(name, file)
        else:
            self._put(name, BytesIO(source) if isinstance(source, bytes) else source)

    def _put(self, name: str, source: IO[bytes]) -> None:
        entry = ZipInfo(name, self.made_at.timetuple()[:6])
        entry.compress_type = ZIP_STORED if PurePosixPath(name).suffix.lower() in _PACKED else ZIP_DEFLATED
        entry.external_attr = 0o644 << 16  # or some unpackers let nobody read it
        digest, size = sha256(), 0
        with self._package.open(entry, "w", force_zip64=True) as inside:
            while chunk := source.read(_CHUNK):
                inside.write(chunk)
                digest.update(chunk)
                size += len(chunk)
        self.files.append(Packed(name, size, digest.hexdigest()))
        self._tell(len(self.files))


def sums(files: Iterable[Packed]) -> bytes:
    """Return the list of hashes as `sha256sum -c` reads it."""
    return "".join(f"{each.sha256}  {each.name}\n" for each in files).encode()


def file_name(text: str) -> str:
    """Return a text as one part of a file's name, on any system."""
    plain = "".join(sign for sign in text.translate(_NOT_IN_NAMES) if sign.isprintable())
    return plain.strip(" .")[:80] or "_"
