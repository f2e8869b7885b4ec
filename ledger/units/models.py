"""Units as a tree, people, the roles they hold in units, and resets of credentials."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ledger.db import Model, choice
from ledger.permissions import ROLE_NAMES, Permission, Role, allows


class Unit(Model):
    """A bureau, a brigade, a district or a station."""

    __tablename__ = "unit"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(32), unique=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    short_name: Mapped[str] = mapped_column(String(32))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))

    parent: Mapped["Unit | None"] = relationship(remote_side=[id], back_populates="children")
    children: Mapped[list["Unit"]] = relationship(back_populates="parent", order_by="Unit.code")


class User(Model):
    """A person who signs in. People are disabled, never removed: the journal names them."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(64))
    password_hash: Mapped[str] = mapped_column(String(200))
    must_change_password: Mapped[bool] = mapped_column(default=False)
    session_version: Mapped[int] = mapped_column(Integer, default=1)
    """Part of every session; raising it ends all of them at once."""
    locale: Mapped[str | None] = mapped_column(String(8))
    disabled_at: Mapped[datetime | None]
    failed_attempts: Mapped[int] = mapped_column(Integer, default=0)
    locked_until: Mapped[datetime | None]

    memberships: Mapped[list["Membership"]] = relationship(back_populates="user", order_by="Membership.id")

    is_authenticated = True
    is_anonymous = False

    def get_id(self) -> str:
        """Return what a session keeps of the person; another session version makes it void."""
        return f"{self.id}:{self.session_version}"

    @property
    def is_active(self) -> bool:
        """Whether this person may sign in and stay signed in."""
        return self.disabled_at is None

    @property
    def unit(self) -> Unit | None:
        """The unit to show beside the name: that of the first role."""
        return self.memberships[0].unit if self.memberships else None

    @property
    def role_names(self) -> list[str]:
        """What the person is, to be translated, each role once."""
        return list(dict.fromkeys(ROLE_NAMES[membership.role] for membership in self.memberships))

    def roots(self, permission: Permission) -> list[Unit]:
        """Return the units over which (themselves and below) the person has permission."""
        return [membership.unit for membership in self.memberships if allows(membership.role, permission)]

    def may(self, permission: Permission) -> bool:
        """Whether the person has permission over any unit."""
        return bool(self.roots(permission))


class Membership(Model):
    """A role that a person holds in a unit, over it and all units below."""

    __tablename__ = "membership"
    __table_args__ = (UniqueConstraint("user_id", "unit_id", "role"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    role: Mapped[Role] = mapped_column(choice(Role, "role"))

    user: Mapped[User] = relationship(back_populates="memberships")
    unit: Mapped[Unit] = relationship(lazy="joined")


class CredentialReset(Model):
    """A request of one administrator that another person's password be reset; another administrator carries it out."""

    __tablename__ = "credential_reset"
    __table_args__ = (
        CheckConstraint("confirmed_by_id <> requested_by_id", name="two_administrators"),
        CheckConstraint("requested_by_id <> user_id AND confirmed_by_id <> user_id", name="another_person"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    requested_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    requested_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(String(200))
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    confirmed_at: Mapped[datetime | None]

    user: Mapped[User] = relationship(foreign_keys=[user_id])
    requested_by: Mapped[User] = relationship(foreign_keys=[requested_by_id])
