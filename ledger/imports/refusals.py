"""Why a file as a whole is not taken. What is wrong with single cells is in ledger.imports.values."""

from ledger.errors import N_, LedgerError

MOST_ROWS = 200_000
MOST_COLUMNS = 200
MOST_CELLS = 6_000_000
"""Of all sheets together, counted with the empty ones between the filled: the reader makes room for each."""


class NotATable(LedgerError):
    """A file that is no table: a picture, a document, something renamed."""

    code = "not_a_table"
    message = N_("This file is not a table. Open it in a spreadsheet program, save it as XLSX, and hand that in.")


class Protected(LedgerError):
    """A workbook that needs a password."""

    code = "protected"
    message = N_("This workbook is protected by a password. Remove the password and hand it in again.")


class HasMacros(LedgerError):
    """A workbook with programs in it."""

    code = "has_macros"
    message = N_("This workbook contains macros. Save it as XLSX without macros and hand it in again.")


class FileTooHeavy(LedgerError):
    """A file that would take more room, rows or time than any goods list needs."""

    code = "file_too_heavy"
    message = N_(
        "This file is too large to be a goods list (at most %(rows)s rows and %(columns)s columns)."
        " Split it, or delete what is empty."
    )

    def __init__(self) -> None:
        super().__init__(rows=f"{MOST_ROWS:,}", columns=MOST_COLUMNS)


class Damaged(LedgerError):
    """A table that cannot be read."""

    code = "damaged"
    message = N_(
        "This file is damaged or incomplete and cannot be read. Open it, save it again, and hand in the new one."
    )


class Empty(LedgerError):
    """A table without anything in it."""

    code = "empty"
    message = N_("This file holds no rows.")


REFUSALS: dict[str, type[LedgerError]] = {
    kind.code: kind for kind in (NotATable, Protected, HasMacros, FileTooHeavy, Damaged, Empty)
}
