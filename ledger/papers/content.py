"""What a destruction manifest says: the shape of manifest.json, which is sealed, and which its PDF is drawn from.

Quantities, weights (kilograms) and amounts (yuan) are decimal strings; times are ISO 8601 with their offset, days
without. Nothing names a party, unless the bureau's template asks for it, or an address of one: the manifest goes to
outsiders. docs/manifest-format.md explains every field. What changes the shape gets a new SCHEMA.
"""

from typing import NotRequired, TypedDict

from ledger.papers.template import Template

SCHEMA = "ledger-manifest/1"


class Sum(TypedDict):
    """A quantity in one unit of measure."""

    measure: str
    quantity: str


class Totals(TypedDict):
    """Sums over some lines; quantities per unit of measure, greatest first, never added up across units."""

    units: int
    cases: int
    lines: int
    batches: int
    by_measure: list[Sum]
    net_kg: str
    """Of the batches they were packed in; each batch counts once."""
    value: str
    """Empty where no line names a value."""


class Site(TypedDict):
    """A place of destruction."""

    name: str
    address: str
    is_main: bool


class Event(TypedDict):
    """The day on which the goods were destroyed."""

    id: int
    name: str
    day: str
    organiser: str
    """Name of the unit that organised it."""
    sites: list[Site]
    started_at: str
    """When the first run began; empty if there was none."""
    finished_at: str


class SixPoints(TypedDict):
    """One line's quantity at each of the six points, all in its unit of measure."""

    booked: str
    counted: str
    approved: str
    loaded: str
    received: str
    destroyed: str


class ManifestLine(TypedDict):
    """One line of goods, as far as this event destroyed or should have destroyed it."""

    no: int
    """Runs through the whole manifest, from 1."""
    item: int
    name: str
    spec: str
    brand: NotRequired[str]
    lot: NotRequired[str]
    price: NotRequired[str]
    """For one; these three are there where the bureau's template has a column for them, and empty if unknown."""
    measure: str
    quantity: str
    """What was destroyed."""
    value: str
    """Of what was destroyed; empty if unknown."""
    category: str
    env_class: str
    """general, electronic or hazardous."""
    method: str
    """A name of ledger.destruction.rules.Method in the language of the paper."""
    batches: list[str]
    """Numbers of the batches it was destroyed in."""
    runs: list[int]
    finished_at: str
    """When its last batch was destroyed."""
    six: SixPoints
    stored_on: NotRequired[str]
    """The day on which it came into the store, where that is on record."""


class ManifestCase(TypedDict):
    """The lines of one case."""

    number: str
    decision: str
    party: NotRequired[str]
    """There where the bureau's template names it."""
    served_on: str
    """Empty if unknown."""
    noticed_on: NotRequired[str]
    noticed_until: NotRequired[str]
    """Of ownerless goods alone: when their public notice was published, and its last day."""
    totals: Totals
    lines: list[ManifestLine]


class ManifestUnit(TypedDict):
    """The cases of one case unit."""

    code: str
    name: str
    totals: Totals
    cases: list[ManifestCase]


class CategoryRow(TypedDict):
    """Goods of one category that were destroyed by one method."""

    category: str
    method: str
    totals: Totals


class ClassGroup(TypedDict):
    """Goods of one environmental class."""

    env_class: str
    rows: list[CategoryRow]
    totals: Totals


class ReceiverRow(TypedDict):
    """Who took the goods of one class, under which papers."""

    env_class: str
    name: str
    licence: str
    """Empty where the class needs none."""
    form_no: str
    """Number of the transfer form (转移联单); empty where the class needs none."""
    net_kg: str


class RunSignature(TypedDict):
    """That a supervisor signed for a run when it had ended."""

    name: str
    how: str
    """screen, or paper for one who signed by hand on a paper that was photographed."""
    signed_at: str
    digest: str
    """SHA-256 of the run's sheet that was signed."""


class AfterRun(TypedDict):
    """What was left of a run and what it brought, and by what the run can be seen."""

    residue_kg: str
    """Empty if unknown."""
    income: str
    """From selling what was left as scrap; empty if there was none to be noted."""
    receipt_no: str
    """Of the treasury, for the income."""
    video: str
    photos: list[str]
    """The sha256 of its pictures."""
    signed: list[RunSignature]


class RunRow(TypedDict):
    """One run (炉次) of one site."""

    number: int
    site: str
    method: str
    receiver: str
    started_at: str
    finished_at: str
    batches: int
    lines: int
    net_kg: str
    after: NotRequired[AfterRun]
    """Not there where nothing was noted, as in manifests from before it could be."""


class PointRow(TypedDict):
    """One of the six points over all lines: who was there, until when, how many lines differ from the point before."""

    point: str
    """booked, counted, approved, loaded, received or destroyed."""
    by_measure: list[Sum]
    people: list[str]
    at: str
    differences: int


