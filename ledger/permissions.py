"""Who may do what: roles, permissions, and the one map between them."""

from enum import StrEnum

from ledger.errors import N_, Message


class Role(StrEnum):
    """What a person is in a unit; it reaches over that unit and those below it."""

    REGISTRAR = "registrar"
    CUSTODIAN = "custodian"
    UNIT_HEAD = "unit_head"
    LEGAL = "legal"
    FINANCE = "finance"
    LEADER = "leader"
    ORGANISER = "organiser"
    SITE_STAFF = "site_staff"
    SUPERVISOR = "supervisor"
    AUDITOR = "auditor"
    ADMIN = "admin"


ROLE_NAMES: dict[Role, Message] = {
    Role.REGISTRAR: N_("Registrar"),
    Role.CUSTODIAN: N_("Custodian"),
    Role.UNIT_HEAD: N_("Unit head"),
    Role.LEGAL: N_("Legal review"),
    Role.FINANCE: N_("Finance review"),
    Role.LEADER: N_("Leader"),
    Role.ORGANISER: N_("Organiser"),
    Role.SITE_STAFF: N_("Site staff"),
    Role.SUPERVISOR: N_("Supervisor"),
    Role.AUDITOR: N_("Auditor"),
    Role.ADMIN: N_("Administrator"),
}


class Permission(StrEnum):
    """One thing that a role may allow."""

    VIEW_GOODS = "goods:view"
    """See cases, lines, balances and their history."""

    REGISTER_GOODS = "goods:register"
    """Register cases and lines, by form or by import."""

    CONFIRM_OPENING = "goods:confirm_opening"
    """Confirm, as custodian, that goods of an opening balance really lie in the store."""

    SCAN = "scan:scan"
    """Scan batches at loading, arrival and destruction."""

    VIEW_JOURNAL = "journal:view"
    """Read the journal of the own unit and download signed checkpoints."""

    MANAGE_UNITS = "units:manage"
    """Add and change units, people and their roles."""


_SEES = frozenset({Permission.VIEW_GOODS, Permission.VIEW_JOURNAL})

GRANTS: dict[Role, frozenset[Permission]] = {
    Role.REGISTRAR: _SEES | {Permission.REGISTER_GOODS},
    Role.CUSTODIAN: _SEES | {Permission.CONFIRM_OPENING},
    Role.UNIT_HEAD: _SEES,
    Role.LEGAL: _SEES,
    Role.FINANCE: _SEES,
    Role.LEADER: _SEES,
    Role.ORGANISER: _SEES,
    Role.SITE_STAFF: frozenset({Permission.VIEW_GOODS, Permission.SCAN}),
    Role.SUPERVISOR: _SEES,
    Role.AUDITOR: _SEES,
    # No business act, and no goods to look at: who manages accounts must have nothing to gain from it.
    Role.ADMIN: frozenset({Permission.MANAGE_UNITS}),
}


def allows(role: Role, permission: Permission) -> bool:
    """Whether role includes permission."""
    return permission in GRANTS[role]


def roles_with(permission: Permission) -> frozenset[Role]:
    """Every role that includes permission."""
    return frozenset(role for role in Role if allows(role, permission))
