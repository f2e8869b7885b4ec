"""Reading PDFs as others do: with poppler."""

import re
import subprocess
from pathlib import Path

from PIL import Image


def text_of(path: Path, *, page: int | None = None) -> str:
    """Return the text of a PDF or of one page of it, as it is laid out."""
    pages = ["-f", str(page), "-l", str(page)] if page else []
    return subprocess.run(
        ["pdftotext", "-layout", *pages, path, "-"], check=True, capture_output=True, text=True
    ).stdout


def flowing(path: Path) -> str:
    """Return the text of a PDF without any spacing, so that what was wrapped is whole again."""
    return re.sub(
        r"\s+", "", subprocess.run(["pdftotext", "-raw", path, "-"], check=True, capture_output=True, text=True).stdout
    )


def fonts_of(path: Path) -> list[list[str]]:
    """Return the rows of pdffonts, in words."""
    rows = subprocess.run(["pdffonts", path], check=True, capture_output=True, text=True).stdout.splitlines()
    return [row.split() for row in rows[2:]]


def pictures_of(path: Path, *, dpi: int = 100, first: int = 1, last: int | None = None) -> list[Image.Image]:
    """Return pages as grey pictures."""
    folder = path.parent / f"{path.stem}-{dpi}-{first}"
    folder.mkdir()
    span = ["-f", str(first), *(["-l", str(last)] if last else [])]
    subprocess.run(["pdftoppm", "-r", str(dpi), "-gray", "-png", *span, path, folder / "page"], check=True)
    return [Image.open(picture).convert("L") for picture in sorted(folder.iterdir())]
