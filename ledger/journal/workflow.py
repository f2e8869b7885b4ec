"""In which ways checkpoints leave the house."""

from enum import StrEnum

from ledger.errors import N_, Message


class Way(StrEnum):
    """How a checkpoint is sent."""

    MAIL = "mail"
    FOLDER = "folder"


WAY_NAMES: dict[Way, Message] = {
    Way.MAIL: N_("By e-mail"),
    Way.FOLDER: N_("Into a folder"),
}
