"""Files that people hand in and get back, which the file store keeps."""

from io import BytesIO
from typing import cast

from flask import Response, current_app, send_file

from ledger.files.service import FileStore

MOST_AT_ONCE = 20
"""How many files one form takes."""
KEPT_SECONDS = 3600
"""How long a browser shows a picture again without asking."""


def files() -> FileStore:
    """Return the installation's file store."""
    return cast(FileStore, current_app.extensions["files"])


def send_picture(sha256: str, name: str) -> Response:
    """Hand out a picture that the file store keeps as JPEG, to be shown to this person only."""
    answer = send_file(
        BytesIO(files().path(sha256).read_bytes()),  # a file would stay open where only its tag is asked for
        mimetype="image/jpeg",
        download_name=name,
        etag=sha256,
        max_age=KEPT_SECONDS,
    )
    answer.cache_control.public = False
    answer.cache_control.private = True
    return answer
