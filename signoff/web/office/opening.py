"""Opening a round, in short steps that store nothing before the last one."""

from dataclasses import asdict

from flask import Response, flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import NotFound
from wtforms.fields import SelectChoice

from signoff.actions import inviting, testing
from signoff.domain.moments import end_of
from signoff.domain.notice import NoticeKind
from signoff.domain.paper import Edition
from signoff.domain.refusal import Reason, Refusal
from signoff.domain.round import Round
from signoff.domain.sample import Wish
from signoff.store import associations, rounds, samples, trials
from signoff.store.samples import Planned
from signoff.web.context import db, language, now, settings, tools
from signoff.web.headers import CONTENT
from signoff.web.login import actor, me
from signoff.web.office.door import blueprint, for_editors, to_round
from signoff.web.office.mail import ALONE, heads, part
from signoff.web.office.opening_steps import FORMS, STEPS, WEEKS, Opener
from signoff.web.sign.forms import spelt

MOST_RECIPIENTS = 300


@blueprint.get("/papers/<slug>/open")
@for_editors
def opening(slug: str) -> ResponseReturnValue:
    edition = inviting.edition_of(db(), slug)
    if running := of_edition(edition):
        return to_round(running.id)
    return page(Opener(edition, MultiDict()), "who", [])


@blueprint.post("/papers/<slug>/open")
@for_editors
def open_round(slug: str) -> ResponseReturnValue:
    """Check the steps up to the one that was sent; show the first that is wrong, else the next; open with the last."""
    edition = inviting.edition_of(db(), slug)
    if running := of_edition(edition):
        return to_round(running.id)
    opener, sent = Opener(edition, MultiDict(request.form)), request.form.get("step", "")
    sent = sent if sent in STEPS else "who"
    if (back := request.args.get("back", "")) in STEPS[:-1]:
        return page(opener, back, [])
    if (deed := request.args.get("deed", "")) and sent != "review":
        return looked(opener, sent, deed)
    for step in STEPS[: STEPS.index(sent) + 1]:
        if refused := wrong(opener, step):
            return page(opener, step, refused, 422)
    if sent == "deadline" and opener.cautions() and opener.fields.get("checked") != opener.fields["deadline"]:
        return page(opener, "deadline", [])
    if sent == "review":
        return opened(opener)
    return page(opener, STEPS[STEPS.index(sent) + 1], [])


def wrong(opener: Opener, step: str) -> list[Refusal]:
    if step == "review":
        return []
    refused = opener.read.step(step)
    if step == "who" and not refused and not opener.asked:
        return [Refusal(Reason.NOBODY_ASKED, "asked")]
    return refused


def looked(opener: Opener, step: str, deed: str) -> ResponseReturnValue:
    """The same step again: counted, with a day put in, with a preview, or with a test on its way."""
    if deed.isdecimal() and int(deed[:3]) in WEEKS:
        opener.fields["deadline"] = spelt(opener.preset(int(deed)))
    if deed == "test" and not (refused := opener.read.step("mail")):
        if plan := planned(opener):
            testing.owe_test(
                db(), Wish(me().id, NoticeKind.INVITATION, language(), opening=samples.spelt(plan)), actor(), now()
            )
            flash(_("Die Testnachricht geht an %(email)s.", email=me().email))
    elif deed == "test":
        return page(opener, step, refused, 422)
    return page(opener, step, [])


def opened(opener: Opener) -> ResponseReturnValue:
    """The one place where a round is opened; a second click finds it."""
    try:
        round = inviting.open_round(
            db(), opener.edition.slug, opener.opening(), actor(), now(), texts_required=texts_required()
        )
    except Refusal as refusal:
        opener.fields["digest"] = opener.edition.digest
        return page(opener, "review", [refusal], 409)
    flash(_("Das Verfahren ist eröffnet. Die Einladungen werden jetzt versandt."))
    return to_round(round.id)


@blueprint.post("/papers/<slug>/open/mail")
@for_editors
def opening_mail(slug: str) -> ResponseReturnValue:
    """The invitation as its recipient will see it, as a document of its own (docs/decisions/0045)."""
    opener = Opener(inviting.edition_of(db(), slug), MultiDict(request.form))
    plan = planned(opener)
    letter = samples.planned(db(), plan, now()) if plan else None
    if letter is None:
        raise NotFound
    response = Response(part(tools().rehearse(letter, now()), "html"), content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = ALONE
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response


def planned(opener: Opener) -> Planned | None:
    """The invitation of the member that was chosen, or of the first that can be reached."""
    last, terms = opener.read.typed_deadline(), opener.read.terms()
    lost = {member.id for member in opener.unreachable}
    reached = [member for member in opener.asked if member.id not in lost]
    chosen = [member for member in reached if member.key == opener.fields.get("recipient")] or reached
    if last is None or not chosen:
        return None
    deadline = end_of(last, associations.get(db()).zone).isoformat()
    return Planned(opener.edition.id, chosen[0].id, deadline, asdict(terms))


def blockers(edition: Edition) -> list[Refusal]:
    """Why the round could not be opened now, whatever is typed."""
    found = []
    if texts_required() and not associations.get(db()).texts_edited:
        found.append(Refusal(Reason.TEXTS_UNEDITED))
    try:
        inviting.require_no_round(db(), edition, now())
    except Refusal as refusal:
        found.append(refusal)
    return found


def texts_required() -> bool:
    return not (settings().demo or settings().on_loopback)


def of_edition(edition: Edition) -> Round | None:
    """The round this text has been put to the members in."""
    round = rounds.latest(db(), edition.slug)
    return round if round and not round.cancelled_at and round.edition_id == edition.id else None


def page(opener: Opener, step: str, refused: list[Refusal], status: int = 200) -> ResponseReturnValue:
    form = FORMS[step](formdata=opener.fields)
    strangers = form.attach(refused, language())
    given: dict[str, object] = {}
    if step == "mail":
        given = mail_step(opener, form)
    if step == "review":
        given = {"opening": opener.opening(), "blockers": [] if refused else blockers(opener.edition)}
        given |= {"deadline": end_of(opener.opening().deadline, associations.get(db()).zone)}
        given |= {"form_words": form_words()}
        given |= {"trial": trials.latest(db(), opener.edition.id)}
    if step in ("deadline", "review"):
        given["cautions"] = opener.cautions()
    html = render_template(
        f"office/open_{step}.html",
        opener=opener,
        edition=opener.edition,
        form=form,
        carried=opener.carried(step),
        strangers=strangers,
        **given,
    )
    response = Response(html, status)
    response.headers["Content-Security-Policy"] = f"{CONTENT}; connect-src 'self'; frame-src 'self'"
    return response


def form_words() -> dict[str, str]:
    """What the choices of the settings are called."""
    form = FORMS["settings"](formdata=None)
    chosen = {each.value: str(each.label) for field in (form["progress"], form["layout"]) for each in field.choices}
    return {"progress": _("Zwischenstand sieht"), **chosen}


def mail_step(opener: Opener, form: object) -> dict[str, object]:
    lost = {member.id for member in opener.unreachable}
    reached = [member for member in opener.asked if member.id not in lost][:MOST_RECIPIENTS]
    form.recipient.choices = [SelectChoice(each.key, each.official_name) for each in reached]  # type: ignore[attr-defined]
    plan = planned(opener)
    letter = samples.planned(db(), plan, now()) if plan else None
    message = tools().rehearse(letter, now()) if letter else None
    return {
        "subject": message["Subject"] if message else "",
        "heads": [(words, str(message[name])) for name, words in heads().items()] if message else [],
        "text": part(message, "plain") if message else "",
    }
