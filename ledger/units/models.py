"""Units as a tree, people, the roles they hold in units, and resets of credentials."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Integer,
    LargeBinary,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ledger.db import Model, choice
from ledger.duties import Part
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
    passkeys: Mapped[list["Passkey"]] = relationship(back_populates="user", order_by="Passkey.id")
    generator: Mapped["CodeGenerator | None"] = relationship(back_populates="user")

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
    def has_codes(self) -> bool:
        """Whether a code generator is set up, so that its code goes with every password that signs."""
        return self.generator is not None and self.generator.confirmed_at is not None

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


class Deputy(Model):
    """For which days another person may sign in a chain in the place of this one; rows are never removed."""

    __tablename__ = "deputy"
    __table_args__ = (
        CheckConstraint("deputy_id <> person_id", name="another_person"),
        CheckConstraint("first_day <= last_day", name="days_in_order"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    deputy_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    first_day: Mapped[date] = mapped_column(Date)
    last_day: Mapped[date] = mapped_column(Date)
    reason: Mapped[str] = mapped_column(String(200))
    named_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    """When the person took it back before its last day."""

    person: Mapped[User] = relationship(foreign_keys=[person_id], lazy="joined")
    deputy: Mapped[User] = relationship(foreign_keys=[deputy_id], lazy="joined")

    def runs_on(self, day: date) -> bool:
        """Whether the deputy may sign on this day."""
        return self.ended_at is None and self.first_day <= day <= self.last_day


class Waiver(Model):
    """That one person may hold two parts in matters of a unit until a day: asked for by one, approved by another."""

    __tablename__ = "waiver"
    __table_args__ = (
        CheckConstraint("decided_by_id <> asked_by_id AND decided_by_id <> person_id", name="decided_by_another"),
        CheckConstraint("(decided_by_id IS NULL) = (decided_at IS NULL)", name="decided_by_somebody"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    part: Mapped[Part] = mapped_column(choice(Part, "part"))
    other: Mapped[Part] = mapped_column(choice(Part, "other"))
    reason: Mapped[str] = mapped_column(String(300))
    last_day: Mapped[date] = mapped_column(Date)
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    asked_at: Mapped[datetime]
    digest: Mapped[str] = mapped_column(String(64))
    """SHA-256 of all of the above, which is what is signed."""
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None]
    is_approved: Mapped[bool] = mapped_column(default=False)
    opinion: Mapped[str] = mapped_column(String(300), default="")
    proof: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """How who decided proved who they are; the journal has the same."""

    unit: Mapped[Unit] = relationship(lazy="joined")
    person: Mapped[User] = relationship(foreign_keys=[person_id], lazy="joined")
    asked_by: Mapped[User] = relationship(foreign_keys=[asked_by_id], lazy="joined")
    decided_by: Mapped[User | None] = relationship(foreign_keys=[decided_by_id], lazy="joined")

    @property
    def pair(self) -> frozenset[Part]:
        """The parts that go together."""
        return frozenset({self.part, self.other})

    def runs_on(self, day: date) -> bool:
        """Whether it counts on this day."""
        return self.is_approved and day <= self.last_day


class Passkey(Model):
    """A key of a person that lives in a device and signs what it is shown once the device knows who holds it."""

    __tablename__ = "passkey"
    __table_args__ = (UniqueConstraint("credential_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    name: Mapped[str] = mapped_column(String(64))
    credential_id: Mapped[bytes] = mapped_column(LargeBinary(1023))
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    """As COSE has it."""
    sign_count: Mapped[int] = mapped_column(BigInteger)
    """How often its device says that it has signed; many devices always say 0."""
    added_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    user: Mapped[User] = relationship(back_populates="passkeys")


class CodeGenerator(Model):
    """What a person's code generator and the ledger share; its codes prove the person beside the password."""

    __tablename__ = "code_generator"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True, autoincrement=False)
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    """Under the installation's key; see ledger.units.onetime."""
    last_step: Mapped[int] = mapped_column(BigInteger, default=0)
    """The newest time step of which a code was taken: no code of it or from before it is taken again."""
    added_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    """When its first code was typed in; before that it proves nothing and is asked for nowhere."""

    user: Mapped[User] = relationship(back_populates="generator")


class SignNonce(Model):
    """A random number that a passkey signs over, once and soon, for one purpose of one person."""

    __tablename__ = "sign_nonce"

    nonce: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    purpose: Mapped[str] = mapped_column(String(40))
    made_at: Mapped[datetime]
