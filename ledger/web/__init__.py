"""The pages. One module per address prefix; what they share lies in access, context, errors and headers."""

from flask import Flask
from flask_login import LoginManager

from ledger.web import (
    access,
    account,
    admin,
    applications,
    attachments,
    batches,
    books,
    cases,
    chains,
    closing,
    context,
    corrections,
    day,
    deputies,
    devices,
    duties,
    errors,
    events,
    goods,
    headers,
    health,
    home,
    imports,
    inspections,
    journal,
    labels,
    locations,
    login,
    manifests,
    overdue,
    pictures,
    plans,
    q,
    ready,
    reports,
    scan,
    stocktakes,
    store,
    trust,
    verify,
    waivers,
    wall,
)


def install(app: Flask, logins: LoginManager) -> None:
    """Add the pages and what stands around every one of them."""
    for module in (
        home,
        login,
        account,
        cases,
        goods,
        store,
        corrections,
        locations,
        imports,
        stocktakes,
        applications,
        chains,
        deputies,
        overdue,
        duties,
        waivers,
        attachments,
        books,
        events,
        day,
        wall,
        inspections,
        devices,
        ready,
        closing,
        pictures,
        plans,
        batches,
        labels,
        q,
        scan,
        manifests,
        reports,
        verify,
        trust,
        journal,
        admin,
        health,
    ):
        app.register_blueprint(module.bp)
    health.install(app)
    access.install(app, logins)
    context.install(app)
    errors.install(app)
    headers.install(app)
