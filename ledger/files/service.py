"""Keeping bytes by their hash."""

import os
from collections.abc import Callable
from datetime import datetime
from hashlib import file_digest
from pathlib import Path
from shutil import copyfileobj
from tempfile import NamedTemporaryFile
from typing import BinaryIO, cast

_CHUNK = 1 << 20
_DRAFT = "draft-"


class FileStore:
    """The folder of kept files. A file appears in it whole and on disk, or not at all."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, digest: str) -> Path:
        """Return where the file with this SHA-256 lies."""
        return self.root / digest[:2] / digest

    def read(self, digest: str) -> bytes:
        """Return the whole file with this SHA-256."""
        return self.path(digest).read_bytes()

    def keep(self, source: BinaryIO) -> str:
        """Copy source into the store and return its SHA-256 in hexadecimal; the same bytes again do no harm."""
        return self.keep_made(lambda draft: copyfileobj(source, draft, _CHUNK))

    def keep_made(self, make: Callable[[BinaryIO], object]) -> str:
        """Keep the file that make writes and return its SHA-256; nothing is left of one that make fails to write."""
        self.root.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=self.root, prefix=_DRAFT, delete=False) as draft:
            try:
                make(cast(BinaryIO, draft))
                draft.flush()
                os.fsync(draft.fileno())
                with Path(draft.name).open("rb") as written:
                    digest = file_digest(written, "sha256").hexdigest()
                target = self.path(digest)
                target.parent.mkdir(exist_ok=True)
                Path(draft.name).replace(target)
            except BaseException:
                Path(draft.name).unlink(missing_ok=True)
                raise
        return digest

    def forget_drafts(self, before: datetime) -> None:
        """Remove what a process that was ended left half written, if nothing was added to it since before."""
        for draft in self.root.glob(f"{_DRAFT}*"):
            if draft.stat().st_mtime < before.timestamp():
                draft.unlink(missing_ok=True)
