"""Importing goods lists: hand in, look at what was found, decide, watch it being written."""

from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

from flask import Blueprint, current_app, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ledger.cases.service import find_case
from ledger.db import db
from ledger.errors import LedgerError, Message
from ledger.imports import queries, service
from ledger.imports.columns import FIELD_NAMES, Field
from ledger.imports.mend import write_apart
from ledger.imports.models import GoodsImport
from ledger.imports.read import read_head
from ledger.imports.rows import SKIP_NAMES
from ledger.imports.values import MESSAGES
from ledger.imports.workflow import KIND_NAMES, STATE_NAMES, Action, Kind, State, actions_from
from ledger.jobs import service as jobs
from ledger.jobs.models import JobState
from ledger.journal.service import writing
from ledger.permissions import Permission
from ledger.units.models import Unit
from ledger.units.queries import in_tree_order
from ledger.web.access import me, needs, now, own_or_404, own_units, settings, veils_unit
from ledger.web.context import HIDDEN, say, sentence
from ledger.web.errors import journal_refusal
from ledger.web.import_forms import UploadForm
from ledger.web.todo import ToDo
from ledger.web.uploads import files

bp = Blueprint("imports", __name__, url_prefix="/imports")

SHOWN_ERRORS = 200
WORKING = (State.CHECKING, State.POSTING)


@bp.get("")
@needs(Permission.VIEW_GOODS)
def index() -> ResponseReturnValue:
    """List the imports of the person's units and take a new file."""
    return _index(_upload_form())


@bp.post("")
@needs(Permission.REGISTER_GOODS)
def create() -> ResponseReturnValue:
    """Take a file and check it; the same file again leads to where it already is."""
    form = _upload_form()
    if not form.validate_on_submit():
        return _index(form), 422
    session, (content, name) = db.session(), form.handed_in
    case = find_case(session, form.unit.data, form.case_number.data) if form.case_number.data else None
    if form.case_number.data and case is None:
        form.case_number.errors = [_("This unit has no such case. Register it first, or leave this empty.")]
        return _index(form), 422
    digest = files().keep(content)
    try:
        with writing(session):
            made = service.hand_in(
                session,
                unit=session.get_one(Unit, form.unit.data),
                kind=Kind(form.kind.data),
                file=digest,
                file_name=name,
                case=case,
                by=me(),
                at=now(),
            )
    except service.HandedInBefore as refusal:
        flash(say(refusal), "wait")
        before = service.same_file(session, form.unit.data, digest)
        return redirect(url_for(".show", import_id=before.id if before else None), 303)
    current_app.extensions["worker"].nudge()
    return redirect(url_for(".show", import_id=made.id), 303)


@bp.get("/<int:import_id>")
@needs(Permission.VIEW_GOODS)
def show(import_id: int) -> ResponseReturnValue:
    """Show where an import is and what can be done."""
    made = own_or_404(GoodsImport, import_id)
    head = read_head(files().path(made.staged)) if made.staged else None
    errors = head["errors"] if head else []
    is_veiled = _is_veiled(made)
    shown = [{**error, "value": _(HIDDEN)} if is_veiled else error for error in errors[:SHOWN_ERRORS]]
    return render_template(
        "imports/show.html",
        made=made,
        head=head,
        is_veiled=is_veiled,
        errors=[{**error, "says": error_sentence(error)} for error in shown],
        error_count=len(errors) + (head["errors_left_out"] if head else 0),
        skipped=Counter(row["why"] for row in head["skipped"]) if head else {},
        refusal=made.refusal and sentence(made.refusal["message"], made.refusal["facts"]),
        progress=_progress(made),
        actions=_actions(made),
        Action=Action,
        State=State,
        Kind=Kind,
        kind_names=KIND_NAMES,
        state_names=STATE_NAMES,
        fields=FIELD_NAMES,
        is_own=made.by_id == me().id,
        skip_names=SKIP_NAMES,
        total_pairs=[(measure, Decimal(total)) for measure, total in head["totals"].items()] if head else [],
    )


@bp.get("/<int:import_id>/progress")
@needs(Permission.VIEW_GOODS)
def progress(import_id: int) -> ResponseReturnValue:
    """Say how far an import is, for the page that waits for it."""
    made = own_or_404(GoodsImport, import_id)
    here = url_for(".show", import_id=import_id)
    at = _progress(made)
    return {**at, "next": None if made.state in WORKING and not at["error"] else here}


@bp.post("/<int:import_id>/columns")
@needs(Permission.REGISTER_GOODS)
def choose_columns(import_id: int) -> ResponseReturnValue:
    """Check again with what the user says the columns hold."""
    made = own_or_404(GoodsImport, import_id, Permission.REGISTER_GOODS)
    mapping: dict[str, dict[str, str]] = {}
    known = {kind.value for kind in Field} | {""}
    for name, chosen in request.form.items():
        number, _dot, letters = name.partition(".")
        if number.isdecimal() and letters.isascii() and letters.isalpha() and chosen in known:
            mapping.setdefault(request.form.get(f"sheet{number}", ""), {})[letters] = chosen
    return _do(made, lambda: service.choose_columns(db.session(), made, mapping, by=me(), at=now()))


