"""The first version of the interface. What changes the meaning of an answer becomes a second one."""

from flask import Blueprint

from ledger.api.v1 import events, photos, scans, stocktakes

bp = Blueprint("v1", __name__, url_prefix="/v1")
for part in (events.bp, photos.bp, scans.bp, stocktakes.bp):
    bp.register_blueprint(part)
