"""One page of a form besides the answer: what was typed, what was refused, and the key that makes it count once."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import g, redirect, render_template, request, send_file, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import ServiceUnavailable
from werkzeug.wrappers import Response as WerkzeugResponse

from signoff import actions, store
from signoff.domain.answers import Answer, Channel, Version, Voiding
from signoff.domain.audit import Event
from signoff.domain.documents import Checkpoint
from signoff.domain.errors import Reason, Refusal
from signoff.domain.round_status import Place, Signatory, signatory
from signoff.domain.rounds import Phase
from signoff.store.access import Door
from signoff.web.context import db, language, now, tools
from signoff.web.filters import asked_on
from signoff.web.invitation.access import blueprint, here, takes_answer, takes_withdrawal
from signoff.web.invitation.forms import StepForm

# How a municipality will stand in the list, shown before it hands its answer in.


def preview(door: Door, answer: Answer, now: datetime, zone: ZoneInfo) -> Signatory | None:
    """The line of the list as it is asked for: with the corrected name and the note, both accepted."""
    version = Version(0, door.invitation.id, 1, answer, now, Channel.LINK, door.link.id, 0)
    place = Place(door.invitation, door.member, version, note_accepted=True, name_accepted=True)
    return signatory(place, door.round.terms, zone)


# The text, the receipt once there is one, and what remains to be seen after closing.

# What only somebody does who may answer.
DEEDS = ("answer", "pass-on", "withdraw", "correction", "sitting", "objection", "links")


@blueprint.before_request
def keep_from_deeds() -> tuple[str, int] | None:
    """Who was told for information reads, and finds the reading page wherever she would have done something."""
    door: Door | None = g.get("door")
    deed = request.path.removeprefix(f"/s/{g.token}/").partition("/")[0]
    if door is None or door.link.may_answer or deed not in DEEDS:
        return None
    return (informed(door) if door.round.phase(now()) is Phase.OPEN else closed(door)), 403


@blueprint.get("/<token>")
def read(token: str) -> str:
    """The text; afterwards the receipt (``?text=1`` shows the text again); after closing what came of it."""
    door = here()
    if door.round.phase(now()) is not Phase.OPEN:
        return (
            late_receipt(door)
            if door.version and door.version.late and door.version.stands
            else closed(door)
        )
    if not door.link.may_answer:
        return informed(door)
    if door.version and door.version.stands and not request.args.get("text"):
        return receipt(door)
    return render_template(
        "sign/read.html",
        token=token,
        now=now(),
        door=door,
        draft=door.draft,
        signed=progress(door),
        voided=voided(door),
    )


def informed(door: Door) -> str:
    """The text and how things stand, for a reader who was told for information only: there is nothing to do here."""
    answering = [each for each in door.colleagues if each.representative_id and each.may_answer]
    return render_template(
        "sign/informed.html", token=g.token, now=now(), door=door, answering=answering
    )


def voided(door: Door) -> Voiding | None:
    """Why no answer counts, where the office has declared the last one void."""
    return None if door.version else store.answers.newest(db(), door.invitation.id)


def receipt(door: Door) -> str:
    return render_template(
        "sign/receipt.html",
        token=g.token,
        now=now(),
        door=door,
        recipients=recipients(door),
        checkpoint=checkpoint(door),
        signed=progress(door),
        asked_on=asked_on(door),
        corrected=corrected(door),
        replaced=replaced(door),
    )


def late_receipt(door: Door) -> str:
    """What became of an answer that came after the release."""
    return render_template(
        "sign/late_receipt.html",
        token=g.token,
        now=now(),
        door=door,
        recipients=recipients(door),
        checkpoint=checkpoint(door),
        may_answer=takes_answer(door),
        may_withdraw=takes_withdrawal(door),
        paper_url=url_for("public.paper", slug=door.edition.slug),
    )


def corrected(door: Door) -> bool:
    """Whether the version that counts is a correction of the one before."""
    entry = store.audit.get(db(), door.version.entry) if door.version else None
    return entry is not None and entry.event is Event.CORRECTED


def replaced(door: Door) -> Version | None:
    """What a colleague had answered before this link's holder did: two at once are told so."""
    if door.version is None or door.version.link_id != door.link.id or door.version.number == 1:
        return None
    before = store.answers.list_versions(db(), door.invitation.id)[-2]
    counted = before.stands and store.answers.find_voiding(db(), before.id) is None
    return before if counted and before.link_id not in (None, door.link.id) else None


