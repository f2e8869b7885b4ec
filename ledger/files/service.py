"""Keeping bytes by their hash."""

import os
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import BinaryIO

_CHUNK = 1 << 20


class FileStore:
    """The folder of kept files. A file appears in it whole and on disk, or not at all."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, digest: str) -> Path:
        """Return where the file with this SHA-256 lies."""
        return self.root / digest[:2] / digest

    def keep(self, source: BinaryIO) -> str:
        """Copy source into the store and return its SHA-256 in hexadecimal; the same bytes again do no harm."""
        self.root.mkdir(parents=True, exist_ok=True)
        digest = sha256()
        with NamedTemporaryFile(dir=self.root, delete=False) as draft:
            try:
                while chunk := source.read(_CHUNK):
                    digest.update(chunk)
                    draft.write(chunk)
                draft.flush()
                os.fsync(draft.fileno())
                target = self.path(digest.hexdigest())
                target.parent.mkdir(exist_ok=True)
                Path(draft.name).replace(target)
            except BaseException:
                Path(draft.name).unlink(missing_ok=True)
                raise
        return digest.hexdigest()
