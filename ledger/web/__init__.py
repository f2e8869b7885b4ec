"""The pages. One module per address prefix; what they share lies in access, context, errors and headers."""

from flask import Flask
from flask_login import LoginManager

from ledger.web import (
    access,
    account,
    admin,
    cases,
    context,
    errors,
    goods,
    headers,
    health,
    home,
    imports,
    journal,
    login,
    scan,
)


def install(app: Flask, logins: LoginManager) -> None:
    """Add the pages and what stands around every one of them."""
    for module in (home, login, account, cases, goods, imports, journal, scan, admin, health):
        app.register_blueprint(module.bp)
    health.install(app)
    access.install(app, logins)
    context.install(app)
    errors.install(app)
    headers.install(app)
