"""The form by which a bureau sets the template of its manifests."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, SelectField, TextAreaField
from wtforms.validators import Length, Optional, ValidationError

from ledger.errors import N_, Message
from ledger.manifests.template import FIELDS
from ledger.papers.template import Column, Template, columns_of
from ledger.text import clean_lines
from ledger.web.forms import Form, text_field

COLUMNS: dict[Column, Message] = {"brand": N_("Brand"), "lot": N_("Lot number"), "price": N_("Unit price")}


def _text(name: str, label: Any, *, area: bool = False) -> Any:
    return text_field(label, FIELDS[name].most, area=area)


def _list(name: str, label: Any) -> Any:
    length = Length(max=FIELDS[name].most, message=_l("At most %(max)d characters."))
    return TextAreaField(label, [Optional(), length], filters=[clean_lines])


class TemplateForm(Form):
    """What a bureau says in its own words; what is empty is said in the program's."""

    seen = HiddenField()
    """The version that the page showed; 0 for none."""
    title = _text("title", _l("Title"))
    number = _text("number", _l("Manifest number"))
    legal_basis = _list("legal_basis", _l("Legal basis, one provision to a line"))
    black_head = BooleanField(_l("Head in black instead of red"))
    first = SelectField(_l("Column behind the specification"))
    second = SelectField(_l("Another column behind it"))
    with_party = BooleanField(_l("Name the party beside the decision"))
    page_agrees = _text("page_agrees", _l("At the foot of each page of lines"))
    confirmation = _text("confirmation", _l("Confirmation under the lines"), area=True)
    statements = _list("statements", _l("Statements that supervisors choose from, one to a line"))
    unit_head = _text("unit_head", _l("Step of the unit head"))
    legal = _text("legal", _l("Step of the legal review"))
    finance = _text("finance", _l("Step of the finance review"))
    leader = _text("leader", _l("Step of the leader"))
    supervisor = _text("supervisor", _l("Capacity of supervisors"))
    issuer = _text("issuer", _l("Who issues the manifest"))
    organiser = _text("organiser", _l("Who organised the event"))
    paper_copy = _text("paper_copy", _l("On copies on paper"), area=True)
    copies = _text("copies", _l("How many copies, and for whom"))

    def __init__(self, template: Template | None) -> None:
        """Fill in the version in force."""
        super().__init__(data={"seen": template["version"] if template else 0, **values_of(template)})
        choices = [("", _("No further column")), *((column, _(name)) for column, name in COLUMNS.items())]
        self.first.choices, self.second.choices = choices, choices

    def validate_second(self, field: SelectField) -> None:
        """Raises ValidationError if one column would stand there twice."""
        if field.data and field.data == self.first.data:
            raise ValidationError(_("Choose another column than the first."))

    def template(self) -> Template:
        """Return the version that is asked for."""
        return Template(
            version=int(self.seen.data) + 1 if str(self.seen.data).isdecimal() else 1,
            texts={name: self[name].data for name in FIELDS if self[name].data},
            columns=[field.data for field in (self.first, self.second) if field.data],
            with_party=self.with_party.data,
            red_head=not self.black_head.data,
        )


def values_of(template: Template | None) -> dict[str, Any]:
    """Return what the fields of the form hold for a version."""
    texts = template["texts"] if template else {}
    columns = [*columns_of(template), "", ""]
    return {
        **{name: texts.get(name, "") for name in FIELDS},
        "first": columns[0],
        "second": columns[1],
        "with_party": bool(template and template["with_party"]),
        "black_head": bool(template and not template["red_head"]),
    }
