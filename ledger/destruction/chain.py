"""Chains of approval: who gives an opinion, in what order, and from what size of an application on."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from ledger.errors import N_, LedgerError
from ledger.goods.classes import EnvClass
from ledger.permissions import Permission, Role

OPINES: dict[Role, Permission] = {
    Role.UNIT_HEAD: Permission.OPINE_AS_HEAD,
    Role.LEGAL: Permission.OPINE_AS_LEGAL,
    Role.FINANCE: Permission.OPINE_AS_FINANCE,
    Role.LEADER: Permission.DECIDE,
}
"""The roles that can have a step, and the permission that it takes."""

MOST_STEPS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainStep:
    """One step of a chain: whose opinion it is, and when it is asked for."""

    role: Role
    stage: int
    """Steps of one stage are given in any order; the next stage begins when all of them have agreed."""
    from_value: int | None = None
    """In fen. A step with conditions is asked for if one of them is met, a step without any always."""
    from_pieces: int | None = None
    env_class: EnvClass | None = None
    is_collective: bool = False
    """Whether a meeting decides, whose minutes are named with the opinion (行政处罚法 57)."""

    @property
    def is_conditional(self) -> bool:
        """Whether it is asked for in some applications only."""
        return not (self.from_value is None and self.from_pieces is None and self.env_class is None)

    def is_needed(self, size: "Size") -> bool:
        """Whether an application of this size needs the step."""
        return not self.is_conditional or any(
            (
                self.from_value is not None and size.value >= self.from_value,
                self.from_pieces is not None and size.pieces >= self.from_pieces,
                self.env_class in size.classes,
            )
        )


@dataclass(frozen=True, slots=True)
class Size:
    """What decides which steps an application needs."""

    value: int
    """In fen, of the lines whose value is known."""
    pieces: Decimal
    """Of the lines that are counted in pieces."""
    classes: Collection[EnvClass]


DEFAULT: tuple[ChainStep, ...] = tuple(
    ChainStep(role=role, stage=stage)
    for stage, role in enumerate((Role.UNIT_HEAD, Role.LEGAL, Role.FINANCE, Role.LEADER))
)
"""Who decides about an application where nobody set another chain."""

PLANS: tuple[ChainStep, ...] = (ChainStep(role=Role.LEADER, stage=0),)
"""Who decides about the plan of an event where nobody set another chain: its organiser is a second person."""


class LastNotLeader(LedgerError):
    """A chain that a leader does not end."""

    code = "last_not_leader"
    message = N_("The last step has to be a leader's, alone and without a condition: a leader decides.")


class TooFewSteps(LedgerError):
    """A chain by which one person could decide alone."""

    code = "too_few_steps"
    message = N_("At least two steps have to be without a condition: nobody decides alone.")


class ChainSetMeanwhile(LedgerError):
    """Somebody else set the chain since the page was opened."""

    code = "chain_set_meanwhile"
    message = N_("Somebody else set this chain meanwhile. Below is how it is now; enter your change again.")


class MinutesNeeded(LedgerError):
    """A collective decision without its minutes."""

    code = "minutes_needed"
    message = N_("A meeting decides here: name its minutes by number and date.")


def check_chain(steps: Sequence[ChainStep], *, is_of_plans: bool = False) -> None:
    """Raises LastNotLeader or TooFewSteps if nobody should be bound by this chain; a leader alone decides a plan."""
    last = [step for step in steps if step.stage == max(each.stage for each in steps)]
    if [(step.role, step.is_conditional) for step in last] != [(Role.LEADER, False)]:
        raise LastNotLeader
    if not is_of_plans and sum(not step.is_conditional for step in steps) < 2:  # noqa: PLR2004 - the applicant is a third
        raise TooFewSteps


def steps_for(chain: Iterable[ChainStep], size: Size) -> list[ChainStep]:
    """Return the steps that an application of this size needs, in their order."""
    return sorted((step for step in chain if step.is_needed(size)), key=lambda step: step.stage)


def unstaffed(roles: Sequence[Role], able: Mapping[Role, Collection[int]]) -> list[Role]:
    """Return the steps, by their roles, for which nobody is left if each person signs one step at most.

    able says who holds each role. As many steps as can be are signed.
    """
    signs: dict[int, int] = {}
    """Which step each person would sign."""

    def find(step: int, asked: set[int]) -> bool:
        for person in able.get(roles[step], ()):
            if person not in asked:
                asked.add(person)
                if person not in signs or find(signs[person], asked):
                    signs[person] = step
                    return True
        return False

    return [role for step, role in enumerate(roles) if not find(step, set())]


def as_members(step: ChainStep) -> dict[str, Any]:
    """Return a step as it is kept."""
    return asdict(step)


def as_step(members: Mapping[str, Any]) -> ChainStep:
    """Return the step that was kept as these members."""
    kind = members["env_class"]
    return ChainStep(**{**members, "role": Role(members["role"]), "env_class": kind and EnvClass(kind)})
