"""All mail: how far each one came, how every kind looks, and a test to oneself. No member's link is ever shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from hashlib import sha256

from flask import Response, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import BadRequest, NotFound

from signoff import actions, store
from signoff.domain.mail import KINDS, NoticeKind, Wish
from signoff.domain.round_status import MailState
from signoff.exports.tables import as_csv
from signoff.i18n import labels
from signoff.i18n.catalogue import LANGUAGES, catalogue
from signoff.web.context import db, language, now, tools
from signoff.web.login import actor, me
from signoff.web.office.access import blueprint
from signoff.web.security import CONTENT

A_PAGE = 100
EVERYTHING = 1_000_000
PREVIEW = "office.mail_preview"
# What mail programs show is styled inside the mail. It is shown as a document of its own that may style itself and
# nothing else: no script, no form, nothing fetched, and no origin, so that it is a stranger to the office's pages.
ALONE = "; ".join(
    (
        "default-src 'none'",
        "style-src 'unsafe-inline'",
        "form-action 'none'",
        "base-uri 'none'",
        "frame-ancestors 'self'",
        "sandbox",
    )
)


@dataclass(frozen=True, slots=True)
class Choice:
    """What was asked for. Anything that is not on offer counts as nothing asked."""

    kind: str = ""
    state: str = ""
    q: str = ""

    @classmethod
    def of(cls, asked: Mapping[str, str]) -> "Choice":
        kind, state = asked.get("kind", ""), asked.get("state", "")
        return cls(
            kind if kind in list(NoticeKind) else "",
            state if state in list(MailState) else "",
            asked.get("q", "").strip()[:100],
        )

    @property
    def query(self) -> dict[str, str]:
        """The filter as it stands in an address."""
        return {name: getattr(self, name) for name in ("kind", "state", "q") if getattr(self, name)}


@blueprint.get("/mail")
def mail() -> str:
    choice = Choice.of(request.args)
    filters = {"kind": choice.kind, "state": choice.state, "q": choice.q}
    found = store.outbox.count_messages(db(), **filters)
    pages = max(1, -(-found // A_PAGE))
    page = min(pages, max(1, request.args.get("page", 1, type=int)))
    return render_template(
        "office/mail.html",
        choice=choice,
        mails=store.outbox.listed(db(), **filters, most=A_PAGE, skip=(page - 1) * A_PAGE),
        found=found,
        page=page,
        pages=pages,
        **run(),
        kinds=store.outbox.kinds(db()),
        states=list(MailState),
    )


@blueprint.get("/mail/run")
def mail_run() -> ResponseReturnValue:
    """The figures and the run on its way alone, for the script of the open page."""
    response = Response(render_template("office/mail_run.html", **run()), mimetype="text/html")
    response.set_etag(sha256(response.get_data()).hexdigest()[:32])
    return response.make_conditional(request)


def run() -> dict[str, object]:
    """How far mail has come, what is on its way, and whether the mail server can be used."""
    return {
        "counts": store.outbox.count_by_state(db()),
        "progress": store.outbox.progress(db(), now()),
        "outage": store.outbox.current(db()),
    }


@blueprint.get("/mail.csv")
def mail_file() -> Response:
    """What the filter leaves, all of it."""
    choice, gettext = Choice.of(request.args), catalogue(language()).gettext
    columns = [
        _("Art"),
        _("An"),
        _("Mitglied"),
        _("Vorgang"),
        _("Stand"),
        _("Fällig"),
        _("Versandt"),
        _("Antwort"),
    ]
    cells = (
        (
            gettext(labels.NOTICE[each.notice.kind]),
            each.email,
            each.member,
            each.reference,
            gettext(labels.MAIL[each.notice.state]),
            f"{each.notice.owed_at.astimezone(g.association.zone):%Y-%m-%d %H:%M}",
            f"{each.notice.sent_at.astimezone(g.association.zone):%Y-%m-%d %H:%M}"
            if each.notice.sent_at
            else "",
            each.notice.error,
        )
        for each in store.outbox.listed(
            db(), kind=choice.kind, state=choice.state, q=choice.q, most=EVERYTHING
        )
    )
    response = Response(as_csv(columns, cells), content_type="text/csv; charset=utf-8")
    response.headers.set("Content-Disposition", "attachment", filename="benachrichtigungen.csv")
    return response


@blueprint.get("/mail/preview")
def mail_preview() -> ResponseReturnValue:
    kind, spoken, round_id = asked(request.args)
    message = composed(kind, spoken, round_id)
    page = render_template(
        "office/preview.html",
        kind=kind,
        kinds=KINDS,
        spoken=spoken,
        languages=LANGUAGES,
        round_id=round_id,
        cases=store.dashboard.desk(db(), now()).cases,
        subject=message["Subject"] if message else "",
        heads=[(words, str(message[name])) for name, words in heads().items()] if message else [],
        text=part(message, "plain") if message else "",
    )
    response = Response(page)
    response.headers["Content-Security-Policy"] = f"{CONTENT}; frame-src 'self'"
    return response


@blueprint.get("/mail/preview/html")
def mail_preview_html() -> Response:
    """The HTML part as a document of its own, under a policy of its own."""
    message = composed(*asked(request.args))
    if message is None:
        raise NotFound
    response = Response(part(message, "html"), content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = ALONE
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response


@blueprint.post("/mail/test")
def mail_test() -> ResponseReturnValue:
    """Owe one test mail to whoever is logged in. A second click within a minute finds the first."""
    kind, spoken, round_id = asked(request.form)
    actions.mail.owe_test(db(), Wish(me().id, kind, spoken, round_id), actor(), now())
    flash(_("Die Testnachricht geht an %(email)s.", email=me().email))
    return redirect(url_for(PREVIEW, kind=kind, lang=spoken, round=round_id), 303)


def asked(given: Mapping[str, str]) -> tuple[NoticeKind, str, int | None]:
    """Kind, language and round of a preview; an invitation in the reader's language where nothing is asked."""
    kind, spoken, round_id = (
        given.get("kind", KINDS[0].value),
        given.get("lang") or language(),
        given.get("round", ""),
    )
    if (
        kind not in list(KINDS)
        or spoken not in LANGUAGES
        or not (round_id == "" or round_id.isdecimal())
    ):
        raise BadRequest
    return NoticeKind(kind), spoken, int(round_id[:15]) if round_id else None


def composed(kind: NoticeKind, spoken: str, round_id: int | None) -> EmailMessage | None:
    """What the mail would look like, with a link that opens nothing; ``None`` while nobody has been invited."""
    letter = store.mail_context.load_sample(db(), kind, spoken, me(), now(), round_id=round_id)
    return tools().rehearse(letter, now()) if letter else None


def heads() -> dict[str, str]:
    """The header fields that are shown, as mail programs call them."""
    return {"From": _("Von"), "To": _("An"), "Reply-To": _("Antwort an"), "Date": _("Datum")}


def part(message: EmailMessage, kind: str) -> str:
    found = message.get_body((kind,))
    assert found
    return str(found.get_content())
