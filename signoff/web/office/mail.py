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
from signoff.domain.mail import SAMPLE_KINDS, MailKind, MailTestRequest
from signoff.domain.round_status import MailState
from signoff.exports.tables import build_csv
from signoff.i18n import labels
from signoff.i18n.catalogue import LANGUAGES, get_catalogue
from signoff.web.context import current_language, db, now, services
from signoff.web.login import current_account, current_actor
from signoff.web.office.access import blueprint
from signoff.web.security import CONTENT_SECURITY_POLICY

PAGE_SIZE = 100
MAX_EXPORT_ROWS = 1_000_000
PREVIEW_ENDPOINT = "office.preview_mail"
# What mail programs show is styled inside the mail. It is shown as a document of its own that may style itself and
# nothing else: no script, no form, nothing fetched, and no origin, so that it is a stranger to the office's pages.
PREVIEW_CSP = "; ".join(
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
class MailQuery:
    """What was asked for. Anything that is not on offer counts as nothing asked."""

    kind: str = ""
    state: str = ""
    q: str = ""

    @classmethod
    def of(cls, asked: Mapping[str, str]) -> "MailQuery":
        kind, state = asked.get("kind", ""), asked.get("state", "")
        return cls(
            kind if kind in list(MailKind) else "",
            state if state in list(MailState) else "",
            asked.get("q", "").strip()[:100],
        )

    @property
    def query(self) -> dict[str, str]:
        """The filter as it stands in an address."""
        return {name: getattr(self, name) for name in ("kind", "state", "q") if getattr(self, name)}


@blueprint.get("/mail")
def list_mail() -> str:
    choice = MailQuery.of(request.args)
    filters = {"kind": choice.kind, "state": choice.state, "q": choice.q}
    found = store.outbox.count_messages(db(), **filters)
    pages = max(1, -(-found // PAGE_SIZE))
    page = min(pages, max(1, request.args.get("page", 1, type=int)))
    return render_template(
        "office/mail/list.html",
        choice=choice,
        mails=store.outbox.list_messages(
            db(), **filters, most=PAGE_SIZE, skip=(page - 1) * PAGE_SIZE
        ),
        found=found,
        page=page,
        pages=pages,
        **load_mail_progress(),
        kinds=store.outbox.list_kinds(db()),
        states=list(MailState),
    )


@blueprint.get("/mail/run")
def show_mail_progress() -> ResponseReturnValue:
    """The figures and the run on its way alone, for the script of the open page."""
    response = Response(
        render_template("office/mail/progress.html", **load_mail_progress()), mimetype="text/html"
    )
    response.set_etag(sha256(response.get_data()).hexdigest()[:32])
    return response.make_conditional(request)


def load_mail_progress() -> dict[str, object]:
    """How far mail has come, what is on its way, and whether the mail server can be used."""
    return {
        "counts": store.outbox.count_by_state(db()),
        "progress": store.outbox.get_progress(db(), now()),
        "outage": store.outbox.find_outage(db()),
    }


@blueprint.get("/mail.csv")
def download_mail() -> Response:
    """What the filter leaves, all of it."""
    choice, gettext = MailQuery.of(request.args), get_catalogue(current_language()).gettext
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
            gettext(labels.MAIL_KIND[each.notice.kind]),
            each.email,
            each.member,
            each.reference,
            gettext(labels.MAIL_STATE[each.notice.state]),
            f"{each.notice.enqueued_at.astimezone(g.association.zone):%Y-%m-%d %H:%M}",
            f"{each.notice.sent_at.astimezone(g.association.zone):%Y-%m-%d %H:%M}"
            if each.notice.sent_at
            else "",
            each.notice.error,
        )
        for each in store.outbox.list_messages(
            db(), kind=choice.kind, state=choice.state, q=choice.q, most=MAX_EXPORT_ROWS
        )
    )
    response = Response(build_csv(columns, cells), content_type="text/csv; charset=utf-8")
    response.headers.set("Content-Disposition", "attachment", filename="benachrichtigungen.csv")
    return response


@blueprint.get("/mail/preview")
def preview_mail() -> ResponseReturnValue:
    kind, spoken, round_id = parse_preview_args(request.args)
    message = compose_preview(kind, spoken, round_id)
    page = render_template(
        "office/mail/preview.html",
        kind=kind,
        kinds=SAMPLE_KINDS,
        spoken=spoken,
        languages=LANGUAGES,
        round_id=round_id,
        cases=store.dashboard.load_dashboard(db(), now()).cases,
        subject=message["Subject"] if message else "",
        heads=[(words, str(message[name])) for name, words in get_header_labels().items()]
        if message
        else [],
        text=get_body_part(message, "plain") if message else "",
    )
    response = Response(page)
    response.headers["Content-Security-Policy"] = f"{CONTENT_SECURITY_POLICY}; frame-src 'self'"
    return response


@blueprint.get("/mail/preview/html")
def preview_mail_html() -> Response:
    """The HTML part as a document of its own, under a policy of its own."""
    message = compose_preview(*parse_preview_args(request.args))
    if message is None:
        raise NotFound
    response = Response(get_body_part(message, "html"), content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = PREVIEW_CSP
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response


@blueprint.post("/mail/test")
def send_test_mail() -> ResponseReturnValue:
    """Owe one test mail to whoever is logged in. A second click within a minute finds the first."""
    kind, spoken, round_id = parse_preview_args(request.form)
    actions.mail.enqueue_test_mail(
        db(), MailTestRequest(current_account().id, kind, spoken, round_id), current_actor(), now()
    )
    flash(_("Die Testnachricht geht an %(email)s.", email=current_account().email))
    return redirect(url_for(PREVIEW_ENDPOINT, kind=kind, lang=spoken, round=round_id), 303)


def parse_preview_args(given: Mapping[str, str]) -> tuple[MailKind, str, int | None]:
    """Kind, language and round of a preview; an invitation in the reader's language where nothing is asked."""
    kind, spoken, round_id = (
        given.get("kind", SAMPLE_KINDS[0].value),
        given.get("lang") or current_language(),
        given.get("round", ""),
    )
    if (
        kind not in list(SAMPLE_KINDS)
        or spoken not in LANGUAGES
        or not (round_id == "" or round_id.isdecimal())
    ):
        raise BadRequest
    return MailKind(kind), spoken, int(round_id[:15]) if round_id else None


def compose_preview(kind: MailKind, spoken: str, round_id: int | None) -> EmailMessage | None:
    """What the mail would look like, with a link that opens nothing; ``None`` while nobody has been invited."""
    letter = store.mail_context.load_sample(
        db(), kind, spoken, current_account(), now(), round_id=round_id
    )
    return services().rehearse(letter, now()) if letter else None


def get_header_labels() -> dict[str, str]:
    """The header fields that are shown, as mail programs call them."""
    return {"From": _("Von"), "To": _("An"), "Reply-To": _("Antwort an"), "Date": _("Datum")}


def get_body_part(message: EmailMessage, kind: str) -> str:
    found = message.get_body((kind,))
    assert found
    return str(found.get_content())