@bp.post("/<int:import_id>/case")
@needs(Permission.REGISTER_GOODS)
def choose_case(import_id: int) -> ResponseReturnValue:
    """Say which case a list belongs to that names none."""
    made = own_or_404(GoodsImport, import_id, Permission.REGISTER_GOODS)
    number = request.form.get("number", "").strip()
    case = find_case(db.session(), made.unit_id, number)
    if case is None:
        flash(_("This unit has no case %(number)s. Register it first.", number=number), "stop")
        return redirect(url_for(".show", import_id=import_id), 303)
    return _do(made, lambda: service.choose_case(db.session(), made, case, by=me(), at=now()))


@bp.post("/<int:import_id>/accept")
@needs(Permission.REGISTER_GOODS)
def accept(import_id: int) -> ResponseReturnValue:
    """Write the good rows, or send an opening balance on to its custodian."""
    made = own_or_404(GoodsImport, import_id, Permission.REGISTER_GOODS)
    with_errors = request.form.get("with_errors") == "yes"
    return _do(made, lambda: service.accept(db.session(), made, with_errors=with_errors, by=me(), at=now()))


@bp.post("/<int:import_id>/confirm")
@needs(Permission.CONFIRM_OPENING)
def confirm(import_id: int) -> ResponseReturnValue:
    """Confirm an opening balance as custodian."""
    made = own_or_404(GoodsImport, import_id, Permission.CONFIRM_OPENING)
    return _do(made, lambda: service.confirm(db.session(), made, by=me(), at=now()))


@bp.post("/<int:import_id>/send-back")
@needs(Permission.CONFIRM_OPENING)
def send_back(import_id: int) -> ResponseReturnValue:
    """Return an opening balance to who handed it in."""
    made = own_or_404(GoodsImport, import_id, Permission.CONFIRM_OPENING)
    reason = request.form.get("reason", "").strip()[:200]
    if not reason:
        flash(_("Say what is not right, so that it can be mended."), "stop")
        return redirect(url_for(".show", import_id=import_id), 303)
    return _do(made, lambda: service.send_back(db.session(), made, reason=reason, by=me(), at=now()))


@bp.post("/<int:import_id>/discard")
@needs(Permission.REGISTER_GOODS)
def discard(import_id: int) -> ResponseReturnValue:
    """Put an import aside of which nothing was written."""
    made = own_or_404(GoodsImport, import_id, Permission.REGISTER_GOODS)
    return _do(made, lambda: service.discard(made))


@bp.post("/<int:import_id>/resume")
@needs(Permission.REGISTER_GOODS)
def resume(import_id: int) -> ResponseReturnValue:
    """Carry on an import whose writing ended with a fault."""
    made = own_or_404(GoodsImport, import_id, Permission.REGISTER_GOODS)
    return _do(made, lambda: service.resume(db.session(), made, by=me(), at=now()))


@bp.get("/<int:import_id>/mend")
@needs(Permission.VIEW_GOODS)
def mend(import_id: int) -> ResponseReturnValue:
    """Hand out a workbook of just the rows to mend."""

    def write(file: Path, target: Path, errors: list[dict[str, Any]], head: dict[str, Any]) -> None:
        headers = {table["sheet"]: table["header"] or 0 for table in head["tables"]}
        write_apart(file, target, errors, headers=headers, reason=_("What is wrong"))

    return _handed_back(import_id, write, _("%(name)s to mend.xlsx"))


@bp.get("/<int:import_id>/marked")
@needs(Permission.VIEW_GOODS)
def marked(import_id: int) -> ResponseReturnValue:
    """Hand out the list as it was handed in, with its faults marked."""
    from ledger.imports.mark import write_apart as write_marked  # noqa: PLC0415 - loads openpyxl, which pages do without

    def write(file: Path, target: Path, errors: list[dict[str, Any]], head: dict[str, Any]) -> None:
        left_out = head["errors_left_out"]
        words = {
            "sheet": _("To be mended"),
            "place": _("Place"),
            "reason": _("What is wrong"),
            "more": _("%(count)s more; mend these first.", count=f"{left_out:,}") if left_out else "",
        }
        write_marked(file, target, errors, words=words)

    return _handed_back(import_id, write, _("%(name)s marked.xlsx"))


