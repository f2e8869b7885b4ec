"""What somebody with the database and the journal's key can do."""

from flask import Flask
from sqlalchemy import text

from ledger import guards
from ledger.db import db
from ledger.journal.log import Frontier, leaf_hash


def rewrite_history(app: Flask, old: str = "林文静", new: str = "林静文") -> None:
    """Do what somebody with the database and the key can do: change an entry and compute everything anew."""
    db.session.rollback()  # or its open reading would keep the guards from being dropped
    with db.engine.begin() as connection:
        for guard in guards.guards(connection.dialect.name):
            suffix = "" if connection.dialect.name == "sqlite" else f" ON {guard.table}"
            connection.execute(text(f"DROP TRIGGER {guard.name}{suffix}"))
        connection.execute(text("UPDATE manifest SET checkpoint_id = NULL"))
        connection.execute(text("DELETE FROM sending"))
        connection.execute(text("DELETE FROM journal_checkpoint"))
        frontier = Frontier()
        rows = connection.execute(text("SELECT seq, body FROM journal_entry ORDER BY seq")).all()
        for seq, body in rows:
            changed = bytes(body).replace(old.encode(), new.encode())
            change = text("UPDATE journal_entry SET body = :body, leaf = :leaf WHERE seq = :seq")
            connection.execute(change, {"body": changed, "leaf": leaf_hash(changed), "seq": seq})
            frontier = frontier.append(leaf_hash(changed))
        connection.execute(text("UPDATE journal_head SET frontier = :packed"), {"packed": frontier.pack()})
        guards.install(connection)