def closed(door: Door, unsent: Sequence[tuple[str, str]] = ()) -> str:
    """What remains to be seen after closing; ``unsent`` is what was typed and came too late."""
    release = door.release if door.release and door.release.is_public(now()) else None
    slug = door.edition.slug
    return render_template(
        "sign/closed.html",
        token=g.token,
        now=now(),
        door=door,
        phase=door.round.phase(now()),
        release=release,
        paper_url=url_for("public.paper", slug=slug) if release else None,
        file_url=url_for("public.pdf", slug=slug, name=slug) if release else None,
        checkpoint=checkpoint(door),
        unsent=unsent,
        may_answer=takes_answer(door),
        may_withdraw=takes_withdrawal(door),
        voided=voided(door),
    )


@blueprint.get("/<token>/draft.pdf")
def draft(token: str) -> WerkzeugResponse:
    """The marked draft, as the worker printed it."""
    door = here()
    if door.draft is None or door.draft.printed_at is None:
        raise ServiceUnavailable(retry_after=30)
    return send_file(
        tools().archive.printed(door.draft.sha256),
        mimetype="application/pdf",
        download_name=f"{door.edition.slug}-entwurf.pdf",
        etag=door.draft.sha256,
    )


@blueprint.get("/<token>/")
def with_slash(token: str) -> WerkzeugResponse:
    return redirect(url_for("sign.read", token=token), 308)


def recipients(door: Door) -> list[str]:
    """The addresses a receipt goes to: all registered ones, and the holder of this link."""
    links = (
        each for each in (door.link, *door.colleagues) if each.representative_id and each.may_answer
    )
    return list(dict.fromkeys(filter(None, [*(each.email for each in links), door.link.email])))


def checkpoint(door: Door) -> Checkpoint | None:
    entry = store.audit.get(db(), door.version.entry) if door.version else None
    return Checkpoint(entry.seq, entry.root) if entry else None


def progress(door: Door) -> int | None:
    """How many have signed, where the round shows it to members."""
    if door.round.terms.progress not in ("members", "everyone"):
        return None
    return store.dashboard.signed(db(), door.round)


def form_page(
    template: str,
    kind: type[StepForm],
    door: Door,
    fields: Mapping[str, str],
    refused: Sequence[Refusal] = (),
    **given: object,
) -> str:
    """``sign/<template>.html`` with a form of this kind; its POST is sent back to the same address."""
    form = kind(formdata=MultiDict(fields))
    strangers = form.attach(refused, language())
    return render_template(
        f"sign/{template}.html",
        token=g.token,
        now=now(),
        door=door,
        form=form,
        form_key=fields.get("form_key") or secrets.token_urlsafe(16),
        strangers=strangers,
        **given,
    )


def name_refused(door: Door, fields: Mapping[str, str]) -> list[Refusal]:
    """Why the typed name is not the municipality's; nothing where it is."""
    if door.member.is_called(fields.get("confirm", "")):
        return []
    return [Refusal(Reason.NOT_THE_NAME, "confirm", name=door.member.name)]


def overtaken(door: Door, fields: Mapping[str, str]) -> list[Refusal]:
    """That somebody has answered since this form was opened; nothing where nobody has, or for a second click."""
    seen = fields.get("answer_id")
    if not seen or door.version is None or seen == str(door.version.id):
        return []
    return (
        []
        if actions.answers.is_known(db(), door, fields.get("form_key", "")[:64])
        else [Refusal(Reason.ANSWER_CHANGED)]
    )


def code_page(
    kind: type[StepForm], fields: Mapping[str, str], refused: Sequence[Refusal] = ()
) -> str:
    """The page for a short code: no door stands behind it yet."""
    form = kind(formdata=MultiDict(fields))
    strangers = form.attach(refused, language())
    return render_template("sign/code.html", form=form, strangers=strangers)