class Difference(TypedDict):
    """A line whose figures are not the same at all six points, and its explanation."""

    no: int
    unit: str
    name: str
    measure: str
    six: SixPoints
    kind: str
    explanation: str
    explained_by: str
    confirmed_by: str


class ExceptionRow(TypedDict):
    """Something that was not as planned, and how it was resolved in writing."""

    kind: str
    """not_arrived, unlisted, late, held, other or sample."""
    unit: str
    text: str
    at: str
    resolution: str
    resolved_by: str
    confirmed_by: str


class Lot(TypedDict):
    """A batch among which samples were drawn."""

    number: str
    unit: str
    """Code of its unit; samples are drawn unit by unit."""
    signs: str
    """The first nine signs of its code."""
    is_sample: bool


class Sampling(TypedDict):
    """How samples were drawn; docs/sampling.md has the rule."""

    seed: str
    """Hash of the journal entry that began the day, in hexadecimal."""
    batches: list[Lot]


class WaiverRow(TypedDict):
    """That one person held two parts that are kept apart otherwise: who, why, until when, approved by whom."""

    unit: str
    person: str
    parts: list[str]
    reason: str
    until: str
    asked_by: str
    approved_by: str
    approved_at: str
    batches: list[str]
    """Numbers of the batches that were packed under it."""


class Step(TypedDict):
    """One step of an approval."""

    step: int
    role: str
    name: str
    opinion: str
    at: str
    how: str
    """password, one-time code (with the password) or passkey."""


class Approval(TypedDict):
    """An application, approved, whose goods are in the manifest; every step signed the same digest."""

    number: str
    unit: str
    cases: int
    lines: int
    value: str
    digest: str
    """SHA-256 in hexadecimal, 64 signs."""
    steps: list[Step]


class Strokes(TypedDict):
    """A drawn signature: the pad's size and the points of each stroke as [x, y, milliseconds, pressure]."""

    width: float
    height: float
    strokes: list[list[list[float]]]


class Supervision(TypedDict):
    """A supervisor's own statement, drawn signature, and the digest of what was signed."""

    name: str
    organisation: str
    capacity: str
    site: str
    statement: str
    strokes: Strokes
    signed_at: str
    digest: str


class Picture(TypedDict):
    """A photo of the event. Its bytes are looked up by sha256 when the PDF is drawn."""

    no: int
    stage: str
    at: str
    subject: str
    sha256: str
    role: str


class Manifest(TypedDict):
    """All of manifest.json."""

    schema: str
    template: int
    """Version of the words and order on paper."""
    bureau_template: NotRequired[Template]
    """As it was when the manifest was issued; not there where the bureau never set one."""
    bureau: str
    title: str
    number: str
    legal_basis: list[str]
    event: Event
    totals: Totals
    by_unit: list["UnitSum"]
    by_class: list[ClassGroup]
    receivers: list[ReceiverRow]
    runs: list[RunRow]
    units: list[ManifestUnit]
    points: list[PointRow]
    differences: list[Difference]
    exceptions: list[ExceptionRow]
    rehearsal: NotRequired[bool]
    """True where an event was only rehearsed, else not there."""
    sampling: NotRequired[Sampling]
    """Where samples were drawn when the day began."""
    waivers: NotRequired[list[WaiverRow]]
    """Of the duties that were waived; not there in manifests from before there were waivers."""
    approvals: list[Approval]
    plan: Approval
    """The approval of the event's plan; cases, lines and value are 0, 0 and empty."""
    supervisors: list[Supervision]
    closed_by: str
    closed_at: str
    pictures: list[Picture]
    pictures_in_all: int


class UnitSum(TypedDict):
    """The totals of one unit."""

    code: str
    name: str
    totals: Totals


class Proof(TypedDict):
    """What the proof page prints and the PDF carries beside manifest.json; made after the content was sealed."""

    sha256: str
    """Of manifest.json, hexadecimal."""
    sm3: str
    seq: int
    """The journal entry that holds these digests, counted from 1."""
    sealed_at: str
    size: int
    """Of the checkpoint."""
    root: str
    """Of the checkpoint, hexadecimal."""
    checkpoint_at: str
    key: str
    """The journal's public key as verifiers read it."""
    tlog_proof: str
    """The text of proof.tlog-proof."""
    compact: str
    """The same in capitals and digits (Base45), for the printed code."""
    certificate: str
    """Subject, serial number and validity of the seal's certificate, in words."""
    is_trial_seal: bool
    """Whether the seal is the self-made one of the installation, which the document then says."""
    verify_url: str
    """Address of the page that checks it, ending in the manifest's code; empty if the installation has none."""
