"""The forms of the day on site: runs, what is taken back, what is resolved, signatures, pictures and papers."""

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired, MultipleFileField
from wtforms import HiddenField, RadioField, SelectField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from ledger.text import clean_lines
from ledger.web.forms import (
    Form,
    MoneyField,
    QuantityField,
    SecondForm,
    SignForm,
    StrokesField,
    password_field,
    text_field,
)

_CHOOSE_SUPERVISOR = _l("Choose who watches.")


class RunForm(Form):
    """Where a run is, how it destroys, and who watches."""

    site = SelectField(_l("Site"), coerce=int)
    receiver = SelectField(_l("Receiver"), coerce=int)
    method = SelectField(_l("Method"))
    supervisor = SelectField(_l("First supervisor"), [InputRequired(_CHOOSE_SUPERVISOR)])
    other_supervisor = SelectField(_l("Second supervisor"), [InputRequired(_CHOOSE_SUPERVISOR)])


class TakeBackForm(SecondForm):
    """Why a destruction is taken back, before a supervisor."""

    reason = text_field(_l("Reason"), 300, missing=_l("Say why, for example “scanned the wrong batch”."))


class InspectForm(SecondForm):
    """What was found of a sample beside how much there is of each line, which is typed in inputs of its own."""

    seal_found = text_field(_l("Number on the seal that you find"), 50, missing=_l("Enter the number on the seal."))
    seal = RadioField(_l("State of the seal"), [InputRequired(_l("Say whether the seal is whole."))])
    deviation = text_field(_l("What else is not as it should be"), 500, area=True)
    new_seal = text_field(
        _l("Number of the new seal"), 50, missing=_l("Close the batch again, and enter its new seal.")
    )


class LiftForm(SecondForm):
    """Why the goods of a unit may go on though a sample failed, confirmed by somebody else."""

    reason = text_field(_l("Explanation"), 500, missing=_l("Write down what was found out and done."), area=True)


class WriteOffForm(SecondForm):
    """Why a day ends without what may be left on a device, confirmed by somebody else."""

    reason = text_field(
        _l("Reason"), 300, missing=_l("Say why, for example “the phone is broken; its last scans are known”.")
    )


class ResolveForm(SecondForm):
    """How an open point is resolved, in writing, confirmed by somebody else."""

    way = RadioField(_l("What happened?"), [InputRequired(_l("Choose what happened."))])
    text = text_field(_l("Explanation"), 500, missing=_l("Write down what happened."), area=True)


class HandOverForm(SignForm):
    """What is signed by hand and as every sign-off, for content of this digest."""

    strokes = StrokesField(_l("Your signature"))
    digest = HiddenField()
    password = password_field(_l("Your own password"), _l("Who signs types the own password here."))


class SuperviseForm(HandOverForm):
    """What a supervisor saw, signed."""

    statement = text_field(_l("What you saw"), 500, missing=_l("Say what you saw."), area=True)


class PaperForm(Form):
    """A picture of a paper that was signed by hand, for a sheet of this digest."""

    paper = FileField(_l("Picture of the signed paper"), [FileRequired(_l("Take a picture of the paper."))])
    sheet = HiddenField()


class LoadForm(Form):
    """A vehicle, who drives it and who escorts it."""

    unit = SelectField(_l("Unit"), coerce=int)
    plate = text_field(_l("Number plate"), 20, missing=_l("Enter the number plate."))
    driver = text_field(_l("Driver"), 64, missing=_l("Enter the driver’s name."))
    escort = SelectField(_l("Escort"), [InputRequired(_l("Choose who escorts the load."))])
    other_escort = SelectField(_l("Second escort"), [Optional()])


class WeighForm(Form):
    """What the weighbridge shows of a vehicle, full and empty."""

    gross_kg = QuantityField(_l("Gross weight of the full vehicle"), [InputRequired(_l("Enter the weight."))])
    tare_kg = QuantityField(_l("Tare weight of the empty vehicle"), [Optional()])


class ResultsForm(Form):
    """What was left of a run, what it brought, and where the recording is."""

    residue_kg = QuantityField(_l("Residue"), [Optional()])
    income = MoneyField(_l("Income from scrap"), [Optional()])
    receipt_no = text_field(_l("Number of the treasury’s receipt"), 100)
    video = text_field(_l("Recording"), 300)


class PhotoForm(Form):
    """Pictures, and what they show."""

    photos = MultipleFileField(_l("Pictures"), [FileRequired(_l("Choose a picture."))])
    unit = SelectField(_l("Unit"), coerce=int)
    run = SelectField(_l("Run"), [Optional()])
    stage = SelectField(_l("Stage"))
    subject = text_field(_l("What it shows"), 200, missing=_l("Say what it shows, for example “seals before opening”."))


class AttachForm(Form):
    """Pictures and documents of a case, and what they are."""

    files = MultipleFileField(_l("Files"), [FileRequired(_l("Choose a file."))])
    name = text_field(_l("What it is"), 200, missing=_l("Say what it is, for example “penalty decision”."))
    item = SelectField(_l("Belongs to"))


class CertificateForm(Form):
    """A certificate of destruction that came back, as picture or PDF."""

    file = FileField(_l("Stamped certificate"), [FileRequired(_l("Choose a file."))])


class ResultForm(Form):
    """What the public is told of the cases behind an event."""

    cases = TextAreaField(_l("Chosen cases, one to a paragraph"), [Length(max=20_000)], filters=[clean_lines])
