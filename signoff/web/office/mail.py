"""All mail: the state of each message, previews of every kind, and a test mail.

No page shows a member's link.
"""

from dataclasses import replace
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from hashlib import sha256
from math import ceil

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest, NotFound

from signoff import actions, store
from signoff.domain.delivery import DAY, estimate_delivery
from signoff.domain.mail import (
    SAMPLE_KINDS,
    MailAttachment,
    MailContext,
    MailKind,
    MailTestRequest,
    MailText,
)
from signoff.domain.mail_texts import EDITABLE_KINDS
from signoff.domain.round_status import MailState
from signoff.domain.text import decode_domains
from signoff.i18n import errors, labels
from signoff.i18n.catalogue import LANGUAGES, get_catalogue
from signoff.i18n.formatting import format_number
from signoff.web.context import current_language, db, format_minute, now, services, settings
from signoff.web.downloads import send_csv
from signoff.web.filters import format_datetime
from signoff.web.listing import PAGE_SIZE, ListQuery, Page, get_int, locate_page
from signoff.web.login import current_account, current_actor
from signoff.web.office.access import blueprint
from signoff.web.security import CONTENT_SECURITY_POLICY

MAX_EXPORT_ROWS = 1_000_000
MINUTES_PER_HOUR = 60
MOTIONS_PER_MINUTE = 3_000  # made for members, 20 ms each
PREVIEW_ENDPOINT = "office.preview_mail"
# Mails carry their own styles. A preview is a separate document that may use these and nothing
# else: no script, no form, no request, and no origin, so that it cannot reach the pages of the
# office.
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


class MailQuery(ListQuery):
    FILTERS = {"kind": tuple(MailKind), "state": tuple(MailState), "q": None}


@blueprint.get("/mail")
def list_mail() -> str:
    query = MailQuery.from_args(request.args)
    total = store.outbox.count_messages(db(), **query.filters)
    number, pages = locate_page(query.page, total)
    messages = store.outbox.list_messages(
        db(),
        kind=query["kind"],
        state=query["state"],
        q=query["q"],
        most=PAGE_SIZE,
        skip=(number - 1) * PAGE_SIZE,
    )
    return render_template(
        "office/mail/list.html",
        query=query,
        page=Page(tuple(messages), number, pages, total, total),
        **load_mail_progress(),
        kinds=store.outbox.list_kinds(db()),
        states=list(MailState),
    )


def describe_delivery(count: int, kind: MailKind | None = None) -> str:
    """How long ``count`` mails of a kind will take, from the limits of the servers or the rate of
    the last run; each draft motion that is attached takes its time, too.
    """
    estimate = estimate_delivery(
        count,
        [limit for limit, _server in actions.mail.list_ways_out(services().send_mail)],
        store.outbox.count_sent_since(db(), now() - DAY),
        settings().mail_rate_limit,
    )
    if estimate.minutes is None and (measured := store.outbox.measure_rate(db())):
        has_motion = (kind, MailAttachment.MOTION) in store.mail_texts.list_attachments(db())
        minutes = count / measured + has_motion * count / MOTIONS_PER_MINUTE
        estimate = replace(estimate, minutes=ceil(minutes))
    number = format_number(count, current_language())
    mails = ngettext("%(count)s E-Mail", "%(count)s E-Mails", count, count=number)
    parts = []
    if estimate.minutes is None:
        parts.append(_("Dauer je nach Mailserver"))
    elif estimate.minutes < MINUTES_PER_HOUR:
        parts.append(_("etwa %(minutes)s Min.", minutes=max(1, estimate.minutes)))
    else:
        hours, minutes = divmod(estimate.minutes, MINUTES_PER_HOUR)
        parts.append(_("etwa %(hours)s Std. %(minutes)s Min.", hours=hours, minutes=minutes))
    if estimate.days > 1:
        parts.append(_("über dem Tageslimit: %(days)s Tage", days=estimate.days))
    return f"{mails}: {', '.join(parts)}"


@blueprint.get("/mail/progress")
def show_mail_progress() -> ResponseReturnValue:
    """The part of the mail page that a script refreshes; 304 if nothing has changed."""
    response = Response(
        render_template("office/mail/_progress.html", **load_mail_progress()), mimetype="text/html"
    )
    response.set_etag(sha256(response.get_data()).hexdigest()[:32])
    return response.make_conditional(request)


def load_mail_progress() -> dict[str, object]:
    """The counts by state, the progress of the queue, whether mail leaves, and the mail servers
    that are left alone.
    """
    return {
        "counts": store.outbox.count_by_state(db()),
        "progress": store.outbox.get_progress(db(), now()),
        "delivers_mail": settings().delivers_mail,
        "outages": store.outbox.list_outages(db()),
        "reading": store.outbox.find_mailbox_reading(db()) if settings().imap_url else None,
    }


@blueprint.get("/mail.csv")
def download_mail() -> Response:
    """All mail that matches the filter."""
    query, gettext = MailQuery.from_args(request.args), get_catalogue(current_language()).gettext
    header = [
        _("Art"),
        _("An"),
        _("Mitglied"),
        _("Vorgang"),
        _("Status"),
        _("Fällig"),
        _("Versandt"),
        _("Antwort"),
    ]
    rows = (
        (
            gettext(labels.MAIL_KIND[mail.message.kind]),
            mail.email,
            mail.member,
            mail.reference,
            gettext(labels.MAIL_STATE[mail.message.state]),
            format_minute(mail.message.enqueued_at),
            format_minute(mail.message.sent_at),
            errors.describe_mail_problem(mail.message.error, gettext) if mail.message.error else "",
        )
        for mail in store.outbox.list_messages(
            db(), kind=query["kind"], state=query["state"], q=query["q"], most=MAX_EXPORT_ROWS
        )
    )
    return send_csv(header, rows, "benachrichtigungen.csv")


