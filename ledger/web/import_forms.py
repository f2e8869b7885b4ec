"""The form with which a list is handed in."""

from io import BytesIO
from typing import BinaryIO

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import RadioField, SelectField, TextAreaField
from wtforms.validators import ValidationError

from ledger.web.forms import Form, text_field


class UploadForm(Form):
    """A list to import, as a file or pasted, and what it is a list of."""

    file = FileField(_l("File"))
    rows = TextAreaField(_l("Or paste rows of a spreadsheet"))
    kind = RadioField(_l("What is it?"))
    unit = SelectField(_l("Unit"), coerce=int)
    case_number = text_field(_l("Case number"), 100)

    def validate_file(self, field: FileField) -> None:
        """Raises ValidationError unless there is a file or something pasted, and not both."""
        is_pasted = bool((self.rows.data or "").strip())
        if not field.data and not is_pasted:
            raise ValidationError(_("Choose a file, or paste rows below."))
        if field.data and is_pasted:
            raise ValidationError(_("There is a file and something pasted. Leave one of them away."))

    @property
    def handed_in(self) -> tuple[BinaryIO, str]:
        """The list and its name."""
        if self.file.data:
            return self.file.data.stream, self.file.data.filename or ""
        return BytesIO(self.rows.data.encode()), _("Pasted rows")
