"""Rules about accounts: passwords, waiting after wrong ones, and who may hold which roles."""

from collections.abc import Iterable
from datetime import timedelta

from ledger.errors import N_, LedgerError
from ledger.permissions import Role

MIN_PASSWORD = 10
MAX_PASSWORD = 128
FREE_ATTEMPTS = 5
"""Wrong passwords in a row before waiting begins."""
LONGEST_WAIT = timedelta(minutes=15)
RESET_SHADOW = timedelta(days=7)
"""How long who reset a person's credentials cannot act on anything that person touches."""
NONCE_LIFE = timedelta(minutes=5)
"""How long a passkey may take to sign what it was shown."""
MAX_PASSKEYS = 10


class WrongCredentials(LedgerError):
    """Login and password do not belong together, or the person is disabled: it is not said which."""

    code = "wrong_credentials"
    message = N_("Sign-in name and password do not match.")


class LockedOut(LedgerError):
    """Too many wrong passwords."""

    code = "locked_out"
    message = N_("Too many wrong passwords. Try again in %(seconds)s seconds.")


class WrongCode(LedgerError):
    """A one-time code that is not that of now, or that was taken before."""

    code = "wrong_code"
    message = N_("This code is wrong, or it was used before: each one counts once. Wait for the next one.")


class FactorNeeded(LedgerError):
    """A password alone does not sign: the person has a passkey, or the installation demands more of everybody."""

    code = "factor_needed"
    message = N_("A password alone does not sign here. Set up a passkey or a code generator under “My account” first.")


class PasskeyNeeded(LedgerError):
    """A password alone does not sign for who has a passkey and no code generator."""

    code = "passkey_needed"
    message = N_(
        "%(name)s signs by passkey, which works on their own devices only. "
        "Elsewhere it takes a code generator, set up under “My account”."
    )


class PasskeyStale(LedgerError):
    """A passkey's signature over a number that was never given out to this person, was used before, or is too old."""

    code = "passkey_stale"
    message = N_("This signature of your passkey was used before or took too long. Sign again.")


class PasskeyRefused(LedgerError):
    """A passkey's signature that does not prove what it is to prove."""

    code = "passkey_refused"
    message = N_(
        "The passkey did not sign exactly this, or it did not check that it is you. Load the page again and sign anew."
    )


class PasskeyUnknown(LedgerError):
    """A passkey that is not the person's."""

    code = "passkey_unknown"
    message = N_("This passkey is not registered for your account.")


class PasskeyKnown(LedgerError):
    """A passkey that somebody has already, or one too many."""

    code = "passkey_known"
    message = N_("This passkey is registered already, or you have %(most)s: remove one first.")


class WeakPassword(LedgerError):
    """A password that is too short, too long or easily guessed."""

    code = "weak_password"
    message = N_(
        "Choose a password of %(least)s to %(most)s characters that is not easily guessed: several words do well."
    )


class AdministratorHasBusinessRole(LedgerError):
    """An administrator may hold no other role."""

    code = "administrator_has_business_role"
    message = N_("An administrator does no business: nobody can be administrator and hold another role.")


class LoginTaken(LedgerError):
    """Another person has this sign-in name."""

    code = "login_taken"
    message = N_("The sign-in name %(login)s is taken.")


class NeedsAnotherAdministrator(LedgerError):
    """A reset needs two administrators, neither of them the person concerned."""

    code = "needs_another_administrator"
    message = N_(
        "Another administrator has to do this: a reset takes two, and nobody resets their own password this way."
    )
    is_business_act = True


class ResetShadow(LedgerError):
    """Who reset a person's credentials could have signed in as them, and so acts on nothing that person touched."""

    code = "reset_shadow"
    message = N_(
        "You reset the password of somebody who took part in this within %(days)s days. Somebody else has to do it."
    )
    is_business_act = True


class UnitUnknown(LedgerError):
    """A unit's code that is not there."""

    code = "unit_unknown"
    message = N_("There is no unit with the code %(unit)s.")


class UnitRepeated(LedgerError):
    """Two units may not share a code or a name."""

    code = "unit_repeated"
    message = N_("Row %(row)s: a unit with this code or name exists already: %(unit)s.")


def wait_after(failed_attempts: int) -> timedelta:
    """Return how long to wait before the next attempt: nothing at first, then twice as long each time."""
    if failed_attempts < FREE_ATTEMPTS:
        return timedelta(0)
    doublings = min(failed_attempts - FREE_ATTEMPTS, 10)
    return min(timedelta(seconds=30 * (1 << doublings)), LONGEST_WAIT)


def check_roles(roles: Iterable[Role]) -> None:
    """Raises AdministratorHasBusinessRole if roles mix administration with business."""
    held = set(roles)
    if Role.ADMIN in held and held != {Role.ADMIN}:
        raise AdministratorHasBusinessRole
