"""The text, the receipt once there is one, and what remains to be seen after closing."""

from collections.abc import Sequence

from flask import g, redirect, render_template, request, send_file, url_for
from werkzeug.exceptions import ServiceUnavailable
from werkzeug.wrappers import Response as WerkzeugResponse

from signoff.domain.answer import Version
from signoff.domain.audit import Event
from signoff.domain.document import Checkpoint
from signoff.domain.round import Phase
from signoff.domain.voiding import Voiding
from signoff.store import answers, audit, overviews, voidings
from signoff.store.doors import Door
from signoff.web.context import db, now, tools
from signoff.web.sign.door import blueprint, here, takes_answer, takes_withdrawal
from signoff.web.sittings import asked_on

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
        return late_receipt(door) if door.version and door.version.late and door.version.stands else closed(door)
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
    return render_template("sign/informed.html", token=g.token, now=now(), door=door, answering=answering)


def voided(door: Door) -> Voiding | None:
    """Why no answer counts, where the office has declared the last one void."""
    return None if door.version else voidings.newest(db(), door.invitation.id)


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
    entry = audit.get(db(), door.version.entry) if door.version else None
    return entry is not None and entry.event is Event.CORRECTED


def replaced(door: Door) -> Version | None:
    """What a colleague had answered before this link's holder did: two at once are told so."""
    if door.version is None or door.version.link_id != door.link.id or door.version.number == 1:
        return None
    before = answers.every(db(), door.invitation.id)[-2]
    counted = before.stands and voidings.get(db(), before.id) is None
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
    links = (each for each in (door.link, *door.colleagues) if each.representative_id and each.may_answer)
    return list(dict.fromkeys(filter(None, [*(each.email for each in links), door.link.email])))


def checkpoint(door: Door) -> Checkpoint | None:
    entry = audit.get(db(), door.version.entry) if door.version else None
    return Checkpoint(entry.seq, entry.root) if entry else None


def progress(door: Door) -> int | None:
    """How many have signed, where the round shows it to members."""
    if door.round.terms.progress not in ("members", "everyone"):
        return None
    return overviews.signed(db(), door.round)
