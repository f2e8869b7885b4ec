"""The form by which a bureau says who decides about destruction."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, IntegerField, SelectField
from wtforms.validators import NumberRange, Optional

from ledger.destruction.chain import OPINES, ChainStep
from ledger.goods.classes import ENV_CLASS_NAMES, EnvClass
from ledger.permissions import ROLE_NAMES, Role
from ledger.web.forms import Form, MoneyField, SecondForm

MOST_PIECES = 1_000_000_000


class StepForm(Form):
    """One step of a chain, one of many in the page's form. A step of nobody is none."""

    role = SelectField(_l("Whose opinion"))
    is_beside = BooleanField(_l("At the same time as the step above"))
    from_value = MoneyField(_l("From this value"))
    from_pieces = IntegerField(_l("From so many pieces"), [Optional(), NumberRange(1, MOST_PIECES)])
    env_class = SelectField(_l("For this environmental class"))
    is_collective = BooleanField(_l("A meeting decides; its minutes are named"))

    def __init__(self, number: int, step: ChainStep | None, *, is_beside: bool) -> None:
        """Fill in a step of the present chain, if there is one at this place."""
        given: dict[str, Any] = {"is_beside": is_beside}
        if step is not None:
            given |= {"role": step.role, "from_value": step.from_value, "from_pieces": step.from_pieces}
            given |= {"env_class": step.env_class or "", "is_collective": step.is_collective}
        super().__init__(prefix=f"{number}-", data=given, meta={"csrf": False})
        self.role.choices = [("", _("Nobody: no step")), *((role.value, _(ROLE_NAMES[role])) for role in OPINES)]
        self.env_class.choices = [("", _("Any")), *((kind.value, _(name)) for kind, name in ENV_CLASS_NAMES.items())]

    def step(self, stage: int) -> ChainStep:
        """Return the step at this stage. Raises ValueError if it is nobody's."""
        return ChainStep(
            role=Role(self.role.data),
            stage=stage,
            from_value=self.from_value.data,
            from_pieces=self.from_pieces.data,
            env_class=EnvClass(self.env_class.data) if self.env_class.data else None,
            is_collective=self.is_collective.data,
        )


class ChainForm(SecondForm):
    """Who sets the chain: a leader, beside a legal reviewer."""

    seen = HiddenField()
    """The id of the chain that the page showed; empty for none."""


def steps_of(rows: list[StepForm]) -> list[ChainStep]:
    """Return the chain that these rows describe; a step stands at a stage of its own unless it is said to be beside."""
    steps: list[ChainStep] = []
    for row in rows:
        if row.role.data:
            stage = steps[-1].stage if steps else 0
            steps.append(row.step(stage if not steps or row.is_beside.data else stage + 1))
    return steps
