"""What is to be done about goods that a unit still has in its hands, found by rule."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from ledger.cases.rules import CaseFacts, term_of
from ledger.errors import N_, Message
from ledger.goods.classes import EnvClass, is_tobacco


class Alert(StrEnum):
    """What is to be done about goods or their case, though nothing is forbidden because of it."""

    UNDECIDED = "undecided"
    TERM_OVER = "term_over"
    NOTICE_OVER = "notice_over"
    TOBACCO = "tobacco"
    HAZARDOUS = "hazardous"
    LONG_KEPT = "long_kept"


OF_CASES = frozenset({Alert.UNDECIDED, Alert.TERM_OVER, Alert.NOTICE_OVER})
"""What concerns all goods of a case alike."""
ALERT_NAMES: dict[Alert, Message] = {
    Alert.UNDECIDED: N_("Goods without a decision for more than %(days)s days"),
    Alert.TERM_OVER: N_("The term of the measure has run out"),
    Alert.NOTICE_OVER: N_("The notice of ownerless goods is over"),
    Alert.TOBACCO: N_("Tobacco is handed to the tobacco bureau, not destroyed here"),
    Alert.HAZARDOUS: N_("Hazardous waste goes to a licensed receiver only"),
    Alert.LONG_KEPT: N_("Kept for more than %(days)s days"),
}
ALERT_WAYS: dict[Alert, Message] = {
    Alert.UNDECIDED: N_("Decide the case, or note why it still waits."),
    Alert.TERM_OVER: N_("Decide, extend or lift the measure, and enter that in the papers of the case."),
    Alert.NOTICE_OVER: N_("Nobody claimed the goods: count them and apply for their destruction."),
    Alert.TOBACCO: N_("A custodian of this unit transfers it with its document."),
    Alert.HAZARDOUS: N_("The event needs a receiver with a licence and a transfer form for it."),
    Alert.LONG_KEPT: N_("Apply for its destruction, or dispose of it otherwise."),
}
"""What to do about it."""
DAYS_TO_DECIDE = 120
"""A case is decided within 90 days, or 30 more (市场监督管理行政处罚程序规定 64): after that it waits for a reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Goods of a line that a unit still has in its hands."""

    case: CaseFacts
    since: date
    name: str
    category: str
    env_class: EnvClass


def alerts(goods: Kept, *, storage_days: int, today: date) -> dict[Alert, date | None]:
    """Return what is to be done about goods, with the day since when it is to be done, if it began on one.

    storage_days is for how many days a unit may keep goods before somebody should ask why.
    """
    term, notice = term_of(goods.case), goods.case.notice_ends
    waits = not goods.case.decision and notice is None
    found = {
        Alert.UNDECIDED: (waits and today > goods.since + timedelta(days=DAYS_TO_DECIDE), goods.since),
        Alert.TERM_OVER: (term is not None and today > term, term and term + timedelta(days=1)),
        Alert.NOTICE_OVER: (notice is not None and today > notice, notice and notice + timedelta(days=1)),
        Alert.TOBACCO: (is_tobacco(goods.category, goods.name), None),
        Alert.HAZARDOUS: (goods.env_class is EnvClass.HAZARDOUS, None),
        Alert.LONG_KEPT: (today > goods.since + timedelta(days=storage_days), goods.since),
    }
    return {alert: since for alert, (is_so, since) in found.items() if is_so}
