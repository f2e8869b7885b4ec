"""What other programs use: JSON over HTTP. Addresses name their modules; errors.py has the one body of refusals."""

from flask import Blueprint, Flask

from ledger.api import errors, openapi, v1

bp = Blueprint("api", __name__, url_prefix="/api")
bp.register_blueprint(v1.bp)
bp.add_url_rule("/openapi.json", view_func=openapi.describe)
errors.install(bp)


def install(app: Flask) -> None:
    """Add the interface."""
    app.register_blueprint(bp)
    v1.scans.install(app)
