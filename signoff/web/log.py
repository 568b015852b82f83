"""The public log: its checkpoints, its entries and its key; and what it proves about a file."""

from flask import Blueprint, Response, render_template

from signoff import store
from signoff.domain.log import Checkpoint
from signoff.exports.receipts import build_entries
from signoff.exports.verify_signoff import Log, LogKey, Report, Trust, check_receipt
from signoff.storage import Slots
from signoff.web.context import db, now, services

blueprint = Blueprint("log", __name__)

MAX_SIGNED_FILE = 4 * 1024 * 1024  # bytes
# Nobody else is answered while JSON is read. A certificate has about 15 for each member of a round.
MAX_COMMAS = 200_000
MAX_CHECKPOINTS = 30
EXAMINING = Slots(1, waiting=2, timeout=3.0)  # they share the processor with all other pages


@blueprint.get("/log")
def show_log() -> str:
    """All checkpoints; those about released papers say what they were given for."""
    public = {checkpoint.size: checkpoint for _, checkpoint in list_public_statements()}
    checkpoints = [
        (each, public[each.size].parsed if each.size in public else None)
        for each in reversed(store.log.list_checkpoints(db()))
    ]
    return render_template("public/log.html", checkpoints=checkpoints, key=services().log_key)


@blueprint.get("/log/checkpoints")
def list_checkpoints() -> Response:
    key = services().log_key
    notes = (key.sign_checkpoint(each) for each in store.log.list_checkpoints(db()))
    return send_text("".join(f"{note}\n" for note in notes))


@blueprint.get("/log/entries.json")
def list_entries() -> Response:
    content = build_entries(
        store.log.list_leaves(db()),
        store.log.list_checkpoints(db()),
        list_public_statements(),
        services().log_key,
    )
    return Response(content, mimetype="application/json")


@blueprint.get("/log/key")
def show_key() -> Response:
    return send_text(f"{services().log_key.verifier_key}\n")


def send_text(text: str) -> Response:
    return Response(text, mimetype="text/plain")


def list_public_statements() -> list[tuple[int, Checkpoint]]:
    return store.log.list_statements(db(), now())


def is_lost(report: Report) -> bool:
    """Whether we have signed this receipt of a round that goes on, and do not have its answer.

    That is so after a backup was restored, or after a second machine has taken over, which was
    without the last answers.
    """
    if not report.is_early:
        return False
    stated = report.statement
    known = store.log.find_receipt(db(), stated["reference"], stated["version"])
    return known is None or known.statement != stated


def examine_signed_file(content: bytes) -> Report:
    """The verdict on a receipt or certificate, compared with the whole log; on one that takes too
    long to check there is none. Raises ``Busy`` to whoever does not get a turn.
    """
    if len(content) > MAX_SIGNED_FILE or content.count(b",") > MAX_COMMAS:
        report = Report("receipt")
        report.ground = "too_large"
        return report
    with EXAMINING.acquire():
        verifier_key = services().log_key.verifier_key
        trust = Trust(verifier_key.encode())
        trust.max_checkpoints = MAX_CHECKPOINTS
        trust.log = Log(
            LogKey(verifier_key),
            store.log.list_leaves(db()),
            [checkpoint.size for checkpoint in store.log.list_checkpoints(db())],
            [(index, checkpoint.parsed) for index, checkpoint in store.log.list_statements(db())],
        )
        return check_receipt(content, trust)
