"""What an old workbook (XLS, a compound file) holds, seen before it is read: whose it is, and its formulas.

The reader gives only what a formula last showed, so the records that say "formula" are looked for here ([MS-CFB],
[MS-XLS]). Nothing else is understood, and nothing is followed.
"""

import struct
from collections.abc import Iterator, Sequence
from pathlib import Path

from ledger.imports.cells import Spot
from ledger.imports.refusals import Damaged, HasMacros, NotATable, Protected

SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_END_OF_CHAIN = 0xFFFFFFFA
"""Sector numbers from here on are marks."""
_FREE_ENTRY = 0
_SHORT_STREAM = 4096
_ENTRY = 128

_BOF, _DIMENSIONS, _FORMULA, _BOUNDSHEET = 0x0809, 0x0200, 0x0006, 0x0085
_MOST_ROWS, _MOST_COLUMNS = 65_536, 256
"""What this format can hold; the reader makes room for whatever a sheet says of its size."""


def look_through(path: Path) -> dict[str, dict[Spot, str]]:
    """Return the formula cells of each sheet, by its title; what a formula says stays untold.

    Raises Protected, HasMacros, NotATable or Damaged.
    """
    data = path.read_bytes()
    try:
        file = _File(data)
        if "EncryptedPackage" in file.streams:
            raise Protected
        if "_VBA_PROJECT_CUR" in file.streams:
            raise HasMacros
        book = file.streams.get("Workbook") or file.streams.get("Book")
        if book is None:
            raise NotATable
        return _formulas(file.read(*book))
    except (struct.error, IndexError, KeyError, ValueError):
        raise Damaged from None


class _File:
    """The streams of a compound file. Raises struct.error, IndexError or ValueError for what is none."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._size = 1 << min(struct.unpack_from("<H", data, 30)[0], 12)
        self._next = _numbers(b"".join(self._sector(number) for number in self._tables()))
        entries = self._chain(struct.unpack_from("<I", data, 48)[0])
        self.streams: dict[str, tuple[int, int]] = {}
        """The first sector and the size of each entry of the directory, by name."""
        for at in range(0, len(entries) - _ENTRY + 1, _ENTRY):
            length, kind = struct.unpack_from("<HB", entries, at + 64)
            if kind != _FREE_ENTRY:
                name = entries[at : at + max(length - 2, 0)].decode("utf-16-le", "replace")
                self.streams[name] = struct.unpack_from("<II", entries, at + 116)

    def read(self, first: int, size: int) -> bytes:
        """Return the bytes of a stream; short ones lie together in a stream of their own."""
        if size >= _SHORT_STREAM:
            return self._chain(first)[:size]
        short = self._chain(self.streams["Root Entry"][0])
        following = _numbers(self._chain(struct.unpack_from("<I", self._data, 60)[0]))
        return b"".join(short[at * 64 : at * 64 + 64] for at in _follow(following, first))[:size]

    def _sector(self, number: int) -> bytes:
        return self._data[(number + 1) * self._size : (number + 2) * self._size]

    def _chain(self, first: int) -> bytes:
        return b"".join(self._sector(number) for number in _follow(self._next, first))

    def _tables(self) -> list[int]:
        """Return the sectors that say which sector follows which."""
        numbers = list(struct.unpack_from("<109I", self._data, 76))
        more, count = struct.unpack_from("<II", self._data, 68)
        for _ in range(min(count, len(self._data) // self._size)):
            if more >= _END_OF_CHAIN:
                break
            *part, more = _numbers(self._sector(more))
            numbers += part
        return [number for number in numbers if number < _END_OF_CHAIN]


def _numbers(data: bytes) -> tuple[int, ...]:
    return struct.unpack(f"<{len(data) // 4}I", data[: len(data) // 4 * 4])


def _follow(following: Sequence[int], first: int) -> Iterator[int]:
    """Yield the sectors of a chain. Raises ValueError for one that runs in a circle."""
    number = first
    for _ in range(len(following) + 1):
        if number >= _END_OF_CHAIN:
            return
        yield number
        number = following[number]
    raise ValueError("a chain of sectors runs in a circle")


def _formulas(book: bytes) -> dict[str, dict[Spot, str]]:
    titles: dict[int, str] = {}
    formulas: dict[str, dict[Spot, str]] = {}
    title: str | None = None
    at = 0
    while at + 4 <= len(book):
        kind, length = struct.unpack_from("<HH", book, at)
        if kind == _BOUNDSHEET:
            start, name = _sheet_name(book[at + 4 : at + 4 + length])
            titles[start] = name
        elif kind == _BOF:
            title = titles.get(at, title)
        elif kind == _DIMENSIONS:
            _check_size(book[at + 4 : at + 4 + length])
        elif kind == _FORMULA and title is not None:
            formulas.setdefault(title, {})[struct.unpack_from("<HH", book, at + 4)] = "="
        at += 4 + length
    return formulas


def _check_size(record: bytes) -> None:
    """Check what a sheet says of its size, from its first cell to after its last. Raises Damaged if it cannot be."""
    is_wide = len(record) >= struct.calcsize("<IIHH")  # since Excel 97
    top, bottom, left, right = struct.unpack_from("<IIHH" if is_wide else "<HHHH", record)
    if not (top <= bottom <= _MOST_ROWS and left <= right <= _MOST_COLUMNS):
        raise Damaged


def _sheet_name(record: bytes) -> tuple[int, str]:
    """Return where a sheet begins in the book, and its title."""
    start, _state, length, is_wide = struct.unpack_from("<IHBB", record)
    name = record[8 : 8 + length * (2 if is_wide & 1 else 1)]
    return start, name.decode("utf-16-le" if is_wide & 1 else "latin-1")
