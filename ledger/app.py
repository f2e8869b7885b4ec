"""Where the parts are put together: the only file that knows all of them."""

import os
from pathlib import Path

from flask import Flask, appcontext_popped, appcontext_pushed, current_app
from flask_babel import Babel
from flask_login import LoginManager
from flask_migrate import Migrate
from flask_wtf import CSRFProtect
from whitenoise import WhiteNoise

from ledger import api, cli, rehearsal, web, worker
from ledger.config import PROJECT, THREADS, Settings
from ledger.db import db
from ledger.files.service import FileStore
from ledger.journal.note import keep_signer

ASSETS = Path(__file__).parent / "static" / "dist"
YEAR = 365 * 24 * 3600
"""How long, in seconds, browsers keep an asset: its name changes with its content."""
POOL: dict[str, object] = {"pool_size": THREADS, "pool_use_lifo": True}
"""As many connections as threads: more would be opened and closed with each request. What was used last is taken
first, so that few are in use, and have pages of the database in memory, as long as few people are there."""
ON_POSTGRESQL = {"pool_pre_ping": True, "connect_args": {"options": "-c enable_mergejoin=off"}}
"""Pages want the first few of millions; a merge join would read a table from its beginning up to where they are."""


def create_app(settings: Settings | None = None) -> Flask:
    """Return the application for these settings, or for those of the environment.

    Raises BadSetting if the environment holds one that cannot be used.
    """
    settings = settings or Settings.from_env(os.environ)
    app = Flask("ledger", template_folder=str(PROJECT / "templates"), instance_path=str(settings.instance))
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=POOL | (ON_POSTGRESQL if settings.database_url.startswith("postgresql") else {}),
        MAX_CONTENT_LENGTH=settings.max_upload_mb << 20,
        MAX_FORM_MEMORY_SIZE=8 << 20,
        SESSION_COOKIE_NAME="rehearsal" if settings.is_rehearsal else "ledger",  # ports share them
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.is_https,
        WTF_CSRF_CHECK_DEFAULT=False,  # web.access asks for the token: who comes with a ticket needs none
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session: a form left open over lunch must not lose what was typed
        WTF_CSRF_SSL_STRICT=settings.is_https,
        BABEL_DEFAULT_LOCALE="zh_CN",
        BABEL_DEFAULT_TIMEZONE="Asia/Shanghai",
        BABEL_TRANSLATION_DIRECTORIES=str(Path(__file__).parent / "translations"),
    )
    app.extensions["settings"] = settings
    for context_changed in (appcontext_pushed, appcontext_popped):
        context_changed.connect(_say_what_counts, app)
    app.extensions["files"] = FileStore(settings.instance / "files")
    app.extensions["signer"] = keep_signer(settings.journal_name, settings.journal_key)
    if ASSETS.is_dir():  # else nothing was built yet
        static = WhiteNoise(
            app.wsgi_app,
            ASSETS,
            "static/dist/",
            max_age=YEAR,
            allow_all_origins=False,
            add_headers_function=web.headers.of_assets,
        )
        app.wsgi_app = static  # type: ignore[method-assign]
    db.init_app(app)
    Migrate(app, db, directory=str(PROJECT / "migrations"))
    Babel(app, locale_selector=web.context.babel_locale)
    CSRFProtect(app)
    logins = LoginManager(app)
    web.install(app, logins)
    api.install(app)
    cli.install(app)
    worker.install(app)
    return app


def _say_what_counts(_app: Flask) -> None:
    """Tell what draws and reads labels and papers whether the application whose turn it is only rehearses."""
    rehearsal.set_to(bool(current_app) and current_app.extensions["settings"].is_rehearsal)
