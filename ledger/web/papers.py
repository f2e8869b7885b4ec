"""Papers that are drawn when they are asked for."""

from collections.abc import Callable
from io import BytesIO
from typing import TypeVar

from flask import Response, send_file

from ledger.db import db

Content = TypeVar("Content")


def hand_out(draw: Callable[[Content, BytesIO], int], content: Content, name: str) -> Response:
    """Draw a paper and hand it out as name.pdf. Raises NotPrintable if no font has a character of it."""
    db.session.rollback()  # all is read: a paper of thousands of lines takes seconds, in which nothing is held
    target = BytesIO()
    draw(content, target)
    target.seek(0)
    return send_file(target, "application/pdf", as_attachment=True, download_name=f"{name}.pdf")