def _handed_back(
    import_id: int, write: Callable[[Path, Path, list[dict[str, Any]], dict[str, Any]], None], name: str
) -> ResponseReturnValue:
    """Hand out what write makes of a checked list and its errors, or say on the list's page why not."""
    made = own_or_404(GoodsImport, import_id)
    here = redirect(url_for(".show", import_id=import_id), 303)
    if _is_veiled(made):
        flash(_("You count in the store of this list: its rows can be had when the count is over."), "wait")
        return here
    if made.staged is None:
        return here
    head = read_head(files().path(made.staged))
    errors = [
        {"sheet": error["sheet"], "row": error["row"], "column": error["column"], "says": error_sentence(error)}
        for error in head["errors"]
    ]
    with TemporaryDirectory() as folder:
        target = Path(folder) / "list.xlsx"
        try:
            write(files().path(made.file), target, errors, head)
        except LedgerError as refusal:
            flash(say(refusal), "stop")
            return here
        content = target.read_bytes()
    return send_file(BytesIO(content), as_attachment=True, download_name=name % {"name": Path(made.file_name).stem})


def to_dos() -> Iterator[ToDo]:
    """Yield the opening balances to confirm and the checked lists to decide about."""
    session, user = db.session(), me()
    for made in queries.waiting(session, own_units(Permission.CONFIRM_OPENING), State.WAITING):
        if made.by_id != user.id:
            text = _(
                "%(name)s handed in %(rows)s lines of %(unit)s",
                name=made.by.name,
                rows=made.summary["new_rows"],
                unit=made.unit.name,
            )
            yield _to_do(made, _("Confirm an opening balance"), text)
    for made in queries.waiting(session, own_units(Permission.REGISTER_GOODS), State.CHECKED):
        if made.by_id == user.id:
            text = _("%(file)s: %(bad)s rows to mend", file=made.file_name, bad=made.summary["bad_rows"])
            yield _to_do(made, _("Decide about an import"), text)


def _to_do(made: GoodsImport, title: str, text: str) -> ToDo:
    return ToDo(made.handed_in_at, title, text, url_for("imports.show", import_id=made.id), _("Look at it"))


def error_sentence(error: dict[str, Any]) -> str:
    """Return what is wrong with a cell in the reader's language."""
    facts = {**error["facts"], "value": error["value"]}
    if "field" in facts:
        facts["field"] = Message(facts["field"])
    return sentence(MESSAGES[error["code"]], facts)


def _do(made: GoodsImport, act: Callable[[], None]) -> ResponseReturnValue:
    """Do one act on an import, and go back to it; a refusal is said there."""
    import_id, session = made.id, db.session()
    try:
        with writing(session):
            act()
    except LedgerError as refusal:
        journal_refusal(refusal)
        flash(say(refusal), "stop")
    else:
        current_app.extensions["worker"].nudge()
    return redirect(url_for(".show", import_id=import_id), 303)


def _is_veiled(made: GoodsImport) -> bool:
    """Whether the list is kept from the person, who counts in the store of its goods."""
    return veils_unit({made.unit_id, *made.summary.get("units", {}).values()})


def _actions(made: GoodsImport) -> frozenset[Action]:
    """Return what this person may do with the import now."""
    allowed = set(actions_from(made.state))
    if made.unit_id not in own_units(Permission.REGISTER_GOODS):
        allowed -= {Action.ACCEPT, Action.SUBMIT, Action.DISCARD, Action.RECHECK}
    if made.unit_id not in own_units(Permission.CONFIRM_OPENING) or made.by_id == me().id:
        allowed -= {Action.CONFIRM, Action.SEND_BACK}
    allowed -= {Action.ACCEPT} if made.kind is Kind.OPENING_BALANCE else {Action.SUBMIT}
    return frozenset(allowed)


def _progress(made: GoodsImport) -> dict[str, Any]:
    """Return how far the import's work is."""
    kind = service.POST_JOB if made.state is State.POSTING else service.CHECK_JOB
    job = jobs.latest(db.session(), kind, made.id)
    done, total = (job.done, job.total) if job else (0, 0)
    text = (
        _("%(done)s of %(total)s rows are written", done=done, total=total) if total else _("The list is being checked")
    )
    if made.state is State.POSTING and not total:
        text = _("Writing begins")
    failed = job is not None and job.state is JobState.FAILED and job.error
    error = (
        sentence(str(job.error["message"]), cast(dict[str, Any], job.error["facts"]))
        if job and failed and job.error
        else None
    )
    return {"done": done, "total": total, "text": text, "error": error}


def _index(form: UploadForm) -> str:
    session = db.session()
    return render_template(
        "imports/index.html",
        form=form,
        imports=queries.imports_of(session, own_units(Permission.VIEW_GOODS)),
        may_register=me().may(Permission.REGISTER_GOODS),
        most_mb=settings().max_upload_mb,
        kind_names=KIND_NAMES,
        state_names=STATE_NAMES,
        State=State,
    )


def _upload_form() -> UploadForm:
    form = UploadForm(
        case_number=request.args.get("case"), unit=request.args.get("unit", type=int), kind=Kind.GOODS_LIST.value
    )
    units = in_tree_order(db.session(), own_units(Permission.REGISTER_GOODS))
    form.unit.choices = [(unit.id, "　" * depth + unit.name) for depth, unit in units]
    form.kind.choices = [(kind.value, _(name)) for kind, name in KIND_NAMES.items()]
    return form