@blueprint.get("/mail/<int:id>")
def show_mail(id: int) -> ResponseReturnValue:
    """One mail as it was sent, and what has happened to it."""
    summary = get_summary_or_404(id)
    page = render_template(
        "office/mail/show.html",
        mail=summary,
        sent=store.sent_mails.find(db(), id),
        header_labels={
            "From": _("Von"),
            "To": _("An"),
            "Reply-To": _("Antwort an"),
            "Message-ID": _("Kennung"),
        },
    )
    return allow_frame(Response(page))


@blueprint.get("/mail/<int:id>/html")
def show_mail_html(id: int) -> Response:
    """The HTML part as a document of its own, under a policy of its own."""
    get_summary_or_404(id)
    sent = store.sent_mails.find(db(), id)
    if sent is None:
        raise NotFound
    return build_html_part(sent.html)


def get_summary_or_404(id: int) -> store.outbox.MessageSummary:
    summary = store.outbox.find_summary(db(), id)
    if summary is None:
        raise NotFound
    return summary


def allow_frame(response: Response) -> Response:
    """Let the page show the HTML part of a mail in a frame."""
    response.headers["Content-Security-Policy"] = f"{CONTENT_SECURITY_POLICY}; frame-src 'self'"
    return response


def build_html_part(html: str) -> Response:
    response = Response(html, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = PREVIEW_CSP
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response


@blueprint.get("/mail/preview")
def preview_mail() -> ResponseReturnValue:
    kind, language, round_id = parse_preview_args(request.args)
    member = request.args.get("member", "").strip()[:200]
    message = compose_preview(kind, language, round_id, member)
    page = render_template(
        "office/mail/preview.html",
        kind=kind,
        kinds=SAMPLE_KINDS,
        mail_language=language,
        languages=LANGUAGES,
        round_id=round_id,
        member=member,
        editable=kind in EDITABLE_KINDS,
        summaries=store.dashboard.load_dashboard(db(), now()).summaries,
        subject=message["Subject"] if message else "",
        headers=list_headers(message),
        text=get_body_part(message, "plain") if message else "",
    )
    return allow_frame(Response(page))


@blueprint.get("/mail/preview/html")
def preview_mail_html() -> Response:
    """The HTML part as a document of its own, under a policy of its own."""
    member = request.args.get("member", "").strip()[:200]
    message = compose_preview(*parse_preview_args(request.args), member)
    if message is None:
        raise NotFound
    return build_html_part(get_body_part(message, "html"))


@blueprint.post("/mail/test")
def send_test_mail() -> ResponseReturnValue:
    """Enqueue one test mail to the account that is logged in; a second click within a minute adds
    none.
    """
    kind, language, round_id = parse_preview_args(request.form)
    account = current_account()
    test = MailTestRequest(account.id, kind, language, round_id)
    actions.mail.enqueue_test_mail(db(), test, current_actor(), now())
    flash(_("Die Testnachricht geht an %(email)s.", email=decode_domains(account.email)))
    return redirect(
        url_for(PREVIEW_ENDPOINT, kind=kind, mail_language=language, round=round_id), 303
    )


def parse_preview_args(args: MultiDict[str, str]) -> tuple[MailKind, str, int | None]:
    """Kind, language and round of a preview; without arguments an invitation in the reader's
    language.
    """
    kind = args.get("kind", SAMPLE_KINDS[0].value)
    language = args.get("mail_language") or current_language()
    round_id = get_int(args, "round")
    if (
        kind not in SAMPLE_KINDS
        or language not in LANGUAGES
        or (args.get("round") and not round_id)
    ):
        raise BadRequest
    return MailKind(kind), language, round_id or None


def compose_preview(
    kind: MailKind,
    language: str,
    round_id: int | None,
    member: str = "",
    draft: MailText | None = None,
) -> EmailMessage | None:
    """What the mail would look like to the ``member`` or any, with a link that opens nothing;
    ``None`` while nobody such has been invited. The words of the ``draft`` take the place of the
    saved ones.
    """
    context = store.mail.load_sample(
        db(), kind, language, current_account(), now(), round_id=round_id, member=member
    )
    if draft and isinstance(context, MailContext):
        context = replace(context, texts=(draft,))
    return services().rehearse(context, now()) if context else None


def list_headers(message: EmailMessage | None) -> list[tuple[str, str]]:
    """The header fields of a preview, labelled as in mail programs."""
    if message is None:
        return []
    return [
        (_("Von"), str(message["From"])),
        (_("An"), str(message["To"])),
        (_("Antwort an"), str(message["Reply-To"])),
        (_("Datum"), format_datetime(parsedate_to_datetime(str(message["Date"])))),
    ]


def get_body_part(message: EmailMessage, subtype: str) -> str:
    part = message.get_body((subtype,))
    if part is None:
        raise LookupError(f"the mail has no {subtype} part")
    return str(part.get_content())
