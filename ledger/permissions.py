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

    VIEW_JOURNAL = "journal:view"
    """Read the journal of the own unit and download signed checkpoints."""

    STORE_GOODS = "goods:store"
    """Take goods into the own unit's store from the officers who seized them."""

    CLOSE_PERIOD = "books:close"
    """Close a period of the own unit's store ledger, together with somebody who may check it."""

    CHECK_PERIOD = "books:check"
    """Stand beside the custodian who closes a period, and answer for its figures, too."""

    HOLD_GOODS = "goods:hold"
    """Stop the destruction of a case's goods, and let it go on again."""

    COUNT_GOODS = "stocktake:count"
    """Plan a stocktake of the own unit, count in it, and explain differences."""

    CONFIRM_COUNT = "stocktake:confirm"
    """Confirm or reject the explained differences of a stocktake in which one did not count."""

    APPLY = "application:apply"
    """Apply for the destruction of the own unit's goods."""

    OPINE_AS_HEAD = "application:head"
    """Give the unit head's opinion on an application."""

    OPINE_AS_LEGAL = "application:legal"
    """Give the legal reviewer's opinion on an application."""

    OPINE_AS_FINANCE = "application:finance"
    """Give the finance reviewer's opinion on an application."""

    DECIDE = "application:decide"
    """Decide an application and approve an event's plan."""

    ORGANISE = "event:organise"
    """Plan and run events, resolve what was not as planned, issue manifests and reports."""

    PACK_GOODS = "batch:pack"
    """Pack approved goods into sealed batches, or check somebody else's packing."""

    SCAN = "scan:scan"
    """Scan batches at loading, arrival and destruction."""

    PHOTOGRAPH = "event:photograph"
    """Add pictures of the own unit's goods and work to an event, and files to its cases."""

    SUPERVISE = "event:supervise"
    """Watch a destruction and sign for it."""

    MANAGE_UNITS = "units:manage"
    """Add and change units, people and their roles."""


_SEES = frozenset({Permission.VIEW_GOODS, Permission.VIEW_JOURNAL})

GRANTS: dict[Role, frozenset[Permission]] = {
    Role.REGISTRAR: _SEES
    | {
        Permission.REGISTER_GOODS,
        Permission.HOLD_GOODS,
        Permission.COUNT_GOODS,
        Permission.APPLY,
        Permission.PACK_GOODS,
        Permission.PHOTOGRAPH,
    },
    Role.CUSTODIAN: _SEES
    | {
        Permission.CONFIRM_OPENING,
        Permission.STORE_GOODS,
        Permission.CLOSE_PERIOD,
        Permission.COUNT_GOODS,
        Permission.PACK_GOODS,
        Permission.PHOTOGRAPH,
    },
    Role.UNIT_HEAD: _SEES
    | {
        Permission.HOLD_GOODS,
        Permission.COUNT_GOODS,
        Permission.CONFIRM_COUNT,
        Permission.OPINE_AS_HEAD,
        Permission.CHECK_PERIOD,
        Permission.PACK_GOODS,
    },
    Role.LEGAL: _SEES | {Permission.HOLD_GOODS, Permission.OPINE_AS_LEGAL},
    Role.FINANCE: _SEES | {Permission.CONFIRM_COUNT, Permission.OPINE_AS_FINANCE, Permission.CHECK_PERIOD},
    Role.LEADER: _SEES | {Permission.HOLD_GOODS, Permission.CONFIRM_COUNT, Permission.DECIDE},
    Role.ORGANISER: _SEES | {Permission.ORGANISE, Permission.PHOTOGRAPH},
    Role.SITE_STAFF: frozenset({Permission.VIEW_GOODS, Permission.SCAN, Permission.PHOTOGRAPH}),
    Role.SUPERVISOR: _SEES | {Permission.SUPERVISE},
    Role.AUDITOR: _SEES,
    # No business act, and no goods to look at: who manages accounts must have nothing to gain from it.
    Role.ADMIN: frozenset({Permission.MANAGE_UNITS}),
}


SIGNING: frozenset[Permission] = frozenset(
    {
        Permission.OPINE_AS_HEAD,
        Permission.OPINE_AS_LEGAL,
        Permission.OPINE_AS_FINANCE,
        Permission.DECIDE,
    }
)
"""What opinions in a chain take, and in what alone somebody can stand in for another person."""


def allows(role: Role, permission: Permission) -> bool:
    """Whether role includes permission."""
    return permission in GRANTS[role]


def roles_with(permission: Permission) -> frozenset[Role]:
    """Every role that includes permission."""
    return frozenset(role for role in Role if allows(role, permission))
